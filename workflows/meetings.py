"""Meetings: called, moved, cancelled; what is decided goes on record, and the actions in it into the plan."""

from activities.meeting_messages import CancelMeeting, KeepMeeting, KeepMinutes
from activities.meetings import MeetingActivities
from activities.messages import AddAction, Drafted, DraftNotice
from activities.planning import PlanningActivities
from leerp.journal import JournalKind
from leerp.meeting_acts import CancelMeetingAct, MinutesAct
from leerp.meetings import MeetingKind
from leerp.model import iso
from leerp.notices import NoticeKind, Relation
from leerp.protocol import Act, MeetAct, Receipt, RefusalReason
from leerp.stakeholders import Role
from workflows import agenda
from workflows.calls import call
from workflows.coordination import prepare
from workflows.incident import Incident
from workflows.plan_changes import take_over
from workflows.refusing import need_reason, need_role, refuse
from workflows.relations import check_earlier


def check_meet(incident: Incident, act: MeetAct) -> None:
    """An officer, once launched, for a time that lies ahead."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    incident.need_launched()
    if act.at <= incident.now():
        refuse(f"The meeting is at {iso(act.at)}, which has passed; give a later time.", RefusalReason.NOTHING_TO_DO)
    check_earlier(incident, act, NoticeKind.MEETING)


async def meet(incident: Incident, act: MeetAct) -> Receipt:
    """Call the liaison bureaux, the contact points and where relevant Eurojust, or who is named (seed, V.1)."""

    async def deed() -> Receipt:
        request = DraftNotice(
            **incident.act_fact(act),
            kind=NoticeKind.MEETING,
            eurojust=act.eurojust,
            named=act.invite,
            only_named=bool(act.invite) and act.kind is not MeetingKind.INTERNAL,
            inside=act.kind is MeetingKind.INTERNAL,
            meeting_at=act.at,
            meeting_place=act.place,
            meeting_minutes=act.minutes,
            meeting_kind=act.kind,
            relation=act.relation,
            earlier=act.earlier,
            reason=act.reason,
        )
        drafted = await prepare(incident, request)
        seq = await _keep(incident, act, drafted)
        await incident.disseminate(drafted.notice, request.kind, relation=act.relation, earlier=act.earlier)
        sentence = f"{drafted.readers} readers are called to the meeting."
        sentence += f" The call {act.relation.value} {act.earlier}." if act.relation else ""
        return incident.receipt(seq, sentence, notice=drafted.notice)

    return await incident.perform(act, lambda: check_meet(incident, act), deed)


async def _keep(incident: Incident, act: MeetAct, drafted: Drafted) -> int:
    if act.kind is None:  # as 0.2.0 called a meeting
        data = {"notice": drafted.notice, "meeting_at": iso(act.at), "minutes": act.minutes, "eurojust": act.eurojust}
        return await incident.record(JournalKind.PLAN_MEETING_CALLED, data)
    said = act.model_dump(include={"earlier", "kind", "minutes", "place", "needed", "eurojust"})
    request = KeepMeeting(**incident.act_fact(act), notice=drafted.notice, meeting_at=act.at, **said)
    done = await call(MeetingActivities.keep, request)
    agenda.look_soon(incident)
    return done.journal_seq


def check_cancel(incident: Incident, act: CancelMeetingAct) -> None:
    """An officer with a reason."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_launched()


async def cancel(incident: Incident, act: CancelMeetingAct) -> Receipt:
    """Take the latest call back; the calendars of those who were called drop the meeting."""

    async def deed() -> Receipt:
        off = CancelMeeting(**incident.act_fact(act), meeting=act.meeting, reason=act.reason)
        done = await call(MeetingActivities.cancel, off, refusable=True)
        recall = DraftNotice(
            **incident.fact("cancel") | {"actor": act.actor.id},
            kind=NoticeKind.MEETING,
            relation=Relation.RECALLS,
            earlier=done.notice,
            meeting_at=done.meeting_at,
            meeting_place=done.place,
            meeting_minutes=done.minutes,
            meeting_kind=done.kind,
            reason=act.reason,
            may_be_empty=True,
        )
        drafted = await prepare(incident, recall)
        await incident.disseminate(drafted.notice, recall.kind, relation=recall.relation, earlier=recall.earlier)
        agenda.look_soon(incident)
        return incident.receipt(done.journal_seq, f"{act.meeting} is cancelled; {drafted.readers} readers are told.")

    return await incident.perform(act, lambda: check_cancel(incident, act), deed)


def check_minutes(incident: Incident, act: MinutesAct) -> None:
    """An officer or analyst, once launched."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    incident.need_launched()


async def minutes(incident: Incident, act: MinutesAct) -> Receipt:
    """Keep the minutes; the actions that were decided go into the plan."""

    async def deed() -> Receipt:
        request = KeepMinutes(**incident.act_fact(act), meeting=act.meeting, minutes=act.minutes, reason=act.reason)
        done = await call(MeetingActivities.keep_minutes, request, refusable=True)
        for action in done.actions:
            await _add(incident, act, action, meeting=done.meeting)
        agenda.look_soon(incident)
        sentence = f"{done.decisions} decisions are on record, and {len(done.actions)} of them in the plan."
        sentence += f" Without {', '.join(done.missing)}." if done.missing else ""
        return incident.receipt(done.journal_seq, sentence)

    return await incident.perform(act, lambda: check_minutes(incident, act), deed)


async def _add(incident: Incident, act: Act, action: str, *, meeting: str) -> None:
    fact = incident.fact("decided") | {"actor": act.actor.id}
    request = AddAction(**fact, action=action, reason=f"decided in {meeting}")
    await take_over(incident, await call(PlanningActivities.add, request, refusable=True))
