"""Releasing: a drafted notice waits until people let it go, two of them where the policy says so."""

from activities.drafting import DraftingActivities
from activities.messages import DraftNotice, ReleaseNotice
from leerp.journal import JournalKind
from leerp.notices import NoticeKind
from leerp.protocol import ActName, Draft, Receipt, RefusalReason, ReleaseAct
from leerp.stakeholders import Role
from workflows.calls import call
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role, need_second_person, refuse

_PROPOSED = {
    NoticeKind.EARLY_WARNING: JournalKind.WARNING_RELEASE_PROPOSED,
    NoticeKind.ACTION_PLAN: JournalKind.PLAN_RELEASE_PROPOSED,
    NoticeKind.UPDATE: JournalKind.INVESTIGATION_RELEASE_PROPOSED,
}


async def draft(incident: Incident, request: DraftNotice) -> Receipt:
    """Draft a notice that people will release; it takes the place of an unreleased draft of the same kind."""
    minutes = incident.start.policy.acknowledge_within_minutes.get(request.kind)
    dated = request.model_copy(update={"acknowledge_within_minutes": minutes})
    drafted = await call(DraftingActivities.draft, dated, refusable=not request.may_be_empty)
    fresh = Draft(
        notice=drafted.notice,
        kind=request.kind,
        drafted_by=request.actor,
        plan_version=incident.state.plan_version if request.kind is NoticeKind.ACTION_PLAN else 0,
    )
    kept = (one for one in incident.state.drafts if one.kind is not request.kind)
    incident.change(drafts=(*kept, fresh))
    sentence = f"Drafted {request.kind.value} {drafted.notice} for {drafted.readers} readers; it waits for release."
    return incident.receipt(drafted.journal_seq, sentence, notice=drafted.notice)


def check_release(incident: Incident, act: ReleaseAct) -> None:
    """An officer or approver with a reason; the approval by somebody else than who proposed the release."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_launched()
    waiting = _draft_of(incident, act.notice)
    if waiting is None:
        refuse(f"No draft {act.notice} waits for release in {incident.reference}.", RefusalReason.UNKNOWN_SUBJECT)
    if waiting.proposed_by and ActName.RELEASE in incident.start.policy.four_eyes:
        need_second_person(act, first=waiting.proposed_by, first_is_approver=waiting.proposed_by_approver)


def _draft_of(incident: Incident, notice: str) -> Draft | None:
    return next((one for one in incident.state.drafts if one.notice == notice), None)


async def release(incident: Incident, act: ReleaseAct) -> Receipt:
    """Release a draft; the first of two people proposes it, the second lets it go."""

    async def deed() -> Receipt:
        waiting = _draft_of(incident, act.notice)
        if waiting is None:  # the check has refused this; said again for the reader of types
            refuse(f"No draft {act.notice} waits for release.", RefusalReason.UNKNOWN_SUBJECT)
        if ActName.RELEASE in incident.start.policy.four_eyes and waiting.proposed_by is None:
            return await _propose(incident, act, waiting)
        return await _let_go(incident, act, waiting)

    return await incident.perform(act, lambda: check_release(incident, act), deed)


async def _propose(incident: Incident, act: ReleaseAct, waiting: Draft) -> Receipt:
    data = {"notice": act.notice, "reason": act.reason}
    seq = await incident.record(_PROPOSED[waiting.kind], data, act=act)
    approver = Role.APPROVER in act.actor.roles
    who = {"proposed_by": act.actor.id, "proposed_by_approver": approver, "proposed_reason": act.reason}
    proposed = waiting.model_copy(update=who)
    incident.change(drafts=tuple(proposed if one.notice == act.notice else one for one in incident.state.drafts))
    return incident.receipt(
        seq, "Proposed for release; a second person must approve it.", pending_approval=True, notice=act.notice
    )


async def _let_go(incident: Incident, act: ReleaseAct, waiting: Draft) -> Receipt:
    fact = ReleaseNotice(
        **incident.act_fact(act),
        notice=act.notice,
        kind=waiting.kind,
        reason=waiting.proposed_reason if waiting.proposed_by else act.reason,
        proposed_by=waiting.proposed_by,
        approval_reason=act.reason if waiting.proposed_by else "",
        restrictions_read=act.restrictions_read,
    )
    done = await call(DraftingActivities.release, fact)
    await incident.disseminate(act.notice, waiting.kind)
    incident.change(drafts=tuple(one for one in incident.state.drafts if one.notice != act.notice))
    if waiting.kind is NoticeKind.ACTION_PLAN:
        incident.change(plan_sent_version=waiting.plan_version)
    return incident.receipt(done.journal_seq, f"Released; {waiting.kind.value} goes out now.", notice=act.notice)
