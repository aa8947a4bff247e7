"""What a workflow has had done in its own task is done again later, where its worker died: it is one fact."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from temporalio.testing import ActivityEnvironment

from activities.crowd_messages import TakeInReports
from activities.crowds import CrowdActivities
from activities.delivery import DeliveryActivities
from activities.investigation import InvestigationActivities
from activities.journalling import JournalActivities
from activities.messages import MatchItem, NoticeTask, Progress, TakeInReport
from activities.triage import TriageActivities
from leerp.incidents import Phase
from leerp.journal import JournalKind
from leerp.notices import Mode, NoticeKind
from tests.activities.mover import mover
from tests.records.cast import NOON

LATER = NOON + timedelta(seconds=10)
"""When the engine has noticed that the worker is gone."""


async def test_what_is_done_near_is_one_fact_however_often_it_is_done(tmp_path: Path) -> None:
    """The journal is what it was after the first time, with its times."""
    async with mover(tmp_path) as of:
        reference, (report,) = await of.open(("evil.example",))
        there, rooms = ActivityEnvironment(), of.house.rooms
        after = []
        for number, at in enumerate((NOON, LATER), 1):
            fact = {"incident": reference, "at": at}
            taken = TakeInReport(**fact, key=f"report/{report}", report=report)
            await there.run(TriageActivities(rooms).take_in, taken)
            await there.run(InvestigationActivities(rooms).match, MatchItem(**fact, key=f"match/{number}", item=report))
            progress = Progress(**fact, key=f"progress/{number}", phase=Phase.TRIAGE, waiting_for=("a decision",))
            await there.run(JournalActivities(rooms).progress, progress)
            sent = NoticeTask(
                **fact, key="N-1/conclude", notice="N-1", kind=NoticeKind.LAUNCH_INTERNAL, mode=Mode.ACTUAL
            )
            await there.run(DeliveryActivities(rooms).conclude, sent)
            after.append((await of.journal(reference), await of.incident(reference)))
        assert after[0] == after[1]
        told = Counter(one.kind.value for one in after[0][0])
        assert {"triage.grade.recorded", "triage.incident.classified", "coordination.notice.sent"} <= told.keys()
        assert set(told.values()) == {1}


async def test_a_report_taken_in_near_and_again_with_others_has_its_grade_once(tmp_path: Path) -> None:
    """Its worker died before the task was over, and by then others had come: they are taken in together."""
    async with mover(tmp_path) as of:
        reference, ids = await of.open(("evil.example",), ("evil.example", "worse.example"))
        there, rooms = ActivityEnvironment(), of.house.rooms
        alone = TakeInReport(incident=reference, at=NOON, key=f"report/{ids[0]}", report=ids[0])
        await there.run(TriageActivities(rooms).take_in, alone)
        together = TakeInReports(incident=reference, at=LATER, key="reports/7", reports=ids)
        done = await there.run(CrowdActivities(rooms).take_in, together)
        assert set(done.here) == set(ids)
        graded = [one for one in await of.journal(reference) if one.kind is JournalKind.TRIAGE_GRADE_RECORDED]
        assert sorted(str(one.data["report"]) for one in graded) == sorted(ids)
