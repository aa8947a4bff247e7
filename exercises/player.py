"""Playing a scenario through the very workflows that run in earnest, on an engine and in a store of its own."""

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.worker import Worker

from activities.acts import Acts
from activities.engine import Engine
from activities.intake import Intake
from activities.rooms import Rooms
from exercises import artefacts
from exercises.after_action import AfterAction, after_action
from exercises.casebook import Casebook
from exercises.checking import faults
from exercises.director import Director
from exercises.hands import Hands
from exercises.scenario import Scenario
from exercises.scoring import score
from exercises.setting import Setting, setting
from exercises.time_lapse import TimeLapse, time_lapse
from leerp.errors import BadInputError
from leerp.notices import Mode
from leerp.protocol import Policy
from notifications.channels import build_channels
from records.store import Store, sqlite_url

BuildWorker = Callable[[Client, Rooms], Worker]
"""Makes a worker of the mode of its rooms."""


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


async def play(
    scenario: Scenario,
    *,
    out: Path,
    build_worker: BuildWorker,
    config: Path | None = None,
    seed: int = 0,
) -> Outcome:
    """Play a scenario from its start to its end and leave the files of the run in `out`.

    `config`: the folder with directory, channels and policy; None for the example. The same scenario, seed and
    configuration give the same journal but for the parts of a second. Raises BadInputError for a scenario that does
    not fit the directory or whose reports open no incident, and ServiceMissingError when the engine does not start.
    """
    centre = await asyncio.to_thread(setting, config)
    for fault in faults(scenario, directory=centre.directory):
        keys = ".".join(str(part) for part in fault.location)
        raise BadInputError(f"{scenario.name}, key {keys}: {fault.sentence}")
    await asyncio.to_thread(artefacts.make_room, out)
    with tempfile.TemporaryDirectory(dir=out, prefix=artefacts.WORKING) as folder:
        return await _play_in(Path(folder), scenario, centre, build_worker=build_worker, seed=seed)


async def _play_in(
    folder: Path, scenario: Scenario, centre: Setting, *, build_worker: BuildWorker, seed: int
) -> Outcome:
    outbox = folder / "outbox"
    store = await Store.open(await sqlite_url(folder / "records.db"))
    try:
        async with time_lapse(scenario.start) as lapse:
            rooms = Rooms(
                store=store,
                directory=lambda: centre.directory,
                channels=build_channels(centre.channels, mode=Mode.EXERCISE, outbox=outbox),
                mode=Mode.EXERCISE,
                wall_clock=lambda: scenario.start,
            )
            async with build_worker(lapse.client, rooms):
                director = _director(scenario, rooms, centre.policy, lapse, seed=seed)
                await director.direct(seed=seed)
        return await _conclude(director, outbox=outbox, out=folder.parent, seed=seed)
    finally:
        await store.close()


def _director(scenario: Scenario, rooms: Rooms, policy: Policy, lapse: TimeLapse, *, seed: int) -> Director:
    secrets = _secrets(f"{scenario.name}/{seed}")
    engine = Engine(lapse.client, rooms.store)
    intake = Intake(rooms, policy=policy, clock=lapse.clock, secret=lambda: next(secrets))
    hands = Hands(scenario, rooms, intake, Acts(engine, rooms.store), Casebook())
    return Director(scenario, hands, engine, lapse)


def _secrets(name: str) -> Iterator[str]:
    """What the ids of each incident are keyed with: the same in every run, because ids must repeat."""
    number = 0
    while True:
        number += 1
        yield hashlib.sha256(f"leerp exercise/{name}/{number}".encode()).hexdigest()


async def _conclude(director: Director, *, outbox: Path, out: Path, seed: int) -> Outcome:
    scenario, incidents = director.scenario, director.hands.casebook.incidents
    if not incidents:
        became = "; ".join(dict.fromkeys(one.became for one in director.played))
        raise BadInputError(f"{scenario.name}: none of its reports opened an incident ({became[:300]})")
    kept = [await artefacts.keep(director.hands.rooms.store, reference) for reference in incidents]
    scored = score(scenario, director.played, kept, outbox=outbox)
    report = after_action(scenario, director.played, kept, scored, seed=seed)
    await asyncio.to_thread(artefacts.write, kept, report, outbox=outbox, out=out)
    return Outcome(reference=incidents[0], out=out, report=report)
