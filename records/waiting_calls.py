"""Whom the duty officer has to call about a notice: who stays silent, and who says something that nothing proves."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import JournalEntry, JournalKind
from records import journal, ledger

_KINDS = (JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE, JournalKind.DELIVERY_ACKNOWLEDGEMENT_CLAIMED)


async def of_incident(c: AsyncConnection, reference: str) -> list[str]:
    """One line for each notice, and for each reader whose word is not proved; none once they have confirmed."""
    entries = await journal.entries(c, reference, kinds=_KINDS)
    lines = []
    for notice in dict.fromkeys(str(entry.data["notice"]) for entry in entries):
        said = [entry for entry in entries if entry.data["notice"] == notice]
        silent = {row.planned.reader.id for row in await ledger.unacknowledged(c, notice)}
        lines.extend(_calls(notice, said, silent))
    return lines


def _calls(notice: str, said: Sequence[JournalEntry], silent: set[str]) -> list[str]:
    claims = {str(one.data["reader"]) for one in said if one.kind is JournalKind.DELIVERY_ACKNOWLEDGEMENT_CLAIMED}
    lines = [
        f"a call to {reader}: says by mail that {notice} is confirmed, and nothing proves who wrote it (acknowledge)"
        for reader in sorted(claims & silent)
    ]
    overdue = [one for one in said if one.kind is JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE]
    named = {str(reader) for one in overdue for reader in _readers(one)} & silent
    if named:
        names = ", ".join(sorted(named))
        lines.append(f"a call to {names}: {overdue[0].data['kind']} {notice} is not confirmed (acknowledge)")
    return lines


def _readers(entry: JournalEntry) -> list[object]:
    readers = entry.data["readers"]
    return list(readers) if isinstance(readers, list) else []
