"""DESIGN rules 8 and 12: a worker killed while it builds or plans a package leaves no part of one, and makes one."""

import asyncio
import contextlib
import json
import os
import signal
import time
from pathlib import Path

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from activities.intake import Arrival
from activities.planned_deliveries import digest
from desk.assembly import House, client_of, open_house, wall_clock
from leerp.journal import JournalKind, verify
from leerp.notices import DeliveryState, NoticeKind
from leerp.product_acts import PackageBuildAct
from leerp.protocol import ActName, dissemination_id, emergency_id
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from notifications.forms.bundle import FILE, unpacked
from records import journal, ledger
from tests.drill import Drill
from tests.servers import Leerp

MANY = 2_000
PATIENCE = 90.0


def large() -> bytes:
    """A contribution of Norway that is large enough for its package to take some time."""
    return json.dumps(
        {
            "contributor": "poc-no",
            "id": "large",
            "contributed_at": wall_clock().isoformat(),
            "title": "Hosts of the campaign",
            "observables": [{"kind": "domain", "value": f"h{number}.campaign.no"} for number in range(MANY)],
        }
    ).encode()


async def attempt_at(handle: WorkflowHandle[object, object], name: str) -> int:
    """Which attempt at an activity a worker is at; 0 when none is."""
    try:
        description = await handle.describe()
    except RPCError:  # the workflow has not begun
        return 0
    for one in description.raw_description.pending_activities:
        at_it = one.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        if one.activity_type.name == name and at_it:
            return int(one.attempt)
    return 0


async def kill_at(home: Path, handle: WorkflowHandle[object, object], name: str) -> int:
    """Kill the worker as soon as it is at that activity; how many attempts were killed, which is one."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if await attempt_at(handle, name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int((home / "run" / "worker.pid").read_text()), signal.SIGKILL)
            return 1
        await asyncio.sleep(0.002)
    return 0


def bundles(home: Path) -> list[bytes]:
    """Every bundle that anybody can see in the outbox; a file that cannot be opened as one fails the test."""
    found = [file.read_bytes() for file in (home / "outbox").rglob(FILE)]
    assert all("manifest.json" in unpacked(content) for content in found)
    return found


async def watched(home: Path, seen: set[bytes]) -> None:
    """Look at the outbox again and again: what stands there must be whole at every moment."""
    while True:
        seen.update(await asyncio.to_thread(bundles, home))
        await asyncio.sleep(0.05)


async def test_a_package_survives_kills(tmp_path: Path) -> None:
    """Killed while it drafts and while it plans: one notice, one bundle at each reader, whole whenever it is seen."""
    home = tmp_path / "home"
    lay_out_example(home / "config")
    leerp = Leerp(home)
    await asyncio.to_thread(leerp.start)
    try:
        async with open_house(Settings(home=home)) as house:
            client = await client_of(house.settings)
            drill = Drill(house, house.engine)
            await drill.classified()
            await drill.launched()
            await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
            arrival = Arrival(wall_clock(), "duty-officer")
            await house.intake.contribution(
                large(), name="large.json", reference=drill.reference, contributor="poc-no", arrival=arrival
            )
            seen: set[bytes] = set()
            watching = asyncio.create_task(watched(home, seen))
            notice = await built_and_killed(home, client, drill)
            await drill.sent(NoticeKind.PACKAGE)
            watching.cancel()
            await check(house, drill, notice, seen)
    finally:
        await asyncio.to_thread(leerp.stop)


async def built_and_killed(home: Path, client: Client, drill: Drill) -> str:
    """Build and release, with a kill during the draft and one during the plan of its deliveries; the notice."""
    emergency = client.get_workflow_handle(emergency_id(drill.reference))
    building = asyncio.create_task(drill.act(ActName.PACKAGE_BUILD, PackageBuildAct, country="NO"))
    assert await kill_at(home, emergency, "pool.draft") == 1
    notice = str((await building).notice)
    dissemination = client.get_workflow_handle(dissemination_id(drill.reference, notice))
    releasing = asyncio.create_task(drill.release(NoticeKind.PACKAGE))
    assert await kill_at(home, dissemination, "delivery.plan") == 1
    await releasing
    return notice


async def check(house: House, drill: Drill, notice: str, seen: set[bytes]) -> None:
    """Everything once, and what was sent is what was planned."""
    async with house.store.reading() as connection:
        kinds = {JournalKind.INVESTIGATION_PACKAGE_BUILT, JournalKind.INVESTIGATION_NOTICE_DRAFTED}
        drafted = await journal.entries(connection, drill.reference, kinds=kinds)
        lines = await ledger.deliveries(connection, notice=notice)
        kept = await ledger.variants(connection, notice, [(one.reader, one.channel) for one in lines])
        assert verify(await journal.lines(connection, drill.reference)) > 0
    assert [str(entry.data["notice"]) for entry in drafted] == [notice, notice]
    assert [one.kind for one in (await drill.view()).notices].count(NoticeKind.PACKAGE) == 1
    assert {(one.reader, one.state) for one in lines} == {("poc-no", DeliveryState.SENT)}
    assert [one.variant_sha256 for one in lines] == [digest(files) for files in kept.values()]
    final = bundles(house.settings.home)
    assert len(final) == len(lines)
    assert seen | set(final) == set(final)
