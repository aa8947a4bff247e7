"""The time of an incident: the engine's own, or in an exercise the scenario's hour at the scenario's speed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow

from leerp.protocol import Clock


class Timekeeper:
    """Translates between the engine's time and the incident's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """The incident's time, deterministic in replay."""
        return self._clock.time(workflow.now())

    async def sleep(self, duration: timedelta, *, summary: str) -> None:
        """Wait for a duration of the incident's time."""
        await workflow.sleep(max(duration, timedelta()) / self._clock.speed, summary=summary)

    async def wait(self, condition: Callable[[], bool], *, until: datetime | None, summary: str) -> bool:
        """Wait for a condition, at most until a time of the incident's; False when the time came first."""
        if until is None:
            await workflow.wait_condition(condition)
            return True
        left = max(until - self.now(), timedelta()) / self._clock.speed
        try:
            await workflow.wait_condition(condition, timeout=left, timeout_summary=summary)
        except TimeoutError:
            return condition()
        return True
