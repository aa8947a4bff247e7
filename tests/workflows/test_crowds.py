"""Many reports at once are taken in together: each is graded and matched, the incident is classified once for all."""

import asyncio
import time
from collections import Counter

from activities.crowd_messages import TakeInReports
from activities.crowds import CrowdActivities
from activities.intake import Arrival
from desk.assembly import wall_clock
from leerp.journal import JournalEntry, JournalKind, verify
from records import journal, reports
from tests.conftest import OpenDrill
from tests.drill import PATIENCE, Drill, report_file

CROWD = 12


async def a_crowd(drill: Drill) -> set[str]:
    """So many reports come at the same time, each with facts of its own; their ids."""
    arrival = Arrival(wall_clock(), "drill")
    contents = [report_file(number) for number in range(100, 100 + CROWD)]
    receipts = await asyncio.gather(
        *(drill.house.intake.report(content, name="report.json", arrival=arrival) for content in contents)
    )
    assert {receipt.incident for receipt in receipts} == {drill.reference}
    return {receipt.report for receipt in receipts}


async def of_kind(drill: Drill, kind: JournalKind) -> list[JournalEntry]:
    """The entries of a kind."""
    async with drill.house.store.reading() as c:
        return await journal.entries(c, drill.reference, kinds={kind})


async def written(drill: Drill, kind: JournalKind, times: int) -> None:
    """Wait until the journal has so many entries of a kind."""
    deadline = time.monotonic() + PATIENCE
    while len(await of_kind(drill, kind)) < times:
        assert time.monotonic() < deadline, f"{times} of {kind.value} did not come"
        await asyncio.sleep(0.05)


async def test_a_crowd_is_graded_one_by_one_and_classified_together(open_drill: OpenDrill) -> None:
    """Every report has its grade and its hit, once; fewer classifications than reports say what they were for."""
    async with open_drill() as drill:
        await drill.classified()
        await drill.contribute(1, "csirt-de")
        await written(drill, JournalKind.INVESTIGATION_HIT_FOUND, 1)
        crowd = await a_crowd(drill)
        await written(drill, JournalKind.INVESTIGATION_HIT_FOUND, 1 + CROWD)
        grades = Counter(entry.data["report"] for entry in await of_kind(drill, JournalKind.TRIAGE_GRADE_RECORDED))
        assert crowd < set(grades)
        assert set(grades.values()) == {1}
        met = {
            str(entry.data[side])
            for entry in await of_kind(drill, JournalKind.INVESTIGATION_HIT_FOUND)
            for side in ("first", "second")
        }
        assert crowd < met
        classified = await of_kind(drill, JournalKind.TRIAGE_INCIDENT_CLASSIFIED)
        assert len(classified) < CROWD
        assert any("reports that came together" in str(entry.data["because"]) for entry in classified)
        async with drill.house.store.reading() as c:
            verify(await journal.lines(c, drill.reference))


async def test_taken_in_again_a_crowd_changes_nothing(open_drill: OpenDrill) -> None:
    """A worker that dies after the transaction does it once more; what is of another incident is left alone."""
    async with open_drill() as drill:
        await drill.classified()
        await a_crowd(drill)
        await written(drill, JournalKind.TRIAGE_GRADE_RECORDED, 1 + CROWD)
        async with drill.house.store.reading() as c:
            ids = tuple(one.id for one in await reports.of_incident(c, drill.reference))
        request = TakeInReports(
            incident=drill.reference, at=wall_clock(), key="again", reports=(*ids, "R-of-somebody-else")
        )
        first = await CrowdActivities(drill.house.rooms).take_in(request)
        before = await of_kind(drill, JournalKind.TRIAGE_GRADE_RECORDED)
        assert await CrowdActivities(drill.house.rooms).take_in(request) == first
        assert first.here == ids
        assert await of_kind(drill, JournalKind.TRIAGE_GRADE_RECORDED) == before
        elsewhere = request.model_copy(update={"reports": ("R-of-somebody-else",), "key": "other"})
        nothing = await CrowdActivities(drill.house.rooms).take_in(elsewhere)
        assert (nothing.here, nothing.recommendation) == ((), None)
