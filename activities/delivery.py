"""Activities that deliver a notice: plan who gets what, send it, and keep the ledger true."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import usable_directory
from activities.delivery_planning import planner_of, readers_of
from activities.escalation import alarming, next_look, unanswered
from activities.facts import note
from activities.ledger_writer import LedgerWriter
from activities.messages import (
    AskAgain,
    Asked,
    DeliverBatch,
    Done,
    FindOutstanding,
    GiveUp,
    NoticeTask,
    Outstanding,
    PlanDeliveries,
    Share,
    Tally,
)
from activities.permissions import ask, hold_back, need_same_consents
from activities.permissions import unanswered as unanswered_by_providers
from activities.planned_deliveries import PlannedDelivery, digest
from activities.rooms import Rooms
from activities.sending import Correspondence, Files, Sending, key_of, outcome_of, settle_failed
from activities.turns import Hold, Precedence
from activities.ways import Way
from leerp.errors import BadInputError
from leerp.journal import JournalKind
from leerp.notices import DeliveryReason, DeliveryState, Notice, NoticeKind
from notifications.channels import Channel
from notifications.identity import message_id
from records import correspondence, incidents, journal, ledger, notices, withholding
from records.ledger import LedgerRow

HEARTBEAT_SECONDS = 1.0

MOST_REMEMBERED = 1_000
"""Of how many notices a process remembers whether they ask for an acknowledgement."""


class Tried(Tally):
    """What came of a batch. `hold`: why no other batch of the notice need try the channel now."""

    hold: Hold | None = None


@contextlib.asynccontextmanager
async def heartbeats() -> AsyncIterator[None]:
    """Tell the engine every second that the activity lives, however long one message takes.

    What is over within a second tells nothing: a sign of life is a call of its own.
    """

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            activity.heartbeat()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


class DeliveryActivities:
    """The ledger and the channels. What was sent is written down before the next message goes out."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.ways = {name: Way(channel) for name, channel in rooms.channels.items()}
        self.writer = LedgerWriter(rooms.store)
        self.precedence = Precedence(rooms)
        self._asking: dict[str, bool] = {}

    @activity.defn(name="delivery.plan")
    async def plan(self, request: PlanDeliveries) -> Tally:
        """Fix for every reader: which channel, which address, which variant; or withheld, and why."""
        await self.rooms.admit(request.incident)
        async with heartbeats():
            directory = await usable_directory(self.rooms)
            async with self.rooms.store.reading() as connection:
                notice = await notices.get(connection, request.notice)
                readers = await readers_of(connection, notice)
                planner = await planner_of(connection, notice, self.rooms, directory=directory, at=request.at)
                former = await ledger.snapshots(connection, request.incident, planner.strangers(readers))
            plans = await asyncio.to_thread(planner.first, readers, former=former)  # a PDF takes long to set
            # who may see a part of it gets that part now; only who would get nothing waits for the provider
            lacking = planner.lacking(one.planned.reader.id for one in plans if one.variant is None)
            async with self.rooms.store.writing() as tx:
                stopped = await withholding.stopped(tx, request.notice)
                await need_same_consents(tx, notice, planner)
                plans = [one.held_back(stopped) if stopped else one for one in plans]
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
                if stopped or notice.kind is NoticeKind.PROVIDER:  # no provider is asked about what another is asked
                    lacking = {}
                waiting = await unanswered_by_providers(tx, notice, lacking)
                asked = await ask(tx, request, notice, lacking=waiting, directory=directory)
                shares = await _shares(tx, request.notice, batch=request.batch) if request.batch else None
        if self.rooms.ahead and notice.acknowledge_within_minutes is not None:
            over = {one.reader.id: {one.channel} for one in planned if not one.withheld}
            planner.begin_next(over, tried=over)
        pending = len(planned) - len(withheld)
        return Tally(total=len(planned), pending=pending, awaiting=len(waiting), asked=asked, shares=shares)

    @activity.defn(name="delivery.deliver")
    async def deliver(self, request: DeliverBatch) -> Tried:
        """Try the lines of a batch that are still to be tried; the ledger says which."""
        await self.rooms.admit(request.incident)
        await hold_back(self.rooms, request)
        async with self.rooms.store.reading() as connection:
            everything = await self._pending(connection, request)
            files = await self._files(connection, request.notice, everything)
            around = await self._around(connection, request, everything)
        by_channel: dict[str, list[LedgerRow]] = defaultdict(list)
        for row in everything:
            by_channel[row.planned.channel].append(row)
        async with heartbeats(), asyncio.TaskGroup() as group:
            trying = [
                group.create_task(self._over(name, rows, files, request, around)) for name, rows in by_channel.items()
            ]
        async with self.rooms.store.reading() as connection:
            left = await self._pending(connection, request)
        holds = [hold for one in trying if (hold := one.result())]
        return Tried(total=request.after - request.first, pending=len(left), hold=holds[0] if holds else None)

    async def _pending(self, connection: AsyncConnection, request: DeliverBatch) -> list[LedgerRow]:
        first, after, channel = request.first, request.after, request.channel
        return await ledger.pending(connection, request.notice, first=first, after=after, channel=channel)

    async def _around(
        self, connection: AsyncConnection, request: DeliverBatch, rows: Sequence[LedgerRow]
    ) -> Correspondence:
        """What these readers were sent before, and the secret for their links if they are to confirm by one."""
        if not rows:
            return Correspondence()
        told = await correspondence.told(connection, request.incident, {row.planned.reader.id for row in rows})
        public_url = self.rooms.public_url
        if public_url is None or not await self._asks(connection, request.notice):
            return Correspondence(told=told)
        secret = (await incidents.get(connection, request.incident)).secret
        return Correspondence(told=told, public_url=public_url, secret=secret)

    async def _asks(self, connection: AsyncConnection, notice: str) -> bool:
        """Whether a notice asks for an acknowledgement. Read once: it is large, and never changes."""
        if notice not in self._asking:
            if len(self._asking) >= MOST_REMEMBERED:
                self._asking.clear()
            stored = await notices.get(connection, notice)
            self._asking[notice] = stored.acknowledge_within_minutes is not None
        return self._asking[notice]

    async def _files(self, connection: AsyncConnection, notice: str, rows: list[LedgerRow]) -> Files:
        """The files that these lines send, each variant read once, by way of any reader who gets it."""
        one_of_each = {row.planned.variant_sha256: key_of(row) for row in rows}
        files = await ledger.variants(connection, notice, list(one_of_each.values()))
        for named, key in one_of_each.items():
            if digest(files[key]) != named:  # nobody gets what was not planned for him, whatever went wrong before
                raise BadInputError(
                    f"{notice}: the files kept for {key[0]} are not those of the ledger; nothing is sent"
                )
        return {named: files[key] for named, key in one_of_each.items()}

    async def _over(
        self, name: str, rows: list[LedgerRow], files: Files, request: DeliverBatch, around: Correspondence
    ) -> Hold | None:
        """Try these lines over their channel; the reason when it is to be left alone now."""
        way = self.ways.get(name)
        if way is None:
            at, reason = self.rooms.time(request.at), DeliveryReason.NOT_CONFIGURED
            failed = [outcome_of(row, DeliveryState.FAILED, reason, at) for row in rows]
            await settle_failed(self.rooms, request, failed, subject=name)
            return None
        if hold := await self.precedence.hold(way.channel, request):
            return hold
        await self._journal_repeats(way.channel, rows, request)
        await Sending(way, self.writer, self.rooms, request, rows=rows, correspondence=around).run(files)
        return Hold.DOWN if way.down else None

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

    @activity.defn(name="delivery.conclude")
    async def conclude(self, request: NoticeTask) -> Done:
        """Journal that every reader has been tried, or is being tried over a slow channel, with the sum."""
        async with self.rooms.store.writing() as tx:
            sums = await ledger.sums(tx, request.notice)
            data = {"notice": request.notice, "kind": request.kind.value} | sums.model_dump()
            entry = await note(tx, request, JournalKind(f"{request.kind.step}.notice.sent"), data)
        return Done(journal_seq=entry.seq)

    @activity.defn(name="delivery.give_up")
    async def give_up(self, request: GiveUp) -> Tally:
        """Fail what could not be sent in all that time, and say so."""
        async with self.rooms.store.reading() as connection:
            rows = await ledger.pending(connection, request.notice, channel=request.channel)
            sums = await ledger.sums(connection, request.notice)
        at = self.rooms.time(request.at)
        failed = [outcome_of(row, DeliveryState.FAILED, DeliveryReason.GAVE_UP, at) for row in rows]
        await settle_failed(self.rooms, request, failed)
        return Tally(total=sums.planned, pending=sums.pending - len(rows))

    @activity.defn(name="delivery.outstanding")
    async def outstanding(self, request: FindOutstanding) -> Outstanding:
        """Find what is still to be tried, channel by channel: a slow channel must not hold up another one."""
        async with self.rooms.store.reading() as connection:
            shares = await _shares(connection, request.notice, batch=request.batch)
        return Outstanding(shares=tuple(one for one in shares if request.channel in (None, one.channel)))

    @activity.defn(name="delivery.sums")
    async def sums(self, request: NoticeTask) -> Tally:
        """How many lines a notice has, and how many of them are still to be tried."""
        async with self.rooms.store.reading() as connection:
            sums = await ledger.sums(connection, request.notice)
        return Tally(total=sums.planned, pending=sums.pending)

    @activity.defn(name="delivery.escalate")
    async def escalate(self, request: NoticeTask) -> Tally:
        """Plan the next contact point of each reader who has not acknowledged; the total is 0 when all have."""
        async with self.rooms.store.reading() as connection:
            notice = await notices.get(connection, request.notice)
            silent = await ledger.unacknowledged(connection, request.notice)
            tried = await ledger.channels_tried(connection, request.notice)
        readers = {row.planned.reader.id for row in silent}
        async with heartbeats():
            plans = await self._next_contacts(request, notice, readers, tried)
        async with self.rooms.store.writing() as tx:
            await self._plan_again(tx, request, plans)
            sums = await ledger.sums(tx, request.notice)
        return Tally(total=sums.planned if silent else 0, pending=sums.pending)

    async def _next_contacts(
        self, request: NoticeTask, notice: Notice, readers: set[str], tried: dict[str, set[str]]
    ) -> list[PlannedDelivery]:
        directory = await usable_directory(self.rooms)
        async with self.rooms.store.reading() as connection:
            planner = await planner_of(connection, notice, self.rooms, directory=directory, at=request.at)
        return await asyncio.to_thread(planner.next, readers, tried=tried)

    async def _plan_again(self, tx: AsyncConnection, request: NoticeTask, plans: Sequence[PlannedDelivery]) -> None:
        """Add a line for each reader who is asked once more, and say who that is."""
        planned = [one.planned for one in plans]
        await ledger.plan(
            tx, incident=request.incident, notice=request.notice, kind=request.kind, planned=planned, at=request.at
        )
        await ledger.store_variants(tx, request.notice, [one.variant for one in plans if one.variant])
        if planned:
            data = {"notice": request.notice, "readers": sorted(one.reader.id for one in planned)}
            await note(tx, request, JournalKind.DELIVERY_READER_ESCALATED, data)

    @activity.defn(name="delivery.ask_again")
    async def ask_again(self, request: AskAgain) -> Asked:
        """Ask every reader who is due over the next contact point; call the duty officer where that does not help.

        One reader's word counts for that reader alone. `next_at` in the answer is when somebody else falls due.
        """
        async with self.rooms.store.reading() as connection:
            lines = await correspondence.lines(connection, request.notice)
            groups = await self._groups(connection, request)
            tried = await ledger.channels_tried(connection, request.notice)
            alarmed = await self._alarmed(connection, request)
            notice = await notices.get(connection, request.notice)
            if await withholding.stopped(connection, request.notice):  # what is in its place is asked after instead
                return Asked(added=0, alarmed=0, next_at=None)
        standings = unanswered(lines)
        before = {line.reader for line in lines if line.planned_at == request.at}  # by this very request, cut off
        minutes = {one.reader: request.by_group.get(groups.get(one.reader, ""), request.minutes) for one in standings}
        due = [one for one in standings if one.due(request.at, minutes=minutes[one.reader])]
        async with heartbeats():
            plans = await self._next_contacts(request, notice, {one.reader for one in due} - before, tried)
        asked = before | {one.planned.reader.id for one in plans}
        called = alarming(due, asked_now=asked, alarmed=alarmed)
        async with self.rooms.store.writing() as tx:
            await self._plan_again(tx, request, plans)
            if called:
                data = {"notice": request.notice, "kind": request.kind.value, "readers": called}
                await note(tx, request, JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE, data)
        finished = {one.reader for one in due if one.reader not in asked and not one.pending}
        looked_after = {one.reader for one in due}
        next_at = next_look(standings, at=request.at, minutes=minutes, due=looked_after, finished=finished)
        return Asked(added=len(asked), alarmed=len(called), next_at=next_at)

    async def _groups(self, connection: AsyncConnection, request: AskAgain) -> dict[str, str]:
        """The group of every reader, where groups have minutes of their own."""
        if not request.by_group:
            return {}
        return await correspondence.groups(connection, request.notice)

    async def _alarmed(self, connection: AsyncConnection, request: NoticeTask) -> set[str]:
        """For whom the duty officer has been called already."""
        kinds = {JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE}
        entries = await journal.entries(connection, request.incident, kinds=kinds)
        said = [entry.data["readers"] for entry in entries if entry.data["notice"] == request.notice]
        return {str(reader) for readers in said if isinstance(readers, list) for reader in readers}

    @activity.defn(name="delivery.report_overdue")
    async def report_overdue(self, request: NoticeTask) -> None:
        """Raise the alarm for every reader who was told and has not said so."""
        async with self.rooms.store.writing() as tx:
            silent = sorted({row.planned.reader.id for row in await ledger.unacknowledged(tx, request.notice)})
            if silent:
                data = {"notice": request.notice, "kind": request.kind.value, "readers": silent}
                await note(tx, request, JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE, data)


async def _shares(c: AsyncConnection, notice: str, *, batch: int) -> tuple[Share, ...]:
    """What of a notice is still to be tried, channel by channel, in batches of at most so many lines."""
    found = await correspondence.outstanding(c, notice)
    return tuple(
        Share(channel=channel, firsts=tuple(positions[::batch]), after=positions[-1] + 1)
        for channel, positions in sorted(found.items())
    )
