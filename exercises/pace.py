"""How the scenario's time passes: in time lapse, by the clock on the wall, or from step to step."""

from datetime import datetime
from typing import Protocol


class Pace(Protocol):
    """What a director asks of the time of a run."""

    async def now(self) -> datetime:
        """The scenario's time."""

    async def until(self, at: datetime) -> None:
        """Let the scenario go on until a time; at once if it has passed."""

    async def settle(self) -> None:
        """Return once what was set off has come to rest."""
