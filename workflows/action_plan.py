"""Step V, the operational action plan: call the meeting, collect actions, find conflicts, agree, disseminate."""

from temporalio import workflow

from activities.messages import AddAction, AgreePlan, DraftNotice
from activities.planning import PlanningActivities
from leerp.notices import NoticeKind
from leerp.protocol import PlanAddAct, PlanAgreeAct, PlanDraftAct, Receipt, RefusalReason
from leerp.stakeholders import Role
from workflows import releasing
from workflows.agenda import look_soon
from workflows.calls import call
from workflows.incident import Incident
from workflows.plan_changes import sentence_of, take_over
from workflows.refusing import need_role, refuse
from workflows.relations import check_earlier
from workflows.waiting import Wait

AGENDA = "issue5-plan-agenda"
"""Plans that were changed earlier are looked at when they change again."""


async def plan(incident: Incident, wait: Wait) -> None:
    """Wait until a first version of the plan has been disseminated."""
    await incident.show()
    await wait(lambda: incident.state.closing_approved or incident.state.plan_sent_version > 0)


def check_add(incident: Incident, act: PlanAddAct) -> None:
    """An officer or analyst, once launched."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    incident.need_launched()


async def add(incident: Incident, act: PlanAddAct) -> Receipt:
    """Add or replace an action; conflicts are found at once."""

    async def deed() -> Receipt:
        request = AddAction(**incident.act_fact(act), action=act.action, reason=act.reason)
        changed = await call(PlanningActivities.add, request, refusable=True)
        await take_over(incident, changed)
        if workflow.patched(AGENDA):
            look_soon(incident)
        return incident.receipt(changed.journal_seq, sentence_of(changed))

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
    check_earlier(incident, act, NoticeKind.ACTION_PLAN)


async def draft(incident: Incident, act: PlanDraftAct) -> Receipt:
    """Draft the notice that carries the plan as it stands."""

    async def deed() -> Receipt:
        request = DraftNotice(
            **incident.act_fact(act),
            kind=NoticeKind.ACTION_PLAN,
            eurojust=act.eurojust,
            relation=act.relation,
            earlier=act.earlier,
            reason=act.reason,
        )
        return await releasing.draft(incident, request)

    return await incident.perform(act, lambda: check_draft(incident, act), deed)
