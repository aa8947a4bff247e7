"""Lines that are not sent after all, and lines that are: what happens to a plan between planning and sending.

planned -> withheld, when a notice is stopped or a provider takes its permission back; withheld -> planned, when the
provider gives it. Each is one move of a line, so the ledger adds up before and after (DESIGN rule 7).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.marking import WithheldReason
from leerp.notices import DeliveryState, Planned
from records.ledger import GOT, LedgerRow, rows_where
from records.schema import ledger, notices, variant_files
from records.statements import hold_all


async def keep_still(tx: AsyncConnection, *notices: str) -> None:
    """Let nobody plan, deliver or stop any of these notices until this transaction ends."""
    await tx.run_sync(hold_all, [f"ledger/{notice}" for notice in notices])


async def stop(tx: AsyncConnection, notice: str, reason: WithheldReason, *, by: str, at: datetime) -> list[LedgerRow]:
    """Let a notice go to nobody any more, because the notice `by` replaces or recalls it; the first word stands.

    Returns the lines that were still to be sent and are withheld now. A line that is being sent at this moment is left
    to whoever sends it: it ends as sent, or is withheld when it is next looked at.
    """
    await keep_still(tx, notice)
    open_ = (notices.c.id == notice, notices.c.stopped.is_(None))
    await tx.execute(notices.update().where(*open_).values(stopped=reason, stopped_by=by))
    waiting = await rows_where(tx, ledger.c.notice == notice, ledger.c.state == DeliveryState.PLANNED)
    await withhold(tx, waiting, reason, at=at)
    return waiting


_STOPPED = select(notices.c.stopped).where(notices.c.id == bindparam("of_notice"))


async def stopped(c: AsyncConnection, notice: str) -> WithheldReason | None:
    """Why a notice goes to nobody any more; None while it stands. In a write transaction nobody stops it meanwhile."""
    await keep_still(c, notice)
    reason: WithheldReason | None = await c.scalar(_STOPPED, {"of_notice": notice})
    return reason


async def withhold(tx: AsyncConnection, rows: Sequence[LedgerRow], reason: WithheldReason, *, at: datetime) -> None:
    """Withhold these lines as they were read; one that has moved since then stays."""
    for row in rows:
        same = (*_key(row), ledger.c.state == row.state, ledger.c.attempts == row.attempts)
        changes = {"state": DeliveryState.WITHHELD, "reason": reason.value, "changed_at": at}
        await tx.execute(ledger.update().where(*same).values(changes))


async def reopen(tx: AsyncConnection, row: LedgerRow, planned: Planned, *, at: datetime) -> bool:
    """Plan a line that was withheld for want of a provider's permission, now that it is there; whether it moved.

    It keeps its place. What may have been kept of an earlier variant is forgotten: it was never sent.
    """
    missing = (ledger.c.state == DeliveryState.WITHHELD, ledger.c.reason == WithheldReason.PROVIDER_CONSENT_MISSING)
    move = ledger.update().where(*_key(row), *missing).values(state=DeliveryState.PLANNED, reason=None, changed_at=at)
    moved = (await tx.execute(move.values(planned=planned, channel=planned.channel))).rowcount > 0
    if moved:
        files = (variant_files.c.notice == row.notice, variant_files.c.reader == row.planned.reader.id)
        of_line = variant_files.c.channel.in_({row.planned.channel, planned.channel})
        await tx.execute(delete(variant_files).where(*files, of_line))
    return moved


async def without_consent(c: AsyncConnection, notice: str) -> list[LedgerRow]:
    """The lines that are withheld for want of a provider's permission, by position."""
    reason = ledger.c.reason == WithheldReason.PROVIDER_CONSENT_MISSING
    return await rows_where(c, ledger.c.notice == notice, ledger.c.state == DeliveryState.WITHHELD, reason)


async def waiting_in(c: AsyncConnection, incident: str, readers: Collection[str]) -> list[LedgerRow]:
    """The lines of an incident to these readers that nobody has begun to send."""
    rows = await rows_where(c, ledger.c.incident == incident, ledger.c.state == DeliveryState.PLANNED)
    return [row for row in rows if row.planned.reader.id in readers]


async def reached(c: AsyncConnection, notice: str) -> frozenset[str]:
    """Whom a notice has reached, or may have: a line that is being sent counts, for it may have gone."""
    states = ledger.c.state.in_([*GOT, DeliveryState.SENDING])
    return frozenset(await c.scalars(select(ledger.c.reader).where(ledger.c.notice == notice, states)))


async def stopped_by(c: AsyncConnection, notice: str, *, reason: WithheldReason | None = None) -> list[str]:
    """The notices in whose place a notice stands, or that it takes back; only those stopped for `reason`, if given."""
    query = select(notices.c.id).where(notices.c.stopped_by == notice).order_by(notices.c.id)
    return list(await c.scalars(query.where(notices.c.stopped == reason) if reason else query))


def _key(row: LedgerRow) -> tuple[ColumnElement[bool], ...]:
    return (
        ledger.c.notice == row.notice,
        ledger.c.reader == row.planned.reader.id,
        ledger.c.channel == row.planned.channel,
    )
