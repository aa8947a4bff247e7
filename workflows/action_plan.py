"""Step V, the operational action plan: call the meeting, collect actions, find conflicts, agree, disseminate."""

from activities.messages import AddAction, AgreePlan, DraftNotice
from activities.planning import PlanningActivities
from leerp.journal import JournalKind
from leerp.model import iso
from leerp.notices import NoticeKind
from leerp.protocol import MeetAct, PlanAddAct, PlanAgreeAct, PlanDraftAct, Receipt, RefusalReason
from leerp.stakeholders import Role
from workflows import releasing
from workflows.calls import call
from workflows.coordination import prepare
from workflows.incident import Incident
from workflows.refusing import need_role, refuse
from workflows.waiting import Wait


async def plan(incident: Incident, wait: Wait) -> None:
    """Wait until a first version of the plan has been disseminated."""
    await incident.show()
    await wait(lambda: incident.state.closing_approved or incident.state.plan_sent_version > 0)


def check_meet(incident: Incident, act: MeetAct) -> None:
    """An officer, once launched, for a time that lies ahead."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    incident.need_launched()
    if act.at <= incident.now():
        refuse(f"The meeting is at {iso(act.at)}, which has passed; give a later time.", RefusalReason.NOTHING_TO_DO)


async def meet(incident: Incident, act: MeetAct) -> Receipt:
    """Tell the liaison bureaux, the contact points and where relevant Eurojust of the meeting (seed, V.1)."""

    async def deed() -> Receipt:
        request = DraftNotice(
            **incident.act_fact(act),
            kind=NoticeKind.MEETING,
            eurojust=act.eurojust,
            meeting_at=act.at,
            meeting_place=act.place,
            reason=act.reason,
        )
        drafted = await prepare(incident, request)
        data = {"notice": drafted.notice, "meeting_at": iso(act.at), "minutes": act.minutes, "eurojust": act.eurojust}
        seq = await incident.record(JournalKind.PLAN_MEETING_CALLED, data)
        await incident.disseminate(drafted.notice, request.kind)
        return incident.receipt(seq, f"{drafted.readers} readers are called to the meeting.", notice=drafted.notice)

    return await incident.perform(act, lambda: check_meet(incident, act), deed)


def check_add(incident: Incident, act: PlanAddAct) -> None:
    """An officer or analyst, once launched."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    incident.need_launched()


async def add(incident: Incident, act: PlanAddAct) -> Receipt:
    """Add or replace an action; conflicts are found at once."""

    async def deed() -> Receipt:
        request = AddAction(**incident.act_fact(act), action=act.action, reason=act.reason)
        summary = await call(PlanningActivities.add, request, refusable=True)
        incident.change(plan_version=summary.version)
        sentence = (
            f"The plan is now version {summary.version} with {summary.actions} actions"
            f" and {summary.conflicts} conflicts."
        )
        return incident.receipt(summary.journal_seq, sentence)

    return await incident.perform(act, lambda: check_add(incident, act), deed)


def check_agree(incident: Incident, act: PlanAgreeAct) -> None:
    """An officer, for the version that stands."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    incident.need_launched()
    if act.version != incident.state.plan_version or not act.version:
        stands = incident.state.plan_version
        refuse(f"Version {act.version} is not the plan that stands, which is {stands}.", RefusalReason.UNKNOWN_SUBJECT)


async def agree(incident: Incident, act: PlanAgreeAct) -> Receipt:
    """Record a country's agreement to the plan as it stands."""

    async def deed() -> Receipt:
        request = AgreePlan(**incident.act_fact(act), country=act.country, version=act.version, reason=act.reason)
        done = await call(PlanningActivities.agree, request, refusable=True)
        return incident.receipt(done.journal_seq, f"{act.country} agrees to version {act.version}.")

    return await incident.perform(act, lambda: check_agree(incident, act), deed)


def check_draft(incident: Incident, act: PlanDraftAct) -> None:
    """An officer or analyst, when there is a plan."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    incident.need_launched()
    if not incident.state.plan_version:
        refuse("There is no plan yet; add an action first.", RefusalReason.NOTHING_TO_DO)


async def draft(incident: Incident, act: PlanDraftAct) -> Receipt:
    """Draft the notice that carries the plan as it stands."""

    async def deed() -> Receipt:
        request = DraftNotice(**incident.act_fact(act), kind=NoticeKind.ACTION_PLAN, reason=act.reason)
        return await releasing.draft(incident, request)

    return await incident.perform(act, lambda: check_draft(incident, act), deed)
