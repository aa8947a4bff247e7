"""The time of an incident in a live exercise: it stands, goes on and goes faster, with everything that waits for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import TimeoutError as TimedOutError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from exercises.time_lapse import time_lapse
from leerp.protocol import Clock
from tests.workflows.sleeper import Sleeper

BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)
"""The scenario's time when the clock begins."""

A_MINUTE = timedelta(minutes=1)
Handle = WorkflowHandle[Sleeper, tuple[datetime, datetime]]


@asynccontextmanager
async def sleeping(speed: float) -> AsyncIterator[tuple[Handle, WorkflowEnvironment, Clock]]:
    """A workflow that sleeps for half an hour of the scenario, which begins now and goes at that speed."""
    async with time_lapse(BEGUN) as lapse:
        engine = lapse._environment  # its time is to be skipped by the engine's own measure
        clock = Clock(engine_origin=await engine.get_current_time(), scenario_origin=BEGUN, speed=speed)
        runner = UnsandboxedWorkflowRunner()
        async with Worker(lapse.client, task_queue="sleepers", workflows=[Sleeper], workflow_runner=runner):
            handle = await lapse.client.start_workflow(Sleeper.run, clock, id="sleeper", task_queue="sleepers")
            yield handle, engine, clock


def changed(clock: Clock, now: datetime, **changes: object) -> Clock:
    """The clock from now on."""
    return clock.model_copy(update={"engine_origin": now, "scenario_origin": clock.time(now), **changes})


async def test_while_the_clock_stands_no_time_comes() -> None:
    """Half way it is stopped for a day of the engine's; let go again, the other half is still to be slept."""
    async with sleeping(speed=60) as (handle, engine, clock):
        await engine.sleep(timedelta(seconds=15))
        stopped = changed(clock, await engine.get_current_time(), stopped=True)
        await handle.signal(Sleeper.change, stopped)
        await engine.sleep(timedelta(days=1))
        assert await handle.query(Sleeper.now) == stopped.scenario_origin
        await handle.signal(Sleeper.change, changed(stopped, await engine.get_current_time(), stopped=False))
        begun = await engine.get_current_time()
        woke, then = await handle.result()
        slept = then - begun
    assert stopped.scenario_origin is not None
    left = (BEGUN + 30 * A_MINUTE - stopped.scenario_origin) / 60
    assert woke >= BEGUN + 30 * A_MINUTE
    assert left - timedelta(seconds=2) < slept < left + A_MINUTE  # a busy machine takes its time, and no day


async def test_another_speed_counts_for_what_is_left() -> None:
    """After ten minutes at once the clock goes twenty times as fast: the other twenty take one."""
    async with sleeping(speed=1) as (handle, engine, clock):
        await engine.sleep(10 * A_MINUTE)
        await handle.signal(Sleeper.change, changed(clock, await engine.get_current_time(), speed=20))
        begun = await engine.get_current_time()
        woke, then = await handle.result()
        slept = then - begun
    assert abs(woke - (BEGUN + 30 * A_MINUTE)) < 2 * A_MINUTE
    assert timedelta(seconds=50) < slept < timedelta(seconds=70)


async def test_a_time_that_was_jumped_over_has_come() -> None:
    """Put forward by an hour, whatever waited for half an hour wakes at once.

    The engine that skips time may lose a task when a timer is taken back as it goes off; then it is tried once more.
    """
    try:
        await _jump_over()
    except WorkflowFailureError as error:
        if not isinstance(error.cause, TimedOutError):
            raise
        await _jump_over()


async def _jump_over() -> None:
    async with sleeping(speed=1) as (handle, engine, clock):
        now = await engine.get_current_time()
        later = clock.model_copy(
            update={"engine_origin": now, "scenario_origin": BEGUN + 60 * A_MINUTE, "stopped": True}
        )
        await handle.signal(Sleeper.change, later)
        assert (await handle.result())[0] == BEGUN + 60 * A_MINUTE


async def test_the_time_never_goes_back_before_what_was_said() -> None:
    """A clock that is put back stands still at the latest time that somebody has been told."""
    async with sleeping(speed=1) as (handle, engine, clock):
        for minutes in (20, 0):
            now = await engine.get_current_time()
            put = {"engine_origin": now, "scenario_origin": BEGUN + minutes * A_MINUTE, "stopped": True}
            await handle.signal(Sleeper.change, clock.model_copy(update=put))
            assert await handle.query(Sleeper.now) == BEGUN + 20 * A_MINUTE
