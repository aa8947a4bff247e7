"""Recommendations: what follows from what an exercise has found, who owns it and by when, and the entries behind it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from exercises.conditions import time_of_entry
from exercises.deadlines import behind
from exercises.improvement import Finding, table
from exercises.kept import Kept
from exercises.played import Played
from exercises.remarks import AlertResult, Remark, Weight, Withheld
from exercises.response_times import Answer, ResponseTimes, ToldLate
from exercises.results import InjectResult, ObjectiveResult
from exercises.scenario import Scenario
from exercises.scoring import Proof, Scored, proof_of
from exercises.timeline import moment
from leerp.incidents import Decision
from leerp.journal import JournalKind
from leerp.model import Message
from leerp.notices import DeliveryState


class Recommendation(Message):
    """One line of the improvement plan.

    What gave rise to it: `because` in words, `proofs` the journal's entries, and the expectations, injects and readers
    of the exercise that it is about. `due_on`: from the end of the scenario, by the table of improvement.
    """

    number: int
    finding: Finding
    text: str
    because: str
    owner: str
    starts_on: date
    due_on: date
    objective: str | None = None
    proofs: tuple[Proof, ...] = ()
    expectations: tuple[str, ...] = ()
    injects: tuple[int, ...] = ()
    readers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Findings:
    """What a report has found."""

    objectives: Sequence[ObjectiveResult]
    others: Sequence[Scored]
    injects: Sequence[InjectResult]
    answers: Sequence[Answer]
    times: Sequence[ResponseTimes]
    told_late: Sequence[ToldLate]
    withheld: Sequence[Withheld]
    alerts: Sequence[AlertResult]
    remarks: Sequence[Remark]


@dataclass(frozen=True)
class _Found:
    """One thing found, before it is worded and numbered."""

    finding: Finding
    what: str
    because: str
    proofs: tuple[Proof, ...] = ()
    expectations: tuple[str, ...] = ()
    injects: tuple[int, ...] = ()
    readers: tuple[str, ...] = ()
    objective: ObjectiveResult | None = None


def recommendations(scenario: Scenario, found: Findings, kept: Sequence[Kept]) -> tuple[Recommendation, ...]:
    """The improvement plan, in the order of the table: what an objective itself recommends comes first."""
    every = [
        *_objectives(found, scenario, kept),
        *_expectations(found, scenario, kept),
        *_otherwise(found.injects, kept),
        *_alerts(found.alerts),
        *_readers(found),
        *_failed(found.withheld),
        *(one for each in kept for one in _shortfalls(each)),
        *(one for each in kept for one in _against(each)),
        *_alarms(found.remarks),
    ]
    order = list(table().kinds)
    every.sort(key=lambda one: (not (one.objective and one.objective.recommendation), order.index(one.finding)))
    return tuple(_worded(number, one, scenario.end.date()) for number, one in enumerate(every, start=1))


def _worded(number: int, one: _Found, ended: date) -> Recommendation:
    measure = table().kinds[one.finding]
    own = one.objective
    return Recommendation(
        number=number,
        finding=one.finding,
        text=(own.recommendation if own else "") or measure.text.format(what=one.what, readers=", ".join(one.readers)),
        because=one.because,
        owner=(own.owner if own else "") or measure.owner,
        starts_on=ended,
        due_on=ended + timedelta(days=measure.days),
        objective=own.id if own else None,
        proofs=tuple(dict.fromkeys(one.proofs)),
        expectations=one.expectations,
        injects=one.injects,
        readers=one.readers,
    )


def _objectives(found: Findings, scenario: Scenario, kept: Sequence[Kept]) -> Iterator[_Found]:
    for one in found.objectives:
        if one.met is False:
            yield _Found(
                Finding.OBJECTIVE_MISSED,
                what=f"{one.id}, {one.text}",
                because=" ".join(f"{missed.id}: {missed.text} {missed.because}" for missed in one.missed),
                proofs=_in_order(
                    proof for missed in one.missed for proof in behind(missed, scenario, kept, found.answers)
                ),
                expectations=tuple(missed.id for missed in one.missed),
                injects=_counted_from(one.missed, scenario),
                objective=one,
            )


def _expectations(found: Findings, scenario: Scenario, kept: Sequence[Kept]) -> Iterator[_Found]:
    for one in found.others:
        if not one.met:
            yield _Found(
                Finding.EXPECTATION_MISSED,
                what=f"{one.id}, {one.text}",
                because=one.because,
                proofs=behind(one, scenario, kept, found.answers),
                expectations=(one.id,),
                injects=_counted_from([one], scenario),
            )


def _counted_from(missed: Iterable[Scored], scenario: Scenario) -> tuple[int, ...]:
    wanted = {one.id for one in missed}
    afters = (one.after for one in scenario.expectations if one.id in wanted)
    return tuple(sorted({one.inject for one in afters if one and one.inject}))


def _otherwise(injects: Iterable[InjectResult], kept: Sequence[Kept]) -> Iterator[_Found]:
    for inject in injects:
        wrong = [one for one in inject.played if not one.as_expected]
        if wrong:
            yield _Found(
                Finding.INJECT_OTHERWISE,
                what=f"{inject.number}, {inject.kind} of {', '.join(dict.fromkeys(one.sender for one in wrong))}",
                because=" ".join(dict.fromkeys(one.became for one in wrong)),
                proofs=_in_order(proof for one in wrong for proof in _refusals(one, kept)),
                injects=(inject.number,),
            )


def _refusals(note: Played, kept: Sequence[Kept]) -> Iterator[Proof]:
    """The entries of what was refused to somebody when an inject was played."""
    for entry in (entry for one in kept for entry in one.journal if entry.kind is JournalKind.DESK_ACT_REFUSED):
        near = abs(time_of_entry(entry) - note.at) < timedelta(minutes=1)
        if near and note.refused and entry.actor == note.sender:
            yield proof_of(entry)


def _alerts(several: Iterable[AlertResult]) -> Iterator[_Found]:
    for one in several:
        if not one.good:
            owners = ", ".join(dict.fromkeys(answer.owner for answer in one.answers))
            late = f"overdue: {', '.join(dict.fromkeys(one.late))}; " if one.late else ""
            yield _Found(
                Finding.ALERT_UNANSWERED,
                what=f"{one.id} ({one.level}), {owners}",
                because=f"{late}{one.ended}.",
                proofs=one.proofs,
            )


def _readers(found: Findings) -> Iterator[_Found]:
    silent = {one.reader for one in found.times if not one.confirmed}
    slow = {one.reader for one in found.times if one.late or one.never} - silent
    for finding, readers in ((Finding.READER_SILENT, silent), (Finding.READER_LATE, slow)):
        if readers:
            mine = [one for one in found.answers if one.reader in readers and one.late]
            never = sum(one.minutes is None for one in mine)
            yield _Found(
                finding,
                what="",
                because=f"{never} times not confirmed, {len(mine) - never} times later than asked.",
                proofs=_in_order(proof for one in mine for proof in one.proofs),
                readers=tuple(sorted(readers)),
            )
    behind = [one for one in found.told_late if one.reader not in silent]
    if behind:
        yield _Found(
            Finding.READER_TOLD_LATE,
            what="",
            because=f"{len(behind)} times told late: " + "; ".join(sorted({one.because for one in behind})) + ".",
            proofs=_in_order(proof for one in behind for proof in one.proofs),
            readers=tuple(sorted({one.reader for one in behind})),
        )


def _in_order(proofs: Iterable[Proof]) -> tuple[Proof, ...]:
    return tuple(sorted(set(proofs), key=lambda one: (one.incident, one.seq)))


def _failed(several: Iterable[Withheld]) -> Iterator[_Found]:
    ways: dict[tuple[str, str], list[Withheld]] = {}
    for one in several:
        if one.state == DeliveryState.FAILED:
            ways.setdefault((one.channel, one.reason), []).append(one)
    for (channel, reason), mine in ways.items():
        readers = tuple(sorted({one.reader for one in mine}))
        yield _Found(
            Finding.DELIVERY_FAILED,
            what=f"channel {channel} to {', '.join(readers)}",
            because=f"{len(mine)} deliveries failed: {reason.replace('_', ' ')}.",
            proofs=_in_order(proof for one in mine for proof in one.proofs),
            readers=readers,
        )


def _shortfalls(kept: Kept) -> Iterator[_Found]:
    incident = kept.incident
    for member in incident.team:
        if member.officer is None:
            yield _Found(
                Finding.TEAM_SHORTFALL,
                what=f"{member.role}, in {incident.reference}",
                because="Nobody in the directory could be this member of the team.",
                proofs=_entries(kept, JournalKind.COORDINATION_TEAM_FORMED),
            )
    by_role: dict[str, list[str]] = {}
    for lack in incident.rota.shortfalls if incident.rota else ():
        by_role.setdefault(lack.role, []).append(f"{moment(lack.starts_at)}, {lack.missing}: {lack.why}")
    for role, lacks in by_role.items():
        yield _Found(
            Finding.ROTA_SHORTFALL,
            what=f"{role}, in {len(lacks)} shifts of {incident.reference}",
            because="; ".join(lacks) + ".",
            proofs=_entries(kept, JournalKind.COORDINATION_ROTA_PLANNED, JournalKind.COORDINATION_ROTA_CHANGED),
        )


def _entries(kept: Kept, *kinds: JournalKind) -> tuple[Proof, ...]:
    return tuple(proof_of(entry) for entry in kept.journal if entry.kind in kinds)


def _against(kept: Kept) -> Iterator[_Found]:
    for one in kept.incident.decisions:
        if one.against_recommendation:
            yield _Found(
                Finding.AGAINST_RECOMMENDATION,
                what=f"{one.choice} of {one.actor} at {moment(one.at)} in {kept.incident.reference}",
                because=_reasoned(one),
                proofs=(Proof(incident=kept.incident.reference, seq=one.seq),),
            )


def _reasoned(decision: Decision) -> str:
    return f"{decision.recommended} was recommended. The reason given: {decision.reason}"


_TOLD_ELSEWHERE = (
    JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE,
    JournalKind.DELIVERY_READER_FAILED,
    JournalKind.PLAN_ALERT_UNANSWERED,
    JournalKind.TRIAGE_WATCH_ELAPSED,
)
"""Alarms that another recommendation follows from, or that only ask for the next decision."""


def _alarms(remarks: Iterable[Remark]) -> Iterator[_Found]:
    for one in remarks:
        if one.weight is Weight.ALARM and one.kind not in _TOLD_ELSEWHERE:
            over = f"over at {moment(one.over_at)}" if one.over_at else "no entry says that it was over"
            yield _Found(Finding.ALARM, what=one.text, because=f"{one.kind}: {over}.", proofs=(one.proof,))
