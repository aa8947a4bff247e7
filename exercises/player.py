"""Playing a scenario through the very workflows that run in earnest, on an engine and in a store of its own."""

import asyncio
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog
from temporalio.client import Client
from temporalio.worker import Worker

from activities.acts import Acts
from activities.engine import Engine
from activities.intake import Intake
from activities.rooms import Rooms
from exercises import artefacts
from exercises.after_action import AfterAction, after_action
from exercises.breakdowns import Crew, Switchboard
from exercises.casebook import Casebook
from exercises.checking import faults
from exercises.director import Director
from exercises.failing import Failing
from exercises.hands import Hands
from exercises.injects import FaultInject, FaultKind, plain
from exercises.memory import rarely_collected
from exercises.particulars import Particulars, RunMode, particulars
from exercises.recorded import Outage, record, write_record
from exercises.scenario import Scenario
from exercises.scoring import score
from exercises.setting import Setting, setting
from exercises.table_top import Facilitator, led
from exercises.time_lapse import RestlessError, TimeLapse, time_lapse
from leerp.errors import BadInputError
from leerp.notices import Mode
from leerp.protocol import Policy
from notifications import typesetting
from notifications.channels import build_channels
from records.store import Store, sqlite_url

log = structlog.get_logger(__name__)


class BuildWorker(Protocol):
    """Makes a worker of the mode of its rooms.

    A `disposable` one can be killed, and another one goes on; the histories of a `passing` one end with it.
    """

    def __call__(self, client: Client, rooms: Rooms, *, disposable: bool = False, passing: bool = False) -> Worker:
        """The worker, not yet at work."""


@dataclass(frozen=True)
class Outcome:
    """How a run went."""

    reference: str
    out: Path
    report: AfterAction

    @property
    def failures(self) -> tuple[str, ...]:
        """What did not go as the scenario says it must."""
        return self.report.failures

    @property
    def met(self) -> bool:
        """Whether everything did."""
        return not self.failures


@dataclass(frozen=True)
class Stage:
    """What a run is played with. `facilitator`: who steps through it; None where nobody does."""

    centre: Setting
    build_worker: BuildWorker
    with_what: Particulars
    facilitator: Facilitator | None = None


async def play(  # noqa: PLR0913 - what a run is made of
    scenario: Scenario,
    *,
    out: Path,
    build_worker: BuildWorker,
    centre: Setting | None = None,
    seed: int = 0,
    facilitator: Facilitator | None = None,
    replay_of: str | None = None,
) -> Outcome:
    """Play a scenario from its start to its end and leave the files of the run in `out`.

    `centre`: what it is played in; None for the example. `facilitator`: who steps through it at a table. `replay_of`:
    of a replay, the record that it plays again. The same scenario, seed and setting give the same journal but for the
    parts of a second. Raises BadInputError for a scenario that does not fit the directory or whose reports open no
    incident, ServiceMissingError when the engine does not start, and RestlessError when it twice comes to no end.
    """
    if centre is None:
        centre = await asyncio.to_thread(setting, None)
    mode = RunMode.FAST if facilitator is None else RunMode.TABLE_TOP
    with_what = particulars(scenario, centre, seed=seed, mode=mode, replay_of=replay_of)
    for fault in faults(scenario, directory=centre.directory, channels=centre.channels.channels):
        raise BadInputError(f"{scenario.name}, key {fault.key}: {fault.sentence}")
    await asyncio.to_thread(artefacts.make_room, out)
    stage = Stage(centre, build_worker, with_what, facilitator)
    try:
        return await _play(scenario, stage, out=out)
    except RestlessError as error:
        if facilitator is not None:
            raise
        log.warning("played_again", exercise=scenario.name, sentence=error.sentence)
        return await _play(scenario, stage, out=out)


async def _play(scenario: Scenario, stage: Stage, *, out: Path) -> Outcome:
    """Play it in a folder of its own.

    Rarely the time-skipping engine loses a task (where a timer is taken back in the moment in which it goes off) and
    waits for it for ever. A run that nobody steps through can be played again from the start.
    """
    with rarely_collected(), tempfile.TemporaryDirectory(dir=out, prefix=artefacts.WORKING) as folder:
        return await _play_in(Path(folder), scenario, stage)


async def _play_in(folder: Path, scenario: Scenario, stage: Stage) -> Outcome:
    centre, with_what = stage.centre, stage.with_what
    seed = with_what.seed
    outbox, away = folder / "outbox", set[str]()
    opening = asyncio.create_task(_store_in(folder))  # while the engine starts
    typesetting.prepare()
    try:
        async with time_lapse(scenario.start, length=scenario.length) as lapse:
            store = await opening
            rooms = Rooms(
                store=store,
                directory=lambda: centre.directory,
                channels=Switchboard(away).wire(
                    build_channels(centre.channels, mode=Mode.EXERCISE, outbox=outbox, at_once=True)
                ),
                mode=Mode.EXERCISE,
                wall_clock=lambda: scenario.start,
                tables=centre.tables,
                ahead=True,
            )
            async with _crew(scenario, stage, lapse.client, rooms) as crew:
                director = _director(scenario, rooms, centre.policy, lapse, seed=seed)
                director.failing = Failing(away=away, kill=crew.kill)
                if stage.facilitator is not None:
                    director = led(director, stage.facilitator)
                await director.direct(seed=seed)
            lapse.end()
            return await conclude(director, with_what, outbox=outbox, out=folder.parent)
    finally:
        await (await opening).close()


async def _store_in(folder: Path) -> Store:
    return await Store.open(await sqlite_url(folder / "records.db"), passing=True)


def _crew(scenario: Scenario, stage: Stage, client: Client, rooms: Rooms) -> Crew:
    """Who works for the run; only where a scenario kills the worker it is one that can be killed, which is slower."""
    found = (plain(inject) for inject in scenario.injects)
    kills = any(isinstance(one, FaultInject) and one.what is FaultKind.WORKER_KILLED for one in found)
    return Crew(lambda: stage.build_worker(client, rooms, disposable=kills, passing=True))


def _director(scenario: Scenario, rooms: Rooms, policy: Policy, lapse: TimeLapse, *, seed: int) -> Director:
    secrets = _secrets(f"{scenario.name}/{seed}")
    engine = Engine(lapse.client, rooms.store, side_by_side=1)  # always in the same order
    intake = Intake(rooms, policy=policy, clock=lapse.clock, secret=lambda: next(secrets))
    hands = Hands(scenario, rooms, intake, Acts(engine, rooms.store), Casebook())
    return Director(scenario, hands, engine, lapse)


def _secrets(name: str) -> Iterator[str]:
    """What the ids of each incident are keyed with: the same in every run, because ids must repeat."""
    number = 0
    while True:
        number += 1
        yield hashlib.sha256(f"leerp exercise/{name}/{number}".encode()).hexdigest()


async def conclude(director: Director, with_what: Particulars, *, outbox: Path, out: Path) -> Outcome:
    """Score a run that has come to its end, and leave its files in `out`, which is empty; `outbox` is moved there."""
    scenario, incidents = director.scenario, director.hands.casebook.incidents
    if not incidents:
        became = "; ".join(dict.fromkeys(one.became for one in director.played))
        raise BadInputError(
            f"{scenario.name}: none of its reports opened an incident, so that there is nothing to tell of:"
            f" have a report taken in, or play on until one is ({became[:300]})"
        )
    store = director.hands.rooms.store
    kept = [await artefacts.keep(store, reference) for reference in incidents]
    outages = _outages(director)
    scored = score(scenario, director.played, kept, outbox=outbox)
    report = after_action(scenario, director.played, kept, scored, seed=with_what.seed)
    finish = await asyncio.to_thread(artefacts.write, kept, report, outbox=outbox, out=out)
    recorded = await record(
        store, incidents, name=scenario.name, start=scenario.start, end=scenario.end, outages=outages
    )
    await asyncio.to_thread(artefacts.write_particulars, with_what, scenario, out=out)
    await asyncio.to_thread(write_record, recorded, out=out)
    await asyncio.to_thread(finish)
    return Outcome(reference=incidents[0], out=out, report=report)


def _outages(director: Director) -> list[Outage]:
    """The channels that were made to fail, which the incidents' own records do not tell."""
    found = []
    for one in director.played:
        inject = director.scenario.inject(one.number)
        fault = plain(inject) if inject and one.happened else None
        if isinstance(fault, FaultInject) and fault.channel is not None:
            found.append(Outage(one.at, fault.channel, fault.lasts))
    return found
