"""Sending lines of the ledger over one channel: claimed before, settled after, never more at once than it allows."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.acknowledgements import acknowledge
from activities.facts import note
from activities.ledger_writer import LedgerWriter
from activities.messages import DeliverBatch, NoticeTask
from activities.rooms import Rooms
from activities.ways import Way
from leerp.acknowledgements import Via
from leerp.errors import DeliveryError
from leerp.journal import JournalKind
from leerp.marking import LOOSEST
from leerp.notices import DeliveryReason, DeliveryState, Mode, Variant, VariantFile
from notifications.acknowledging import address
from notifications.channels import Envelope, Session
from notifications.channels.answers import Answering
from notifications.identity import message_id
from notifications.urgency import urgency
from records import ledger
from records.correspondence import Told
from records.ledger import Key, LedgerRow, Move, Outcome

Files = Mapping[str | None, tuple[VariantFile, ...]]
"""The files of each variant by its digest: many readers get the same."""

MOST_REFERENCES = 10
"""How many earlier messages a message names: enough to find its thread."""


@dataclass(frozen=True, kw_only=True)
class Correspondence:
    """What a batch needs to know besides its lines: what its readers were sent before, and where they may confirm.

    `secret`: the incident's, None where no link is given out.
    """

    told: Mapping[Key, Sequence[Told]] = field(default_factory=dict)
    public_url: str = ""
    secret: str | None = None

    def references(self, row: LedgerRow) -> tuple[str, ...]:
        """The messages that this reader had been sent over this channel when the line was planned, oldest first.

        What was sent later does not count, so that every attempt at the line gives the same message.
        """
        reader, channel = key_of(row)
        before = [one.notice for one in self.told.get((reader, channel), ()) if one.at < row.planned_at]
        return tuple(message_id(notice, reader, channel) for notice in before[-MOST_REFERENCES:])

    def link(self, row: LedgerRow) -> str | None:
        """Where this reader confirms the notice of the line."""
        if self.secret is None:
            return None
        return address(self.public_url, self.secret, notice=row.notice, reader=row.planned.reader.id)


class Sending:
    """The sending of some lines of the ledger over one channel."""

    def __init__(
        self,
        way: Way,
        writer: LedgerWriter,
        rooms: Rooms,
        request: DeliverBatch,
        *,
        rows: Sequence[LedgerRow],
        correspondence: Correspondence,
    ) -> None:
        self._way = way
        self._writer = writer
        self._rooms = rooms
        self._request = request
        self._left = list(reversed(rows))
        self._correspondence = correspondence
        self._faults_before = way.faults
        self._urgency = urgency(request.kind, min((row.planned_at for row in rows), default=request.at))

    async def run(self, files: Files) -> None:
        """Send until nothing is left, the channel is unreachable, or the worker is asked to stop."""
        if not self._left or not any(self._way.open_for(row.planned.reader.id) for row in self._left):
            return
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
        async with self._way.turn(self._urgency), self._way.session() as session:
            while row := self._next():
                claim = self._writer.write([*self._settling(outcome), ledger.claiming(row, self._now())])
                outcome = await self._send(session, row, files, claim)
            if outcome:
                await self._writer.write(self._settling(outcome))

    def _settling(self, outcome: Outcome | None) -> list[Move]:
        return [ledger.settling(self._request.notice, outcome)] if outcome else []

    def _next(self) -> LedgerRow | None:
        """The next line whose reader may be tried now; the others stay as they are, for another pass."""
        while self._left and self._way.faults == self._faults_before and not activity.is_worker_shutdown():
            row = self._left.pop()
            if self._way.open_for(row.planned.reader.id):
                return row
        return None

    async def _send(
        self, session: Session, row: LedgerRow, files: Files, claim: asyncio.Future[bool]
    ) -> Outcome | None:
        """Send a line once it is claimed; None when somebody else has it, or when it is settled already."""
        try:
            envelope = envelope_of(
                row,
                files[row.planned.variant_sha256],
                mode=self._request.mode,
                correspondence=self._correspondence,
            )
            sent = await session.send(envelope, permit=claim)
        except DeliveryError as error:
            return await self._fault(row, error) if await claim else None
        self._way.worked()
        if not sent:
            return None
        outcome = outcome_of(row, DeliveryState.SENT, None, self._now())
        return None if await self._acknowledged(session, outcome) else outcome

    async def _acknowledged(self, session: Session, outcome: Outcome) -> bool:
        """Whether the reader confirmed in the very answer; the line is then settled as sent, and confirmed."""
        said = session.take_acknowledgement() if isinstance(session, Answering) else None
        if said is None:
            return False
        await self._writer.write(self._settling(outcome))
        async with self._rooms.store.writing() as tx:
            more = {"channel": said.channel}
            at = self._rooms.time(self._request.at)
            await acknowledge(tx, said.notice, reader=said.reader, via=Via.WEBHOOK, by=said.reader, at=at, more=more)
        return True

    async def _fault(self, row: LedgerRow, error: DeliveryError) -> Outcome | None:
        """What becomes of a line that was not taken: tried again, or failed for good.

        A line whose text may have arrived stays as claimed: whoever tries it next sees that, and journals a repeat.
        """
        reason = DeliveryReason(error.reason)
        self._way.failed(error, reader=row.planned.reader.id)
        if error.in_doubt and not error.permanent:
            return None
        if not error.permanent:
            return outcome_of(row, DeliveryState.PLANNED, reason, self._now())
        outcome = outcome_of(row, DeliveryState.FAILED, reason, self._now())
        await settle_failed(self._rooms, self._request, [outcome], subject="/".join(key_of(row)))
        return outcome

    def _now(self) -> datetime:
        return self._rooms.time(self._request.at)


def envelope_of(
    row: LedgerRow, files: tuple[VariantFile, ...], *, mode: Mode, correspondence: Correspondence | None = None
) -> Envelope:
    """The message of a line of the ledger: the same line and files give the same message, on every attempt."""
    planned = row.planned
    around = correspondence or Correspondence()
    return Envelope(
        message_id=message_id(row.notice, planned.reader.id, planned.channel),
        incident=row.incident,
        notice=row.notice,
        mode=mode,
        reader=planned.reader.id,
        address=planned.address,
        subject=planned.subject,
        issued_at=row.planned_at,
        references=around.references(row),
        acknowledge_url=around.link(row),
        key=planned.key,
        attempt=row.attempts + 1,
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
