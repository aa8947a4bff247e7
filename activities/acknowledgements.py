"""Writing down that a reader has confirmed a notice, or that somebody says so: one place for every way there is.

It is counted per reader: one person's word never stands for another reader's.
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.acknowledgements import Via
from leerp.journal import JournalKind
from records import journal, ledger


async def acknowledge(  # noqa: PLR0913 - who has confirmed what, and how it is known
    tx: AsyncConnection,
    notice: str,
    *,
    reader: str,
    via: Via,
    by: str,
    at: datetime,
    more: Mapping[str, JsonValue] | None = None,
) -> bool:
    """Record and journal it; False when this reader had confirmed before, and then nothing is written.

    `by`: through whose hands it came. `more`: what else is known, such as who answered the telephone.
    Raises RefusedError(unknown_subject) when nothing of this notice was sent to this reader.
    """
    first = await ledger.acknowledge(tx, notice=notice, reader=reader, at=at)
    if first:
        data: dict[str, JsonValue] = {"notice": notice, "reader": reader, "via": via.value, **(more or {})}
        await journal.append(
            tx,
            incident=await ledger.incident_of(tx, notice),
            at=at,
            actor=by,
            kind=JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED,
            data=data,
            key=f"acknowledged/{notice}/{reader}",
        )
    return first


async def claim(  # noqa: PLR0913 - the same, and why it does not count
    tx: AsyncConnection, notice: str, *, reader: str, via: Via, by: str, at: datetime, more: Mapping[str, JsonValue]
) -> None:
    """Journal that somebody says a reader has got a notice, where nothing proves who says it; each mail once."""
    data: dict[str, JsonValue] = {"notice": notice, "reader": reader, "via": via.value, **more}
    await journal.append(
        tx,
        incident=await ledger.incident_of(tx, notice),
        at=at,
        actor=by,
        kind=JournalKind.DELIVERY_ACKNOWLEDGEMENT_CLAIMED,
        data=data,
        key=f"claimed/{notice}/{reader}/{more.get('sha256', '')}",
    )
