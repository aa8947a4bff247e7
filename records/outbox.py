"""The outbox: what is stored but not yet told to the engine.

It is posted in the transaction that stores the fact, so a crash between the two loses nothing (DESIGN rule 12).
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.protocol import Signal
from records.schema import postings
from records.statements import chunks, insert_new

OF_EACH = 8
"""How many signals of one incident are sent before the others have had theirs."""


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
    c: AsyncConnection, *, limit: int = 100, of_each: int = OF_EACH, incident: str | None = None
) -> list[Posting]:
    """The signals not yet sent, or those of one incident: of each the oldest first, and no more than so many at a time.

    First comes the first one of each incident, so that thousands for one hold up no other.
    """
    wanted = ~postings.c.done if incident is None else ~postings.c.done & (postings.c.incident == incident)
    place = func.row_number().over(partition_by=postings.c.incident, order_by=postings.c.id).label("place")
    fields = (postings.c.id, postings.c.incident, postings.c.signal, postings.c.subject)
    placed = select(*fields, place).where(wanted).subquery()
    query = select(placed).where(placed.c.place <= of_each).order_by(placed.c.place, placed.c.id).limit(limit)
    return [Posting(row.id, row.incident, row.signal, row.subject) for row in await c.execute(query)]


async def done(tx: AsyncConnection, posting_ids: Collection[int]) -> None:
    """Remember that these were sent."""
    for some in chunks(sorted(posting_ids)):
        await tx.execute(postings.update().where(postings.c.id.in_(some)).values(done=True))
