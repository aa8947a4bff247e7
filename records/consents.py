"""What providers have said about their H2 information. What was said before stands in the journal."""

from collections.abc import Sequence

from pydantic import JsonValue
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.consents import ConsentWord, answers
from leerp.journal import JournalKind
from records import journal, withholding
from records.schema import consents
from records.statements import hold


async def put(tx: AsyncConnection, words: Sequence[ConsentWord]) -> None:
    """Keep these words, each in the place of what the same provider said before of the same notice and reader."""
    for word in words:
        row = dict(word) | {"notice": word.notice or ""}
        same = (consents.c[name] == row[name] for name in ("incident", "notice", "provider", "reader"))
        await tx.execute(delete(consents).where(*same))
        await tx.execute(consents.insert(), row)


async def of_incident(c: AsyncConnection, incident: str) -> list[ConsentWord]:
    """Every word that stands, by notice, provider and reader.

    In a write transaction nobody else looks or changes until it ends: what is planned with a permission that is taken
    back meanwhile is found by whoever takes it back.
    """
    await hold(c, f"consents/{incident}")
    order = (consents.c.notice, consents.c.provider, consents.c.reader)
    rows = await c.execute(select(consents).where(consents.c.incident == incident).order_by(*order))
    return [ConsentWord.model_validate(row._asdict() | {"notice": row.notice or None}) for row in rows]


async def questions(c: AsyncConnection, incident: str) -> list[str]:
    """Which providers have not answered yet, for how many readers of which notice: what a person must see to."""
    kinds = {JournalKind.DELIVERY_CONSENT_ASKED, JournalKind.DELIVERY_CONSENT_OVERDUE}
    entries = await journal.entries(c, incident, kinds=kinds)
    words = await of_incident(c, incident) if entries else []
    late = {entry.data["notice"] for entry in entries if entry.kind is JournalKind.DELIVERY_CONSENT_OVERDUE}
    lines = []
    for entry in entries:
        notice, provider = str(entry.data["notice"]), str(entry.data.get("provider"))
        said = answers(words, notice)
        left = [one for one in _list(entry.data["readers"]) if (provider, str(one)) not in said]
        if entry.kind is JournalKind.DELIVERY_CONSENT_ASKED and left and not await withholding.stopped(c, notice):
            overdue = ", overdue" if notice in late else ""
            lines.append(f"consent of {provider} for {len(left)} readers of {notice}{overdue} (consent)")
    return lines


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
