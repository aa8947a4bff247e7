"""Step III, the coordination centre: team and post, notice inside, notice outside, and readers who join late."""

from activities.coordination import CoordinationActivities
from activities.drafting import DraftingActivities
from activities.messages import Drafted, DraftNotice, FormTeam, ReleaseNotice
from leerp.journal import JournalKind
from leerp.notices import NoticeKind
from leerp.protocol import InformAct, Receipt
from leerp.stakeholders import Role
from workflows.calls import call
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role
from workflows.waiting import Wait


async def set_up(incident: Incident, wait: Wait) -> None:
    """Open the centre, tell those inside, and once that has begun those outside; go on when these have been tried once.

    A channel that hangs inside holds up nobody outside.
    """
    if not incident.state.team_formed:
        form = FormTeam(**incident.fact("team"), roles=incident.start.policy.roles_per_shift)
        await call(CoordinationActivities.form_team, form)
        incident.change(team_formed=True)
    await _tell(incident, wait, NoticeKind.LAUNCH_INTERNAL)
    await _tell(incident, wait, NoticeKind.LAUNCH_EXTERNAL)


async def _tell(incident: Incident, wait: Wait, kind: NoticeKind) -> None:
    if not incident.sent_of(kind):
        reason = "as decided: launch"
        draft = DraftNotice(**incident.fact(kind.value), kind=kind, may_be_empty=True, reason=reason)
        await announce(incident, draft)
    sent = incident.sent_of(kind)
    await wait(lambda: incident.state.closing_approved or (sent is not None and incident.fanned_out(sent.notice)))


async def announce(incident: Incident, draft: DraftNotice) -> None:
    """Draft, release and disseminate a notice that an earlier decision has already released."""
    drafted = await prepare(incident, draft)
    await incident.disseminate(drafted.notice, draft.kind)


async def prepare(incident: Incident, draft: DraftNotice) -> Drafted:
    """Draft and release such a notice; what is to be on record before anybody is told can be written now."""
    dated = draft.model_copy(update=incident.start.policy.deadlines(draft.kind))
    drafted = await call(DraftingActivities.draft, dated, refusable=not draft.may_be_empty)
    release = ReleaseNotice(
        **incident.fact("release") | {"actor": draft.actor},
        notice=drafted.notice,
        kind=draft.kind,
        reason=draft.reason,
    )
    await call(DraftingActivities.release, release)
    return drafted


def check_inform(incident: Incident, act: InformAct) -> None:
    """An officer, with a reason, once the protocol is launched."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_launched()


async def inform(incident: Incident, act: InformAct) -> Receipt:
    """Send the launch notice to readers who join late; from then on they get what the others get."""

    async def deed() -> Receipt:
        draft = DraftNotice(
            **incident.act_fact(act),
            kind=NoticeKind.LAUNCH_EXTERNAL,
            named=act.readers,
            only_named=True,
            reason=act.reason,
        )
        drafted = await prepare(incident, draft)
        data = {"notice": drafted.notice, "readers": sorted(act.readers), "reason": act.reason}
        seq = await incident.record(JournalKind.COORDINATION_READER_ADDED, data)
        await incident.disseminate(drafted.notice, draft.kind)
        return incident.receipt(seq, f"The launch notice goes to {', '.join(act.readers)}.", notice=drafted.notice)

    return await incident.perform(act, lambda: check_inform(incident, act), deed)
