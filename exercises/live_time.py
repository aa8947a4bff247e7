"""How the scenario's time passes in a live run: by the clock on the wall at some speed, or from step to step."""

import asyncio
import time
from datetime import datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from activities.rooms import Rooms
from exercises.diary import Diary
from exercises.live_clock import LiveClock
from exercises.live_telling import PATIENCE, running
from leerp.protocol import Clock
from records import outbox

LOOK_SECONDS = 0.1
"""How often the clock is looked at: people may have changed it."""

REST_SECONDS = 30.0
"""How long the director waits, at most, for what an inject has set off: a live exercise goes on all the same."""

WINDING_SECONDS = 1.0
SLOWEST_WINDING, FASTEST_WINDING = 60.0, 3600.0
"""How long a step winds the scenario's time forward, about, and how fast: timers on the way go off at their times."""


class HaltedError(Exception):
    """Somebody has stopped the run; nothing more is played."""


class LiveTime:
    """The time of a live run. It has what the director asks of a time lapse."""

    def __init__(self, clock: LiveClock, client: Client, rooms: Rooms) -> None:
        self._clock = clock
        self._client = client
        self._rooms = rooms
        self.caught_up = False

    @property
    def clock(self) -> Clock:
        """How incidents that begin now translate the engine's time."""
        return self._clock.state().clock

    @property
    def look_every(self) -> timedelta:
        """How often somebody who waits for what others do looks up: each second, but not more than once a minute."""
        return max(timedelta(minutes=1), timedelta(seconds=self.clock.speed))

    async def now(self) -> datetime:
        """The scenario's time. Once it is said, the run does not go back before it, whatever is killed."""
        now = self._clock.now()
        self._clock.beat()
        return now

    def need_going(self) -> None:
        """Raise HaltedError once somebody has stopped the run."""
        stop = self._clock.state().stop
        if stop is not None:
            raise HaltedError(f"{stop.by} stopped the exercise: {stop.reason}")

    async def until(self, at: datetime) -> None:
        """Wait until the scenario's time has come so far; at once if it has. HaltedError when the run is stopped."""
        while (left := at - self._clock.now()) > timedelta():
            await self._look_again(left)

    async def _look_again(self, left: timedelta) -> None:
        self.need_going()
        clock = self._clock.state().clock
        seconds = LOOK_SECONDS if clock.stopped else left.total_seconds() / clock.speed
        await asyncio.sleep(min(max(seconds, 0.001), LOOK_SECONDS))

    async def settle(self) -> None:
        """Wait until what was set off has come to rest, twice in a row; not for long, and not for what was long ago."""
        deadline, quiet = time.monotonic() + REST_SECONDS, 0
        while self.caught_up and quiet < 2 and time.monotonic() < deadline:  # noqa: PLR2004 - twice, as said above
            quiet = quiet + 1 if await self._at_rest() else 0
            await asyncio.sleep(LOOK_SECONDS / 2)

    async def _at_rest(self) -> bool:
        async with self._rooms.store.reading() as connection:
            if await outbox.waiting(connection):
                return False
        try:
            async for workflow_id in running(self._client):
                known = await self._client.get_workflow_handle(workflow_id).describe(rpc_timeout=PATIENCE)
                raw = known.raw_description
                if raw.pending_activities or raw.HasField("pending_workflow_task"):
                    return False
        except RPCError:  # the engine is away; the supervisor brings it back
            return False
        return True


class SteppedTime(LiveTime):
    """The time of a table-top run: it stands, and each step winds it forward to the next inject."""

    def __init__(self, clock: LiveClock, client: Client, rooms: Rooms, diary: Diary) -> None:
        super().__init__(clock, client, rooms)
        self._diary = diary

    @property
    def _step_waits(self) -> bool:
        """Whether a step was asked for whose inject has not been begun."""
        return self._clock.state().steps > len(self._diary.numbers)

    async def step(self) -> None:
        """Wait until the facilitator asks for the next inject."""
        while not self._step_waits:
            self.need_going()
            await asyncio.sleep(LOOK_SECONDS)

    async def until(self, at: datetime) -> None:
        """Wait for a step, if the time has not come yet, and wind forward."""
        wound = False
        while (left := at - self._clock.now()) > timedelta():
            await self.step()
            if self._clock.state().clock.stopped:
                self._clock.go(speed=_winding(left))
            wound = True
            await self._look_again(left)
        if wound:
            self._clock.stand(at=at)


def _winding(left: timedelta) -> float:
    return min(max(left.total_seconds() / WINDING_SECONDS, SLOWEST_WINDING), FASTEST_WINDING)
