"""Launches in which the worker is killed again and again, at random points, and what must hold of them afterwards.

A point is drawn as how many messages are still to go out from the last kill on, and a moment after that. A kill costs
some seconds until the engine notices it; whatever happens then belongs to the launch as well.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from sqlalchemy import select

from desk.assembly import House
from leerp.notices import DeliveryState
from leerp.protocol import ActName, DecideAct
from notifications.identity import message_id
from records import ledger, schema
from records.ledger import Sums
from tests.drill import APPROVER, Drill
from tests.servers import Leerp

LONGEST_PAUSE_SECONDS = 0.06
"""The moment after the last message that is waited for."""

LONGEST_OPENING_SECONDS = 1.5
"""The moment after the approval at which the first kill of a launch comes: while teams, drafts and plans are made."""

IDLE = 0.1
"""The share of kills that do not wait for a message: they hit a worker that starts, or takes over."""

PATIENCE = 90.0
"""Seconds without any message after which a launch is stuck; a kill costs up to 25 of them."""


class Flight(NamedTuple):
    """An attempt at a line of the ledger that was under way when the worker was killed."""

    notice: str
    reader: str
    channel: str
    attempt: int

    @property
    def message_id(self) -> str:
        """The Message-ID of what was being sent."""
        return message_id(self.notice, self.reader, self.channel)


@dataclass
class Watch:
    """The sums of the incident's ledger, asked again and again; whatever does not add up is kept in `wrong`."""

    house: House
    incident: str = ""
    samples: int = 0
    now: Sums = field(default_factory=Sums)
    wrong: list[str] = field(default_factory=list)
    _before: dict[str, Sums] = field(default_factory=dict)

    def turn_to(self, incident: str) -> None:
        """Watch another incident from now on."""
        self.incident, self.now, self._before = incident, Sums(), {}

    async def keep(self) -> None:
        """Look again and again."""
        while True:
            if self.incident:
                await self._look(self.incident)
            await asyncio.sleep(0.02)

    async def _look(self, incident: str) -> None:
        async with self.house.store.reading() as connection:
            found = await ledger.sums_of_incident(connection, incident)
        if incident != self.incident:
            return
        for notice, one in found.items():
            before = self._before.get(notice, one)
            adds_up = one.planned == one.sent + one.failed + one.withheld + one.pending
            stays = (one.planned, one.withheld) == (before.planned, before.withheld) and one.sent >= before.sent
            if not adds_up or not stays:
                self.wrong.append(f"{notice}: {before} became {one}")
        self.samples += 1
        self._before = found
        self.now = Sums.model_validate(
            {name: sum(getattr(one, name) for one in found.values()) for name in Sums.model_fields}
        )


class KilledLaunches:
    """One launch after another, until the worker has been killed often enough.

    `from_approval`: the first kill of a launch comes soon after its approval, and not with the first messages.
    """

    def __init__(self, leerp: Leerp, house: House, *, readers: int, random: Random, from_approval: bool = True) -> None:
        self._leerp = leerp
        self._house = house
        self._readers = readers
        self._random = random
        self._from_approval = from_approval
        self._seen: set[Flight] = set()
        self.watch = Watch(house)
        self.drills: list[Drill] = []
        self.flights: list[set[Flight]] = []

    async def run(self, kills: int) -> None:
        """Launch and kill; return once everybody has been told, or nothing goes on any more."""
        watching = asyncio.create_task(self.watch.keep())
        try:
            while len(self.flights) < kills:
                deciding = await self._launch()
                await self._disturb(kills)
                await self._settle()
                await deciding
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    async def _launch(self) -> "asyncio.Task[object]":
        """Another incident, launched; the approval is under way."""
        number = len(self.drills) + 1
        drill = Drill(self._house, self._house.engine)
        await drill.report(number, observables=[{"kind": "domain", "value": f"kill-switch-{number}.example"}])
        await drill.classified_again()
        await drill.act(ActName.DECIDE, DecideAct, choice="launch")
        self.drills.append(drill)
        self.watch.turn_to(drill.reference)
        return asyncio.create_task(drill.act(ActName.DECIDE, DecideAct, choice="launch", who=APPROVER))

    async def _disturb(self, kills: int) -> None:
        """Kill until it has been often enough, or nobody is left to be told."""
        draw = self._random
        wait_for, pause = 1, draw.uniform(0, LONGEST_PAUSE_SECONDS)
        if self._from_approval:
            wait_for, pause = 0, draw.uniform(0, LONGEST_OPENING_SECONDS)
        while len(self.flights) < kills and await self._gone_on(by=wait_for):
            await asyncio.sleep(pause)
            await self._kill()
            idle = draw.random() < IDLE
            wait_for = 0 if idle else draw.randint(1, max(1, self._readers // kills))
            pause = draw.uniform(0, LONGEST_PAUSE_SECONDS)

    async def _gone_on(self, *, by: int) -> bool:
        """Wait until so many more messages have gone out; False if everybody has been told before, or it is stuck."""
        goal = self.watch.now.sent + by
        while not self._told() and self.watch.now.sent < goal:
            if not await self._moved():
                return False
        return not self._told()

    async def _settle(self) -> None:
        while not self._told() and await self._moved():
            pass

    async def _moved(self) -> bool:
        """Wait for the next message; False if none goes out for long."""
        before, deadline = self.watch.now.sent, time.monotonic() + PATIENCE
        while self.watch.now.sent == before and time.monotonic() < deadline:  # noqa: ASYNC110 - the ledger says it
            await asyncio.sleep(0.002)
        return self.watch.now.sent != before

    def _told(self) -> bool:
        return self.watch.now.sent + self.watch.now.failed + self.watch.now.withheld >= self._readers

    async def _kill(self) -> None:
        """Kill the worker, note what was under way, and return once there is another."""
        run = self._leerp.home / "run"
        ready, begun = run / "worker.ready", time.time_ns()
        pid = int((run / "worker.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        await _gone(pid)
        under_way = await self._under_way()  # before the next worker has read so much as its configuration
        self.flights.append(under_way - self._seen)
        self._seen |= under_way
        deadline = time.monotonic() + PATIENCE
        while ready.stat().st_mtime_ns < begun:
            assert time.monotonic() < deadline, "no other worker came up"
            await asyncio.sleep(0.01)

    async def _under_way(self) -> set[Flight]:
        table = schema.ledger
        query = select(table.c.notice, table.c.reader, table.c.channel, table.c.attempts).where(
            table.c.state == DeliveryState.SENDING
        )
        async with self._house.store.reading() as connection:
            return {Flight(*row) for row in await connection.execute(query)}

    def flown(self, channel: str) -> Counter[str]:
        """How often each message over a channel was under way at a kill, by its Message-ID."""
        return Counter(one.message_id for flight in self.flights for one in flight if one.channel == channel)


async def _gone(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.kill(pid, 0)
            await asyncio.sleep(0.001)
