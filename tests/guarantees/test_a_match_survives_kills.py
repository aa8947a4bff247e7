"""DESIGN rules 8 and 12: a worker killed in the middle of a match leaves nothing half done, and does nothing twice."""

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
from leerp.journal import JournalEntry, JournalKind, verify
from leerp.protocol import emergency_id
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import contributions, journal, pool
from tests.drill import Drill
from tests.servers import Leerp

SHARED = 10_000
PATIENCE = 90.0
OWNERS = ("poc-no", "csirt-lu")
KILLS = 2


def large(contributor: str) -> bytes:
    """A contribution of 10,000 domains, the same whoever gives it."""
    return json.dumps(
        {
            "contributor": contributor,
            "id": "large",
            "contributed_at": wall_clock().isoformat(),
            "title": "Domains of the campaign",
            "observables": [{"kind": "domain", "value": f"h{number}.campaign.example"} for number in range(SHARED)],
        }
    ).encode()


async def contribute(house: House, reference: str, contributor: str) -> str:
    """Hand it in; its id."""
    arrival = Arrival(wall_clock(), "duty-officer")
    receipt = await house.intake.contribution(
        large(contributor), name="large.json", reference=reference, contributor=contributor, arrival=arrival
    )
    return receipt.contribution


async def matching(handle: WorkflowHandle[object, object]) -> int:
    """Which attempt at a match a worker is at; 0 when none is."""
    description = await handle.describe()
    for one in description.raw_description.pending_activities:
        at_it = one.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        if one.activity_type.name == "investigation.match" and at_it:
            return int(one.attempt)
    return 0


async def matched(handle: WorkflowHandle[object, object], times: int) -> None:
    """Wait until so many matches are through."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        history = await handle.fetch_history()
        mine = {
            event.event_id
            for event in history.events
            if event.activity_task_scheduled_event_attributes.activity_type.name == "investigation.match"
        }
        done = [one.activity_task_completed_event_attributes.scheduled_event_id for one in history.events]
        if len(mine.intersection(done)) >= times:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{times} matches did not end")


async def kill_while_matching(home: Path, handle: WorkflowHandle[object, object], *, kills: int) -> int:
    """Kill the worker as soon as it is at the match, again and again; how many attempts were killed."""
    killed: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    while len(killed) < kills and time.monotonic() < deadline:
        attempt = await matching(handle)
        if attempt and attempt not in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int((home / "run" / "worker.pid").read_text()), signal.SIGKILL)
            killed.add(attempt)
        await asyncio.sleep(0.002)
    return len(killed)


async def found(house: House, reference: str) -> list[JournalEntry]:
    """What the journal says of hits, waited for until both owners have been told."""
    deadline = time.monotonic() + PATIENCE
    kinds = {JournalKind.INVESTIGATION_HIT_FOUND, JournalKind.INVESTIGATION_HIT_TOLD}
    while True:
        async with house.store.reading() as connection:
            entries = await journal.entries(connection, reference, kinds=kinds)
        if len({entry.data.get("owner") for entry in entries}) > len(OWNERS) or time.monotonic() > deadline:
            return entries
        await asyncio.sleep(0.1)


async def test_a_match_of_ten_thousand_survives_kills(tmp_path: Path) -> None:
    """Killed twice while it matches 10,000, the worker ends with each hit once, told once to each owner."""
    home = tmp_path / "home"
    await asyncio.to_thread(lay_out_example, home / "config")
    leerp = Leerp(home)
    await asyncio.to_thread(leerp.start)
    try:
        async with open_house(Settings(home=home)) as house:
            drill = Drill(house, house.engine)
            await drill.classified()
            reference = drill.reference
            first = await contribute(house, reference, OWNERS[0])
            handle = (await house.engine()).client.get_workflow_handle(emergency_id(reference))
            await matched(handle, 1)  # the first contribution; the report is matched in the task of the workflow
            second = await contribute(house, reference, OWNERS[1])
            assert await kill_while_matching(home, handle, kills=KILLS) == KILLS
            entries = await found(house, reference)
            await check(house, reference, {first, second}, entries)
    finally:
        await asyncio.to_thread(leerp.stop)


async def check(house: House, reference: str, items: set[str], entries: list[JournalEntry]) -> None:
    """Everything once: in the pool, in the journal, and in the notices."""
    told = Counter(str(entry.data["owner"]) for entry in entries if "owner" in entry.data)
    assert told == Counter(dict.fromkeys(OWNERS, 1))
    hits = [entry.data for entry in entries if "owner" not in entry.data]
    assert [({one["first"], one["second"]}, one["count"]) for one in hits] == [(items, SHARED)]
    async with house.store.reading() as connection:
        assert len(await contributions.hits(connection, reference)) == SHARED
        (meeting,) = await pool.meetings(connection, reference)
        assert verify(await journal.lines(connection, reference)) > 0
    assert meeting.kinds == {"domain": SHARED}
