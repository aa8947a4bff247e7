"""The Emergency workflow: who may do what when, and what a long life does to it."""

import asyncio
import time
from typing import Any

import pytest

from leerp.errors import RefusedError
from leerp.incidents import Phase
from leerp.notices import Mode, NoticeKind
from leerp.protocol import (
    EMERGENCY,
    QUEUES,
    Act,
    ActName,
    CloseAct,
    DecideAct,
    EmergencyStart,
    GradeAct,
    InformAct,
    PlanAgreeAct,
    ReleaseAct,
    emergency_id,
)
from records import incidents
from tests.conftest import OpenDrill
from tests.drill import APPROVER, OFFICER, Drill

ANALYST = "malware-analyst-1"


async def refused(drill: Drill, name: ActName, act_type: type[Act], /, **fields: Any) -> str:
    """Do an act that must be refused; the reason."""
    with pytest.raises(RefusedError) as caught:
        await drill.act(name, act_type, **fields)
    return caught.value.reason


async def test_acts_out_of_turn_are_refused_with_a_reason_and_leave_a_line(open_drill: OpenDrill) -> None:
    """A wrong phase, a missing role, the same person twice, a missing reason, an unknown notice: all say why."""
    async with open_drill() as drill:
        await drill.classified()
        reasons = [
            await refused(drill, ActName.RELEASE, ReleaseAct, notice="N-1"),
            await refused(drill, ActName.CLOSE, CloseAct, outcome="normal_procedure"),
            await refused(drill, ActName.DECIDE, DecideAct, choice="launch", who=ANALYST),
            await refused(drill, ActName.DECIDE, DecideAct, choice="launch", reason=" "),
        ]
        await drill.act(ActName.DECIDE, DecideAct, choice="launch")
        reasons.append(await refused(drill, ActName.DECIDE, DecideAct, choice="launch"))
        reasons.append(await refused(drill, ActName.DECIDE, DecideAct, choice="launch", who="duty-officer-2"))
        grade = {"scale": "4x4", "code": "A1"}
        reasons.append(await refused(drill, ActName.GRADE, GradeAct, report="R-unknown", grade=grade))
        expected = [
            "wrong_phase",
            "wrong_phase",
            "not_authorised",
            "reason_missing",
            "same_person",
            "not_authorised",
            "bad_input",
        ]
        assert reasons == expected
        kinds = await drill.kinds()
        assert kinds["desk.act.refused"] == len(expected)
        assert kinds["triage.decision.made"] == 0


async def test_a_stale_plan_and_an_unknown_reader_are_refused(open_drill: OpenDrill) -> None:
    """Agreement counts for the version that stands; nobody is told when one name is unknown."""
    async with open_drill() as drill:
        await drill.classified()
        await drill.launched()
        await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
        reasons = [
            await refused(drill, ActName.PLAN_AGREE, PlanAgreeAct, country="NO", version=3),
            await refused(drill, ActName.INFORM, InformAct, readers=["partner-bank", "nobody"]),
        ]
        assert reasons == ["unknown_subject", "unknown_subject"]
        assert "partner-bank" not in await drill.readers(NoticeKind.LAUNCH_EXTERNAL)


async def test_the_same_act_twice_is_one_act(open_drill: OpenDrill) -> None:
    """A doubled click gets the same receipt, and the journal has one entry."""
    async with open_drill() as drill:
        await drill.classified()
        first = await drill.act(ActName.DECIDE, DecideAct, choice="launch", act="A-doubled")
        second = await drill.act(ActName.DECIDE, DecideAct, choice="launch", act="A-doubled")
        assert first == second
        assert (await drill.kinds())["triage.decision.proposed"] == 1


async def test_a_long_incident_continues_as_new_and_loses_nothing(open_drill: OpenDrill) -> None:
    """With a new run every 60 events the protocol goes the same way, and its children live on."""
    async with open_drill() as drill:
        await drill.report(1)
        async with drill.house.store.reading() as connection:
            stored = await incidents.get(connection, drill.reference)
        engine = await drill.engine()
        start = EmergencyStart(
            reference=stored.reference,
            mode=Mode.ACTUAL,
            opened_at=stored.opened_at,
            policy=stored.policy,
            clock=stored.clock,
            continue_after_events=60,
        )
        try:
            await engine.client.start_workflow(
                EMERGENCY, start, id=emergency_id(drill.reference), task_queue=QUEUES[Mode.ACTUAL]
            )
        finally:
            await drill.classified_again()
        await drill.launched()
        await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
        await drill.release(NoticeKind.EARLY_WARNING)
        await drill.planned()
        await drill.investigated()
        await drill.settled()
        view = await drill.closed()
        handle = engine.client.get_workflow_handle(emergency_id(drill.reference))
        described = await handle.describe()
        first = await engine.client.get_workflow_handle(
            emergency_id(drill.reference), run_id=described.raw_description.workflow_execution_info.first_run_id
        ).describe()
        assert first.status is not None
        assert first.status.name == "CONTINUED_AS_NEW"
        assert view.phase is Phase.CLOSURE
        launch = await drill.readers(NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
        assert await drill.readers(NoticeKind.CLOSURE) == launch


async def test_two_officers_at_once_make_one_decision(open_drill: OpenDrill) -> None:
    """Two confirmations of the same proposal: one decides, the other is told that triage is over."""
    async with open_drill() as drill:
        await drill.classified()
        await drill.act(ActName.DECIDE, DecideAct, choice="launch", who=OFFICER)
        await drill.act(ActName.DECIDE, DecideAct, choice="launch", who=APPROVER)
        await drill.sent(NoticeKind.LAUNCH_INTERNAL)
        reason = await refused(drill, ActName.DECIDE, DecideAct, choice="launch", who="deputy-head")
        assert reason == "wrong_phase"
        assert (await drill.kinds())["triage.decision.made"] == 1


async def test_a_running_incident_is_found_by_its_step(open_drill: OpenDrill) -> None:
    """The engine lists an incident by reference, step, status and mode; nothing of its reports is in there."""
    async with open_drill() as drill:
        await drill.classified()
        client = (await drill.engine()).client
        query = f'LeerpReference = "{drill.reference}" AND LeerpPhase = "triage" AND LeerpMode = "actual"'
        deadline = time.monotonic() + 20
        found: list[str] = []
        while not found and time.monotonic() < deadline:
            found = [one.id async for one in client.list_workflows(query)]
            await asyncio.sleep(0.1)
        assert found == [emergency_id(drill.reference)]


async def test_with_nobody_to_tell_the_protocol_goes_on_and_says_so(open_drill: OpenDrill) -> None:
    """A directory without anybody: the notices have no reader, the journal says so, and the incident can be closed."""
    async with open_drill() as drill:
        path = drill.house.settings.config / "directory.yaml"
        text = await asyncio.to_thread(path.read_text, encoding="utf-8")
        head, _, tail = text.partition("\nstakeholders:")
        officers = tail.partition("\nofficers:")[2].partition("\nmembers:")[0]
        alone = f"{head}\nstakeholders: []\nofficers:{officers}\n"
        await drill.report(1)
        await drill.classified_again()
        await asyncio.to_thread(path.write_text, alone, encoding="utf-8")
        await drill.launched()
        await drill.until(lambda view: view.phase is Phase.WARNING and bool(view.waiting_for), "the early warning")
        view = await drill.closed()
        assert [(one.kind, one.planned) for one in view.notices if one.planned] == []
        assert (await drill.kinds())["coordination.notice.sent"] == 2
