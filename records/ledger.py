"""The delivery ledger: one line for each notice, reader and channel, fixed when it is planned.

planned -> sending -> sent -> acknowledged, or failed, or withheld from the start. At every instant
planned = sent + failed + withheld + pending (DESIGN rule 7): nothing is ever added to a sum but by moving a line.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Row, Text, bindparam, case, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import RefusedError
from leerp.model import Instant, Message, iso
from leerp.notices import Delivery, DeliveryState, NoticeKind, Planned, Variant, VariantFile
from leerp.protocol import RefusalReason
from records import documents
from records.schema import PENDING, ledger, notices, variant_files
from records.statements import chunks, hold, insert_once, update_many
from records.store import Store

Key = tuple[str, str]
"""Which line of a notice: (reader, channel)."""


class LedgerRow(Message):
    """A line of the ledger with what was planned for it. `position` counts from 0 within the notice."""

    position: int
    incident: str
    notice: str
    kind: NoticeKind
    planned: Planned
    state: DeliveryState
    reason: str | None
    attempts: int
    planned_at: Instant
    sent_at: Instant | None
    acknowledged_at: Instant | None


class Outcome(NamedTuple):
    """What came of sending a line.

    `sent`, `failed` or `withheld`, the latter two with a reason; or `planned`, to be tried again.
    """

    reader: str
    channel: str
    state: DeliveryState
    reason: str | None
    at: datetime


class Sums(Message):
    """How a notice stands. `planned` counts every line, and `sent` the acknowledged ones too."""

    planned: int = 0
    sent: int = 0
    failed: int = 0
    withheld: int = 0
    pending: int = 0
    acknowledged: int = 0


GOT = (DeliveryState.SENT, DeliveryState.ACKNOWLEDGED)
"""A line in one of these states has reached its reader."""

_ROW = [ledger.c[name] for name in LedgerRow.model_fields]
_OF_NOTICE = ledger.c.notice == bindparam("of_notice")
_PENDING_FROM = select(*_ROW).where(_OF_NOTICE, PENDING, ledger.c.position >= bindparam("from_position"))


async def plan(
    tx: AsyncConnection, *, incident: str, notice: str, kind: NoticeKind, planned: Sequence[Planned], at: datetime
) -> None:
    """Add a line for each reader and channel that has none yet; a line that stands is never planned anew.

    A plan with `withheld` set becomes a withheld line with that reason. The notice must be saved before.
    """
    await hold(tx, f"ledger/{notice}")
    query = select(ledger.c.reader, ledger.c.channel).where(ledger.c.notice == notice)
    standing = {(row.reader, row.channel) for row in await tx.execute(query)}
    new = {(one.reader.id, one.channel): one for one in reversed(planned)}
    order = dict.fromkeys((one.reader.id, one.channel) for one in planned)
    wanted = [new[key] for key in order if key not in standing]
    fixed = {"incident": incident, "notice": notice, "kind": kind, "attempts": 0, "planned_at": at, "changed_at": at}
    rows = [{**fixed, **_line(one), "position": position} for position, one in enumerate(wanted, start=len(standing))]
    await insert_once(tx, ledger, rows)


def _line(one: Planned) -> dict[str, object]:
    return {
        "reader": one.reader.id,
        "channel": one.channel,
        "planned": one,
        "state": DeliveryState.PLANNED if one.withheld is None else DeliveryState.WITHHELD,
        "reason": one.withheld,
    }


async def store_variants(tx: AsyncConnection, notice: str, variants: Sequence[Variant]) -> None:
    """Keep the files of many variants of one notice, each under its own marking; what was kept before stays."""
    for some in chunks(variants):
        files = {(variant.reader, variant.channel): variant.files for variant in some}
        banners = {(variant.reader, variant.channel): variant.marking.banner for variant in some}
        await _store_files(tx, notice, files, banners)


async def _store_files(
    tx: AsyncConnection, notice: str, files: Mapping[Key, Sequence[VariantFile]], banners: Mapping[Key, str]
) -> None:
    standing = (await _files(tx, notice, list(files))).keys()
    new = [(key, at, file) for key in files if key not in standing for at, file in enumerate(files[key])]
    wanted = [documents.Document(file.content, file.media_type, banners[key]) for key, _, file in new]
    rows = [
        {
            "notice": notice,
            "reader": key[0],
            "channel": key[1],
            "position": position,
            "name": file.name,
            "media_type": file.media_type,
            "sha256": sha256,
        }
        for (key, position, file), sha256 in zip(new, await documents.put_all(tx, wanted), strict=True)
    ]
    await insert_once(tx, variant_files, rows)


async def variant(c: AsyncConnection, *, notice: str, reader: str, channel: str) -> tuple[VariantFile, ...]:
    """The files one reader gets over one channel; none when none are kept."""
    return (await variants(c, notice, [(reader, channel)])).get((reader, channel), ())


async def variants(c: AsyncConnection, notice: str, keys: Sequence[Key]) -> dict[Key, tuple[VariantFile, ...]]:
    """The files of many variants; equal files are read once."""
    found = await _files(c, notice, keys)
    contents = await documents.get_all(c, {row.sha256 for rows in found.values() for row in rows})
    return {
        key: tuple(
            VariantFile(name=row.name, media_type=row.media_type, content=contents[row.sha256]) for row in found[key]
        )
        for key in found
    }


async def _files(c: AsyncConnection, notice: str, keys: Sequence[Key]) -> dict[Key, list[Row[Any]]]:
    wanted = set(keys)
    found: dict[Key, list[Row[Any]]] = {}
    query = select(variant_files).where(variant_files.c.notice == notice).order_by(variant_files.c.position)
    for some in chunks(sorted({reader for reader, _ in wanted})):
        for row in await c.execute(query.where(variant_files.c.reader.in_(some))):
            if (row.reader, row.channel) in wanted:
                found.setdefault((row.reader, row.channel), []).append(row)
    return found


async def pending(
    c: AsyncConnection,
    notice: str,
    *,
    first: int = 0,
    after: int | None = None,
    channel: str | None = None,
    limit: int | None = None,
) -> list[LedgerRow]:
    """The next lines that still have to be sent (planned, or sending when somebody died over them), by position.

    Only positions from `first` up to but not including `after`, and only over `channel` if one is named.
    """
    query = _PENDING_FROM
    if after is not None:
        query = query.where(ledger.c.position < after)
    if channel is not None:
        query = query.where(ledger.c.channel == channel)
    where = {"of_notice": notice, "from_position": first}
    return [_row(row) for row in await c.execute(query.order_by(ledger.c.position).limit(limit), where)]


_TO_STATE = bindparam("to_state", type_=Text())
_MOVE = (
    ledger.update()
    .where(
        ledger.c.notice == bindparam("of_notice"),
        ledger.c.reader == bindparam("of_reader"),
        ledger.c.channel == bindparam("of_channel"),
        # Given up on, and sent after all, is sent; what is sent, withheld or acknowledged is final.
        PENDING | ((ledger.c.state == literal_column("'failed'")) & _TO_STATE.in_([literal_column("'sent'")])),
        ledger.c.attempts == func.coalesce(bindparam("if_attempts", type_=Integer()), ledger.c.attempts),
    )
    .values(
        state=_TO_STATE,
        reason=bindparam("to_reason", type_=Text()),
        attempts=ledger.c.attempts + bindparam("more_attempts", type_=Integer()),
        changed_at=bindparam("now", type_=Text()),
        sent_at=bindparam("to_sent_at", type_=Text()),
    )
)


async def claim(tx: AsyncConnection, notice: str, keys: Sequence[Key], at: datetime) -> int:
    """Begin sending these lines; return how many were still to be sent. Fewer than asked: the others are settled."""
    return await update_many(tx, _MOVE, [_claim(notice, reader, channel, at) for reader, channel in keys])


async def settle(tx: AsyncConnection, notice: str, outcomes: Sequence[Outcome]) -> int:
    """Write down what came of sending; return how many lines moved. A line that is settled already stays."""
    return await update_many(tx, _MOVE, [_settlement(notice, outcome) for outcome in outcomes])


Move = Mapping[str, str | int | None]
"""One step of one line, made by `claiming` or `settling`."""


def claiming(row: LedgerRow, at: datetime) -> Move:
    """Begin sending a line as it was read: if its attempts are others by now, somebody else has begun, and has it."""
    return _claim(row.notice, row.planned.reader.id, row.planned.channel, at) | {"if_attempts": row.attempts}


def settling(notice: str, outcome: Outcome) -> Move:
    """Write down what came of sending a line."""
    return _settlement(notice, outcome)


async def advance(store: Store, moves: Sequence[Move]) -> list[bool]:
    """Make these moves in this order, in one transaction of their own; whether each moved its line."""
    return [changed > 0 for changed in await store.change_each(_MOVE, moves)]


def _claim(notice: str, reader: str, channel: str, at: datetime) -> dict[str, str | int | None]:
    return {
        "of_notice": notice,
        "of_reader": reader,
        "of_channel": channel,
        "if_attempts": None,
        "to_state": DeliveryState.SENDING.value,
        "to_reason": None,
        "to_sent_at": None,
        "more_attempts": 1,
        "now": iso(at),
    }


def _settlement(notice: str, outcome: Outcome) -> dict[str, str | int | None]:
    return {
        "of_notice": notice,
        "of_reader": outcome.reader,
        "of_channel": outcome.channel,
        "if_attempts": None,
        "to_state": outcome.state.value,
        "to_reason": outcome.reason,
        "to_sent_at": iso(outcome.at) if outcome.state is DeliveryState.SENT else None,
        "more_attempts": 0,
        "now": iso(outcome.at),
    }


async def acknowledge(tx: AsyncConnection, *, notice: str, reader: str, at: datetime) -> bool:
    """Record that a reader confirms a notice: True the first time, False when it has confirmed before.

    A line in `sending` counts as sent: who confirms has got it, and the line must not be sent again.
    Raises RefusedError(unknown_subject) when nothing of this notice was sent to this reader.
    """
    lines = (ledger.c.notice == notice, ledger.c.reader == reader)
    confirmed = select(func.count()).where(*lines, ledger.c.state == DeliveryState.ACKNOWLEDGED)
    before = await tx.scalar(confirmed)
    confirmable = ledger.c.state.in_([DeliveryState.SENDING, DeliveryState.SENT])
    changes = {
        "state": DeliveryState.ACKNOWLEDGED,
        "reason": None,
        "sent_at": func.coalesce(ledger.c.sent_at, iso(at)),
        "acknowledged_at": at,
        "changed_at": at,
    }
    moved = (await tx.execute(ledger.update().where(*lines, confirmable).values(changes))).rowcount
    if not moved and not await tx.scalar(confirmed):
        raise RefusedError(
            f"{reader} was sent nothing of notice {notice}; `leerp notice ledger` shows who was",
            reason=RefusalReason.UNKNOWN_SUBJECT,
        )
    return bool(moved) and not before


async def deliveries(c: AsyncConnection, *, notice: str | None = None, incident: str | None = None) -> list[Delivery]:
    """The ledger as exported, of a notice, of an incident, or whole: in the order of planning."""
    query = select(*_ROW).order_by(ledger.c.planned_at, ledger.c.notice, ledger.c.position)
    if notice is not None:
        query = query.where(ledger.c.notice == notice)
    if incident is not None:
        query = query.where(ledger.c.incident == incident)
    return [_delivery(_row(row)) for row in await c.execute(query)]


def _delivery(row: LedgerRow) -> Delivery:
    return Delivery(
        notice=row.notice,
        kind=row.kind,
        reader=row.planned.reader.id,
        channel=row.planned.channel,
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
        marking=row.planned.marking.banner if row.planned.marking else "",
        variant_sha256=row.planned.variant_sha256,
        planned_at=row.planned_at,
        sent_at=row.sent_at,
        acknowledged_at=row.acknowledged_at,
    )


def _count(*states: DeliveryState) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((ledger.c.state.in_(states), 1), else_=0)), 0)


_SUMS = (
    func.count().label("planned"),
    _count(DeliveryState.SENT, DeliveryState.ACKNOWLEDGED).label("sent"),
    _count(DeliveryState.FAILED).label("failed"),
    _count(DeliveryState.WITHHELD).label("withheld"),
    _count(DeliveryState.PLANNED, DeliveryState.SENDING).label("pending"),
    _count(DeliveryState.ACKNOWLEDGED).label("acknowledged"),
)


_SUMS_OF_NOTICE = select(*_SUMS).where(_OF_NOTICE)
_SUMS_OF_INCIDENT = (
    select(ledger.c.notice, *_SUMS).where(ledger.c.incident == bindparam("of_incident")).group_by(ledger.c.notice)
)


async def sums(c: AsyncConnection, notice: str) -> Sums:
    """How a notice stands; all zero when nothing is planned."""
    row = (await c.execute(_SUMS_OF_NOTICE, {"of_notice": notice})).one()
    return Sums.model_validate(row._asdict())


async def sums_of_incident(c: AsyncConnection, reference: str) -> dict[str, Sums]:
    """How each notice of an incident stands that has anything planned."""
    found = await c.execute(_SUMS_OF_INCIDENT, {"of_incident": reference})
    return {row.notice: Sums.model_validate(row._asdict()) for row in found}


async def readers(
    c: AsyncConnection, incident: str, kinds: Collection[NoticeKind], *, or_pending: bool = False
) -> tuple[str, ...]:
    """Who got a notice of these kinds (sent or acknowledged), sorted; with `or_pending` also who still may get it."""
    of_kind = ledger.c.kind.in_(list(kinds))
    got = ledger.c.state.in_(GOT)
    reached = got | PENDING if or_pending else got
    query = select(ledger.c.reader).distinct().where(ledger.c.incident == incident, reached, of_kind)
    return tuple(sorted(await c.scalars(query)))


async def to_be_planned(c: AsyncConnection, incident: str, kinds: Collection[NoticeKind]) -> tuple[str, ...]:
    """The readers of notices of these kinds that have no line here yet, sorted: they are on their way into it."""
    lines = select(ledger.c.notice).where(ledger.c.notice == notices.c.id)
    there = (notices.c.incident == incident, notices.c.kind.in_(list(kinds)), notices.c.stopped.is_(None))
    rows = await c.scalars(select(notices.c.audience).where(*there, ~lines.exists()))
    return tuple(sorted({reader for audience in rows for reader in audience}))


async def unacknowledged(c: AsyncConnection, notice: str) -> list[LedgerRow]:
    """The sent lines of readers who have confirmed over no channel, by position; none of a notice that was stopped."""
    other = ledger.alias()
    confirmed = select(other.c.reader).where(other.c.notice == notice, other.c.state == DeliveryState.ACKNOWLEDGED)
    stands = select(notices.c.id).where(notices.c.id == notice, notices.c.stopped.is_(None))
    silent = (ledger.c.state == DeliveryState.SENT, ledger.c.reader.not_in(confirmed), ledger.c.notice.in_(stands))
    return await rows_where(c, ledger.c.notice == notice, *silent)


async def channels_tried(c: AsyncConnection, notice: str) -> dict[str, set[str]]:
    """Over which channels each reader of a notice has a line."""
    tried: dict[str, set[str]] = {}
    for row in await c.execute(select(ledger.c.reader, ledger.c.channel).where(ledger.c.notice == notice)):
        tried.setdefault(row.reader, set()).add(row.channel)
    return tried


async def snapshots(c: AsyncConnection, incident: str, wanted: Collection[str]) -> dict[str, Planned]:
    """How readers were reached last in an incident: address and clearance as they stood then."""
    query = select(ledger.c.reader, ledger.c.planned).where(ledger.c.incident == incident, ledger.c.state.in_(GOT))
    found: dict[str, Planned] = {}
    for some in chunks(sorted(wanted)):
        of_some = query.where(ledger.c.reader.in_(some)).order_by(ledger.c.planned_at)
        found.update({row.reader: row.planned for row in await c.execute(of_some)})
    return found


async def incident_of(c: AsyncConnection, notice: str) -> str:
    """The incident a notice with deliveries belongs to."""
    return str(await c.scalar(select(ledger.c.incident).where(ledger.c.notice == notice).limit(1)))


async def rows_where(c: AsyncConnection, *conditions: ColumnElement[bool]) -> list[LedgerRow]:
    """The lines for which all of this holds, notice by notice, by position."""
    query = select(*_ROW).where(*conditions).order_by(ledger.c.notice, ledger.c.position)
    return [_row(row) for row in await c.execute(query)]


def _row(row: Row[Any]) -> LedgerRow:
    return LedgerRow.model_validate(row._asdict())
