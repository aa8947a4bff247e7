"""DESIGN rules 8 and 12: a worker killed in the middle of a merge loses no report and moves none twice.

Not in the gate, for it takes half a minute: `python3 run.py exec pytest tests/long/test_moves_under_kills.py`.
"""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import WorkflowHandle

from activities.intake import Arrival
from desk.assembly import House, open_house, wall_clock
from leerp.incidents import Status
from leerp.journal import JournalKind, verify
from leerp.moving_acts import MergeAct
from leerp.protocol import ActName, emergency_id
from leerp.reports import Report
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import journal, reports
from tests.drill import Drill, report_file
from tests.records.cast import NOON, domains
from tests.servers import Leerp

MANY = 3_000
KILLS = 3
PATIENCE = 120.0


async def fill(house: House, reference: str) -> set[str]:
    """Put many reports into an incident, past the engine; their ids."""
    async with house.store.writing() as tx:
        for number in range(MANY):
            report = Report(
                source="csirt-fr",
                id=f"many-{number}",
                reported_at=NOON,
                title=f"Report {number}",
                observables=domains(f"h{number}"),
            )
            await reports.store(tx, report=report, raw=b"{}", received_at=NOON, incident=reference)
        return {one.id for one in await reports.of_incident(tx, reference)}


async def attempt_at(handle: WorkflowHandle[object, object], name: str) -> int:
    """Which attempt at an activity a worker is at; 0 when none is."""
    description = await handle.describe()
    for one in description.raw_description.pending_activities:
        at_it = one.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        if one.activity_type.name == name and at_it:
            return int(one.attempt)
    return 0


async def kill_while_moving(home: Path, handle: WorkflowHandle[object, object]) -> int:
    """Kill the worker soon after it has begun to move, later each time; how many attempts were killed."""
    killed: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    while len(killed) < KILLS and time.monotonic() < deadline:
        attempt = await attempt_at(handle, "moving.move")
        if attempt and attempt not in killed:
            await asyncio.sleep(0.15 * len(killed))
            with contextlib.suppress(ProcessLookupError):
                os.kill(int((home / "run" / "worker.pid").read_text()), signal.SIGKILL)
            killed.add(attempt)
        await asyncio.sleep(0.002)
    return len(killed)


async def test_a_merge_survives_kills(tmp_path: Path) -> None:
    """Every report is in the other incident once, with one entry in each journal, and a late report follows."""
    home = tmp_path / "home"
    await asyncio.to_thread(lay_out_example, home / "config")
    leerp = Leerp(home)
    await asyncio.to_thread(leerp.start)
    try:
        async with open_house(Settings(home=home)) as house:
            first, second = Drill(house, house.engine), Drill(house, house.engine)
            await first.classified_by(_relayed(house))
            await second.classified_by(_relayed(house), 2)
            items = await fill(house, first.reference)
            handle = (await house.engine()).client.get_workflow_handle(emergency_id(first.reference))
            merging = asyncio.create_task(first.act(ActName.MERGE, MergeAct, into=second.reference))
            killed = await kill_while_moving(home, handle)
            receipt = await merging
            assert killed == KILLS
            assert str(len(items)) in receipt.sentence
            await check(house, first, second, items)
            late = await house.intake.report(late_report(), name="late.json", arrival=Arrival(wall_clock(), "drill"))
            assert late.incident == second.reference
    finally:
        await asyncio.to_thread(leerp.stop)


def late_report() -> bytes:
    """A report that would have joined the incident that was merged away."""
    observables = [{"kind": "domain", "value": f"h{MANY - 1}.example"}]
    return json.dumps(json.loads(report_file(9)) | {"observables": observables}).encode()


def _relayed(house: House):  # type: ignore[no-untyped-def]  # noqa: ANN202 - as `Drill.classified_by` has it
    async def connect():  # type: ignore[no-untyped-def]  # noqa: ANN202 - the same
        engine = await house.engine()
        await engine.relay()
        return engine

    return connect


async def check(house: House, first: Drill, second: Drill, items: set[str]) -> None:
    """Everything once: in the tables, and in both journals."""
    view = await first.view()
    assert (view.status, view.reports, view.merged_into) == (Status.MERGED, (), second.reference)
    async with house.store.reading() as c:
        held = [one.id for one in await reports.of_incident(c, second.reference)]
        assert Counter(items) == Counter(one for one in held if one in items)
        for reference in (first.reference, second.reference):
            entries = await journal.entries(c, reference, kinds={JournalKind.DETECTION_REPORT_MOVED})
            assert Counter(str(one.data["report"]) for one in entries) == Counter(items)
            assert verify(await journal.lines(c, reference)) > MANY
