"""Activities that deliver a notice: plan who gets what, send it, and keep the ledger true."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import usable_directory
from activities.facts import note
from activities.ledger_writer import LedgerWriter
from activities.messages import DeliverBatch, Done, NoticeTask, Tally
from activities.planned_deliveries import DeliveryPlanner, digest
from activities.rooms import Rooms
from activities.sending import Files, Sending, Way, key_of, outcome_of, settle_failed
from leerp.errors import BadInputError
from leerp.journal import JournalKind
from leerp.notices import DeliveryReason, DeliveryState
from notifications.channels import Channel
from notifications.identity import message_id
from records import ledger, notices
from records.ledger import LedgerRow

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
        self.ways = {name: Way(channel) for name, channel in rooms.channels.items()}
        self.writer = LedgerWriter(rooms.store)

    @activity.defn(name="delivery.plan")
    async def plan(self, request: NoticeTask) -> Tally:
        """Fix for every reader: which channel, which address, which variant; or withheld, and why."""
        await self.rooms.incident(request.incident)
        async with heartbeats():
            directory = await usable_directory(self.rooms)
            async with self.rooms.store.reading() as connection:
                notice = await notices.get(connection, request.notice)
                readers = await notices.audience(connection, request.notice)
                planner = DeliveryPlanner(notice, self.rooms, directory=directory, at=request.at)
                former = await ledger.snapshots(connection, request.incident, planner.strangers(readers))
            plans = planner.first(readers, former=former)
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
            files = await self._files(connection, request.notice, everything)
        by_channel: dict[str, list[LedgerRow]] = defaultdict(list)
        for row in everything:
            by_channel[row.planned.channel].append(row)
        async with heartbeats(), asyncio.TaskGroup() as group:
            for name, rows in by_channel.items():
                group.create_task(self._over(name, rows, files, request))
        async with self.rooms.store.reading() as connection:
            left = await ledger.pending(connection, request.notice, first=request.first, after=request.after)
        return Tally(total=request.after - request.first, pending=len(left))

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

    async def _over(self, name: str, rows: list[LedgerRow], files: Files, request: DeliverBatch) -> None:
        way = self.ways.get(name)
        if way is None:
            at, reason = self.rooms.time(request.at), DeliveryReason.NOT_CONFIGURED
            failed = [outcome_of(row, DeliveryState.FAILED, reason, at) for row in rows]
            await settle_failed(self.rooms, request, failed, subject=name)
            return
        await self._journal_repeats(way.channel, rows, request)
        await Sending(way, self.writer, self.rooms, request, rows=rows).run(files)

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
        failed = [outcome_of(row, DeliveryState.FAILED, DeliveryReason.GAVE_UP, at) for row in rows]
        await settle_failed(self.rooms, request, failed)
        return Tally(total=sums.planned, pending=0)

    @activity.defn(name="delivery.escalate")
    async def escalate(self, request: NoticeTask) -> Tally:
        """Plan the next contact point of each reader who has not acknowledged; the total is 0 when all have."""
        async with self.rooms.store.reading() as connection:
            notice = await notices.get(connection, request.notice)
            silent = await ledger.unacknowledged(connection, request.notice)
            tried = await ledger.channels_tried(connection, request.notice)
        planner = DeliveryPlanner(notice, self.rooms, directory=await usable_directory(self.rooms), at=request.at)
        plans = planner.next(silent, tried=tried)
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
