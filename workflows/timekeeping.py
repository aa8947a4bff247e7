"""The time of an incident: the engine's own, or in an exercise the scenario's hour at the scenario's speed.

A live exercise is paused, goes on, and changes its speed while people work in it. Its clock is then changed by a
signal, and whatever waits for a time of the incident's waits anew, by the clock as it is now.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow

from leerp.protocol import Clock


class Timekeeper:
    """Translates between the engine's time and the incident's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changes = 0
        self._told: datetime | None = None
        self._not_before: datetime | None = None

    def change(self, clock: Clock) -> None:
        """Go by another clock from now on; the incident's time never goes back before what was said before.

        What the old clock would say now does not count: everything may have been down since, and the time have stood.
        """
        self._not_before = self._told
        self._clock = clock
        self._changes += 1

    def now(self) -> datetime:
        """The incident's time, deterministic in replay."""
        now = self._clock.time(workflow.now())
        self._told = now if self._not_before is None else max(now, self._not_before)
        return self._told

    async def sleep(self, duration: timedelta, *, summary: str) -> None:
        """Wait for a duration of the incident's time."""
        await self.wait(lambda: False, until=self.now() + max(duration, timedelta()), summary=summary)

    async def wait(self, condition: Callable[[], bool], *, until: datetime | None, summary: str) -> bool:
        """Wait for a condition, at most until a time of the incident's; False when the time came first."""
        if until is None:
            await workflow.wait_condition(condition)
            return True
        while True:
            changes = self._changes
            came = await self._wait(lambda changes=changes: condition() or self._changes != changes, until, summary)  # type: ignore[misc]
            if self._changes == changes:
                return came or condition()
            if condition():
                return True

    async def _wait(self, condition: Callable[[], bool], until: datetime, summary: str) -> bool:
        """Wait by the clock as it is; False when the time came first. While the clock stands, no time comes."""
        left = max(until - self.now(), timedelta())
        if self._clock.stopped and left:
            await workflow.wait_condition(condition)
            return True
        try:
            timeout = left / self._clock.speed
            await workflow.wait_condition(condition, timeout=timeout, timeout_summary=summary)
        except TimeoutError:
            return False
        return True
