"""What came of an act: the entry of the journal that the page after it tells of."""

from desk.web.acting.case import Made, Making
from leerp.journal import JournalKind
from records import journal


async def newest(making: Making, kind: JournalKind, *, anybody: bool = False) -> Made:
    """What came of an act whose answer names no entry: the newest entry of a kind that this person has made."""
    async with making.house.store.reading() as connection:
        entries = await journal.entries(connection, making.reference, kinds={kind})
    mine = [entry for entry in entries if anybody or entry.actor == making.principal.id]
    return Made(mine[-1].seq if mine else None)
