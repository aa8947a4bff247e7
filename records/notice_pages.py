"""What the page of a notice shows: how it stands, and its lines of the ledger a page at a time."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.marking import WithheldReason
from leerp.notices import DeliveryState
from records.ledger import LedgerRow
from records.schema import ledger, notices


class NoticeStands(NamedTuple):
    """Who has released a notice and when, what has stopped it, and how many readers were chosen for it."""

    released_at: datetime | None
    released_by: str | None
    stopped: WithheldReason | None
    stopped_by: str | None
    audience: int


async def stands(c: AsyncConnection, identifier: str) -> NoticeStands:
    """How a notice stands; raises BadInputError when there is none."""
    names = ("released_at", "released_by", "stopped", "stopped_by", "audience")
    row = (await c.execute(select(*(notices.c[name] for name in names)).where(notices.c.id == identifier))).first()
    if row is None:
        raise BadInputError(f"there is no notice {identifier!r}")
    return NoticeStands(row.released_at, row.released_by, row.stopped, row.stopped_by, len(row.audience))


async def lines(
    c: AsyncConnection, notice: str, *, page: int, size: int, state: DeliveryState | None = None
) -> list[LedgerRow]:
    """A page of a notice's lines in the order of planning, pages counted from 1; only those in `state`, if given."""
    query = _lines(notice).order_by(ledger.c.position).limit(size).offset((page - 1) * size)
    if state is not None:
        query = query.where(ledger.c.state == state)
    return [LedgerRow.model_validate(row._asdict()) for row in await c.execute(query)]


async def line(c: AsyncConnection, notice: str, *, reader: str, channel: str) -> LedgerRow | None:
    """One line; None when there is none."""
    query = _lines(notice).where(ledger.c.reader == reader, ledger.c.channel == channel)
    row = (await c.execute(query)).first()
    return LedgerRow.model_validate(row._asdict()) if row else None


def _lines(notice: str) -> Any:  # noqa: ANN401 - a select of the columns of a line
    return select(*(ledger.c[name] for name in LedgerRow.model_fields)).where(ledger.c.notice == notice)


class Count(NamedTuple):
    """How many lines are in a state for a reason."""

    state: DeliveryState
    reason: str | None
    times: int


async def counts(c: AsyncConnection, notice: str) -> list[Count]:
    """How many lines are in which state, and why, the most first."""
    times = func.count().label("times")
    query = select(ledger.c.state, ledger.c.reason, times).where(ledger.c.notice == notice)
    rows = await c.execute(query.group_by(ledger.c.state, ledger.c.reason).order_by(times.desc(), ledger.c.reason))
    return [Count(row.state, row.reason, row.times) for row in rows]


async def asked_again(c: AsyncConnection, notice: str) -> int:
    """How many readers have been asked over more than one channel."""
    more = select(ledger.c.reader).where(ledger.c.notice == notice).group_by(ledger.c.reader).having(func.count() > 1)
    return int(await c.scalar(select(func.count()).select_from(more.subquery())) or 0)
