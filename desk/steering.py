"""Steering a live exercise: finding the run that is meant, saying where it stands, and going on."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from desk.assembly import open_house, wall_clock
from desk.supervisor import is_up
from exercises.diary import Diary
from exercises.live import still_awaited
from exercises.live_clock import ClockState, LiveClock, Stop
from exercises.live_places import RUNS
from exercises.live_run import LiveRun, begun_in, diary_of, scenario_of
from exercises.msel_card import Card, card
from exercises.particulars import RunMode
from exercises.played import Played
from exercises.scenario import Scenario
from leerp.errors import BadInputError, RefusedError, ServiceMissingError
from leerp.model import Instant, Message
from leerp.protocol import RefusalReason
from leerp.settings import Settings

LONGEST_REASON = 500
"""Characters of why somebody stops a run."""

STEP_PATIENCE_SECONDS = 60.0
"""How long a step may take: the scenario's time is wound forward, and the inject played."""

NEWEST = 5
"""How many of the injects that were played are told in words."""


class Standing(Message):
    """Where a live exercise stands. `awaited`: what people are to do and the record does not show yet."""

    run: LiveRun
    title: str
    time: Instant
    speed: float
    stopped: bool
    paused: bool
    stop: Stop | None = None
    ended: bool
    injects: int
    begun: int
    played: tuple[Played, ...]
    awaited: tuple[Played, ...]
    next: Card | None

    @property
    def clock(self) -> str:
        """The scenario's time, and how it goes."""
        at = f"{self.time:%Y-%m-%d %H:%M:%S}Z"
        if self.stop:
            return f"{'stopped' if self.ended else 'being stopped'} at {at} by {self.stop.by}: {self.stop.reason}"
        if self.ended:
            return f"over since {at}"
        if self.paused:
            return f"{at}, paused"
        return f"{at}, stands" if self.stopped else f"{at}, {self.speed:g} times as fast as the clock"

    @property
    def lines(self) -> list[str]:
        """All of it, for a terminal."""
        return [
            f"{self.run.name} ({self.run.mode.value.replace('_', ' ')}): {self.title}",
            f"  {self.clock}",
            f"  {self.begun} of {self.injects} injects",
            *(f"    {became(one)}" for one in self.played[-NEWEST:]),
            *(f"  still awaited of {one.sender}: inject {one.number}, since {one.at:%H:%M}Z" for one in self.awaited),
            *((f"  {line}" for line in ["next", *self.next.lines]) if self.next else []),
            *([f"  its files are in {self.run.out}"] if self.ended else []),
        ]


class Stepped(Message):
    """What a step of a table-top has brought; `inject` None: it was the last one, and the exercise is over."""

    inject: Card | None
    became: tuple[Played, ...] = ()
    next: Card | None = None
    ended: bool = False

    @property
    def lines(self) -> list[str]:
        """All of it, for a terminal."""
        if self.inject is None:
            return ["The exercise is over."]
        then = f"then, at the next step: inject {self.next.number} at {self.next.at}" if self.next else ""
        return [
            *self.inject.lines,
            *(f"  {became(one)}" for one in self.became),
            then or "No inject is left: the next step goes on to the end.",
        ]


def became(one: Played) -> str:
    """What became of an inject, or of what the cast did of its own accord, in a line."""
    what = f"inject {one.number} ({one.sender})" if one.number else one.sender
    return f"{one.at:%H:%M}Z {what}: {one.became}"


@dataclass(frozen=True)
class Found:
    """A live run, its state folder and its clock."""

    run: LiveRun
    settings: Settings
    clock: LiveClock

    @property
    def scenario(self) -> Scenario:
        """What it plays."""
        return scenario_of(self.settings.home)

    @property
    def diary(self) -> Diary:
        """How far it is."""
        return diary_of(self.settings.home)

    def coming(self, diary: Diary) -> Card | None:
        """The inject that is due next, as a card."""
        scenario = self.scenario
        one = scenario.next_inject(diary.numbers)
        return card(scenario, one, people=frozenset(self.run.people)) if one else None

    async def standing(self) -> Standing:
        """Where it stands."""
        state, diary, scenario = self.clock.state(), self.diary, self.scenario
        async with open_house(self.settings) as house:
            awaited = await still_awaited(house.store, scenario, diary.played, people=self.run.people)
        return Standing(
            run=self.run,
            title=scenario.title,
            time=self.clock.now(),
            speed=state.speed if state.clock.stopped else state.clock.speed,
            stopped=state.clock.stopped,
            paused=state.paused,
            stop=state.stop,
            ended=state.ended,
            injects=len(scenario.injects),
            begun=len(diary.numbers),
            played=tuple(diary.played),
            awaited=tuple(awaited),
            next=self.coming(diary),
        )

    def resume(self) -> ClockState:
        """Let its time go on; at a table-top it stands until the next step, and while all is down until it is up."""
        stands = self.run.mode is RunMode.TABLE_TOP or not is_up(self.settings)
        return self.clock.resume(stands=stands)

    def stop(self, *, by: str, reason: str) -> ClockState:
        """End it here, with its files of what there is; then all of it goes down. RefusedError when it is down."""
        if not self.clock.state().ended and not is_up(self.settings):
            raise RefusedError(
                f"{self.run.name} is not up, and nobody could leave its files; start it again, and stop it then.",
                reason=RefusalReason.CONDITIONS_UNMET,
            )
        return self.clock.stop(by=by, reason=reason.strip()[:LONGEST_REASON])

    async def stopped(self) -> Standing:
        """Where it stands once it has been stopped and its files are there. ServiceMissingError when that never is."""
        await self._until(lambda _: self.clock.state().ended)
        return await self.standing()

    async def step(self) -> Stepped:
        """Go on to the next inject, and see what becomes of it. BadInputError where nobody steps."""
        if self.run.mode is not RunMode.TABLE_TOP:
            raise BadInputError(f"{self.run.name}: runs live and goes on by itself; a step is for --table-top")
        before = self.diary
        coming = self.coming(before)
        self.clock.step()
        if coming is None:
            await self._until(lambda _: self.clock.state().ended)
            return Stepped(inject=None, ended=True)
        await self._until(lambda diary: any(one.number == coming.number for one in diary.played))
        after = self.diary
        news = tuple(after.played[len(before.played) :])
        return Stepped(inject=coming, became=news, next=self.coming(after))

    async def _until(self, come: Callable[[Diary], bool]) -> None:
        """Wait for the director; ServiceMissingError when it does not do what was asked."""
        deadline = time.monotonic() + STEP_PATIENCE_SECONDS
        while not come(self.diary):
            if time.monotonic() > deadline:
                raise ServiceMissingError(f"{self.run.name}: the director does not answer; is `leerp up` running?")
            await asyncio.sleep(0.1)


def runs_in(settings: Settings) -> list[Found]:
    """The live runs of a state folder, or the one that it is of; by name."""
    homes = [settings.home] if begun_in(settings.home) else sorted((settings.home / RUNS).glob("*"))
    runs = [(home, run) for home in homes if (run := begun_in(home))]
    return [
        Found(run, settings.model_copy(update={"home": home}), LiveClock(home, machine=wall_clock))
        for home, run in runs
    ]


def find(name: str | None) -> Found:
    """The run that is meant: the one of this state folder, the only one in it, or the one named.

    `name`: that of the run, or the reference of an incident of it.
    """
    settings = Settings()
    runs = {one.settings.home: one.run for one in runs_in(settings)}
    meant = {home: run for home, run in runs.items() if name in (None, run.name)}
    if not meant:
        meant = {home: run for home, run in runs.items() if _holds(diary_of(home), name)}
    if len(meant) != 1:
        known = ", ".join(run.name for run in runs.values()) or "none; begin one with `leerp up --exercise NAME`"
        what = "more than one live exercise" if meant else "no such live exercise"
        raise BadInputError(f"{name or settings.home}: {what}; name one of these: {known}")
    (home, run), *_ = meant.items()
    return Found(run, settings.model_copy(update={"home": home}), LiveClock(home, machine=wall_clock))


def _holds(diary: Diary, reference: str | None) -> bool:
    return any(one.incident == reference for one in diary.played)
