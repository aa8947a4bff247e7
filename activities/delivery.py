"""Activities that deliver a notice: plan who gets what, send it, and keep the ledger true."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.facts import note
from activities.ledger_writer import LedgerWriter
from activities.messages import DeliverBatch, Done, NoticeTask, Tally
from activities.planned_deliveries import DeliveryPlanner
from activities.rooms import Rooms
from leerp.errors import DeliveryError
from leerp.journal import JournalKind
from leerp.marking import LOOSEST
from leerp.notices import DeliveryReason, DeliveryState, Mode, Variant, VariantFile
from notifications.channels import Channel, Envelope, Session
from notifications.identity import message_id
from records import ledger, notices
from records.ledger import LedgerRow, Outcome

HEARTBEAT_SECONDS = 1.0


@contextlib.asynccontextmanager
async def heartbeats() -> AsyncIterator[None]:
    """Tell the engine every second that the activity lives, however long one message takes."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


class DeliveryActivities:
    """The ledger and the channels. What was sent is written down before the next message goes out."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="delivery.plan")
    async def plan(self, request: NoticeTask) -> Tally:
        """Fix for every reader: which channel, which address, which variant; or withheld, and why."""
        await self.rooms.incident(request.incident)
        async with heartbeats():
            async with self.rooms.store.reading() as connection:
                notice = await notices.get(connection, request.notice)
                readers = await notices.audience(connection, request.notice)
                former = await ledger.snapshots(connection, request.incident, readers)
            plans = DeliveryPlanner(notice, self.rooms, at=request.at).first(readers, former=former)
            async with self.rooms.store.writing() as tx:
                planned = [one.planned for one in plans]
                await ledger.plan(
                    tx,
                    incident=request.incident,
                    notice=request.notice,
                    kind=request.kind,
                    planned=planned,
                    at=request.at,
                )
                await ledger.store_variants(tx, request.notice, [one.variant for one in plans if one.variant])
                withheld = [one for one in planned if one.withheld]
                data: dict[str, Any] = {"notice": request.notice, "kind": request.kind.value}
                data |= {"planned": len(planned), "withheld": len(withheld)}
                await note(tx, request, JournalKind.DELIVERY_READERS_PLANNED, data)
                if withheld:
                    reasons = [{"reader": one.reader.id, "reason": one.withheld} for one in withheld]
                    data = {"notice": request.notice, "readers": reasons}
                    await note(tx, request, JournalKind.DELIVERY_READER_WITHHELD, data)
        return Tally(total=len(planned), pending=len(planned) - len(withheld))

    @activity.defn(name="delivery.deliver")
    async def deliver(self, request: DeliverBatch) -> Tally:
        """Try the lines of a batch that are still to be tried; the ledger says which."""
        await self.rooms.incident(request.incident)
        async with self.rooms.store.reading() as connection:
            everything = await ledger.pending(connection, request.notice, first=request.first, after=request.after)
        by_channel: dict[str, list[LedgerRow]] = defaultdict(list)
        for row in everything:
            by_channel[row.planned.channel].append(row)
        async with heartbeats(), asyncio.TaskGroup() as group:
            for name, rows in by_channel.items():
                group.create_task(self._over(name, rows, request))
        async with self.rooms.store.reading() as connection:
            left = await ledger.pending(connection, request.notice, first=request.first, after=request.after)
        return Tally(total=request.after - request.first, pending=len(left))

    async def _over(self, name: str, rows: list[LedgerRow], request: DeliverBatch) -> None:
        channel = self.rooms.channels.get(name)
        if channel is None:
            at = self.rooms.time(request.at)
            reason = DeliveryReason.NOT_CONFIGURED
            await self._settle_all(request, [_outcome(row, DeliveryState.FAILED, reason, at) for row in rows])
            return
        await self._journal_repeats(channel, rows, request)
        sending = Sending(self.rooms, channel, request, rows)
        await sending.run()

    async def _journal_repeats(self, channel: Channel, rows: list[LedgerRow], request: DeliverBatch) -> None:
        """A line found in `sending` was cut off: over a channel that cannot tell, it may go twice, and is said."""
        cut_off = [row for row in rows if row.state is DeliveryState.SENDING]
        if channel.can_tell_a_repeat or not cut_off:
            return
        async with self.rooms.store.writing() as tx:
            for row in cut_off:
                data = {"notice": request.notice, "reader": row.planned.reader.id, "channel": channel.name}
                data |= {"message_id": message_id(request.notice, row.planned.reader.id, channel.name)}
                subject = f"{row.planned.reader.id}/{row.attempts}"
                await note(tx, request, JournalKind.DELIVERY_MESSAGE_REPEATED, data, subject=subject)

    async def _settle_all(self, request: NoticeTask, outcomes: Sequence[Outcome]) -> None:
        async with self.rooms.store.writing() as tx:
            await ledger.settle(tx, request.notice, outcomes)
            if outcomes:
                failed = [{"reader": one.reader, "channel": one.channel, "reason": one.reason} for one in outcomes]
                data = {"notice": request.notice, "readers": failed}
                await note(tx, request, JournalKind.DELIVERY_READER_FAILED, data)

    @activity.defn(name="delivery.conclude")
    async def conclude(self, request: NoticeTask) -> Done:
        """Journal that every reader has been tried, with the sum that must add up."""
        async with self.rooms.store.writing() as tx:
            sums = await ledger.sums(tx, request.notice)
            data = {"notice": request.notice, "kind": request.kind.value} | sums.model_dump()
            entry = await note(tx, request, JournalKind(f"{request.kind.step}.notice.sent"), data)
        return Done(journal_seq=entry.seq)

    @activity.defn(name="delivery.give_up")
    async def give_up(self, request: NoticeTask) -> Tally:
        """Fail what could not be sent in all that time, and say so."""
        async with self.rooms.store.reading() as connection:
            rows = await ledger.pending(connection, request.notice)
            sums = await ledger.sums(connection, request.notice)
        at = self.rooms.time(request.at)
        outcomes = [_outcome(row, DeliveryState.FAILED, DeliveryReason.GAVE_UP, at) for row in rows]
        await self._settle_all(request, outcomes)
        return Tally(total=sums.planned, pending=0)

    @activity.defn(name="delivery.escalate")
    async def escalate(self, request: NoticeTask) -> Tally:
        """Plan the next contact point of each reader who has not acknowledged; the total is 0 when all have."""
        async with self.rooms.store.reading() as connection:
            notice = await notices.get(connection, request.notice)
            silent = await ledger.unacknowledged(connection, request.notice)
            tried = await ledger.channels_tried(connection, request.notice)
        plans = DeliveryPlanner(notice, self.rooms, at=request.at).next(silent, tried=tried)
        async with self.rooms.store.writing() as tx:
            planned = [one.planned for one in plans]
            await ledger.plan(
                tx, incident=request.incident, notice=request.notice, kind=request.kind, planned=planned, at=request.at
            )
            await ledger.store_variants(tx, request.notice, [one.variant for one in plans if one.variant])
            if planned:
                data = {"notice": request.notice, "readers": sorted(one.reader.id for one in planned)}
                await note(tx, request, JournalKind.DELIVERY_READER_ESCALATED, data)
            sums = await ledger.sums(tx, request.notice)
        return Tally(total=sums.planned if silent else 0, pending=sums.pending)

    @activity.defn(name="delivery.report_overdue")
    async def report_overdue(self, request: NoticeTask) -> None:
        """Raise the alarm for every reader who was told and has not said so."""
        async with self.rooms.store.writing() as tx:
            silent = sorted({row.planned.reader.id for row in await ledger.unacknowledged(tx, request.notice)})
            if silent:
                data = {"notice": request.notice, "kind": request.kind.value, "readers": silent}
                await note(tx, request, JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE, data)


class Sending:
    """The sending of some lines of the ledger over one channel, through as many connections as it allows."""

    def __init__(self, rooms: Rooms, channel: Channel, request: DeliverBatch, rows: list[LedgerRow]) -> None:
        self._rooms = rooms
        self._channel = channel
        self._request = request
        self._left = list(reversed(rows))
        self._writer = LedgerWriter(rooms.store, request.notice)
        self._failed: list[Outcome] = []
        self._unreachable = False

    async def run(self) -> None:
        """Send until nothing is left, the channel is unreachable, or the worker is asked to stop."""
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._channel.connections, len(self._left))):
                group.create_task(self._connection())
        if self._failed:
            async with self._rooms.store.writing() as tx:
                failed = [{"reader": one.reader, "channel": one.channel, "reason": one.reason} for one in self._failed]
                data = {"notice": self._request.notice, "readers": failed}
                subject = self._channel.name
                await note(tx, self._request, JournalKind.DELIVERY_READER_FAILED, data, subject=subject)
        if self._left and activity.is_worker_shutdown():
            raise ApplicationError("The worker stops; another one goes on.", type="worker_stops")

    async def _connection(self) -> None:
        at = self._rooms.time(self._request.at)
        row = self._next()
        if row is None:
            return
        await self._writer.write(claim=_key(row), at=at)
        async with self._channel.session() as session:
            while row is not None:
                outcome = await self._send(session, row)
                following = self._next()
                claim = _key(following) if following else None
                await self._writer.write(outcome=outcome, claim=claim, at=outcome.at)
                row = following

    def _next(self) -> LedgerRow | None:
        if self._unreachable or activity.is_worker_shutdown():
            return None
        return self._left.pop() if self._left else None

    async def _send(self, session: Session, row: LedgerRow) -> Outcome:
        try:
            await session.send(await self._envelope(row))
        except DeliveryError as error:
            at = self._rooms.time(self._request.at)
            if not error.permanent:
                self._unreachable = self._unreachable or error.reason == DeliveryReason.UNREACHABLE
                return _outcome(row, DeliveryState.PLANNED, DeliveryReason(error.reason), at)
            outcome = _outcome(row, DeliveryState.FAILED, DeliveryReason(error.reason), at)
            self._failed.append(outcome)
            return outcome
        return _outcome(row, DeliveryState.SENT, None, self._rooms.time(self._request.at))

    async def _envelope(self, row: LedgerRow) -> Envelope:
        planned, request = row.planned, self._request
        async with self._rooms.store.reading() as connection:
            files = await ledger.variant(
                connection, notice=request.notice, reader=planned.reader.id, channel=planned.channel
            )
        return envelope_of(row, files, mode=request.mode)


def envelope_of(row: LedgerRow, files: tuple[VariantFile, ...], *, mode: Mode) -> Envelope:
    """The message of a line of the ledger: the same line and files give the same message, on every attempt."""
    planned = row.planned
    return Envelope(
        message_id=message_id(row.notice, planned.reader.id, planned.channel),
        incident=row.incident,
        notice=row.notice,
        mode=mode,
        reader=planned.reader.id,
        address=planned.address,
        subject=planned.subject,
        issued_at=row.planned_at,
        variant=Variant(
            notice=row.notice,
            reader=planned.reader.id,
            channel=planned.channel,
            marking=planned.marking or LOOSEST,
            subject=planned.subject,
            files=files,
        ),
    )


def _key(row: LedgerRow) -> tuple[str, str]:
    return row.planned.reader.id, row.planned.channel


def _outcome(row: LedgerRow, state: DeliveryState, reason: DeliveryReason | None, at: datetime) -> Outcome:
    return Outcome(row.planned.reader.id, row.planned.channel, state, reason.value if reason else None, at)
