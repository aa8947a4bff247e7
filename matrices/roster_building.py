"""From what a centre knows to the problem of a rota: who can sit where, and what binds everybody."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leerp.marking import Level, Marking, WithheldReason, refusal
from leerp.rota import Absence, Hindrance, Need, Overtime, Pattern, Rota, Seat, Shift, Stretch
from leerp.stakeholders import Officer
from matrices.roster_problem import Candidate, Limit, Problem, follows_too_soon
from matrices.team_tables import RestRules

QUARTER = timedelta(minutes=15)
"""Whether somebody works at these hours is looked at in steps of this length."""


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a rota is made of. `kept`: the shifts that stay, of which `seats` tells who sits in them.

    `engaged`: when officers sit in shifts of other incidents. `level`: how the incident is marked.
    `needs`, `night_needs`: the seats by day and at night. `anchor`: from when periods are counted.
    """

    rules: RestRules
    needs: Sequence[Need]
    night_needs: Sequence[Need]
    officers: Sequence[Officer]
    level: Level
    anchor: datetime
    shifts: Sequence[Shift]
    published: Sequence[Seat] = ()
    kept: Sequence[Shift] = ()
    seats: Sequence[Seat] = ()
    engaged: Mapping[str, Sequence[Stretch]] | None = None
    absences: Sequence[Absence] = ()
    overtime: Sequence[Overtime] = ()


def problem_of(circumstances: Circumstances) -> Problem:
    """The problem to be solved. Everybody with a needed skill is in it, also who cannot come: it is said why."""
    given, rules = circumstances, circumstances.rules
    weekly = rules.weekly_rest
    return Problem(
        shifts=tuple(given.shifts),
        needs=tuple(given.needs),
        seats={shift.id: _wanted(given, shift) for shift in given.shifts},
        candidates=tuple(one for officer in given.officers if (one := _candidate(given, officer)) is not None),
        published=tuple(given.published),
        periods=tuple(_periods(given, weekly.period_days)),
        daily_rest_minutes=rules.daily_rest.hours * 60,
        weekly_rest_minutes=weekly.hours * 60,
    )


def _wanted(given: Circumstances, shift: Shift) -> dict[str, int]:
    needs = given.night_needs if given.rules.is_night(shift) else given.needs
    return {need.role: need.seats for need in needs}


def _periods(given: Circumstances, days: int) -> Iterator[Stretch]:
    """The periods, counted from the anchor, that the shifts lie in."""
    if not given.shifts:
        return
    length = timedelta(days=days)
    begins = given.anchor + (given.shifts[0].starts_at - given.anchor) // length * length
    while begins < given.shifts[-1].ends_at:
        yield Stretch(starts_at=begins, ends_at=begins + length)
        begins += length


def _candidate(given: Circumstances, officer: Officer) -> Candidate | None:
    able = [need for need in given.needs if need.skill in officer.skills]
    if not able:
        return None
    speaking = [need for need in able if not need.languages or set(need.languages) & set(officer.languages)]
    mine = {one.shift for one in given.seats if one.officer == officer.id}
    kept = [shift.stretch for shift in given.kept if shift.id in mine]
    engaged = list((given.engaged or {}).get(officer.id, ()))
    worked = [*kept, *engaged]
    blocked = {shift.id: why for shift in given.shifts if (why := _blocked(given, officer, shift, kept, engaged))}
    zone = officer.time_zone
    return Candidate(
        id=officer.id,
        roles=tuple(need.role for need in speaking),
        silent=tuple(need.role for need in able if need not in speaking),
        blocked=blocked,
        worked=tuple(worked),
        night_worked=tuple(one for one in worked if given.rules.is_night(one, zone=zone)),
        nights=tuple(shift.id for shift in given.shifts if given.rules.is_night(shift, zone=zone)),
        limits=tuple(_limits(given, officer)),
        had=len(kept),
        had_nights=sum(given.rules.is_night(one, zone=zone) for one in kept),
    )


def _blocked(
    given: Circumstances, officer: Officer, shift: Shift, kept: Sequence[Stretch], engaged: Sequence[Stretch]
) -> Hindrance | None:
    """What keeps an officer from a shift whatever the rest of the rota is; the first thing that does."""
    rest = given.rules.daily_rest.hours * 60
    reasons = (
        None if officer.available else Hindrance.NOT_AVAILABLE,
        clearance_hindrance(officer, given.level, until=shift.ends_at),
        Hindrance.ABSENT if _absent(given, officer, shift) else None,
        None if _works_then(officer, shift) else Hindrance.OUTSIDE_HOURS,
        Hindrance.ENGAGED if any(follows_too_soon(one, shift, rest_minutes=rest) for one in engaged) else None,
        Hindrance.DAILY_REST if any(follows_too_soon(one, shift, rest_minutes=rest) for one in kept) else None,
    )
    return next((one for one in reasons if one is not None), None)


def clearance_hindrance(officer: Officer, level: Level, *, until: datetime) -> Hindrance | None:
    """Whether an officer may not know of an incident of this level until then; fails closed (DESIGN rule 5)."""
    refused = refusal(Marking(level=level), officer.reader, channel_maximum=Level.TRES_SECRET, at=until)
    if refused is None:
        return None
    unknown = refused is WithheldReason.CLEARANCE_UNKNOWN
    return Hindrance.CLEARANCE_UNKNOWN if unknown else Hindrance.NOT_CLEARED


def _absent(given: Circumstances, officer: Officer, shift: Shift) -> bool:
    away = [Stretch(starts_at=one.starts_at, ends_at=one.ends_at) for one in officer.absences]
    away += [one for one in given.absences if one.officer == officer.id]
    return any(one.starts_at < shift.ends_at and shift.starts_at < one.ends_at for one in away)


def _works_then(officer: Officer, shift: Shift) -> bool:
    """Whether a whole shift lies in the hours in which an officer can be asked to work."""
    if officer.working_hours is None:
        return True
    steps = range((shift.ends_at - shift.starts_at) // QUARTER)
    last = shift.ends_at - timedelta(minutes=1)
    return all(officer.working_hours.open_at(shift.starts_at + step * QUARTER) for step in steps) and (
        officer.working_hours.open_at(last)
    )


def _limits(given: Circumstances, officer: Officer) -> Iterator[Limit]:
    weekly, nightly = given.rules.weekly_hours, given.rules.night_hours
    agreed = sum(one.hours for one in given.overtime if one.officer == officer.id)
    hours = weekly.hours * weekly.period_days / 7
    if officer.weekly_hours is not None:
        hours = min(hours, officer.weekly_hours * weekly.period_days / 7)
    hours += min(agreed, given.rules.overtime.hours)
    for period in _periods(given, weekly.period_days):
        yield Limit(period=period, minutes=int(hours * 60))
    night = nightly.hours * (nightly.period_days - nightly.rest_days) * 60
    for period in _periods(given, nightly.period_days):
        yield Limit(period=period, minutes=night, night=True)


def horizon(
    rules: RestRules, pattern: Pattern, *, starts_at: datetime, ends_at: datetime, kept: Sequence[Shift]
) -> tuple[Shift, ...]:
    """The shifts to be planned between two times: they begin where the shifts that are kept end."""
    handover = timedelta(minutes=rules.handover_minutes)
    free_from = max([starts_at, *(shift.ends_at - handover for shift in kept)])
    return rules.grid(pattern, starts_at=free_from, ends_at=ends_at) if free_from < ends_at else ()


def published_in(rota: Rota | None, shifts: Iterable[Shift]) -> tuple[Seat, ...]:
    """The seats of an earlier version in these shifts, as far as the shifts are the same ones."""
    if rota is None:
        return ()
    same = {one.id for one in rota.shifts} & {one.id for one in shifts if rota.shift(one.id) == one}
    return tuple(one for one in rota.seats if one.shift in same)
