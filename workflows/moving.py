"""What people do when correlation was wrong: move reports, split an incident, merge one into another.

Reports leave an incident before it is launched and never after: from then on readers have been told of it. To a
launched incident they may come, as they do when they arrive.
"""

from activities.messages import Classified
from activities.moving import MovingActivities
from activities.moving_messages import MovedReports, MoveReports, TakeInMoved
from leerp.incidents import Choice, Phase, Status
from leerp.moving import MoveKind
from leerp.moving_acts import MergeAct, MoveAct, SplitAct
from leerp.protocol import Act, Receipt, RefusalReason
from leerp.stakeholders import Role
from workflows import investigation, reclassifying
from workflows.calls import call_long
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role, refuse


def check_move(incident: Incident, act: MoveAct) -> None:
    """An officer or approver with a reason, before the launch, to another incident."""
    _check(incident, act)
    _need_another(incident, act.to)


def check_split(incident: Incident, act: SplitAct) -> None:
    """An officer or approver with a reason, before the launch."""
    _check(incident, act)


def check_merge(incident: Incident, act: MergeAct) -> None:
    """The same as for a move; and no launch that somebody has proposed is lost with the incident."""
    _check(incident, act)
    _need_another(incident, act.into)
    pending = incident.state.pending
    if pending:
        refuse(
            f"{pending.actor} has proposed to decide {pending.choice} in {incident.reference}; decide on it first.",
            RefusalReason.CONDITIONS_UNMET,
        )


def _check(incident: Incident, act: Act) -> None:
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_phase(*Phase)
    if incident.state.phase.rank > Phase.TRIAGE.rank or incident.state.choice is Choice.LAUNCH:
        refuse(
            f"{incident.reference} was launched, and its readers are told of it: its reports stay, and it can only take"
            " in others.",
            RefusalReason.WRONG_PHASE,
        )
    if incident.state.choice is Choice.NORMAL:
        refuse(f"{incident.reference} is handed over to the normal procedure.", RefusalReason.ALREADY_ENDED)


def _need_another(incident: Incident, target: str) -> None:
    if target == incident.reference:
        refuse(f"{target} is the incident itself; name another one.", RefusalReason.NOTHING_TO_DO)


async def move(incident: Incident, act: MoveAct) -> Receipt:
    """Take reports to another incident."""

    async def deed() -> Receipt:
        request = MoveReports(
            **incident.act_fact(act),
            act=act.act,
            kind=MoveKind.MOVED,
            reports=act.reports,
            to=act.to,
            reason=act.reason,
        )
        done = await _carry_out(incident, request)
        return incident.receipt(done.journal_seq, f"{_count(done)} moved to {done.to}.")

    return await incident.perform(act, lambda: check_move(incident, act), deed)


async def split(incident: Incident, act: SplitAct) -> Receipt:
    """Open a new incident with reports of this one."""

    async def deed() -> Receipt:
        fact = incident.act_fact(act)
        request = MoveReports(**fact, act=act.act, kind=MoveKind.SPLIT, reports=act.reports, reason=act.reason)
        done = await _carry_out(incident, request)
        return incident.receipt(done.journal_seq, f"{done.to} is opened with {_count(done)}.")

    return await incident.perform(act, lambda: check_split(incident, act), deed)


async def merge(incident: Incident, act: MergeAct) -> Receipt:
    """Take all reports to another incident, and end this one."""

    async def deed() -> Receipt:
        fact = incident.act_fact(act)
        request = MoveReports(**fact, act=act.act, kind=MoveKind.MERGED, to=act.into, reason=act.reason)
        done = await _carry_out(incident, request)
        incident.change(closed=True, merged_into=done.to)
        await incident.show(status=Status.MERGED)
        sentence = f"Merged into {done.to}, with {_count(done)}."
        if done.settled:
            sentence += f" What people had settled here binds nobody there: {', '.join(done.settled)} (assess)."
        return incident.receipt(done.journal_seq, sentence)

    return await incident.perform(act, lambda: check_merge(incident, act), deed)


async def _carry_out(incident: Incident, request: MoveReports) -> MovedReports:
    summary = f"{request.kind.value}: reports leave"
    done = await call_long(MovingActivities.move, request, summary=summary, refusable=True)
    if done.recommendation is not None:
        now = Classified.model_validate(done.model_dump())
        incident.change(classified=True, recommended=now.recommendation)
        await reclassifying.follow(incident, now, because=f"reports moved to {done.to}")
    return done


def _count(done: MovedReports) -> str:
    return "1 report" if done.reports == 1 else f"{done.reports} reports"


async def take_in(incident: Incident, move_id: str) -> None:
    """Take in what a move has brought, in whatever step the incident is, and classify anew."""
    request = TakeInMoved(**incident.fact("moved"), move=move_id)
    done = await call_long(MovingActivities.take_in, request, summary="take in moved reports")
    if not done.reports or done.recommendation is None:
        return
    incident.change(classified=True, recommended=done.recommendation)
    await reclassifying.follow(incident, Classified.model_validate(done.model_dump()), because=done.because)
    for report in done.unmatched:
        await investigation.take_in_report(incident, report)
