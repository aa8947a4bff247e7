"""The rota of the team: planned, changed ahead, and handed over from shift to shift.

A search takes seconds, and other acts do not wait for it: it is done before this act takes its turn. Whoever is
overtaken by another change of the rota, or by a shift that begins meanwhile, seeks again.
"""

from collections.abc import Callable
from datetime import timedelta

from activities.handover import HandoverActivities
from activities.rostering import RosteringActivities
from activities.rostering_messages import AskRota, ConfirmHandover, PublishRota, SolveRota
from leerp.protocol import Act, Receipt, RefusalReason
from leerp.rota import MAX_DAYS
from leerp.rota_acts import TeamChangeAct, TeamConfirmAct, TeamPlanAct
from leerp.stakeholders import CENTRE_ROLES, Role
from workflows import agenda
from workflows.calls import call, call_long
from workflows.incident import Incident
from workflows.refusing import need_role, refuse

ATTEMPTS = 4
"""How often an act that is overtaken seeks again."""


class _OvertakenError(Exception):
    """Another change came first."""


def check_plan(incident: Incident, act: TeamPlanAct) -> None:
    """An officer, once launched, for a time that lies ahead and is not too long."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    incident.need_launched()
    now = incident.now()
    starts_at = act.starts_at or now
    if act.starts_at is not None and act.starts_at < now:
        refuse("The rota would begin in the past; leave --from out to begin now.", RefusalReason.NOTHING_TO_DO)
    if act.ends_at is not None and act.ends_at <= starts_at:
        refuse("The rota ends before it begins; give a later --until.", RefusalReason.NOTHING_TO_DO)
    if act.ends_at is not None and act.ends_at - starts_at > timedelta(days=MAX_DAYS):
        refuse(f"A rota is at most {MAX_DAYS} days long; plan on when it has begun.", RefusalReason.NOTHING_TO_DO)


async def plan(incident: Incident, act: TeamPlanAct) -> Receipt:
    """Plan shifts; the answer says what they lack."""
    return await _make(incident, act, lambda: check_plan(incident, act), plan=act)


def check_change(incident: Incident, act: TeamChangeAct) -> None:
    """An officer, once launched."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    incident.need_launched()


async def change(incident: Incident, act: TeamChangeAct) -> Receipt:
    """Change what lies ahead."""
    return await _make(incident, act, lambda: check_change(incident, act), change=act)


async def _make(
    incident: Incident,
    act: Act,
    check: Callable[[], None],
    *,
    plan: TeamPlanAct | None = None,
    change: TeamChangeAct | None = None,
) -> Receipt:
    for _ in range(ATTEMPTS):
        done = next((receipt for name, receipt in incident.state.receipts if name == act.act), None)
        if done is not None:
            return done
        question = await call(
            RosteringActivities.ask, AskRota(**incident.act_fact(act), plan=plan, change=change), refusable=True
        )
        document = question.frame
        if question.problem is not None:
            request = SolveRota(**incident.act_fact(act), frame=question.frame, problem=question.problem)
            found = await call_long(RosteringActivities.solve, request, summary="the rota")
            document = found.document

        async def deed(document: str = document) -> Receipt:
            request = PublishRota(**incident.act_fact(act), document=document, plan=plan, change=change)
            published = await call(RosteringActivities.publish, request)
            if published.overtaken:
                raise _OvertakenError
            agenda.look_soon(incident)
            return incident.receipt(published.journal_seq, published.sentence)

        try:
            return await incident.perform(act, check, deed)
        except _OvertakenError:
            continue
    return refuse("The rota was being changed by others all the while; try again.", RefusalReason.NOTHING_TO_DO)


def check_confirm(incident: Incident, act: TeamConfirmAct) -> None:
    """Anybody of the centre, once launched; whose turn it is, the rota says."""
    need_role(act, *CENTRE_ROLES)
    incident.need_launched()


async def confirm(incident: Incident, act: TeamConfirmAct) -> Receipt:
    """Take a shift over."""

    async def deed() -> Receipt:
        approver = Role.APPROVER in act.actor.roles
        request = ConfirmHandover(**incident.act_fact(act), shift=act.shift, approver=approver, reason=act.reason)
        done = await call(HandoverActivities.confirm, request, refusable=True)
        agenda.look_soon(incident)
        return incident.receipt(done.journal_seq, f"{act.actor.id} has taken over shift {done.shift}.")

    return await incident.perform(act, lambda: check_confirm(incident, act), deed)
