"""The outbox: what is stored but not yet told to the engine.

It is posted in the transaction that stores the fact, so a crash between the two loses nothing (DESIGN rule 12).
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.protocol import Signal
from records.schema import postings
from records.statements import chunks, insert_once


class Posting(NamedTuple):
    """One signal to send. `subject` is the id of what it is about."""

    id: int
    incident: str
    signal: Signal
    subject: str


async def post(tx: AsyncConnection, *, incident: str, signal: Signal, subject: str) -> None:
    """Remember to send a signal; the same one again changes nothing, even when it was sent long ago."""
    row = {"incident": incident, "signal": signal, "subject": subject, "done": False}
    await insert_once(tx, postings, [row])


async def waiting(c: AsyncConnection, *, limit: int = 100) -> list[Posting]:
    """The signals not yet sent, oldest first."""
    fields = (postings.c.id, postings.c.incident, postings.c.signal, postings.c.subject)
    query = select(*fields).where(~postings.c.done).order_by(postings.c.id).limit(limit)
    return [Posting(*row) for row in await c.execute(query)]


async def done(tx: AsyncConnection, posting_ids: Collection[int]) -> None:
    """Remember that these were sent."""
    for some in chunks(sorted(posting_ids)):
        await tx.execute(postings.update().where(postings.c.id.in_(some)).values(done=True))
