"""What people do about the plan beside adding to it: proposals, how far actions are, alerts; and telling owners."""

from activities.plan_alerts import PlanAlertActivities
from activities.planning import PlanningActivities
from activities.planning_messages import (
    DecideAlert,
    DecideProposal,
    MoveAction,
    PlanChanged,
    ProposeAction,
    Told,
)
from leerp.notices import NoticeKind
from leerp.plan_acts import PlanAcceptAct, PlanDeclineAct, PlanOutcomeAct, PlanProposeAct, PlanStateAct
from leerp.protocol import Act, Receipt
from leerp.stakeholders import Role
from workflows.agenda import look_soon
from workflows.calls import call
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role


def check(incident: Incident, act: Act) -> None:
    """An officer or analyst, once launched."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    incident.need_launched()


def check_proposal(incident: Incident, act: PlanProposeAct) -> None:
    """Whoever may change the plan, and people of a stakeholder for their own, once launched."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER, Role.LIAISON, Role.STAKEHOLDER)
    incident.need_launched()


def check_decision(incident: Incident, act: Act) -> None:
    """An officer or approver with a reason, once launched."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_launched()


async def propose(incident: Incident, act: PlanProposeAct) -> Receipt:
    """Record what a stakeholder proposes."""

    async def deed() -> Receipt:
        fact = incident.act_fact(act)
        request = ProposeAction(**fact, action=act.action, proposed_by=act.proposed_by, reason=act.reason)
        done = await call(PlanningActivities.propose, request, refusable=True)
        collides = f" It would collide with {done.conflicts} actions." if done.conflicts else ""
        sentence = f"Recorded as {done.proposal}; it waits to be accepted or declined.{collides}"
        return incident.receipt(done.journal_seq, sentence)

    return await incident.perform(act, lambda: check_proposal(incident, act), deed)


async def accept(incident: Incident, act: PlanAcceptAct) -> Receipt:
    """Take a proposal into the plan."""

    async def deed() -> Receipt:
        request = DecideProposal(**incident.act_fact(act), proposal=act.proposal, reason=act.reason)
        changed = await call(PlanningActivities.accept, request, refusable=True)
        await take_over(incident, changed)
        look_soon(incident)
        return incident.receipt(changed.journal_seq, f"{act.proposal} is accepted. {sentence_of(changed)}")

    return await incident.perform(act, lambda: check(incident, act), deed)


async def decline(incident: Incident, act: PlanDeclineAct) -> Receipt:
    """Decline a proposal."""

    async def deed() -> Receipt:
        request = DecideProposal(**incident.act_fact(act), proposal=act.proposal, reason=act.reason)
        done = await call(PlanningActivities.decline, request, refusable=True)
        return incident.receipt(done.journal_seq, f"{act.proposal} is declined; the plan stays as it is.")

    return await incident.perform(act, lambda: check_decision(incident, act), deed)


async def move(incident: Incident, act: PlanStateAct) -> Receipt:
    """Say how far an action is."""

    async def deed() -> Receipt:
        request = MoveAction(**incident.act_fact(act), action=act.action, state=act.state, reason=act.reason)
        moved = await call(PlanningActivities.move, request, refusable=True)
        await tell(incident, moved.told)
        look_soon(incident)
        sentence = f"{act.action} is {act.state.value}, before {moved.before.value}."
        sentence += f" Mind that {', '.join(moved.hindrances)}." if moved.hindrances else ""
        return incident.receipt(moved.journal_seq, sentence)

    return await incident.perform(act, lambda: check(incident, act), deed)


async def decide(incident: Incident, act: PlanOutcomeAct) -> Receipt:
    """Record the outcome of an alert."""

    async def deed() -> Receipt:
        request = DecideAlert(**incident.act_fact(act), alert=act.alert, outcome=act.outcome, reason=act.reason)
        done = await call(PlanAlertActivities.decide, request, refusable=True)
        look_soon(incident)
        return incident.receipt(done.journal_seq, f"The outcome of {act.alert} is on record: {act.outcome.value}.")

    return await incident.perform(act, lambda: check_decision(incident, act), deed)


async def take_over(incident: Incident, changed: PlanChanged) -> None:
    """Remember the version that stands now, and tell the owners of what collides."""
    incident.change(plan_version=changed.version)
    await tell(incident, changed.told)


def sentence_of(changed: PlanChanged) -> str:
    """What became of the plan."""
    told = f" {len(changed.told)} owners are told whom to call." if changed.told else ""
    return (
        f"The plan is now version {changed.version} with {changed.actions} actions"
        f" and {changed.conflicts} conflicts.{told}"
    )


async def tell(incident: Incident, told: tuple[Told, ...]) -> None:
    """Send what tells the owners; that to an owner in another incident's plan as a notice of that incident."""
    for one in told:
        if one.incident == incident.reference:
            await incident.disseminate(one.notice, NoticeKind.DECONFLICTION)
            continue
        summary = f"an overlap with {one.incident}"
        await incident.tell_readers(one.incident, one.notice, NoticeKind.DECONFLICTION, summary=summary)
