"""What an act asks of a rota: which shifts may still change, and what binds them. Refused where it cannot be meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, NoReturn

from leerp.errors import RefusedError
from leerp.incident_types import TypeAssignment
from leerp.protocol import RefusalReason
from leerp.rota import HINDERS, Absence, Hindrance, Need, Overtime, Rota, Seat, Shift, Stretch
from leerp.rota_acts import TeamChange, TeamChangeAct, TeamPlanAct
from leerp.stakeholders import Officer
from matrices.incident_types import assign
from matrices.roster_building import Circumstances, horizon, problem_of, published_in
from matrices.roster_problem import Problem, hindrance
from matrices.tables import Tables
from matrices.team_tables import RestRules, TeamRoles, load_rest_rules, load_team_roles
from records.incidents import StoredIncident
from records.rotas import Standing

WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Question:
    """As things stand when somebody asks. `at`: the incident's time."""

    incident: StoredIncident
    officers: Sequence[Officer]
    tables: Tables
    standing: Standing | None
    engaged: Mapping[str, Sequence[Stretch]]
    at: datetime
    actor: str

    @property
    def roles(self) -> TeamRoles:
        """The centre's table of roles."""
        return load_team_roles(self.tables.content("team-roles"), name="team-roles.yaml")

    @property
    def rules(self) -> RestRules:
        """The centre's rest rules."""
        return load_rest_rules(self.tables.content("rest-rules"), name="rest-rules.yaml")

    @property
    def types(self) -> Sequence[TypeAssignment]:
        """The types of the incident; where it was never classified, the one that says so."""
        found = self.incident.classification.types if self.incident.classification else ()
        return found or assign(())

    @property
    def table_sha256(self) -> dict[str, str]:
        """The tables, as they are now."""
        names = ("team-roles", "rest-rules")
        return {name: sha256(self.tables.content(name)).hexdigest() for name in names}

    def officer(self, identifier: str) -> Officer:
        """An officer of the directory of today."""
        found = next((one for one in self.officers if one.id == identifier), None)
        if found is None:
            _refuse(f"{identifier} is no officer in the directory; name one that is.", RefusalReason.UNKNOWN_SUBJECT)
        return found


class Asked(NamedTuple):
    """What is to be solved: the version without the seats that are sought. `solved`: what was settled by hand."""

    frame: Rota
    problem: Problem
    solved: tuple[Seat, ...] | None = None


def _refuse(sentence: str, reason: RefusalReason) -> NoReturn:
    raise RefusedError(sentence, reason=reason)


def planned(question: Question, act: TeamPlanAct) -> Asked:
    """Plan anew between two times; what has begun, and what begins before, stays."""
    before = question.standing.rota if question.standing else None
    starts_at = act.starts_at or question.at
    ends_at = act.ends_at or starts_at + WEEK
    kept = [one for one in before.shifts if one.starts_at <= question.at or one.starts_at < starts_at] if before else []
    shifts = horizon(question.rules, act.pattern, starts_at=starts_at, ends_at=ends_at, kept=kept)
    if not shifts:
        _refuse("Shifts that have begun last until then; give a later --until.", RefusalReason.NOTHING_TO_DO)
    needs = _all_needs(question)
    if not needs:
        _refuse("The table team-roles has no seats for an incident of this type.", RefusalReason.NOTHING_TO_DO)
    handover = timedelta(minutes=question.rules.handover_minutes)
    frame = Rota(
        incident=question.incident.reference,
        version=before.version + 1 if before else 1,
        made_at=question.at,
        made_by=question.actor,
        reason=act.reason,
        anchor=before.anchor if before else shifts[0].starts_at,
        starts_at=kept[0].starts_at if kept else shifts[0].starts_at,
        ends_at=shifts[-1].ends_at - handover,
        pattern=act.pattern,
        zone=question.rules.zone,
        handover_minutes=question.rules.handover_minutes,
        needs=_with_former(needs, before, kept),
        shifts=(*kept, *shifts),
        seats=_of(before, kept),
        absences=before.absences if before else (),
        overtime=before.overtime if before else (),
        previous=question.standing.document if question.standing else None,
        table_sha256=question.table_sha256,
    )
    return Asked(frame, _problem(question, frame, kept, shifts, published_in(before, shifts)))


def _all_needs(question: Question) -> tuple[Need, ...]:
    return question.roles.needs(question.types)


def _with_former(needs: Sequence[Need], before: Rota | None, kept: Sequence[Shift]) -> tuple[Need, ...]:
    """The roles, and those that only shifts which stay still have."""
    known = {need.role for need in needs}
    seated = {seat.role for seat in _of(before, kept)}
    former = before.needs if before else ()
    return (*needs, *(need for need in former if need.role in seated - known))


def _of(rota: Rota | None, shifts: Sequence[Shift]) -> tuple[Seat, ...]:
    named = {one.id for one in shifts}
    return tuple(one for one in rota.seats if one.shift in named) if rota else ()


def _problem(
    question: Question, frame: Rota, kept: Sequence[Shift], shifts: Sequence[Shift], published: Sequence[Seat]
) -> Problem:
    return problem_of(
        Circumstances(
            rules=question.rules,
            needs=_all_needs(question),
            night_needs=question.roles.night_needs(question.types),
            officers=question.officers,
            level=question.incident.marking.level,
            anchor=frame.anchor,
            shifts=shifts,
            published=published,
            kept=kept,
            seats=frame.seats,
            engaged=question.engaged,
            absences=frame.absences,
            overtime=frame.overtime,
        )
    )


def changed(question: Question, act: TeamChangeAct | None) -> Asked:
    """Change what lies ahead of the rota that stands."""
    if act is None or question.standing is None:
        _refuse("There is no rota yet; plan one first (team plan).", RefusalReason.NOTHING_TO_DO)
    before = question.standing.rota
    question.officer(act.person)
    kept = [one for one in before.shifts if one.starts_at <= question.at]
    shifts = [one for one in before.shifts if one.starts_at > question.at]
    if not shifts:
        _refuse("No shift of the rota lies ahead; plan further ones (team plan).", RefusalReason.NOTHING_TO_DO)
    frame = before.model_copy(
        update={
            "version": before.version + 1,
            "made_at": question.at,
            "made_by": question.actor,
            "reason": act.reason,
            "needs": _with_former(_all_needs(question), before, kept),
            "seats": _of(before, kept),
            "absences": (*before.absences, *_absence(question, before, act)),
            "overtime": (*before.overtime, *_overtime(question, act)),
            "previous": question.standing.document,
            "table_sha256": question.table_sha256,
        }
    )
    problem = _problem(question, frame, kept, shifts, _of(before, shifts))
    return Asked(frame, problem, _swapped(problem, act) if act.change is TeamChange.SWAP else None)


def _absence(question: Question, before: Rota, act: TeamChangeAct) -> tuple[Absence, ...]:
    if act.change is not TeamChange.ABSENT:
        return ()
    starts_at = act.starts_at or question.at
    ends_at = act.ends_at or max(shift.ends_at for shift in before.shifts)
    if ends_at <= max(starts_at, question.at):
        _refuse("The absence is over, or lies behind the end of the rota.", RefusalReason.NOTHING_TO_DO)
    return (Absence(officer=act.person, starts_at=starts_at, ends_at=ends_at),)


def _overtime(question: Question, act: TeamChangeAct) -> tuple[Overtime, ...]:
    if act.change is not TeamChange.OVERTIME or act.hours is None or act.consent is None:
        return ()
    agreed = (
        sum(one.hours for one in question.standing.rota.overtime if one.officer == act.person)
        if question.standing
        else 0
    )
    most = question.rules.overtime.hours
    if agreed + act.hours > most:
        sentence = f"The rest rules allow {most} hours of overtime in a period; {act.person} has agreed to {agreed}."
        _refuse(sentence, RefusalReason.NOTHING_TO_DO)
    return (Overtime(officer=act.person, hours=act.hours, consent=act.consent, recorded_by=question.actor),)


def _swapped(problem: Problem, act: TeamChangeAct) -> tuple[Seat, ...]:
    """The published seats after a swap; refused in one sentence where a rule stands against it."""
    given = _seat_of(problem, act.person, str(act.shift))
    returned = _seat_of(problem, str(act.other), act.other_shift) if act.other_shift else None
    seats = [one for one in problem.published if one not in (given, returned)]
    for seat, officer in ((given, str(act.other)), (returned, act.person)):
        if seat is not None:
            seats.append(_seated(problem, seats, seat, officer))
    return tuple(seats)


def _seat_of(problem: Problem, officer: str, shift: str) -> Seat:
    found = next((one for one in problem.published if (one.officer, one.shift) == (officer, shift)), None)
    if found is None:
        sentence = f"{officer} has no seat ahead in {shift}; `leerp team show` names the shifts."
        _refuse(sentence, RefusalReason.UNKNOWN_SUBJECT)
    return found


def _seated(problem: Problem, seats: Sequence[Seat], seat: Seat, officer: str) -> Seat:
    candidate = next((one for one in problem.candidates if one.id == officer), None)
    if candidate is None or seat.role not in (*candidate.roles, *candidate.silent):
        _refuse(f"{officer} has not the skill that {seat.role} needs.", RefusalReason.UNKNOWN_SUBJECT)
    shift = next(one for one in problem.shifts if one.id == seat.shift)
    because = hindrance(problem, candidate, shift, sits=problem.sits(seats, officer))
    if seat.role in candidate.silent:
        because = Hindrance.OTHER_LANGUAGE
    if because is not None:
        _refuse(f"{officer} cannot sit in {seat.shift}: {HINDERS[because]}.", RefusalReason.NOTHING_TO_DO)
    return seat.model_copy(update={"officer": officer})
