"""`leerp exercise status|pause|resume|speed|step|stop`: steering a live exercise from another terminal.

What these commands work with loads only when one of them is given: the engine's client takes its time.
"""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from desk.cli.running import Answer
from leerp.settings import Settings

if TYPE_CHECKING:
    from desk.steering import Found
    from exercises.msel_card import Card
    from exercises.played import Played

CONTROL = "control"
"""Who steers an exercise where nobody says who."""

RunName = Annotated[
    str | None, Parameter(help="The name of the run, or an incident of it; needless where there is only one.")
]


def add_to(group: App) -> None:
    """Add these commands to `leerp exercise`."""
    for command in (status, pause, resume, speed, step, stop):
        group.command(command)
    group.command(direct, show=False)


def _found(run: str | None) -> "Found":
    from desk.steering import find  # noqa: PLC0415 - as said above

    return find(run)


async def direct() -> Answer:
    """Play the injects of the live exercise in this state folder, as `leerp up --exercise` has it done."""
    from desk.directing import direct as directing  # noqa: PLC0415 - as said above

    await directing(Settings())
    return Answer()


async def status(run: RunName = None) -> Answer:
    """Show where a live exercise stands: its time, what was played, what people are awaited for, what comes next."""
    standing = await _found(run).standing()
    return Answer(data=standing, lines=standing.lines, exercise=True)


async def pause(run: RunName = None) -> Answer:
    """Stop the scenario's time, for the injects and for every deadline of the incidents. People go on working."""
    found = _found(run)
    found.clock.pause()
    return await _steered(found)


async def resume(run: RunName = None) -> Answer:
    """Let the scenario's time go on from where it was paused."""
    found = _found(run)
    found.resume()
    return await _steered(found)


async def speed(times: float, run: RunName = None) -> Answer:
    """Have the scenario's time go so many times as fast as the clock, from 1 to 60."""
    found = _found(run)
    found.clock.speed(times)
    return await _steered(found)


async def _steered(found: "Found") -> Answer:
    standing = await found.standing()
    data = standing.model_dump(mode="json", include={"time", "speed", "stopped", "paused"})
    return Answer(data={"run": found.run.name, **data}, lines=[f"{found.run.name}: {standing.clock}"], exercise=True)


async def step(run: RunName = None) -> Answer:
    """Go on to the next inject of a table-top exercise: its columns, what is expected, and what became of it."""
    found = _found(run)
    stepped = await found.step()
    lines = [*stepped.lines, *([f"  its files are in {found.run.out}"] if stepped.ended else [])]
    return Answer(data=stepped, lines=lines, exercise=True)


async def stop(
    run: RunName = None,
    *,
    reason: Annotated[str, Parameter(help="Why; its report says so.")] = "",
    as_: Annotated[str | None, Parameter(name="--as", help="Who stops it; else LEERP_ACTOR, else control.")] = None,
) -> Answer:
    """End a live exercise here: its after-action report tells of what there is, and everything of it goes down."""
    found = _found(run)
    found.stop(by=as_ or Settings().actor or CONTROL, reason=reason)
    standing = await found.stopped()
    data = {"run": found.run.name, **standing.model_dump(mode="json", include={"time", "stop", "ended"})}
    lines = [f"{found.run.name}: {standing.clock}", f"  its files are in {found.run.out}"]
    return Answer(data={**data, "out": found.run.out}, lines=lines, exercise=True)


class AtTheTerminal:
    """The facilitator of a table-top run in this terminal. What is shown goes where no program reads the answer."""

    async def next(self, coming: "Card | None") -> bool:
        """Show what comes next, and wait for the Enter key; q and the end of the input end the exercise."""
        for line in coming.lines if coming else ["No inject is left; the scenario goes on to its end."]:
            print(line, file=sys.stderr)
        print("Enter: go on · q: end the exercise here", file=sys.stderr, flush=True)
        line = await asyncio.to_thread(sys.stdin.readline)
        return bool(line) and line.strip().lower() != "q"

    def show(self, played: "Played") -> None:
        """Show what became of something."""
        print(f"  {played.at:%H:%M}Z {played.sender}: {played.became}", file=sys.stderr, flush=True)
