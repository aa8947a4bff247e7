"""Watching the watchers: who has gone silent, and whose clock is off. It runs beside the worker and the collector.

The clocks that the centre's own is compared with: the database's, the engine's, and the date of every source that
sources.yaml calls a trusted_clock. A database in a file and an engine on this machine have the same clock anyway.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.collecting.comparing import seen
from activities.collecting.noting import note_clock, note_silence
from activities.rooms import Rooms
from leerp.errors import ServiceMissingError
from leerp.notices import Mode
from records.collecting_alarms import ClockSeen
from records.database_clock import database_time

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=1)
ENOUGH = 3
"""After so many tasks of the engine the smallest difference is taken for that of the clocks, not for a delay."""

_LEAST = timedelta(milliseconds=1)


class EngineClock(Interceptor):
    """Sees how far the centre's clock is ahead of the engine's, which says when it has handed out each task.

    `clock`: this machine's time.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._differences: list[timedelta] = []

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - theirs
        """Look at the time of every task that begins."""
        return _Beginning(next, self.began)

    def began(self, handed_out: datetime) -> None:
        """A task has begun here that the engine has handed out at that time of its own clock."""
        self._differences = sorted((*self._differences, self._clock() - handed_out))[:ENOUGH]

    def seen(self) -> ClockSeen | None:
        """The comparison since it was last asked for; None while too few tasks have begun."""
        if len(self._differences) < ENOUGH:
            return None
        now, least = self._clock(), self._differences[0]
        self._differences = []
        return seen("the engine", now - least, begun=now, ended=now)


class _Beginning(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, began: Callable[[datetime], None]) -> None:
        super().__init__(following)
        self._began = began

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - theirs
        """Note when it was handed out."""
        self._began(activity.info().started_time)
        return await self.next.execute_activity(input)


async def look(rooms: Rooms, engine: EngineClock | None = None) -> None:
    """Look once. ServiceMissingError when the store does not answer. An exercise has its own time, and no sources."""
    if rooms.mode is Mode.EXERCISE:
        return
    await note_silence(rooms.store, at=rooms.wall_clock())
    for found in (await _database(rooms), engine.seen() if engine else None):
        if found is not None:
            await note_clock(rooms.store, found)


async def _database(rooms: Rooms) -> ClockSeen | None:
    async with rooms.store.reading() as connection:
        begun = rooms.wall_clock()
        theirs = await database_time(connection)
        ended = rooms.wall_clock()
    return None if theirs is None else seen("the database", theirs, begun=begun, ended=ended, within=_LEAST)


async def keep_looking(rooms: Rooms, engine: EngineClock | None = None, *, every: timedelta = EVERY) -> None:
    """Look for as long as the process lives; a store that is away is waited for, and said to be at every look."""
    while True:
        try:
            await look(rooms, engine)
        except ServiceMissingError as error:
            log.warning("store_away", sentence=error.sentence)
        await asyncio.sleep(every.total_seconds())
