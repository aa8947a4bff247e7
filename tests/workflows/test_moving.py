"""When correlation was wrong: reports are moved, an incident is split, one is merged into another."""

import asyncio
import json
import time
from typing import Any

import pytest

from activities.acts import Acts, actor_of, new_act_id
from activities.intake import Arrival
from desk.assembly import House, wall_clock
from leerp.custody import gather, happening
from leerp.errors import BadInputError, RefusedError
from leerp.facts import Facts
from leerp.incidents import IncidentView, Status
from leerp.journal import JournalKind, verify
from leerp.moving_acts import MergeAct, MoveAct, SplitAct
from leerp.notices import NoticeKind
from leerp.protocol import ActName, AssessAct, DecideAct, Receipt
from leerp.reports import IntakeReceipt
from records import contributions, journal, private_data, reports
from tests.conftest import OpenDrill
from tests.drill import APPROVER, PATIENCE, Drill, report_file

WRONG = "a second look says so"


async def take_in(house: House, number: int, *names: str, **more: Any) -> IntakeReceipt:
    """A report that holds the domains of these names."""
    observables = [{"kind": "domain", "value": f"{name}.example"} for name in names]
    content = report_file(number, observables=observables, **more)
    return await house.intake.report(content, name="report.json", arrival=Arrival(wall_clock(), "drill"))


def at(drill: Drill, reference: str) -> Drill:
    """The same drill, with its eyes on another incident."""
    other = Drill(drill.house, drill._connect)
    other.reference = reference
    return other


async def ready(drill: Drill, reference: str, reports: int) -> Drill:
    """Wait until so many reports of an incident are graded and it asks for a decision."""
    there = at(drill, reference)

    def taken_in(view: IncidentView) -> bool:
        return len(view.reports) == reports and bool(view.waiting_for) and view.classification is not None

    await there.until(taken_in, f"{reports} reports in {reference}")
    await graded(there, reports)
    return there


async def graded(there: Drill, times: int) -> None:
    """Wait until the journal has so many grades: the engine has heard of every report."""
    await written(there, JournalKind.TRIAGE_GRADE_RECORDED, times)


async def written(there: Drill, kind: JournalKind, times: int) -> None:
    """Wait until the journal has so many entries of a kind."""
    deadline = time.monotonic() + PATIENCE
    while (await there.kinds())[kind.value] < times:
        assert time.monotonic() < deadline, f"{times} of {kind.value} did not come"
        await asyncio.sleep(0.05)


async def move(drill: Drill, *moved: str, to: str) -> Receipt:
    """Move reports."""
    return await drill.act(ActName.MOVE, MoveAct, reports=moved, to=to, reason=WRONG)


async def refused(act: Any) -> str:
    """Why an act is refused."""
    with pytest.raises(RefusedError) as refusal:
        await act
    return refusal.value.reason


async def data_of(house: House, reference: str, kind: JournalKind) -> list[dict[str, Any]]:
    """What the entries of a kind say."""
    async with house.store.reading() as c:
        return [entry.data for entry in await journal.entries(c, reference, kinds={kind})]


async def test_a_report_moves_to_the_incident_it_belongs_to(open_drill: OpenDrill) -> None:
    """Both incidents say what came or went and are classified anew; the marking and later reports follow it."""
    async with open_drill() as drill:
        house = drill.house
        one = await take_in(house, 1, "one")
        stray = await take_in(house, 2, "one", "stray", marking={"level": "RESTREINT"}, title="Stray")
        other = await take_in(house, 3, "other", source="csirt-lu", title="Another thing")
        assert (stray.incident, other.incident) == (one.incident, "LEERP-" + one.incident.split("-")[1] + "-0002")
        first, second = await ready(drill, one.incident, 2), await ready(drill, other.incident, 1)
        receipt = await move(first, stray.report, to=second.reference)
        assert "1 report moved to" in receipt.sentence
        await ready(drill, first.reference, 1)
        view = (await second.until(lambda view: len(view.reports) == 2, "the report")).model_dump(mode="json")
        assert "RESTREINT" in view["marking"]
        assert "RESTREINT" in (await first.view()).marking, "what has been marked higher once stays so"
        assert [one["kind"] for one in view["moves"]] == ["moved"]
        await graded(second, 2)
        for reference in (first.reference, second.reference):
            (moved,) = await data_of(house, reference, JournalKind.DETECTION_REPORT_MOVED)
            assert (moved["report"], moved["to"], moved["reason"]) == (stray.report, second.reference, WRONG)
            classified = await data_of(house, reference, JournalKind.TRIAGE_INCIDENT_CLASSIFIED)
            assert stray.report in classified[-1]["because"]
        assert (await take_in(house, 4, "stray", title="Later")).incident == second.reference
        assert (await take_in(house, 2, "one", "stray", title="Stray")).incident == second.reference
        assert [len(one.custody) for one in await evidence_of(house, second.reference) if one.of == stray.report] == [1]


async def evidence_of(house: House, reference: str) -> tuple[Any, ...]:
    """The items of evidence that the journal tells of."""
    async with house.store.reading() as c:
        assert verify(await journal.lines(c, reference)) > 0
        return gather(happening(entry) for entry in await journal.entries(c, reference))


async def test_a_split_opens_an_incident_of_its_own(open_drill: OpenDrill) -> None:
    """The new one is classified by what it holds, asks for a decision, and can be launched; the first goes on."""
    async with open_drill() as drill:
        house = drill.house
        stays = await take_in(house, 1, "one")
        goes = await take_in(house, 2, "one", "two", title="Goes")
        first = await ready(drill, stays.incident, 2)
        assert await refused(split(first, stays.report, goes.report)) == "conditions_unmet"
        receipt = await split(first, goes.report)
        reference = receipt.sentence.split()[0]
        second = await ready(drill, reference, 1)
        assert (await second.view()).title == "Goes"
        assert [one.id for one in (await first.view()).reports] == [stays.report]
        assert [one["to"] for one in await data_of(house, stays.incident, JournalKind.DETECTION_INCIDENT_SPLIT)] == [
            reference
        ]
        opened = await data_of(house, reference, JournalKind.DETECTION_INCIDENT_OPENED)
        assert [one["mode"] for one in opened] == ["actual"]
        await second.launched()
        await second.sent(NoticeKind.LAUNCH_EXTERNAL)
        assert await refused(split(second, goes.report)) == "wrong_phase"
        # What has been launched is merged into nothing; it can take others in.
        assert await refused(merge(second, into=first.reference)) == "wrong_phase"
        await merge(first, into=second.reference)
        assert (await first.view()).status is Status.MERGED
        await second.until(lambda view: len(view.reports) == 2, "the other report")


async def split(drill: Drill, *moved: str) -> Receipt:
    """Split."""
    return await drill.act(ActName.SPLIT, SplitAct, reports=moved, reason=WRONG)


async def merge(drill: Drill, *, into: str, **more: Any) -> Receipt:
    """Merge."""
    return await drill.act(ActName.MERGE, MergeAct, into=into, **{"reason": WRONG, **more})


async def test_a_merge_loses_nothing_and_points_on(open_drill: OpenDrill) -> None:
    """All reports are in the other incident, the merged one has ended and says where to go, later reports follow."""
    async with open_drill() as drill:
        house = drill.house
        one = await take_in(house, 1, "one")
        two = await take_in(house, 2, "two", source="csirt-lu", title="The same after all")
        first, second = await ready(drill, one.incident, 1), await ready(drill, two.incident, 1)
        await second.act(ActName.ASSESS, AssessAct, facts=Facts(victims_min=400))
        await second.act(ActName.DECIDE, DecideAct, choice="watch")
        receipt = await merge(second, into=first.reference)
        assert "victims_min" in receipt.sentence
        view = await second.view()
        assert (view.status, view.merged_into, view.reports, view.waiting_for) == (
            Status.MERGED,
            first.reference,
            (),
            (),
        )
        await ready(drill, first.reference, 2)
        assert {one.id for one in (await first.view()).reports} == {one.report, two.report}
        (merged,) = await data_of(house, first.reference, JournalKind.DETECTION_INCIDENT_MERGED)
        assert merged["settled"] == {"victims_min": 400}
        received = await data_of(house, two.incident, JournalKind.DETECTION_REPORT_RECEIVED)
        assert [entry["report"] for entry in received] == [two.report], "what came in stays where it came in"
        assert (await take_in(house, 3, "two", title="Later")).incident == first.reference
        handle = (await drill.engine()).client.get_workflow_handle(f"emergency/{second.reference}")
        assert await handle.result() == "merged"
        with pytest.raises(RefusedError, match=f"in {first.reference} now"):
            await second.act(ActName.DECIDE, DecideAct, choice="normal")
        with pytest.raises(BadInputError, match=f"in {first.reference} now; contribute there"):
            await second.contribute(1, "poc-no")


async def test_what_may_not_move_is_refused_with_its_reason(open_drill: OpenDrill) -> None:
    """Nothing is changed where a rule stands against it; the reason is one of the closed list."""
    async with open_drill() as drill:
        house = drill.house
        one = await take_in(house, 1, "one")
        two = await take_in(house, 2, "one", title="Two")
        other = await take_in(house, 3, "other", title="Other")
        first, second = await ready(drill, one.incident, 2), await ready(drill, other.incident, 1)
        to = second.reference
        assert await refused(move(first, one.report, two.report, to=to)) == "conditions_unmet"
        assert await refused(move(first, other.report, to=to)) == "unknown_subject"
        assert await refused(move(first, one.report, to="LEERP-1999-0001")) == "unknown_subject"
        assert await refused(move(first, one.report, to=first.reference)) == "nothing_to_do"
        assert await refused(merge(first, into=to, who="malware-analyst-1")) == "not_authorised"
        assert await refused(merge(first, into=to, reason=" ")) == "reason_missing"
        await first.act(ActName.DECIDE, DecideAct, choice="launch")
        assert await refused(merge(first, into=to)) == "conditions_unmet"
        await once(first, two.report, second)
        await second.contribute(1, "poc-no")
        await second.until(lambda view: bool(view.contributions), "the contribution")
        assert await refused(merge(second, into=first.reference)) == "conditions_unmet"
        await second.act(ActName.DECIDE, DecideAct, choice="normal")
        await second.until(lambda view: view.status.ended, "the end")
        assert await refused(move(first, one.report, to=to)) == "already_ended"
        async with house.store.reading() as c:
            assert {(await reports.get(c, one.report)).incident, (await reports.get(c, two.report)).incident} == {
                first.reference
            }


async def once(first: Drill, report: str, second: Drill) -> None:
    """An act whose answer was lost is done once; a report may go back to where it came from and is taken in there."""
    house = first.house
    actor = actor_of(house.rooms.directory(), APPROVER)
    act = MoveAct(act=new_act_id(), actor=actor, reason=WRONG, reports=(report,), to=second.reference)
    acts = Acts(await first.engine(), house.store)
    told = [await acts.perform(ActName.MOVE, first.reference, act, at=wall_clock()) for _ in range(2)]
    assert told[0] == told[1]
    assert len(await data_of(house, second.reference, JournalKind.DETECTION_REPORT_MOVED)) == 1
    await ready(first, second.reference, 2)
    await move(second, report, to=first.reference)
    await graded(first, 3)
    assert len((await first.view()).reports) == 2
    assert [one.kind.value for one in (await first.view()).moves] == ["moved", "moved"]


async def test_what_belongs_to_a_report_goes_with_it(open_drill: OpenDrill) -> None:
    """Personal data of a private party has its clock where the report is; a hit is known there and told once."""
    async with open_drill() as drill:
        house = drill.house
        await take_in(house, 1, "one", title="One")
        mine = await take_in(
            house,
            2,
            "one",
            "met",
            source="partner-bank",
            title="Call",
            narrative="Write to jane@bank.example",
        )
        other = await take_in(house, 3, "other", title="Other")
        first, second = await ready(drill, mine.incident, 2), await ready(drill, other.incident, 1)
        third = await ready(drill, (await take_in(house, 4, "third", title="Third")).incident, 1)
        await contribute(third, "met", "poc-no")
        told = JournalKind.INVESTIGATION_HIT_TOLD
        await written(third, told, 2)
        before = (await personal(house, first.reference))[0]
        await move(first, mine.report, to=second.reference)
        await graded(second, 2)
        assert await personal(house, first.reference) == []
        assert await personal(house, second.reference) == [before.model_copy(update={"incident": second.reference})]
        async with house.store.reading() as c:
            assert [one.item for one in await private_data.everywhere(c)] == [mine.report]
            (hit,) = await contributions.hits(c, second.reference)
            assert await contributions.hits(c, first.reference) == []
        assert mine.report in (hit.first, hit.second)
        assert len(await data_of(house, second.reference, JournalKind.INVESTIGATION_HIT_FOUND)) == 1
        assert await data_of(house, second.reference, told) == [], "both owners have been told already"


async def personal(house: House, reference: str) -> list[Any]:
    """What private parties gave it."""
    async with house.store.reading() as c:
        return await private_data.of_incident(c, reference)


async def contribute(drill: Drill, name: str, contributor: str) -> None:
    """Contribute one domain."""
    document = {
        "contributor": contributor,
        "id": f"c-{name}",
        "contributed_at": wall_clock().isoformat(),
        "title": "Seen",
        "observables": [{"kind": "domain", "value": f"{name}.example"}],
    }
    await drill.house.intake.contribution(
        json.dumps(document).encode(),
        name="c.json",
        reference=drill.reference,
        contributor=contributor,
        arrival=Arrival(wall_clock(), "drill"),
    )
