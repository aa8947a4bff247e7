"""Taking turns by urgency: of those who wait, the most urgent is next, and of equals who came first.

`Turns` is for those who wait in one process; `Precedence` asks the ledger, for notices of any worker and incident.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count

from activities.messages import DeliverBatch
from activities.rooms import Rooms
from notifications.channels import Channel
from notifications.urgency import MOST_URGENT, Urgency, longest_pause, rank
from records import reconciliation
from records.reconciliation import Waiting

PATIENCE = timedelta(minutes=10)
"""For how long a notice lets more urgent ones pass that are being sent, before it takes its turns among them."""

GRACE = timedelta(seconds=30)
"""How long a notice that nobody was at may take to move again, once somebody less urgent has noticed.

More than what runs takes to come by after an outage of the database: ten seconds for a connection, ten to the next try.
"""

MOST_REMEMBERED = 1_000
"""How many notices a process remembers of those that let pass, and of those that nobody was at."""


class Turns:
    """At most `limit` at once. Whoever has a turn keeps it; urgency decides only who is next."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._numbers = count()
        self._waiting: list[tuple[Urgency, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def take(self, urgency: Urgency) -> AsyncIterator[None]:
        """Wait for a turn and have it for the block."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(urgency)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, urgency: Urgency) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (urgency, next(self._numbers), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it was given the turn in the very moment it stopped waiting
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            *_, waiting = heapq.heappop(self._waiting)
            if not waiting.done():
                waiting.set_result(None)
                return
        self._free += 1


class Hold(StrEnum):
    """Why a notice is not to try a channel now."""

    DOWN = "down"
    OTHERS_FIRST = "others_first"


class Precedence:
    """Who has to let whom pass at a channel: a notice of any incident that is more urgent, while somebody is at it.

    Nobody waits here: it can take long, and whoever waits in an activity holds one of the worker's few places, which
    the urgent may need. The workflow waits, and asks again.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._letting_pass: dict[tuple[str, str], datetime] = {}
        self._silent: dict[str, tuple[datetime, datetime]] = {}

    async def hold(self, channel: Channel, request: DeliverBatch) -> Hold | None:
        """Why this notice has to let others pass now; None if it may be sent. `DOWN`: they wait for the channel."""
        key, now = (request.notice, channel.name), self._rooms.time(request.at)
        others_first = await self._others_first(channel, request, now)
        if others_first and not await self._is_down(channel):
            began = self._letting_pass.setdefault(key, now)
            return Hold.OTHERS_FIRST if now - began < PATIENCE else None
        self._letting_pass.pop(key, None)
        return Hold.DOWN if others_first else None

    async def _is_down(self, channel: Channel) -> bool:
        async with self._rooms.store.reading() as connection:
            return channel.name in await reconciliation.faulted_channels(connection, mode=self._rooms.mode)

    async def _others_first(self, channel: Channel, request: DeliverBatch, now: datetime) -> bool:
        if channel.server_per_reader or rank(request.kind) == MOST_URGENT:
            return False
        async with self._rooms.store.reading() as connection:
            others = await reconciliation.others_waiting(
                connection, channel.name, than=request.notice, mode=self._rooms.mode
            )
        return any(self._lives(one, now) for one in others if rank(one.kind) < rank(request.kind))

    def _lives(self, one: Waiting, now: datetime) -> bool:
        """Whether somebody is at a notice: one that has died must not take the others with it.

        That nobody was for long may also mean that the database was away: then those who are at it still come by.
        """
        if now - one.at_it < 2 * longest_pause(one.kind):
            return True
        at_it, noticed = self._silent.get(one.notice, (None, now))
        if at_it != one.at_it:
            if len(self._silent) >= MOST_REMEMBERED:
                self._silent.clear()
            self._silent[one.notice] = (one.at_it, now)
            return True
        return now - noticed < GRACE
