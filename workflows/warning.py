"""Step IV, early warning: draft, wait for release, disseminate, feed the Blueprint."""

from activities.drafting import DraftingActivities
from activities.messages import DraftNotice, NoticeTask
from leerp.model import iso
from leerp.notices import NoticeKind, Relation
from leerp.protocol import Receipt, RefusalReason, WarnAct
from leerp.stakeholders import Role
from workflows import releasing
from workflows.calls import call
from workflows.incident import Incident
from workflows.refusing import need_role, refuse
from workflows.relations import check_earlier
from workflows.waiting import Wait


async def warn(incident: Incident, wait: Wait) -> None:
    """Draft the early warning, wait until people release it, and record what the Blueprint got of it."""
    if not incident.sent_of(NoticeKind.EARLY_WARNING) and not _drafted(incident):
        draft_ = DraftNotice(**incident.fact("warning"), kind=NoticeKind.EARLY_WARNING, may_be_empty=True)
        async with incident.lock:
            await releasing.draft(incident, draft_)
    await incident.show()
    await wait(lambda: incident.state.closing_approved or incident.sent_of(NoticeKind.EARLY_WARNING) is not None)
    sent = incident.sent_of(NoticeKind.EARLY_WARNING)
    if sent is None or incident.state.blueprint_fed:
        return
    await wait(lambda: incident.fanned_out(sent.notice))
    feed = NoticeTask(**incident.fact("blueprint"), notice=sent.notice, kind=sent.kind, mode=incident.start.mode)
    await call(DraftingActivities.feed_blueprint, feed)
    incident.change(blueprint_fed=True)


def _drafted(incident: Incident) -> bool:
    drafts = incident.state.drafts
    return any(one.kind is NoticeKind.EARLY_WARNING and one.relation is not Relation.RECALLS for one in drafts)


def check_draft(incident: Incident, act: WarnAct) -> None:
    """An officer or analyst, once launched; an update only after an early warning, and the next one ahead."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    incident.need_launched()
    if act.kind is NoticeKind.UPDATE and not incident.sent_of(NoticeKind.EARLY_WARNING):
        refuse("There is no early warning to update yet; draft an early_warning.", RefusalReason.NOTHING_TO_DO)
    if act.next_update_at is not None and act.next_update_at <= incident.now():
        sentence = f"The next update is announced for {iso(act.next_update_at)}, which has passed; give a later time."
        refuse(sentence, RefusalReason.NOTHING_TO_DO)
    check_earlier(incident, act, act.kind)


async def draft(incident: Incident, act: WarnAct) -> Receipt:
    """Draft it afresh from what is known now, in place of a draft of the same kind."""

    async def deed() -> Receipt:
        request = DraftNotice(
            **incident.act_fact(act),
            kind=act.kind,
            relation=act.relation,
            earlier=act.earlier,
            next_update_at=act.next_update_at,
            reason=act.reason,
        )
        return await releasing.draft(incident, request)

    return await incident.perform(act, lambda: check_draft(incident, act), deed)
