"""What owners have said of hits, as the journal has it; the newest word of an owner stands."""

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.hits import HitWord
from leerp.journal import JournalEntry, JournalKind
from records import journal

_KINDS = {JournalKind.INVESTIGATION_HIT_PERMITTED, JournalKind.INVESTIGATION_HIT_REFUSED}


async def of_incident(c: AsyncConnection, reference: str) -> list[HitWord]:
    """The words that stand, by hit and owner."""
    found = {(word.hit, word.owner): word for word in await _all(c, reference)}
    return [found[key] for key in sorted(found)]


async def standing(c: AsyncConnection, reference: str, hit: str, owner: str) -> HitWord | None:
    """What an owner has said of a hit; None when it has said nothing."""
    return next((one for one in await of_incident(c, reference) if (one.hit, one.owner) == (hit, owner)), None)


async def count(c: AsyncConnection, reference: str, hit: str, owner: str) -> int:
    """How often an owner has said something of a hit."""
    return sum((word.hit, word.owner) == (hit, owner) for word in await _all(c, reference))


async def _all(c: AsyncConnection, reference: str) -> list[HitWord]:
    return [_word(entry) for entry in await journal.entries(c, reference, kinds=_KINDS)]


def _word(entry: JournalEntry) -> HitWord:
    given = entry.kind is JournalKind.INVESTIGATION_HIT_PERMITTED
    return HitWord.model_validate({**entry.data, "given": given, "at": entry.at, "actor": entry.actor})
