"""What a new classification brings once the protocol is launched: the level goes up or down, and readers are told.

Nothing goes out by itself: a draft waits for release, and an end waits for a decision (seed, II and VI).
"""

from activities.messages import Classified, DraftNotice, Graded
from leerp.incidents import Choice, Phase
from leerp.journal import JournalKind
from leerp.notices import NoticeKind, Relation
from leerp.protocol import Receipt, ReconsiderAct, RefusalReason, Threat
from leerp.stakeholders import Role
from workflows import releasing
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role, refuse


async def follow(incident: Incident, done: Classified | Graded, *, because: str) -> None:
    """Take note of the level; after the launch journal a change, and draft the notice that tells of it."""
    if done.level_rank is None:  # by an activity of 0.2.0
        return
    threat = Threat(level=done.level, rank=done.level_rank)
    before = incident.state.threat
    incident.change(threat=threat)
    if incident.state.phase.rank < Phase.COORDINATION.rank or incident.state.closing_approved:
        return
    incident.change(in_doubt=done.recommendation is not Choice.LAUNCH)
    if before is None or before.rank == threat.rank:
        return
    raised = threat.rank > before.rank
    kind = JournalKind.TRIAGE_LEVEL_RAISED if raised else JournalKind.TRIAGE_LEVEL_LOWERED
    await incident.record(kind, {"before": before.level, "level": threat.level, "because": because})
    await _draft(incident, f"the level is {threat.level} now; it was {before.level}")


async def _draft(incident: Incident, reason: str) -> None:
    """Draft an update, or the early warning anew where it waits for release; before that the draft is still to come."""
    if incident.sent_of(NoticeKind.EARLY_WARNING):
        kind = NoticeKind.UPDATE
    elif any(one.kind is NoticeKind.EARLY_WARNING and one.relation is None for one in incident.state.drafts):
        kind = NoticeKind.EARLY_WARNING
    else:
        return
    if any(one.kind is kind and one.relation not in (None, Relation.RECALLS) for one in incident.state.drafts):
        return  # people are about to replace or correct something; what they draft tells the level as it is then
    await releasing.draft(
        incident, DraftNotice(**incident.fact("reclassified"), kind=kind, may_be_empty=True, reason=reason)
    )


def check(incident: Incident, act: ReconsiderAct) -> None:
    """An officer or approver with a reason, when a launched protocol is recommended no more."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_launched()
    if not incident.state.in_doubt:
        refuse(
            "The protocol is still what is recommended; there is nothing to reconsider.", RefusalReason.NOTHING_TO_DO
        )


async def reconsider(incident: Incident, act: ReconsiderAct) -> Receipt:
    """Go on although something else is recommended: a decision against the recommendation, on record as such."""

    async def deed() -> Receipt:
        recommended = incident.state.recommended
        data = {"choice": Choice.LAUNCH.value, "reason": act.reason, "against_recommendation": True}
        data |= {"recommended": recommended.value} if recommended else {}
        seq = await incident.record(JournalKind.TRIAGE_DECISION_KEPT, data, act=act)
        incident.change(in_doubt=False)
        return incident.receipt(seq, "The protocol goes on.")

    return await incident.perform(act, lambda: check(incident, act), deed)
