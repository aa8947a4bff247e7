"""The plan in a running incident: proposals, states, alerts to both owners, what is overdue; and who may do it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from desk.assembly import wall_clock
from leerp.errors import RefusedError
from leerp.incidents import IncidentView
from leerp.notices import DeliveryState, NoticeKind
from leerp.plan_acts import PlanAcceptAct, PlanDeclineAct, PlanOutcomeAct, PlanProposeAct, PlanStateAct
from leerp.protocol import ActName, PlanAddAct, PlanDraftAct, Receipt
from records import ledger, notices
from tests.conftest import OpenDrill
from tests.drill import APPROVER, Drill

ANALYST = "malware-analyst-1"
SERVER = {"kind": "ipv4", "value": "198.51.100.7"}


async def document(drill: Drill, identifier: str, kind: str, owner: str, country: str, **more: Any) -> str:
    """An action on the server in two hours, kept as a document."""
    at = wall_clock() + timedelta(hours=2)
    fields: dict[str, Any] = {"id": identifier, "title": kind, "type": kind, "owner": owner, "country": country}
    fields |= {"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=3)).isoformat(), "targets": [SERVER]}
    content = json.dumps(fields | more).encode()
    return await drill.house.intake.keep_document(content, media_type="application/json", marking="BPL")


async def add(drill: Drill, *what: str, **more: Any) -> Receipt:
    """Add an action."""
    return await drill.act(ActName.PLAN_ADD, PlanAddAct, action=await document(drill, *what, **more))


async def launched(drill: Drill) -> None:
    """A launched incident whose early warning is drafted."""
    await drill.classified()
    await drill.launched()
    await drill.until(lambda view: any("(early_warning)" in line for line in view.waiting_for), "the draft")


async def test_a_collision_goes_from_the_proposal_to_its_outcome(open_drill: OpenDrill) -> None:
    """Proposed, accepted, both owners told over the ledger, confirmed by one and by telephone, decided, and closed."""
    async with open_drill() as drill:
        await launched(drill)
        await add(drill, "FR-1", "takedown", "liaison-fr", "FR")
        wanted = await document(drill, "DE-1", "covert_monitoring", "liaison-de", "DE")
        proposed = await drill.act(ActName.PLAN_PROPOSE, PlanProposeAct, action=wanted, proposed_by="liaison-de")
        assert proposed.sentence.endswith("it waits to be accepted or declined. It would collide with 1 actions.")
        (proposal,) = (await drill.view()).plan_proposals
        accepted = await drill.act(ActName.PLAN_ACCEPT, PlanAcceptAct, proposal=proposal.id)
        assert accepted.sentence == (
            f"{proposal.id} is accepted. The plan is now version 2 with 2 actions and 1 conflicts."
            " 2 owners are told whom to call."
        )

        def told(view: IncidentView) -> bool:
            return sum(one.kind is NoticeKind.DECONFLICTION and one.sent == 1 for one in view.notices) == 2

        view = await drill.until(told, "both owners told")
        (alert,) = view.plan_alerts
        assert alert.silent == ("liaison-de", "liaison-fr")
        for side in alert.sides:
            text = await received(drill, str(side.notice), side.owner)
            other = "Germany" if side.owner == "liaison-fr" else "France"
            assert f"Your action {side.action} overlaps with an action of Liaison bureau of {other}" in text
            assert "198.51.100.7" not in text.replace("[.]", ".")
            async with drill.house.store.writing() as tx:
                await ledger.acknowledge(tx, notice=str(side.notice), reader=side.owner, at=wall_clock())
        (alert,) = (await drill.view()).plan_alerts
        assert alert.silent == ()
        decided = await drill.act(ActName.PLAN_OUTCOME, PlanOutcomeAct, alert=alert.id, outcome="delay")
        assert decided.sentence == f"The outcome of {alert.id} is on record: delay."
        await drill.act(ActName.PLAN_STATE, PlanStateAct, action="DE-1", state="cancelled")
        view = await drill.view()
        assert [(one.outcome, one.closed) for one in view.plan_alerts] == [("delay", True)]
        assert not [line for line in view.waiting_for if "alert" in line or "proposes" in line]
        assert [one.choice for one in view.decisions if one.kind.startswith("plan.alert")] == ["delay"]


async def received(drill: Drill, notice: str, reader: str) -> str:
    """The text that a reader was sent."""
    async with drill.house.store.reading() as c:
        lines = await ledger.deliveries(c, notice=notice)
        assert {line.reader for line in lines} == {reader}
        (line,) = [one for one in lines if one.state is not DeliveryState.WITHHELD]
        files = await ledger.variant(c, notice=notice, reader=reader, channel=line.channel)
    return next(file.content.decode() for file in files if file.name == "message.txt")


async def test_who_may_do_what_to_the_plan(open_drill: OpenDrill) -> None:
    """Before the launch nobody; an analyst may propose and not decide; a decision takes a reason; all leave a line."""
    async with open_drill() as drill:
        await drill.classified()
        state: dict[str, Any] = {"action": "A1", "state": "agreed"}
        reasons = [await refused(drill, ActName.PLAN_STATE, PlanStateAct, **state)]
        await drill.launched()
        await drill.until(lambda view: any("(early_warning)" in line for line in view.waiting_for), "the draft")
        wanted = await document(drill, "A1", "search", "liaison-fr", "FR")
        await drill.act(ActName.PLAN_PROPOSE, PlanProposeAct, who=ANALYST, action=wanted, proposed_by="liaison-fr")
        (proposal,) = (await drill.view()).plan_proposals
        reasons += [
            await refused(drill, ActName.PLAN_DECLINE, PlanDeclineAct, who=ANALYST, proposal=proposal.id),
            await refused(drill, ActName.PLAN_DECLINE, PlanDeclineAct, proposal=proposal.id, reason=" "),
            await refused(drill, ActName.PLAN_OUTCOME, PlanOutcomeAct, alert="AL-1", outcome="joint"),
            await refused(drill, ActName.PLAN_STATE, PlanStateAct, **state),
            await refused(drill, ActName.PLAN_ADD, PlanAddAct, action=await circle(drill)),
        ]
        assert reasons == [
            *("wrong_phase", "not_authorised", "reason_missing", "unknown_subject", "unknown_subject", "bad_input"),
        ]
        declined = await drill.act(ActName.PLAN_DECLINE, PlanDeclineAct, proposal=proposal.id, who=APPROVER)
        assert declined.sentence == f"{proposal.id} is declined; the plan stays as it is."
        assert (await drill.kinds())["desk.act.refused"] == len(reasons)


async def refused(drill: Drill, name: ActName, act_type: type[Any], /, **fields: Any) -> str:
    """Do an act that must be refused; the reason."""
    with pytest.raises(RefusedError) as caught:
        await drill.act(name, act_type, **fields)
    return caught.value.reason


async def circle(drill: Drill) -> str:
    """Two actions that wait for each other, in one file."""
    at = wall_clock() + timedelta(hours=2)
    fields = {"title": "x", "type": "search", "owner": "liaison-fr", "country": "FR"}
    window = {"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=1)).isoformat()}
    actions = [{"id": one, "after": [other], **fields, **window} for one, other in (("A1", "A2"), ("A2", "A1"))]
    content = json.dumps({"actions": actions}).encode()
    return await drill.house.intake.keep_document(content, media_type="application/json", marking="BPL")


async def test_what_passes_raises_itself_while_nobody_does_anything(open_drill: OpenDrill) -> None:
    """An action whose window ends in two seconds is overdue then, and what needs it is blocked, without any act."""
    async with open_drill() as drill:
        await launched(drill)
        now = wall_clock()
        window = {
            "starts_at": (now - timedelta(hours=1)).isoformat(),
            "ends_at": (now + timedelta(seconds=2)).isoformat(),
        }
        await add(drill, "A1", "search", "liaison-fr", "FR", **window)
        await add(drill, "A2", "arrest", "liaison-fr", "FR", targets=[], needs=["A1"])
        assert not [line for line in (await drill.view()).waiting_for if "plan state" in line]

        def raised(view: IncidentView) -> bool:
            return {
                "the state of action A1: its window has passed (plan state)",
                "a way on for action A2: A1 is overdue (plan state, plan add)",
            } <= set(view.waiting_for)

        await drill.until(raised, "A1 overdue")
        kinds = await drill.kinds()
        assert (kinds["plan.action.overdue"], kinds["plan.action.blocked"]) == (1, 1)


async def test_eurojust_gets_the_plan_where_the_officer_says_so(open_drill: OpenDrill) -> None:
    """It is a reader of the drafted plan with --eurojust, and not without."""
    async with open_drill() as drill:
        await launched(drill)
        await add(drill, "A1", "search", "liaison-fr", "FR")
        readers = []
        for eurojust in (False, True):
            drafted = await drill.act(ActName.PLAN_DRAFT, PlanDraftAct, eurojust=eurojust)
            async with drill.house.store.reading() as c:
                readers.append(set(await notices.audience(c, str(drafted.notice))))
        assert readers[1] - readers[0] == {"eurojust"}
