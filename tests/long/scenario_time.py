"""Scenario time: an engine whose clock jumps over what nobody works in, and the rooms' clock with it.

Half an hour with every pause, timer and retry of the product as it is, in seconds; speed is 1, nothing is shortened.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio import activity
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from activities.watching import Watch
from desk.assembly import House
from leerp.errors import ServiceMissingError
from leerp.settings import Settings

LOOK = timedelta(seconds=Settings().watch_seconds)
"""How often the watch looks where nothing else is settled."""


class Clock:
    """The engine's time for the rooms: it runs on by itself, and jumps as the engine says that it has jumped."""

    def __init__(self) -> None:
        self._known = datetime.now(UTC)
        self._since = time.monotonic()

    def __call__(self) -> datetime:
        """The time now; an activity has it from the engine, which said when it started."""
        if activity.in_activity():
            self.learn(activity.info().started_time)
        return self._running()

    def learn(self, at: datetime) -> None:
        """It is that late at least."""
        if at > self._running():
            self._known, self._since = at, time.monotonic()

    def _running(self) -> datetime:
        return self._known + timedelta(seconds=time.monotonic() - self._since)


class Scenario:
    """Lets time pass, while the watch looks as often as it does in a worker."""

    def __init__(self, environment: WorkflowEnvironment, clock: Clock) -> None:
        self._environment = environment
        self.clock = clock
        self.store_away: list[datetime] = []
        """When the watch found no store."""

    @property
    def client(self) -> Client:
        """A client of the engine."""
        return self._environment.client

    def watch(self, house: House) -> Watch:
        """A watch as a worker has it."""

        async def connect() -> Client:
            return self.client

        return Watch(house.rooms, connect=connect, stuck_after=timedelta(minutes=house.settings.stuck_after_minutes))

    async def steps(self, watch: Watch, duration: timedelta) -> AsyncIterator[datetime]:
        """Let so much time pass, from one look of the watch to the next; each step is a time just after a look."""
        end = self.clock() + duration
        while self.clock() < end:
            await self._environment.sleep(LOOK)
            self.clock.learn(await self._environment.get_current_time())
            try:
                await watch.look()
            except ServiceMissingError:
                self.store_away.append(self.clock())
            yield self.clock()


@contextlib.asynccontextmanager
async def scenario() -> AsyncIterator[Scenario]:
    """An engine of its own, whose time begins now."""
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter,
        test_server_existing_path=str(Path(sys.executable).parent / "temporal-test-server"),
    )
    try:
        clock = Clock()
        clock.learn(await environment.get_current_time())
        yield Scenario(environment, clock)
    finally:
        await environment.shutdown()
        await asyncio.sleep(0.2)  # lets the engine's client end before the loop does (sdk-python issue 300)
