"""A table-top run: a facilitator steps from inject to inject, and the scenario's time moves only with a step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from exercises.director import Director, Moment, moments
from exercises.msel_card import Card, card
from exercises.pace import Pace
from exercises.played import Played
from exercises.scenario import Scenario


class Facilitator(Protocol):
    """Who leads a table-top exercise."""

    async def next(self, coming: Card | None) -> bool:
        """Show what comes next (None: the end), and wait until it may come; False ends the exercise here."""

    def show(self, played: Played) -> None:
        """Show what became of something."""


class _Ended(Exception):  # noqa: N818 - it is no error that the facilitator ends an exercise
    """The facilitator has ended the exercise."""


class SteppedLapse:
    """The time of a run that asks before it lets the scenario go on."""

    def __init__(self, lapse: Pace, ask: Callable[[], Awaitable[None]]) -> None:
        self._lapse = lapse
        self._ask = ask

    async def now(self) -> datetime:
        """The scenario's time."""
        return await self._lapse.now()

    async def until(self, at: datetime) -> None:
        """Let the scenario go on until a time, once the facilitator wants the next inject."""
        if at > await self._lapse.now():
            await self._ask()
        await self._lapse.until(at)

    async def settle(self) -> None:
        """Return once nothing is under way any more."""
        await self._lapse.settle()


@dataclass
class TableTopDirector(Director):
    """A director who waits for the facilitator before each inject."""

    facilitator: Facilitator = field(kw_only=True)
    _begun: set[int] = field(default_factory=set, kw_only=True)
    _wanted: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Let no time pass without the facilitator."""
        self.lapse = SteppedLapse(self.lapse, self._ask)

    async def direct(self, *, seed: int) -> None:
        """Play on until the scenario or the facilitator ends it; then, what was not played is noted."""
        try:
            await super().direct(seed=seed)
        except _Ended:
            for moment in moments(self.scenario, seed=seed):
                if moment.inject.number not in self._begun:
                    self.played.append(not_played(self.scenario, moment, why="the exercise was ended before"))

    async def _ask(self) -> None:
        if not self._wanted:
            coming = self.scenario.next_inject(self._begun)
            if not await self.facilitator.next(card(self.scenario, coming) if coming else None):
                raise _Ended
            self._wanted = True

    async def _play(self, moment: Moment, at: datetime) -> Played:
        """Play one moment; the first of an inject once the facilitator wants it."""
        if moment.inject.number not in self._begun:
            await self._ask()
            self._begun.add(moment.inject.number)
            self._wanted = False
        played = await super()._play(moment, at)
        self.facilitator.show(played)
        return played


def not_played(scenario: Scenario, moment: Moment, *, why: str) -> Played:
    """The note on a moment that did not come, because the exercise was ended."""
    at, became = scenario.time(moment.at), f"Not played: {why.rstrip('.')}."
    return Played(number=moment.inject.number, sender=moment.sender, at=at, became=became, happened=False)


def led(director: Director, facilitator: Facilitator) -> TableTopDirector:
    """The same director, led by a facilitator."""
    return TableTopDirector(
        director.scenario,
        director.hands,
        director.engine,
        director.lapse,
        failing=director.failing,
        facilitator=facilitator,
    )
