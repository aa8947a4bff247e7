"""How fast a fast run is: three days with two hundred injects, and beside it a bare workflow on the same engine.

`python -m benchmarks.exercise [--repetitions 3]` prints one JSON document. The bare workflow gets a signal and starts
a timer at each moment at which the exercise has an inject, on the same engine and with the same clock: it is
the floor that an exercise stands on. `bare_activities` is the same workflow with as many activities as the exercise
had by way of the engine, each of which does nothing: what the engine alone takes for them. `near_activities` were done
in the workflows' own tasks (`workflows.calls`). `processor_seconds` are of this process, of the engine and of the
typesetters together: on a machine that does other things they say more than the seconds on the clock.
The start of the process is not in the figures, nor is the removal of what a run leaves; of `wannacry-2017` on the
command line the start is.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from temporalio import activity, client
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor, Worker

from activities.rooms import Rooms
from benchmarks.bare_incident import BareIncident, nothing
from benchmarks.three_days import HOURS, INJECTS, three_days
from desk.logs import configure_logs
from desk.worker import build_worker
from exercises.director import moments
from exercises.player import play
from exercises.scenario import Scenario
from exercises.time_lapse import time_lapse
from notifications import typesetting

ROOT = Path(__file__).resolve().parent.parent
TARGET_SECONDS = 10.0
TARGET_RATIO = 3.0
Figures = dict[str, float]


def main() -> None:
    """Run each some times, in turn, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=3)
    repetitions = parser.parse_args().repetitions
    configure_logs("error")
    scenario = three_days()
    runs, floors, ways, commands = [], [], [], []
    counted = Counted()
    for _ in range(repetitions):
        counted.activities = counted.near = 0
        with tempfile.TemporaryDirectory() as folder:
            runs.append(_measured(_run(scenario, counted, out=Path(folder) / "out")))
        floors.append(_measured(_bare(scenario)))
        ways.append(_measured(_bare(scenario, activities=counted.activities)))
        commands.append(_command())
    run, floor, way = _median(runs), _median(floors), _median(ways)
    ratio = run["seconds"] / floor["seconds"]
    document = {
        "benchmark": f"fast run of {HOURS} h with {INJECTS} injects",
        "repetitions": repetitions,
        "moments": len(moments(scenario, seed=0)),
        "run": run,
        "bare_workflow": floor,
        "activities": counted.activities,
        "near_activities": counted.near,
        "bare_activities": way,
        "ratio": round(ratio, 1),
        "ratio_to_bare_activities": round(run["seconds"] / way["seconds"], 1),
        "ratio_processor": round(run["processor_seconds"] / floor["processor_seconds"], 1),
        "target_seconds": TARGET_SECONDS,
        "target_ratio": TARGET_RATIO,
        "within_target": run["seconds"] < TARGET_SECONDS and ratio <= TARGET_RATIO,
        "wannacry_2017_command_seconds": round(statistics.median(commands), 2),
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "processors": os.cpu_count(),
    }
    print(json.dumps(document, indent=2))


def _measured(work: Coroutine[Any, Any, None]) -> Figures:
    begun, before = time.monotonic(), _processor()
    asyncio.run(work)
    seconds = time.monotonic() - begun
    typesetting.end()  # a process is counted once it has ended
    return {"seconds": seconds, "processor_seconds": _processor() - before}


def _processor() -> float:
    """Processor time of this process and of those it has started and seen end: the engine is one of them."""
    mine, theirs = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def _median(runs: list[Figures]) -> Figures:
    return {name: round(statistics.median(one[name] for one in runs), 2) for name in runs[0]}


class Counted(client.Interceptor, Interceptor):
    """Counts the activities of a run: those by way of the engine, and those in the workflows' own tasks."""

    activities = 0
    near = 0

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - theirs
        """Watch every activity."""
        return _Counting(next, self)

    def build_worker(
        self, client: client.Client, rooms: Rooms, *, disposable: bool = False, passing: bool = False
    ) -> Worker:
        """The worker of a run, watched."""
        config = client.config()
        config["interceptors"] = [self]
        return build_worker(type(client)(**config), rooms, disposable=disposable, passing=passing)


class _Counting(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, counted: Counted) -> None:
        super().__init__(following)
        self._counted = counted

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - the engine's names
        if activity.info().is_local:
            self._counted.near += 1
        else:
            self._counted.activities += 1
        return await super().execute_activity(input)


async def _run(scenario: Scenario, counted: Counted, *, out: Path) -> None:
    outcome = await play(scenario, out=out, build_worker=counted.build_worker)
    if not outcome.met:
        raise SystemExit(f"the run is not what it should be: {outcome.failures}")


async def _bare(scenario: Scenario, *, activities: int = 0) -> None:
    """A signal at each moment of the scenario, each after what came before has come to rest."""
    due = moments(scenario, seed=0)
    async with time_lapse(scenario.start) as lapse:
        worker = Worker(
            lapse.client, task_queue="bare", workflows=[BareIncident], activities=[nothing], build_id="bare"
        )
        async with worker:
            arguments = [len(due), lapse.clock.speed, activities]
            handle = await lapse.client.start_workflow(BareIncident.run, args=arguments, id="bare", task_queue="bare")
            for number, moment in enumerate(due, 1):
                await lapse.until(scenario.time(moment.at))
                await handle.signal(BareIncident.tell, number)
                await lapse.settle()
            await lapse.until(scenario.end)
            await handle.result()


def _command() -> float:
    """Seconds that the command for the case of the library takes, start-up of the process included."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "desk", "exercise", "run", "wannacry-2017", "--out", folder + "/out"]
        begun = time.monotonic()
        subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
        return time.monotonic() - begun


if __name__ == "__main__":
    main()
