"""Recalling: a notice that was sent is taken back, on the word of as many people as it takes to release it."""

from activities.messages import DraftNotice
from leerp.notices import NoticeKind, Relation
from leerp.protocol import Receipt, RefusalReason, ReleaseAct
from leerp.restrictions import RecallAct
from leerp.stakeholders import Role
from workflows import releasing
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role, refuse

_NOT_TAKEN_BACK = (NoticeKind.CLOSURE, NoticeKind.PROVIDER, NoticeKind.DECONFLICTION)
"""A closure ends the incident; what a provider was asked or told stays asked or told, and so does an overlap."""


def check(incident: Incident, act: RecallAct) -> None:
    """An officer or approver with a reason, for a notice that was released and still stands."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_launched()
    if incident.standing(act.notice).kind in _NOT_TAKEN_BACK:
        refuse(f"{act.notice} cannot be recalled.", RefusalReason.UNKNOWN_SUBJECT)
    drafted = next((one for one in incident.state.drafts if _takes_back(one.relation, one.earlier, act)), None)
    if drafted is not None:
        sentence = f"{drafted.notice} recalls {act.notice} already, and waits for release (release)."
        refuse(sentence, RefusalReason.NOTHING_TO_DO)


def _takes_back(relation: Relation | None, earlier: str | None, act: RecallAct) -> bool:
    return relation is Relation.RECALLS and earlier == act.notice


async def recall(incident: Incident, act: RecallAct) -> Receipt:
    """Draft the recall and propose it, in one; where one person may release it, it goes out at once."""

    async def deed() -> Receipt:
        kind = incident.standing(act.notice).kind
        related = {"relation": Relation.RECALLS, "earlier": act.notice}
        request = DraftNotice(**incident.act_fact(act), **related, kind=kind, reason=act.reason)
        drafted = await releasing.draft(incident, request)
        waiting = incident.state.drafts[-1]
        word = ReleaseAct(act=act.act, actor=act.actor, reason=act.reason, notice=waiting.notice)
        if not incident.start.policy.two_release(waiting.level):
            return await releasing.let_go(incident, word, waiting)
        proposed = await releasing.propose(incident, word, waiting)
        sentence = f"{drafted.notice} recalls {act.notice}; a second person must release it (release)."
        return proposed.model_copy(update={"sentence": sentence})

    return await incident.perform(act, lambda: check(incident, act), deed)
