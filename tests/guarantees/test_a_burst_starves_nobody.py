"""A flood of reports about one incident: another one is worked on meanwhile, and of the flood nothing is lost."""

import asyncio
import json
from itertools import count

from activities.intake import Arrival
from desk.assembly import wall_clock
from leerp.reports import IntakeReceipt
from records import bursts, documents, reports
from tests.conftest import OpenDrill
from tests.drill import Drill

CLIENTS = 16
AT_LEAST = 400
"""So many reports of the flood come, and more for as long as the other incident takes."""


def alert(number: int) -> bytes:
    """One more of the flood."""
    return json.dumps(
        {
            "source": "csirt-de",
            "id": f"alert-{number:06d}",
            "reported_at": wall_clock().isoformat(),
            "title": f"Beacon {number:06d}",
            "observables": [{"kind": "domain", "value": "flood.example"}],
        }
    ).encode()


async def test_another_incident_is_classified_while_a_flood_comes_in(open_drill: OpenDrill) -> None:
    """The flood does not end before that; it is one incident, and each of its reports is there to the byte."""
    async with open_drill() as drill:
        numbers, answered = count(), dict[int, tuple[bytes, IntakeReceipt]]()
        enough = asyncio.Event()

        async def client() -> None:
            while not enough.is_set() or len(answered) < AT_LEAST:
                number = next(numbers)
                content = alert(number)
                arrival = Arrival(wall_clock(), "monitor")
                receipt = await drill.house.intake.report(content, name="alert.json", arrival=arrival)
                answered[number] = content, receipt

        flood = [asyncio.create_task(client()) for _ in range(CLIENTS)]
        while len(answered) < CLIENTS:
            await asyncio.wait(flood, timeout=0.01)
        try:
            await drill.classified()
        finally:
            enough.set()
            await asyncio.gather(*flood)
        await _all_there(drill, answered)


async def _all_there(drill: Drill, answered: dict[int, tuple[bytes, IntakeReceipt]]) -> None:
    (incident,) = {receipt.incident for _, receipt in answered.values()}
    assert incident != drill.reference
    async with drill.house.store.reading() as c:
        for content, receipt in answered.values():
            stored = await reports.get(c, receipt.report)
            assert stored.incident == incident
            assert await documents.get(c, stored.raw_sha256) == content
        (burst,) = await bursts.of_incident(c, incident)
        handed_on = await reports.of_incident(c, incident)
    assert burst.counted + len(handed_on) == len(answered) == burst.seen
    assert len(handed_on) <= CLIENTS
