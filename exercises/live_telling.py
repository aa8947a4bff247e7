"""Telling a run's incidents which clock they go by: those that run, those in the store, and those that just begin."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.rooms import Rooms
from exercises.live_clock import LiveClock
from leerp.errors import ServiceMissingError
from leerp.notices import Mode
from leerp.protocol import Clock, Signal
from records import incidents

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.1
"""How often it is looked whether the clock was changed."""

STRAGGLERS = 2
"""How often, after a change, it is looked for whatever was just beginning by the clock of before."""

STRAGGLERS_SECONDS = 1.0

PATIENCE = timedelta(seconds=5)
"""How long one call to the engine may take; what was not told then is told the next time."""


class Telling:
    """Signals each running workflow of a run, once for each change of the clock."""

    def __init__(self, client: Client, rooms: Rooms, clock: LiveClock) -> None:
        self._client = client
        self._rooms = rooms
        self._clock = clock
        self._told: set[str] = set()
        self._generation = -1

    async def keep(self) -> None:
        """Tell every change, for as long as the process lives."""
        looks, next_look = 0, time.monotonic()
        while True:
            if self._clock.state().generation != self._generation:
                looks, next_look = 1 + STRAGGLERS, time.monotonic()
            if looks and time.monotonic() >= next_look:
                looks, next_look = looks - 1, time.monotonic() + STRAGGLERS_SECONDS
                try:
                    await self.tell()
                except ServiceMissingError as error:
                    log.warning("engine_away", sentence=error.sentence)
            await asyncio.sleep(LOOK_SECONDS)

    async def tell(self) -> int:
        """Tell everybody who does not know it yet; how many that were. ServiceMissingError without an engine."""
        state = self._clock.state()
        if state.generation != self._generation:
            self._told = set()
        async with self._rooms.store.writing() as tx:
            await incidents.set_clock(tx, state.clock, mode=Mode.EXERCISE)
        before = len(self._told)
        try:
            async for workflow_id in running(self._client):
                if workflow_id not in self._told:
                    await self._signal(workflow_id, state.clock)
                    self._told.add(workflow_id)
        except RPCError as error:
            raise ServiceMissingError(f"The engine of the exercise does not answer ({error.status.name}).") from error
        self._generation = state.generation
        return len(self._told) - before

    async def _signal(self, workflow_id: str, clock: Clock) -> None:
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            await handle.signal(Signal.CLOCK.value, clock, rpc_timeout=PATIENCE)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # it has ended meanwhile
                raise


async def running(client: Client) -> AsyncIterator[str]:
    """The ids of all workflows that run in the namespace of the run."""
    async for one in client.list_workflows("ExecutionStatus = 'Running'", rpc_timeout=PATIENCE):
        yield one.id
