"""What passed between the centre and a reader: which messages a reader was sent, and which line a message was."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.notices import DeliveryState, Mode, Planned
from records.ledger import GOT, Key, LedgerRow
from records.schema import PENDING, incidents, ledger, notices
from records.statements import chunks


class Told(NamedTuple):
    """A notice that a reader was sent over a channel."""

    notice: str
    at: datetime


async def told(c: AsyncConnection, incident: str, readers: Collection[str]) -> dict[Key, list[Told]]:
    """What each of these readers was sent of an incident, over each channel, the oldest first."""
    of_incident = list(await c.scalars(select(notices.c.id).where(notices.c.incident == incident)))
    if len(of_incident) == 1:  # the launch, which is the largest: there is nothing before it
        return {}
    columns = (ledger.c.notice, ledger.c.reader, ledger.c.channel, ledger.c.sent_at)
    query = select(*columns).where(ledger.c.notice.in_(of_incident), ledger.c.state.in_(GOT))
    found: dict[Key, list[Told]] = {}
    for some in chunks(sorted(readers)):
        for row in await c.execute(query.where(ledger.c.reader.in_(some)).order_by(ledger.c.sent_at, ledger.c.notice)):
            found.setdefault((row.reader, row.channel), []).append(Told(row.notice, row.sent_at))
    return found


class Confirmable(NamedTuple):
    """What it takes to know a token of a notice: its incident, that incident's mode, and its secret in hex."""

    incident: str
    mode: Mode
    secret: str


async def confirmable(c: AsyncConnection, notice: str) -> Confirmable | None:
    """The incident of a notice; None if there is no such notice."""
    joined = notices.join(incidents, notices.c.incident == incidents.c.reference)
    query = select(incidents.c.reference, incidents.c.mode, incidents.c.secret).select_from(joined)
    row = (await c.execute(query.where(notices.c.id == notice))).one_or_none()
    return Confirmable(row.reference, row.mode, row.secret) if row else None


async def planned_for(c: AsyncConnection, notice: str, reader: str) -> list[Planned]:
    """How a reader is reached with a notice, channel by channel; none when it is not planned for this reader."""
    query = select(ledger.c.planned).where(ledger.c.notice == notice, ledger.c.reader == reader)
    return list(await c.scalars(query.order_by(ledger.c.position)))


class Line(NamedTuple):
    """One line of the ledger, by its key and how it stands."""

    notice: str
    reader: str
    channel: str
    state: DeliveryState
    planned_at: datetime
    sent_at: datetime | None


_LINE = [ledger.c[name] for name in Line._fields]


async def lines(c: AsyncConnection, notice: str) -> list[Line]:
    """Every line of a notice, by position."""
    query = select(*_LINE).where(ledger.c.notice == notice).order_by(ledger.c.position)
    return [Line(*row) for row in await c.execute(query)]


async def handed_over(c: AsyncConnection, mode: Mode) -> list[Line]:
    """Every line of a mode's incidents of which a message may have gone out, the newest first."""
    joined = ledger.join(incidents, ledger.c.incident == incidents.c.reference)
    gone = ledger.c.state.in_([DeliveryState.SENDING, *GOT])
    query = select(*_LINE).select_from(joined).where(incidents.c.mode == mode, gone)
    return [Line(*row) for row in await c.execute(query.order_by(ledger.c.planned_at.desc()))]


async def outstanding(c: AsyncConnection, notice: str) -> dict[str, list[int]]:
    """The positions of the lines still to be sent, in order, by channel."""
    query = select(ledger.c.channel, ledger.c.position).where(ledger.c.notice == notice, PENDING)
    found: dict[str, list[int]] = {}
    for row in await c.execute(query.order_by(ledger.c.position)):
        found.setdefault(row.channel, []).append(row.position)
    return found


async def groups(c: AsyncConnection, notice: str) -> dict[str, str]:
    """The stakeholder group of every reader of a notice, as it stood when it was planned."""
    query = select(ledger.c.planned).where(ledger.c.notice == notice)
    return {planned.reader.id: planned.reader.group for planned in await c.scalars(query)}


async def sent_to(
    c: AsyncConnection, reader: str, *, notice: str | None = None, limit: int | None = None
) -> list[LedgerRow]:
    """What has reached one reader, the newest first; of one notice, if one is named. One line for each channel."""
    fields = [ledger.c[name] for name in LedgerRow.model_fields]
    query = select(*fields).where(ledger.c.reader == reader, ledger.c.state.in_(GOT))
    if notice is not None:
        query = query.where(ledger.c.notice == notice)
    ordered = query.order_by(ledger.c.sent_at.desc(), ledger.c.notice, ledger.c.position).limit(limit)
    return [LedgerRow.model_validate(row._asdict()) for row in await c.execute(ordered)]
