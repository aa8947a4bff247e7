"""The watch over what is still to be sent, outside every workflow: whatever has died, somebody says so.

It runs beside the relay in every worker and every desk. However many look, an alarm stands in the journal once for
each episode, because its key names the entry that it comes after.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.rooms import Rooms
from activities.settling import settle_bursts
from leerp.alarms import StuckNotice, StuckReason
from leerp.errors import ServiceMissingError
from leerp.journal import DESK, PROTOCOL, JournalEntry, JournalKind
from leerp.model import iso
from leerp.protocol import dissemination_id
from records import incidents, journal, reconciliation
from records.reconciliation import OpenNotice

log = structlog.get_logger(__name__)

GRACE = timedelta(minutes=1)
"""How long a notice may wait for a channel that is down, or for its workflow to begin, before it is called stuck."""


class Watch:
    """Looks at every notice that is still to be sent and at every channel, and journals what has changed.

    `connect` gives a client of the engine, or raises ServiceMissingError; then workflows are not asked after. Bursts of
    reports that have ended are settled on the way.
    """

    def __init__(self, rooms: Rooms, *, connect: Callable[[], Awaitable[Client]], stuck_after: timedelta) -> None:
        self._rooms = rooms
        self._connect = connect
        self._stuck_after = stuck_after
        self._stuck: dict[str, StuckNotice] | None = None

    async def look(self) -> None:
        """Look once. ServiceMissingError when the store does not answer."""
        now = self._rooms.wall_clock()
        await self._look_at_channels(now)
        async with self._rooms.store.reading() as connection:
            if self._stuck is None:
                self._stuck = {one.notice: one for one in await reconciliation.all_stuck(connection)}
            standing = await reconciliation.open_notices(connection, mode=self._rooms.mode)
            down = await reconciliation.channels_down(connection, mode=self._rooms.mode)
        long_down = {one.channel for one in down if now - one.since >= GRACE}
        reasons = {one.notice: await self._reason(one, now, long_down) for one in standing}
        for one in standing:
            if (reason := reasons[one.notice]) and one.notice not in self._stuck:
                self._stuck[one.notice] = await self._note_stuck(one, reason, now)
        for notice, alarm in list(self._stuck.items()):
            if reasons.get(notice) is None:
                await self._note_moving(alarm, now)
                del self._stuck[notice]
        await settle_bursts(self._rooms)

    async def _look_at_channels(self, now: datetime) -> None:
        mode = self._rooms.mode
        async with self._rooms.store.reading() as connection:
            faulted = await reconciliation.faulted_channels(connection, mode=mode)
            before = await reconciliation.channel_episodes(connection)
            down = {name: one for name, one in before.items() if one.kind is JournalKind.DELIVERY_CHANNEL_DOWN}
            ended = {name: await self._ended(connection, name, one) for name, one in down.items()}
        for name, waiting in faulted.items():
            channel = self._rooms.channels.get(name)
            if name not in down and channel is not None and not channel.server_per_reader:
                await self._note_down(name, waiting, after=before.get(name), now=now)
        for name, because in ended.items():
            if because and name not in faulted:
                await self._note_up(name, because, after=down[name], now=now)

    async def _ended(self, connection: AsyncConnection, channel: str, begun: JournalEntry) -> str | None:
        """How an outage has ended; None while it lasts. That a line is just being tried does not end it."""
        since = datetime.fromisoformat(begun.at)
        if await reconciliation.sent_since(connection, channel, since, mode=self._rooms.mode):
            return "sent"
        waiting = await reconciliation.waiting_for(connection, channel, mode=self._rooms.mode)
        return None if waiting else "nothing_waits"

    async def _reason(self, one: OpenNotice, now: datetime, long_down: set[str]) -> StuckReason | None:
        """Why a notice counts as stuck, the gravest reason first; None if it does not."""
        still_for = (one.clock.time(now) - one.moved_at) / one.clock.speed
        if not one.adds_up:
            return StuckReason.DOES_NOT_ADD_UP
        if still_for >= GRACE and not await self._runs(one):
            return StuckReason.NOT_RUNNING
        if long_down.intersection(one.channels):
            return StuckReason.CHANNEL_DOWN
        return StuckReason.NO_MOVEMENT if still_for >= self._stuck_after else None

    async def _runs(self, one: OpenNotice) -> bool:
        """Whether a workflow is at work on it; an engine that does not answer is no proof that none is."""
        try:
            client = await self._connect()
            handle = client.get_workflow_handle(dissemination_id(one.incident, one.notice))
            return (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
        except ServiceMissingError:
            return True
        except RPCError as error:
            return error.status is not RPCStatusCode.NOT_FOUND

    async def _note_down(self, channel: str, waiting: int, *, after: JournalEntry | None, now: datetime) -> None:
        data: dict[str, JsonValue] = {"channel": channel, "since": iso(now), "waiting": waiting}
        log.warning("channel_down", channel=channel, waiting=waiting)
        await self._note(DESK, JournalKind.DELIVERY_CHANNEL_DOWN, data, subject=channel, after=after, at=now)

    async def _note_up(self, channel: str, because: str, *, after: JournalEntry, now: datetime) -> None:
        data: dict[str, JsonValue] = {"channel": channel, "since": after.data["since"], "because": because}
        log.info("channel_up", channel=channel)
        await self._note(DESK, JournalKind.DELIVERY_CHANNEL_UP, data, subject=channel, after=after, at=now)

    async def _note_stuck(self, one: OpenNotice, because: StuckReason, now: datetime) -> StuckNotice:
        alarm = StuckNotice(
            incident=one.incident,
            notice=one.notice,
            kind=one.kind.value,
            because=because,
            pending=one.sums.pending,
            since=one.clock.time(now),
        )
        log.warning("notice_stuck", incident=one.incident, notice=one.notice, because=because.value)
        data = alarm.model_dump(mode="json", exclude={"incident"})
        await self._episode(one.incident, JournalKind.DELIVERY_NOTICE_STUCK, data, one.notice, at=alarm.since)
        return alarm

    async def _note_moving(self, alarm: StuckNotice, now: datetime) -> None:
        log.info("notice_moving", incident=alarm.incident, notice=alarm.notice)
        data: dict[str, JsonValue] = {"notice": alarm.notice, "kind": alarm.kind, "since": iso(alarm.since)}
        async with self._rooms.store.reading() as connection:
            incident = await incidents.get(connection, alarm.incident)
        at = incident.clock.time(now)
        await self._episode(alarm.incident, JournalKind.DELIVERY_NOTICE_MOVING, data, alarm.notice, at=at)

    async def _episode(
        self, incident: str, kind: JournalKind, data: dict[str, JsonValue], notice: str, *, at: datetime
    ) -> None:
        """Journal a change of a notice, unless somebody else has."""
        async with self._rooms.store.reading() as connection:
            before = (await reconciliation.notice_episodes(connection, incident)).get(notice)
        if before is None or before.kind is not kind:
            await self._note(incident, kind, data, subject=notice, after=before, at=at)

    async def _note(
        self,
        chain: str,
        kind: JournalKind,
        data: dict[str, JsonValue],
        *,
        subject: str,
        after: JournalEntry | None,
        at: datetime,
    ) -> None:
        key = f"watch/{subject}/{after.seq if after else 0}"  # two who see the same write the same entry, which is one
        async with self._rooms.store.writing() as tx:
            await journal.append(tx, incident=chain, at=at, actor=PROTOCOL, kind=kind, data=data, key=key)


async def keep_watching(watch: Watch, *, every: timedelta) -> None:
    """Look for as long as the process lives; a store that is away is waited for, and said to be at every look."""
    while True:
        try:
            await watch.look()
        except ServiceMissingError as error:
            log.warning("store_away", sentence=error.sentence)
        await asyncio.sleep(every.total_seconds())
