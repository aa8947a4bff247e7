"""What providers permit, and what is sent whatever they permit: consent (H2), and the life-threat override."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.messages import LiftRestrictions, RecordConsent
from activities.overriding import OverridingActivities
from activities.permissions import PermissionActivities
from leerp.incidents import Phase
from leerp.journal import JournalKind
from leerp.notices import NoticeKind
from leerp.protocol import ActName, PendingOverride, Receipt, RefusalReason, Signal, dissemination_id
from leerp.restrictions import ConsentAct, OverrideAct
from leerp.stakeholders import Role
from workflows.calls import call
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role, need_second_person, refuse


def check_consent(incident: Incident, act: ConsentAct) -> None:
    """An officer or approver, at any time: permission may be given in advance and taken back."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    incident.need_phase(*Phase)
    if act.notice is None and not act.readers:
        refuse("For a whole incident the readers must be named (--readers).", RefusalReason.UNKNOWN_SUBJECT)


async def consent(incident: Incident, act: ConsentAct) -> Receipt:
    """Write a provider's word down, and let the notices that wait for it go on."""

    async def deed() -> Receipt:
        request = RecordConsent(
            **incident.act_fact(act),
            provider=act.provider,
            readers=act.readers,
            given=act.given,
            notice=act.notice,
            via=act.via,
            reason=act.reason,
        )
        recorded = await call(PermissionActivities.record, request, refusable=True)
        for notice in _meant(incident, act):
            await _tell(incident, notice)
        where = act.notice or "every notice of the incident"
        verb = "permits" if act.given else "does not permit"
        sentence = f"Recorded: {act.provider} {verb} {recorded.readers} readers of {where} its information."
        if recorded.withheld:
            sentence += f" {recorded.withheld} deliveries that had not begun are not made."
        return incident.receipt(recorded.journal_seq, sentence, notice=act.notice)

    return await incident.perform(act, lambda: check_consent(incident, act), deed)


def _meant(incident: Incident, act: ConsentAct) -> list[str]:
    """The notices that may be waiting for this word."""
    if act.notice is not None:
        return [act.notice]
    gone = {one.earlier for one in incident.state.notices}
    mine = (NoticeKind.PROVIDER,)
    return [one.notice for one in incident.state.notices if one.notice not in gone and one.kind not in mine]


async def _tell(incident: Incident, notice: str) -> None:
    """Tell the dissemination of a notice; one that has ended, or has not begun, does not wait."""
    handle = workflow.get_external_workflow_handle(dissemination_id(incident.reference, notice))
    try:
        await handle.signal(Signal.CONSENT)
    except ApplicationError as error:
        if error.type != "ExternalWorkflowExecutionNotFound":
            raise


def check_override(incident: Incident, act: OverrideAct) -> None:
    """An approver with a reason, for a notice that was released and stands; the second one is another approver."""
    need_role(act, Role.APPROVER)
    need_reason(act)
    incident.need_launched()
    if incident.standing(act.notice).kind in (NoticeKind.PROVIDER, NoticeKind.DECONFLICTION):
        refuse(f"{act.notice} goes to one reader alone.", RefusalReason.UNKNOWN_SUBJECT)
    pending = incident.state.overriding
    if pending is not None and _same(pending, act):
        need_second_person(act, first=pending.actor, first_is_approver=True)


def _same(pending: PendingOverride, act: OverrideAct) -> bool:
    return (pending.notice, set(pending.readers)) == (act.notice, set(act.readers))


async def override(incident: Incident, act: OverrideAct) -> Receipt:
    """Lift the restrictions for these readers and tell the providers; with four eyes, on the word of two approvers."""

    async def deed() -> Receipt:
        pending = incident.state.overriding
        confirmed = pending if pending is not None and _same(pending, act) else None
        if ActName.OVERRIDE in incident.start.policy.four_eyes and confirmed is None:
            return await _propose(incident, act)
        request = LiftRestrictions(
            **incident.act_fact(act),
            notice=act.notice,
            readers=act.readers,
            reason=confirmed.reason if confirmed else act.reason,
            proposed_by=confirmed.actor if confirmed else None,
            approval_reason=act.reason if confirmed else "",
        )
        lifted = await call(OverridingActivities.override, request, refusable=True)
        await incident.disseminate(lifted.notice, lifted.kind)
        for told in lifted.provider_notices:
            await incident.disseminate(told, NoticeKind.PROVIDER)
        incident.change(overriding=None)
        sentence = f"{lifted.notice} goes out now; told of it and why: {', '.join(lifted.providers)}."
        if lifted.without:
            sentence += f" These get nothing all the same: {', '.join(lifted.without)}."
        return incident.receipt(lifted.journal_seq, sentence, notice=lifted.notice)

    return await incident.perform(act, lambda: check_override(incident, act), deed)


async def _propose(incident: Incident, act: OverrideAct) -> Receipt:
    data = {"notice": act.notice, "readers": sorted(act.readers), "reason": act.reason}
    seq = await incident.record(JournalKind.DELIVERY_OVERRIDE_PROPOSED, data, act=act)
    pending = PendingOverride(notice=act.notice, readers=act.readers, reason=act.reason, actor=act.actor.id)
    incident.change(overriding=pending)
    sentence = "Override proposed; a second approver must confirm it by the same command."
    return incident.receipt(seq, sentence, pending_approval=True, notice=act.notice)
