"""Questions of readers, as the journal has them: there is no table of its own to fall out of step."""

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.journal import JournalKind
from leerp.questions import Asked
from records import journal

_KINDS = {JournalKind.DELIVERY_QUESTION_ASKED, JournalKind.DELIVERY_QUESTION_ANSWERED}


async def of_incident(c: AsyncConnection, reference: str) -> list[Asked]:
    """Every question about notices of an incident, in the order in which they were asked."""
    found: dict[str, Asked] = {}
    for entry in await journal.entries(c, reference, kinds=_KINDS):
        if entry.kind is JournalKind.DELIVERY_QUESTION_ASKED:
            data = {name: entry.data[name] for name in ("notice", "reader", "document")}
            more = {"id": f"Q-{entry.seq}", "asked_by": entry.actor, "asked_at": entry.at}
            found[f"Q-{entry.seq}"] = Asked.model_validate(data | more)
            continue
        asked = found[str(entry.data["question"])]
        answer = {"answer": entry.data["document"], "answered_by": entry.actor, "answered_at": entry.at}
        found[asked.id] = Asked.model_validate(asked.model_dump() | answer)
    return list(found.values())


async def get(c: AsyncConnection, reference: str, question: str) -> Asked:
    """One question; raises BadInputError when there is none."""
    found = next((one for one in await of_incident(c, reference) if one.id == question), None)
    if found is None:
        raise BadInputError(f"{reference} has no question {question!r}; `leerp question list {reference}` names them")
    return found


async def waits(c: AsyncConnection, reference: str) -> list[str]:
    """The questions that nobody has answered, in words that name the command."""
    return [
        f"an answer to question {one.id} of {one.reader} about {one.notice} (question answer)"
        for one in await of_incident(c, reference)
        if one.answer is None
    ]
