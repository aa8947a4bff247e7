"""A workflow that only waits, for the tests of the timekeeper."""

from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from leerp.protocol import Clock
    from workflows.timekeeping import Timekeeper


@workflow.defn
class Sleeper:
    """Sleeps for half an hour of the incident's time; the answer is when it woke, and when that was by the engine."""

    @workflow.init
    def __init__(self, clock: Clock) -> None:
        self.clock = Timekeeper(clock)

    @workflow.run
    async def run(self, clock: Clock) -> tuple[datetime, datetime]:  # noqa: ARG002 - __init__ took it
        """Sleep."""
        await self.clock.sleep(timedelta(minutes=30), summary="half an hour")
        return self.clock.now(), workflow.now()

    @workflow.signal
    def change(self, clock: Clock) -> None:
        """Go by another clock."""
        self.clock.change(clock)

    @workflow.query
    def now(self) -> datetime:
        """The incident's time."""
        return self.clock.now()
