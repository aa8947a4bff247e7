"""Releasing: a drafted notice waits until people let it go, two of them where the policy says so."""

from activities.drafting import DraftingActivities
from activities.messages import Drafted, DraftNotice, ReleaseNotice
from activities.pool_drafting import PoolDraftingActivities
from activities.product_messages import DraftFromPool
from leerp.journal import JournalKind
from leerp.notices import NoticeKind, Relation
from leerp.protocol import Draft, Receipt, RefusalReason, ReleaseAct
from leerp.stakeholders import Role
from workflows.calls import call, call_long
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role, need_second_person, refuse

WARNINGS = (NoticeKind.EARLY_WARNING, NoticeKind.UPDATE)
"""The kinds that tell the level of the classification."""

_PROPOSED = {
    NoticeKind.LAUNCH_INTERNAL: JournalKind.COORDINATION_RELEASE_PROPOSED,
    NoticeKind.LAUNCH_EXTERNAL: JournalKind.COORDINATION_RELEASE_PROPOSED,
    NoticeKind.MEETING: JournalKind.PLAN_RELEASE_PROPOSED,
    NoticeKind.EARLY_WARNING: JournalKind.WARNING_RELEASE_PROPOSED,
    NoticeKind.ACTION_PLAN: JournalKind.PLAN_RELEASE_PROPOSED,
    NoticeKind.UPDATE: JournalKind.INVESTIGATION_RELEASE_PROPOSED,
    NoticeKind.PRODUCT: JournalKind.INVESTIGATION_RELEASE_PROPOSED,
    NoticeKind.PACKAGE: JournalKind.INVESTIGATION_RELEASE_PROPOSED,
}


async def draft(incident: Incident, request: DraftNotice) -> Receipt:
    """Draft a notice that people will release; it takes the place of an unreleased draft of the same kind.

    A recall stands beside every other draft: it is not a fresh version of anything.
    """
    dated = request.model_copy(update=incident.start.policy.deadlines(request.kind) | _before(incident))
    drafted = await _drafted(dated)
    fresh = Draft(
        notice=drafted.notice,
        kind=request.kind,
        drafted_by=request.actor,
        plan_version=incident.state.plan_version if request.kind is NoticeKind.ACTION_PLAN else 0,
        level=drafted.level,
        restricted_by=drafted.restricted_by,
        relation=request.relation,
        earlier=request.earlier,
        threat=incident.state.threat,
        subject=request.subject if isinstance(request, DraftFromPool) else None,
    )
    recalls = request.relation is Relation.RECALLS
    kept = [one for one in incident.state.drafts if recalls or not _displaces(one, fresh)]
    incident.change(drafts=(*kept, fresh))
    sentence = f"Drafted {request.kind.value} {drafted.notice} for {drafted.readers} readers; it waits for release."
    sentence = " ".join((sentence, *drafted.notes))
    return incident.receipt(drafted.journal_seq, sentence, notice=drafted.notice)


def _before(incident: Incident) -> dict[str, str]:
    """What the readers were told last, for whoever tells them anew."""
    told = incident.state.told_threat
    return {"level_before": told.level} if told else {}


def _displaces(one: Draft, fresh: Draft) -> bool:
    """Whether a draft is about the same thing as a fresh one."""
    same = (one.kind, one.subject) == (fresh.kind, fresh.subject)
    return same and one.relation is not Relation.RECALLS


async def _drafted(request: DraftNotice) -> Drafted:
    """The draft; what is taken from the pool may take longer than others."""
    if isinstance(request, DraftFromPool):
        what = f"draft the {request.kind.value} of {request.subject}"
        return await call_long(PoolDraftingActivities.draft, request, summary=what, refusable=True)
    return await call(DraftingActivities.draft, request, refusable=not request.may_be_empty)


def check_release(incident: Incident, act: ReleaseAct) -> None:
    """An officer or approver with a reason; the approval by somebody else than who proposed the release."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_launched()
    waiting = _draft_of(incident, act.notice)
    if waiting is None:
        refuse(f"No draft {act.notice} waits for release in {incident.reference}.", RefusalReason.UNKNOWN_SUBJECT)
    if waiting.earlier is not None:
        incident.standing(waiting.earlier)
    if waiting.proposed_by and incident.start.policy.two_release(waiting.level):
        need_second_person(act, first=waiting.proposed_by, first_is_approver=waiting.proposed_by_approver)


def _draft_of(incident: Incident, notice: str) -> Draft | None:
    return next((one for one in incident.state.drafts if one.notice == notice), None)


async def release(incident: Incident, act: ReleaseAct) -> Receipt:
    """Release a draft; the first of two people proposes it, the second lets it go."""

    async def deed() -> Receipt:
        waiting = _draft_of(incident, act.notice)
        if waiting is None:  # the check has refused this; said again for the reader of types
            refuse(f"No draft {act.notice} waits for release.", RefusalReason.UNKNOWN_SUBJECT)
        if incident.start.policy.two_release(waiting.level) and waiting.proposed_by is None:
            return await propose(incident, act, waiting)
        return await let_go(incident, act, waiting)

    return await incident.perform(act, lambda: check_release(incident, act), deed)


async def propose(incident: Incident, act: ReleaseAct, waiting: Draft) -> Receipt:
    """The word of the first of two people."""
    data = {"notice": act.notice, "reason": act.reason}
    data |= {"ground": act.ground.value} if act.ground else {}
    seq = await incident.record(_PROPOSED[waiting.kind], data, act=act)
    approver = Role.APPROVER in act.actor.roles
    who = {"proposed_by": act.actor.id, "proposed_by_approver": approver, "proposed_reason": act.reason}
    who |= {"proposed_ground": act.ground}
    proposed = waiting.model_copy(update=who)
    incident.change(drafts=tuple(proposed if one.notice == act.notice else one for one in incident.state.drafts))
    sentence = "Proposed for release; a second person must approve it."
    if waiting.restricted_by:
        whose = ", ".join(waiting.restricted_by)
        sentence += f" It holds restrictions in words (H3) of {whose}: whoever has read them says --restrictions-read."
    return incident.receipt(seq, sentence, pending_approval=True, notice=act.notice)


async def let_go(incident: Incident, act: ReleaseAct, waiting: Draft) -> Receipt:
    """Release and disseminate; the answer names what is withheld because nobody has read its restriction."""
    fact = ReleaseNotice(
        **incident.act_fact(act),
        notice=act.notice,
        kind=waiting.kind,
        reason=waiting.proposed_reason if waiting.proposed_by else act.reason,
        proposed_by=waiting.proposed_by,
        approval_reason=act.reason if waiting.proposed_by else "",
        restrictions_read=act.restrictions_read,
        ground=act.ground or waiting.proposed_ground,
    )
    done = await call(DraftingActivities.release, fact)
    await incident.disseminate(act.notice, waiting.kind, relation=waiting.relation, earlier=waiting.earlier)
    incident.change(drafts=tuple(one for one in incident.state.drafts if one.notice != act.notice))
    if waiting.kind in WARNINGS and waiting.relation is not Relation.RECALLS:
        incident.change(told_threat=waiting.threat)
    if waiting.kind is NoticeKind.ACTION_PLAN:
        incident.change(plan_sent_version=waiting.plan_version)
    sentence = f"Released; {waiting.kind.value} goes out now."
    if waiting.restricted_by and not act.restrictions_read:
        whose = ", ".join(waiting.restricted_by)
        sentence += f" Withheld from everybody: what {whose} restricted in words (H3), for nobody has read it."
    return incident.receipt(done.journal_seq, sentence, notice=act.notice)
