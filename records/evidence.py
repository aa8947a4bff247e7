"""Evidence, as the journal and the documents have it: there is no table of its own to fall out of step."""

import json
from collections.abc import Iterable

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.custody import KINDS, gather, happening, stamps
from leerp.errors import BadInputError
from leerp.evidence import Acquisition, Description, EvidenceItem, Origin, Stamp
from leerp.formats.strict import json_of, model_of
from leerp.journal import JournalKind
from leerp.marking import Marking
from records import contributions, documents, journal, reports


async def of_incident(c: AsyncConnection, reference: str) -> tuple[EvidenceItem, ...]:
    """The items of an incident with their custody, in the order in which they came in."""
    return gather(happening(one) for one in await journal.entries(c, reference, kinds=KINDS))


async def stamps_of(c: AsyncConnection, reference: str) -> tuple[Stamp, ...]:
    """The timestamps over the journal of an incident, oldest first."""
    return stamps(happening(one) for one in await journal.entries(c, reference, kinds=KINDS))


async def get(c: AsyncConnection, reference: str, item: str) -> EvidenceItem:
    """One item, by its id or by that of the report or contribution it is of; BadInputError when there is none."""
    return (await get_all(c, reference, [item]))[0]


async def get_all(c: AsyncConnection, reference: str, wanted: Iterable[str]) -> list[EvidenceItem]:
    """Several items, each once, in the order of their coming in; BadInputError names the first that is not there."""
    items = await of_incident(c, reference)
    named = {one.id: one for one in items} | {one.of: one for one in items if one.of}
    chosen = set()
    for one in wanted:
        if one not in named:
            raise BadInputError(f"{reference} has no evidence {one!r}; `leerp evidence list {reference}` names what is")
        chosen.add(named[one].id)
    return [one for one in items if one.id in chosen]


async def description(c: AsyncConnection, item: EvidenceItem) -> Description:
    """Everything that people said of an item, put together."""
    whole = Description()
    contents = await documents.get_all(c, item.descriptions)
    for sha256 in item.descriptions:
        whole = whole.with_later(model_of(Description, json_of(contents[sha256], name=sha256), name=sha256))
    return whole


async def marking(c: AsyncConnection, reference: str, item: EvidenceItem) -> Marking:
    """The marking of an item, as its provider set it, or as it was added with."""
    if item.origin is Origin.REPORT and item.of:
        return (await reports.get(c, item.of)).report.marking
    if item.origin is Origin.CONTRIBUTION and item.of:
        draft = await _draft(c, reference, item)
        return Marking.model_validate(draft) if draft else (await contributions.head(c, item.of)).contribution.marking
    record = item.record or ""
    content = await documents.get(c, record)
    return model_of(Acquisition, json_of(content, name=record), name=record).marking


async def _draft(c: AsyncConnection, reference: str, item: EvidenceItem) -> dict[str, JsonValue] | None:
    """The marking of a contribution that had to wait for a person, whether or not it was pooled then."""
    for entry in await journal.entries(c, reference, kinds={JournalKind.INVESTIGATION_CONTRIBUTION_PENDING}):
        if (entry.data["contribution"], entry.data["raw_sha256"]) == (item.of, item.sha256):
            content = await documents.get(c, str(entry.data["draft_sha256"]))
            found: dict[str, JsonValue] = json.loads(content)["marking"]
            return found
    return None
