"""Step II, threat classification: grade, classify, recommend, and wait for a person's decision."""

from datetime import datetime, timedelta

from activities.closing import ClosingActivities
from activities.messages import Assess, ChangeGrade, Classified, CloseIncident, TakeInReport
from activities.triage import TriageActivities
from leerp.incidents import Choice, Phase, Status
from leerp.journal import JournalKind
from leerp.protocol import ActName, AssessAct, DecideAct, GradeAct, Pending, Receipt, RefusalReason
from leerp.stakeholders import Role
from workflows import reclassifying
from workflows.calls import call, call_near
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role, need_second_person, refuse
from workflows.waiting import Wait


async def take_in(incident: Incident, report: str) -> Classified | None:
    """Grade a report that has arrived, in whatever step the incident is, and classify anew.

    None for one that people have moved to another incident meanwhile: nothing is done about it here.
    """
    request = TakeInReport(**incident.fact("report", of=report), report=report)
    done = await call_near(TriageActivities.take_in, request, given_up=incident.given_up)
    if done.gone:
        return None
    incident.change(classified=True, recommended=done.recommendation)
    await reclassifying.follow(incident, done, because=report)
    return done


async def classify_and_decide(incident: Incident, wait: Wait) -> None:
    """Wait for the decision; when watching, ask again after the time the policy sets. A merge ends it without one."""
    while not _decided(incident):
        await _ask(incident, wait, watching=incident.state.watch_until)
    if incident.state.merged_into:
        return
    if incident.state.choice is Choice.NORMAL:
        await _hand_over(incident)
    else:
        await incident.show(status=Status.EMERGENCY)


async def _ask(incident: Incident, wait: Wait, *, watching: datetime | None) -> None:
    await incident.show(status=Status.WATCHED if watching else Status.OPEN)
    came = await wait(lambda: _decided(incident) or incident.state.watch_until != watching, at=watching)
    if not came:
        await incident.record(JournalKind.TRIAGE_WATCH_ELAPSED, {})
        incident.change(watch_until=None, choice=None)


def _decided(incident: Incident) -> bool:
    return incident.state.choice in (Choice.LAUNCH, Choice.NORMAL) or incident.state.merged_into is not None


async def _hand_over(incident: Incident) -> None:
    """No emergency, no protocol: it ends here, with the handover recorded (seed, II)."""
    handed = CloseIncident(
        **incident.fact("handover"), status=Status.NORMAL_PROCEDURE, outcome="normal_procedure", reason=""
    )
    await call(ClosingActivities.end, handed)
    incident.change(closed=True)
    await incident.show()


def check_grade(incident: Incident, act: GradeAct) -> None:
    """An officer or analyst, with a reason, while the incident is open."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    need_reason(act)
    incident.need_phase(*Phase)


async def grade(incident: Incident, act: GradeAct) -> Receipt:
    """Propose another grade, or change it when the provider agrees or is the centre itself (2016/794 Art. 29)."""

    async def deed() -> Receipt:
        change = ChangeGrade(
            **incident.act_fact(act),
            report=act.report,
            grade=act.grade,
            provider_agrees=act.provider_agrees,
            reason=act.reason,
        )
        done = await call(TriageActivities.change_grade, change, refusable=True)
        if done.recommendation is not None:
            incident.change(recommended=done.recommendation)
            await reclassifying.follow(incident, done, because=act.report)
        if act.provider_agrees or done.recommendation is not None:
            return incident.receipt(done.journal_seq, f"The grade of {act.report} is now {act.grade}.")
        return incident.receipt(
            done.journal_seq, "Proposed; the provider's grade stands until the provider agrees.", pending_approval=True
        )

    return await incident.perform(act, lambda: check_grade(incident, act), deed)


def check_assess(incident: Incident, act: AssessAct) -> None:
    """An officer or analyst, while the incident is open."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    incident.need_phase(*Phase)


async def assess(incident: Incident, act: AssessAct) -> Receipt:
    """Settle facts or record a tactical assessment, and classify anew."""

    async def deed() -> Receipt:
        said = act.model_dump(include={"assessment", "reason", "table", "unsettle"})
        assess_ = Assess(**incident.act_fact(act), facts=act.facts, **said)
        done = await call(TriageActivities.assess, assess_, refusable=True)
        incident.change(classified=True, recommended=done.recommendation)
        await reclassifying.follow(incident, done, because=f"assessment {done.journal_seq}")
        sentence = f"Assessed: level {done.level}, recommendation {done.recommendation.value}."
        return incident.receipt(done.journal_seq, sentence)

    return await incident.perform(act, lambda: check_assess(incident, act), deed)


def check_decide(incident: Incident, act: DecideAct) -> None:
    """An officer or approver with a reason, in triage; the confirmation by somebody else than who proposed it."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    incident.need_phase(Phase.TRIAGE)
    need_reason(act)
    pending = incident.state.pending
    if pending and pending.choice == act.choice.value:
        need_second_person(act, first=pending.actor, first_is_approver=pending.approver)


def check_undecided(incident: Incident) -> None:
    """Nothing final has been decided. To be asked of whoever comes, before the step that ends with it has ended.

    In validators alone, which a replay does not ask: incidents that let such an act through stay replayable.
    """
    if incident.state.choice is Choice.NORMAL:
        sentence = f"{incident.reference} was handed over to the normal procedure meanwhile, and has ended."
        refuse(sentence, RefusalReason.ALREADY_ENDED)
    if incident.state.choice is Choice.LAUNCH:
        refuse(f"{incident.reference} was launched meanwhile; triage has ended.", RefusalReason.WRONG_PHASE)


async def decide(incident: Incident, act: DecideAct) -> Receipt:
    """Decide; a launch needs a second person where the policy says so."""

    async def deed() -> Receipt:
        pending = incident.state.pending
        confirms = pending is not None and pending.choice == act.choice.value
        if act.choice is Choice.LAUNCH and ActName.DECIDE in incident.start.policy.four_eyes and not confirms:
            return await _propose(incident, act)
        return await _settle(incident, act, first=pending if confirms else None)

    return await incident.perform(act, lambda: check_decide(incident, act), deed)


async def _propose(incident: Incident, act: DecideAct) -> Receipt:
    data = {"choice": act.choice.value, "reason": act.reason, **_recommended(incident, act.choice)}
    seq = await incident.record(JournalKind.TRIAGE_DECISION_PROPOSED, data, act=act)
    approver = Role.APPROVER in act.actor.roles
    incident.change(pending=Pending(choice=act.choice.value, reason=act.reason, actor=act.actor.id, approver=approver))
    sentence = f"Proposed: {act.choice.value}. A second person must confirm it."
    return incident.receipt(seq, sentence, pending_approval=True)


async def _settle(incident: Incident, act: DecideAct, *, first: Pending | None) -> Receipt:
    reason = first.reason if first else act.reason
    data = {"choice": act.choice.value, "reason": reason, **_recommended(incident, act.choice)}
    if first:
        data |= {"proposed_by": first.actor, "approved_by": act.actor.id, "approval_reason": act.reason}
    seq = await incident.record(JournalKind.TRIAGE_DECISION_MADE, data, act=act)
    until = incident.now() + timedelta(minutes=incident.start.policy.watch_again_after_minutes)
    watch_until = until if act.choice is Choice.WATCH else None
    incident.change(choice=act.choice, pending=None, watch_until=watch_until, told_threat=incident.state.threat)
    return incident.receipt(seq, f"Decided: {act.choice.value}.")


def _recommended(incident: Incident, choice: Choice) -> dict[str, object]:
    """What was recommended when a person chose: who decides otherwise may, and the record says so."""
    recommended = incident.state.recommended
    if recommended is None:
        return {}
    return {"recommended": recommended.value, "against_recommendation": recommended is not choice}
