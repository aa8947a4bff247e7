"""`leerp up --exercise`: the same as `leerp up`, with a director, on the state folder of a live exercise."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path

from desk.assembly import client_of, open_house, wall_clock
from desk.places import desk_address, of_its_folder
from desk.supervisor import Supervisor, engine_command, is_up
from exercises.live_clock import LiveClock, check_speed
from exercises.live_run import LiveRun, begun_in, folder_of, lay_out, scenario_of
from exercises.live_telling import Telling
from exercises.particulars import RunMode
from leerp.errors import BadInputError, RefusedError, ServiceMissingError
from leerp.notices import EXERCISE_MARK
from leerp.protocol import RefusalReason
from leerp.settings import Settings

LOOK_SECONDS = 0.5
"""How often it is looked whether the run was stopped."""

ENGINE_PATIENCE_SECONDS = 30.0
"""How long the embedded engine may take to answer."""


class LiveSupervisor(Supervisor):
    """Everything of a live run. While it is down, the scenario's time stands."""

    def __init__(self, settings: Settings, *, run: LiveRun, say: Callable[[str], None]) -> None:
        super().__init__(of_its_folder(settings), say=say)
        self._run = run
        self._clock = LiveClock(settings.home, machine=wall_clock)

    @property
    def others(self) -> dict[str, list[str]]:
        """The director."""
        return {"director": ["exercise", "direct"]}

    def engine_command(self, port: int) -> list[str]:
        """An engine of the run's own, with a name space that no other run has."""
        command = engine_command(self.settings.home / "temporal.db", port)
        return [*command, "--namespace", self._run.namespace]

    async def before_work(self) -> None:
        """Have the scenario's time stand where it was when everything went down, and tell every incident.

        That is before the first of them takes up its work: what would have become due meanwhile is not due.
        """
        self._clock.stand_where_it_was()
        async with open_house(self.settings, migrate=True) as house:
            deadline = time.monotonic() + ENGINE_PATIENCE_SECONDS
            while True:
                try:
                    await Telling(await client_of(self.settings), house.rooms, self._clock).tell()
                except ServiceMissingError:
                    if time.monotonic() > deadline:
                        raise
                    await asyncio.sleep(0.1)
                else:
                    return

    @property
    def what_next(self) -> list[str]:
        """How people take part, and how the exercise is steered."""
        home = f"LEERP_HOME={self.settings.home}"
        scenario = scenario_of(self.settings.home)
        people = ", ".join(self._run.people) or "nobody: the director plays everybody"
        steering = "step|stop" if self._run.mode is RunMode.TABLE_TOP else "pause|resume|speed|stop"
        return [
            f"{EXERCISE_MARK}: {scenario.title}; played by people: {people}",
            f"Officers, in another terminal: {home} python3 run.py leerp incident list",
            f"Control: {home} python3 run.py leerp exercise status|{steering}",
        ]

    async def over(self) -> None:
        """Return once somebody has stopped the run and its files are there; one that was over before is looked at."""
        if self._clock.state().ended:
            await super().over()
        while not ((state := self._clock.state()).ended and state.stop):  # noqa: ASYNC110 - another process stops it
            await asyncio.sleep(LOOK_SECONDS)
        self._say(f"{state.stop.by} has stopped the exercise: {state.stop.reason}. Its files are in {self._run.out}.")

    def after_work(self) -> None:
        """Have the scenario's time stand."""
        if not self._clock.state().ended:
            self._clock.stand()


def begin(  # noqa: PLR0913 - what a run is begun with
    settings: Settings,
    scenario: str,
    *,
    name: str | None,
    mode: RunMode,
    speed: float | None,
    people: tuple[str, ...],
    seed: int,
    out: Path | None,
    config: Path | None,
) -> tuple[LiveRun, Settings]:
    """The run of that name, begun now or before, and the settings of its folder.

    Raises BadInputError where an earlier run of that name was begun otherwise, and RefusedError where it is up.
    """
    if speed is not None:
        check_speed(speed)
    home = folder_of(settings.home, name or Path(scenario).stem)
    run = begun_in(home)
    clock = LiveClock(home, machine=wall_clock)
    if run is None:
        run = lay_out(home, scenario, mode=mode, people=people, seed=seed, out=out, config=config)
        clock.begin(scenario_of(home).start, speed=speed or 1.0)
    elif Path(scenario).stem != run.source or (people and people != run.people) or mode is not run.mode:
        told = f"it plays {run.scenario} as {run.mode.value.replace('_', ' ')} with {', '.join(run.people) or 'nobody'}"
        raise BadInputError(f"{home}: this run was begun otherwise ({told}); name another with --run")
    elif is_up(settings.model_copy(update={"home": home})):
        sentence = f"{home}: this run is up already; steer it with leerp exercise, or name another with --run"
        raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
    elif speed is not None:
        clock.speed(speed)
    return run, settings.model_copy(update={"home": home})


def free_port(settings: Settings) -> int:
    """A port for the desk of a run: the one it had before, or the first that is free after that of the real desk."""
    with contextlib.suppress(ValueError):
        former = int(desk_address(settings).rsplit(":", 1)[1])
        if former != settings.desk_port and _is_free(settings.desk_host, former):
            return former
    for port in range(settings.desk_port + 1, settings.desk_port + 100):
        if _is_free(settings.desk_host, port):
            return port
    raise BadInputError("no port is free for the desk of the exercise; choose one with --port")


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
