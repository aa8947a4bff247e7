"""Step VII, closure: contained, approved, told to exactly those who were told of the launch."""

from activities.closing import ClosingActivities
from activities.messages import CloseIncident, DraftNotice
from leerp.incidents import Status
from leerp.journal import JournalKind
from leerp.notices import NoticeKind
from leerp.protocol import ActName, CloseAct, Pending, Receipt
from leerp.stakeholders import Role
from workflows.calls import call
from workflows.command_posts import archive_all
from workflows.coordination import announce
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role, need_second_person
from workflows.waiting import Wait


async def close(incident: Incident, wait: Wait) -> None:
    """Send the closure notice, wait until every reader has been tried, and end the incident."""
    closing = incident.state.closing
    outcome, reason = (closing.choice, closing.reason) if closing else ("", "")
    incident.change(drafts=())
    if not incident.sent_of(NoticeKind.CLOSURE):
        ending = {"kind": NoticeKind.CLOSURE, "outcome": outcome, "reason": reason, "may_be_empty": True}
        await announce(incident, DraftNotice(**incident.fact("closure"), **ending))
    sent = incident.sent_of(NoticeKind.CLOSURE)
    await wait(lambda: sent is not None and incident.fanned_out(sent.notice))
    await archive_all(incident)
    end = CloseIncident(**incident.fact("end"), status=Status.CLOSED, outcome=outcome, reason=reason)
    await call(ClosingActivities.end, end)
    incident.change(closed=True)
    await incident.show()


def check_propose(incident: Incident, act: CloseAct) -> None:
    """An officer or approver with a reason, once launched; the confirmation by a second person."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_launched()
    pending = incident.state.closing
    if pending and pending.choice == act.outcome:
        need_second_person(act, first=pending.actor, first_is_approver=pending.approver)


async def propose(incident: Incident, act: CloseAct) -> Receipt:
    """Propose that the threat is contained, or confirm it."""

    async def deed() -> Receipt:
        pending = incident.state.closing
        confirms = pending is not None and pending.choice == act.outcome
        approver = Role.APPROVER in act.actor.roles
        mine = Pending(choice=act.outcome, reason=act.reason, actor=act.actor.id, approver=approver)
        if ActName.CLOSE in incident.start.policy.four_eyes and not confirms:
            data = {"choice": act.outcome, "reason": act.reason}
            seq = await incident.record(JournalKind.CLOSURE_CONTAINMENT_PROPOSED, data, act=act)
            incident.change(closing=mine)
            return incident.receipt(seq, "Closure proposed; a second person must confirm it.", pending_approval=True)
        first = pending if pending and confirms else mine
        data = {"choice": act.outcome, "reason": first.reason, "proposed_by": first.actor, "approved_by": act.actor.id}
        seq = await incident.record(JournalKind.CLOSURE_CONTAINMENT_APPROVED, data, act=act)
        incident.change(closing=first, closing_approved=True)
        return incident.receipt(seq, "Closure approved; the closure notice goes to all who were told of the launch.")

    return await incident.perform(act, lambda: check_propose(incident, act), deed)
