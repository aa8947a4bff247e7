"""A bare workflow: a timer and a signal for each moment of an exercise, and of what they set off only the way there."""

from datetime import timedelta

from temporalio import activity, workflow

DEADLINE = timedelta(minutes=30, seconds=30)
"""How long it waits for the next signal before it counts it as late, in the scenario's time.

Between two minutes: where a timer goes off in the very moment in which it is cancelled, the time-skipping engine may
refuse the workflow's task and never give it out again (https://github.com/temporalio/sdk-java/issues/3088).
"""


@activity.defn(name="nothing")
async def nothing() -> None:
    """The way to an activity and back."""


@workflow.defn(name="bare-incident")
class BareIncident:
    """Waits for one signal after another, each time with a timer beside it, and has done nothing so many times."""

    def __init__(self) -> None:
        self._told = 0

    @workflow.run
    async def run(self, signals: int, speed: float, activities: int) -> int:
        """Until so many signals have come; how many were late. `speed`: see `leerp.protocol.Clock`.

        `activities`: how many that do nothing follow the signals, one after another, as evenly as can be.
        """
        late = 0
        for number in range(1, signals + 1):
            late += await self._late(number, DEADLINE / speed)
            for _ in range(activities * number // signals - activities * (number - 1) // signals):
                await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=10))
        return late

    async def _late(self, number: int, limit: timedelta) -> bool:
        try:
            await workflow.wait_condition(lambda: self._told >= number, timeout=limit)
        except TimeoutError:
            await workflow.wait_condition(lambda: self._told >= number)
            return True
        return False

    @workflow.signal
    def tell(self, number: int) -> None:
        """Something has happened, the as often as that."""
        self._told = number
