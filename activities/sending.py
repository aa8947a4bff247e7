"""Sending lines of the ledger over one channel: claimed before, settled after, never more at once than it allows."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.facts import note
from activities.ledger_writer import LedgerWriter
from activities.messages import DeliverBatch, NoticeTask
from activities.rooms import Rooms
from leerp.errors import DeliveryError
from leerp.journal import JournalKind
from leerp.marking import LOOSEST
from leerp.notices import DeliveryReason, DeliveryState, Mode, Variant, VariantFile
from notifications.channels import Channel, Envelope, Session
from notifications.identity import message_id
from records import ledger
from records.ledger import Key, LedgerRow, Move, Outcome

Files = Mapping[str | None, tuple[VariantFile, ...]]
"""The files of each variant by its digest: many readers get the same."""

FAULTS_OF_THE_CHANNEL = (DeliveryReason.UNREACHABLE, DeliveryReason.NOT_CONFIGURED)
"""What, if it passes, no other reader would be spared either: going on would only hammer a server."""


class Way:
    """A channel as one process uses it: all batches together open no more connections than it allows.

    A connection that one batch has done with is the next one's, and ends when no batch is under way. A fault of the
    channel itself stops every batch that is under way; while the last attempt had one, a single connection at a time
    tries whether the channel is back.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.faults = 0
        self._down = False
        self._free = asyncio.Semaphore(channel.connections)
        self._trying = asyncio.Lock()
        self._under_way = 0
        self._open = AsyncExitStack()
        self._idle: list[Session] = []

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[None]:
        """Keep connections open for this block."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                done, self._open, self._idle = self._open, AsyncExitStack(), []
                await done.aclose()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one of the connections that the channel allows."""
        async with self._free:
            if not self._down:
                yield
                return
            async with self._trying:
                yield

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A session, within a turn and while in use."""
        session = self._idle.pop() if self._idle else await self._open.enter_async_context(self.channel.session())
        try:
            yield session
        finally:
            self._idle.append(session)

    def found(self, *, works: bool) -> None:
        """Remember how an attempt to use the channel went."""
        self._down = not works
        self.faults += not works


class Sending:
    """The sending of some lines of the ledger over one channel."""

    def __init__(
        self, way: Way, writer: LedgerWriter, rooms: Rooms, request: DeliverBatch, *, rows: Sequence[LedgerRow]
    ) -> None:
        self._way = way
        self._writer = writer
        self._rooms = rooms
        self._request = request
        self._left = list(reversed(rows))
        self._faults_before = way.faults

    async def run(self, files: Files) -> None:
        """Send until nothing is left, the channel is unreachable, or the worker is asked to stop."""
        async with self._way.in_use(), asyncio.TaskGroup() as group:
            for _ in range(min(self._way.channel.connections, len(self._left))):
                group.create_task(self._connection(files))
        if self._left and activity.is_worker_shutdown():
            raise ApplicationError("The worker stops; another one goes on.", type="worker_stops")

    async def _connection(self, files: Files) -> None:
        """Claim, send, settle, one line after another over one connection.

        While a line is being claimed and the one before it settled, the channel is already told of the message; its
        text goes when both are durable. So there is never more than one line in doubt.
        """
        outcome: Outcome | None = None
        async with self._way.turn(), self._way.session() as session:
            while row := self._next():
                claim = self._writer.write([*self._settling(outcome), ledger.claiming(row, self._now())])
                outcome = await self._send(session, row, files, claim)
            if outcome:
                await self._writer.write(self._settling(outcome))

    def _settling(self, outcome: Outcome | None) -> list[Move]:
        return [ledger.settling(self._request.notice, outcome)] if outcome else []

    def _next(self) -> LedgerRow | None:
        stop = self._way.faults > self._faults_before or activity.is_worker_shutdown()
        return self._left.pop() if self._left and not stop else None

    async def _send(
        self, session: Session, row: LedgerRow, files: Files, claim: asyncio.Future[bool]
    ) -> Outcome | None:
        """Send a line once it is claimed; None when somebody else has it."""
        try:
            envelope = envelope_of(row, files[row.planned.variant_sha256], mode=self._request.mode)
            sent = await session.send(envelope, permit=claim)
        except DeliveryError as error:
            return await self._fault(row, error) if await claim else None
        self._way.found(works=True)
        return outcome_of(row, DeliveryState.SENT, None, self._now()) if sent else None

    async def _fault(self, row: LedgerRow, error: DeliveryError) -> Outcome:
        """What becomes of a line that was not taken: tried again, or failed for good."""
        reason = DeliveryReason(error.reason)
        self._way.found(works=error.permanent or reason not in FAULTS_OF_THE_CHANNEL)
        if not error.permanent:
            return outcome_of(row, DeliveryState.PLANNED, reason, self._now())
        outcome = outcome_of(row, DeliveryState.FAILED, reason, self._now())
        await settle_failed(self._rooms, self._request, [outcome], subject="/".join(key_of(row)))
        return outcome

    def _now(self) -> datetime:
        return self._rooms.time(self._request.at)


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


def key_of(row: LedgerRow) -> Key:
    """Which line of its notice it is."""
    return row.planned.reader.id, row.planned.channel


def outcome_of(row: LedgerRow, state: DeliveryState, reason: DeliveryReason | None, at: datetime) -> Outcome:
    """What came of trying a line."""
    return Outcome(row.planned.reader.id, row.planned.channel, state, reason.value if reason else None, at)


async def settle_failed(rooms: Rooms, request: NoticeTask, failed: Sequence[Outcome], *, subject: str = "") -> None:
    """Write down that lines have failed for good, and journal in the same breath which and why."""
    if not failed:
        return
    readers = [{"reader": one.reader, "channel": one.channel, "reason": one.reason} for one in failed]
    async with rooms.store.writing() as tx:
        await ledger.settle(tx, request.notice, failed)
        data: dict[str, Any] = {"notice": request.notice, "readers": readers}
        await note(tx, request, JournalKind.DELIVERY_READER_FAILED, data, subject=subject)
