"""The director's process in a live exercise: it plays what is due, and tells every incident the time.

Killed, it is started again, and goes on with what its diary does not have.
"""

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from functools import partial

import structlog

from activities.acts import Acts
from activities.engine import Engine
from desk.assembly import House, open_house
from desk.places import note_ready
from exercises.casebook import Casebook
from exercises.hands import Hands
from exercises.live import LiveDirector, finish
from exercises.live_clock import LiveClock
from exercises.live_failing import LiveFailing
from exercises.live_run import LiveRun, begun_in, diary_of, scenario_of
from exercises.live_telling import Telling
from exercises.live_time import LiveTime, SteppedTime
from exercises.particulars import RunMode, particulars
from exercises.setting import setting
from leerp.errors import BadInputError, ServiceMissingError
from leerp.settings import Settings

log = structlog.get_logger(__name__)

BEAT_SECONDS = 0.25
"""How often the director gives a sign of life."""


@dataclass(frozen=True)
class Stage:
    """What a director works with."""

    house: House
    run: LiveRun
    clock: LiveClock


async def direct(settings: Settings) -> None:
    """Direct the live exercise of this state folder until told to stop; an engine that is away is waited for."""
    run = begun_in(settings.home)
    if run is None:
        raise BadInputError(f"{settings.home}: there is no live exercise here; begin one with `leerp up --exercise`")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_house(settings, migrate=True) as house:
        if house.live is None:
            raise BadInputError(f"{settings.home}: there is no live exercise here")
        stage = Stage(house, run, house.live)
        work = asyncio.create_task(_work(stage))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()  # it only ends by an error, which is this process's too
        work.cancel()
    await asyncio.sleep(0.2)  # lets the engine's client end before the process does (sdk-python issue 300)


async def _work(stage: Stage) -> None:
    while True:
        try:
            await _direct(stage)
        except ServiceMissingError as error:
            log.warning("engine_away", sentence=error.sentence)
            await asyncio.sleep(0.3)


async def _direct(stage: Stage) -> None:
    """Play, tell the time and give signs of life; the first of the three that fails ends the others too."""
    engine = await stage.house.engine()
    await _worker_ready(stage.house.settings)
    await asyncio.to_thread(note_ready, stage.house.settings.run / "director.ready")
    tasks = [
        asyncio.create_task(Telling(engine.client, stage.house.rooms, stage.clock).keep()),
        asyncio.create_task(_keep_beating(stage.clock)),
        asyncio.create_task(_play_to_the_end(stage, engine)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # none of them ends but by an error
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _play_to_the_end(stage: Stage, engine: Engine) -> None:
    """Direct to the end, and then be there for whoever still looks at it."""
    if stage.run.mode is not RunMode.TABLE_TOP:
        await _go(stage, engine)
    if not stage.clock.state().ended:
        await _play(stage, engine)
    await asyncio.Event().wait()


async def _go(stage: Stage, engine: Engine) -> None:
    """Let the scenario's time go on; after everything was down, once what was lost then has been taken up again."""
    if stage.clock.state().clock.stopped:
        time = LiveTime(stage.clock, engine.client, stage.house.rooms)
        time.caught_up = True
        await time.settle()
    stage.clock.go()


async def _play(stage: Stage, engine: Engine) -> None:
    house, run = stage.house, stage.run
    director = _director(stage, engine)
    await director.direct(seed=run.seed)
    centre = await asyncio.to_thread(setting, house.settings.config)
    with_what = particulars(director.scenario, centre, seed=run.seed, mode=run.mode)
    with_what = with_what.model_copy(update={"started_from": run.origin})
    stop = stage.clock.state().stop
    try:
        outcome = await finish(director, with_what, outbox=house.settings.home / "outbox", out=run.out_folder)
    except BadInputError as error:
        if stop is None:
            raise
        log.warning("exercise_stopped_early", sentence=error.sentence)  # before anything that could be told of
    else:
        log.info("exercise_ended", failures=len(outcome.failures), out=run.out)
    stage.clock.end(stop.at if stop else director.scenario.end)


def _director(stage: Stage, engine: Engine) -> LiveDirector:
    house, run = stage.house, stage.run
    scenario, diary = scenario_of(house.settings.home), diary_of(house.settings.home, mine=True)
    stepped = run.mode is RunMode.TABLE_TOP
    time = (
        SteppedTime(stage.clock, engine.client, house.rooms, diary)
        if stepped
        else LiveTime(stage.clock, engine.client, house.rooms)
    )
    hands = Hands(scenario, house.rooms, house.intake, Acts(engine, house.store), Casebook())
    return LiveDirector(
        scenario,
        hands,
        engine,
        time,
        diary=diary,
        intake_now=lambda: house.intake,
        people=frozenset(run.people),
        failing=LiveFailing(home=house.settings.home, kill=partial(_kill_worker, house.settings)),
    )


async def _kill_worker(settings: Settings) -> None:
    """Kill the worker as the scenario has it; the supervisor starts another one."""
    pid = int((settings.run / "worker.pid").read_text(encoding="utf-8"))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


async def _worker_ready(settings: Settings) -> None:
    """Wait for the first worker, so that the scenario's time does not run off before anybody works."""
    while not (settings.run / "worker.ready").exists():  # noqa: ASYNC110 - another process makes the file
        await asyncio.sleep(0.05)


async def _keep_beating(clock: LiveClock) -> None:
    while True:
        await asyncio.to_thread(clock.beat)
        await asyncio.sleep(BEAT_SECONDS)
