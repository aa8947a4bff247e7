"""The outbox: what is stored but not yet told to the engine.

It is posted in the transaction that stores the fact, so a crash between the two loses nothing (DESIGN rule 12).
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.protocol import Signal
from records.schema import postings
from records.statements import chunks, insert_new

OF_EACH = 50
"""How much of one incident is told before the others have had their turn; reports in a row are told by one signal."""

INCIDENTS = 32
"""How many incidents have their turn together."""


class Posting(NamedTuple):
    """One signal to send. `subject` is the id of what it is about."""

    id: int
    incident: str
    signal: Signal
    subject: str


async def post(tx: AsyncConnection, *, incident: str, signal: Signal, subject: str) -> None:
    """Remember to send a signal; the same one again changes nothing, even when it was sent long ago."""
    await tx.run_sync(post_all, [(incident, signal, subject)])


def post_all(connection: Connection, due: Iterable[tuple[str, Signal, str]]) -> None:
    """Remember to send signals, each an incident, a signal and its subject."""
    rows = [
        {"incident": incident, "signal": signal, "subject": subject, "done": False} for incident, signal, subject in due
    ]
    insert_new(connection, postings, rows)


async def waiting(
    c: AsyncConnection, *, limit: int = INCIDENTS * OF_EACH, of_each: int = OF_EACH, incident: str | None = None
) -> list[Posting]:
    """The signals not yet sent, or those of one incident: of each the oldest first, and no more than so many at a time.

    Of the incidents for which something waits, those come that have waited longest, and first comes the first signal of
    each: thousands for one hold up no other.
    """
    rows = await c.execute(_waiting(limit, of_each, one=incident is not None), {"of_incident": incident})
    return [Posting(row.id, row.incident, row.signal, row.subject) for row in rows]


@lru_cache(maxsize=16)
def _waiting(limit: int, of_each: int, *, one: bool) -> Select[Any]:
    """What is waited for, of all incidents or of `one`; put together once, since everything is followed by a look."""
    wanted = ~postings.c.done & (postings.c.incident == bindparam("of_incident")) if one else ~postings.c.done
    longest = select(postings.c.incident).where(wanted).group_by(postings.c.incident).order_by(func.min(postings.c.id))
    place = func.row_number().over(partition_by=postings.c.incident, order_by=postings.c.id).label("place")
    fields = (postings.c.id, postings.c.incident, postings.c.signal, postings.c.subject)
    placed = select(*fields, place).where(wanted, postings.c.incident.in_(longest.limit(INCIDENTS))).subquery()
    return select(placed).where(placed.c.place <= of_each).order_by(placed.c.place, placed.c.id).limit(limit)


async def done(tx: AsyncConnection, posting_ids: Collection[int]) -> None:
    """Remember that these were sent."""
    for some in chunks(sorted(posting_ids)):
        await tx.execute(postings.update().where(postings.c.id.in_(some)).values(done=True))
