"""The rules of a rota, checked minute by minute: slow, plain, and with nothing of the code that makes one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from leerp.rota import Need, Seat, Shift, Stretch, shift_id
from matrices.roster_problem import Candidate, Limit, Problem

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def faults(problem: Problem, seats: Sequence[Seat]) -> list[str]:
    """Every rule that these seats break; empty if none."""
    return [*_shape(problem, seats), *(line for one in problem.candidates for line in _person(problem, seats, one))]


def _shape(problem: Problem, seats: Sequence[Seat]) -> Iterator[str]:
    wanted = Counter({(s, r): n for s, roles in problem.seats.items() for r, n in roles.items() if n})
    if Counter((one.shift, one.role) for one in seats) != wanted:
        yield "there are other seats than those asked for"
    known = {one.id for one in problem.candidates}
    for one in seats:
        if one.officer is not None and one.officer not in known:
            yield f"{one.officer} is nobody"


def _person(problem: Problem, seats: Sequence[Seat], one: Candidate) -> Iterator[str]:
    mine = [seat for seat in seats if seat.officer == one.id]
    shifts = [shift for seat in mine for shift in problem.shifts if shift.id == seat.shift]
    for seat in mine:
        if seat.role not in one.roles:
            yield f"{one.id} has not the skill of {seat.role}"
        if seat.shift in one.blocked:
            yield f"{one.id} sits in {seat.shift} although {one.blocked[seat.shift]}"
    if len({seat.shift for seat in mine}) != len(mine):
        yield f"{one.id} has two seats in one shift"
    for first, second in product(shifts, shifts):
        gap = (second.starts_at - first.ends_at) / MINUTE
        if first.starts_at < second.starts_at and gap < problem.daily_rest_minutes:
            yield f"{one.id} rests {gap} minutes between {first.id} and {second.id}"
    yield from _weeks(problem, one, shifts)
    for limit in one.limits:
        night = [shift for shift in shifts if shift.id in one.nights]
        counted = [*one.night_worked, *night] if limit.night else [*one.worked, *shifts]
        new = sum(len(_minutes(shift) & _minutes(limit.period)) for shift in (night if limit.night else shifts))
        total = sum(len(_minutes(stretch) & _minutes(limit.period)) for stretch in counted)
        if new and total > limit.minutes:
            yield f"{one.id} works {total} minutes of {limit.minutes}, night: {limit.night}"


def _weeks(problem: Problem, one: Candidate, shifts: Sequence[Shift]) -> Iterator[str]:
    for period in problem.periods:
        if not any(_minutes(shift) & _minutes(period) for shift in shifts):
            continue
        busy = set().union(*(_minutes(stretch) for stretch in (*one.worked, *shifts)))
        longest = run = 0
        for minute in sorted(_minutes(period)):
            run = 0 if minute in busy else run + 1
            longest = max(longest, run)
        if longest < problem.weekly_rest_minutes:
            yield f"{one.id} rests {longest} minutes in the week from {period.starts_at}"


def _minutes(stretch: Stretch) -> set[int]:
    return set(range(int((stretch.starts_at - MONDAY) / MINUTE), int((stretch.ends_at - MONDAY) / MINUTE)))


def worth(problem: Problem, seats: Sequence[Seat]) -> tuple[int, int, int]:
    """Empty seats by importance, published seats taken away, and the sums of squares of shifts and nights."""
    importance = {need.role: need.importance for need in problem.needs}
    empty = sum(importance[one.role] for one in seats if one.officer is None)
    gone = len([one for one in problem.published if one.officer and one not in seats])
    uneven = 0
    for one in problem.candidates:
        mine = [seat.shift for seat in seats if seat.officer == one.id]
        uneven += sum(one.had + number for number in range(1, len(mine) + 1))
        uneven += sum(
            2 * (one.had_nights + number) for number in range(1, len([s for s in mine if s in one.nights]) + 1)
        )
    return empty, gone, uneven


def best_worth(problem: Problem) -> tuple[int, int, int]:
    """The best there is, by trying everything; for one seat of each role."""
    places = [(shift.id, role) for shift in problem.shifts for role, seats in problem.seats[shift.id].items() if seats]
    who = [
        [None, *(one.id for one in problem.candidates if role in one.roles and shift not in one.blocked)]
        for shift, role in places
    ]
    allowed: dict[tuple[str, tuple[str, ...]], bool] = {}

    def may(one: Candidate, seats: Sequence[Seat]) -> bool:
        mine = tuple(seat.shift for seat in seats if seat.officer == one.id)
        if (one.id, mine) not in allowed:
            allowed[one.id, mine] = not [*_person(problem, seats, one)]
        return allowed[one.id, mine]

    rotas = (
        [Seat(shift=shift, role=role, officer=one) for (shift, role), one in zip(places, chosen, strict=True)]
        for chosen in product(*who)
    )
    return min(worth(problem, seats) for seats in rotas if all(may(one, seats) for one in problem.candidates))


def shifts_of(count: int, *, hours: int = 8, overlap_minutes: int = 30) -> tuple[Shift, ...]:
    """Shifts one after another from Monday on."""
    begins = [MONDAY + number * timedelta(hours=hours) for number in range(count)]
    length = timedelta(hours=hours, minutes=overlap_minutes)
    return tuple(Shift(id=shift_id(begin), starts_at=begin, ends_at=begin + length) for begin in begins)


def needs_of(*roles: str, seats: int = 1) -> tuple[Need, ...]:
    """A need for each role; the first is worth most."""
    return tuple(
        Need(role=role, name=role, skill=role, seats=seats, importance=len(roles) - number)
        for number, role in enumerate(roles)
    )


def week(number: int = 0) -> Stretch:
    """A week from Monday on."""
    begins = MONDAY + number * timedelta(days=7)
    return Stretch(starts_at=begins, ends_at=begins + timedelta(days=7))


def problem_of(shifts: Sequence[Shift], needs: Sequence[Need], people: Sequence[Candidate], **more: object) -> Problem:
    """A problem under the rules of Directive 2003/88/EC."""
    values: dict[str, object] = {
        "shifts": shifts,
        "needs": needs,
        "seats": {shift.id: {need.role: need.seats for need in needs} for shift in shifts},
        "candidates": people,
        "periods": (week(), week(1)),
        "daily_rest_minutes": 11 * 60,
        "weekly_rest_minutes": 35 * 60,
    }
    return Problem.model_validate(values | more)


def somebody(name: str, *roles: str, shifts: Sequence[Shift] = (), **more: object) -> Candidate:
    """Somebody with the limits of the Directive; every third of the shifts is night work."""
    limits = (Limit(period=week(), minutes=48 * 60), Limit(period=week(), minutes=48 * 60, night=True))
    values: dict[str, object] = {"id": name, "roles": roles, "limits": limits}
    values["nights"] = tuple(shift.id for shift in shifts[2::3])
    return Candidate.model_validate(values | more)
