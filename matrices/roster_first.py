"""A first rota, made seat by seat: what a search begins with, and what stands when it finds nothing better in time."""

from collections.abc import Mapping, Sequence

from leerp.rota import Seat, Shift, seats_in_order
from matrices.roster_goals import NIGHT_WEIGHT
from matrices.roster_problem import Candidate, Problem, hindrance
from matrices.roster_program import with_empty_seats


def first_rota(problem: Problem) -> tuple[Seat, ...]:
    """Seats that keep every rule: whoever had a seat before keeps it, then the rarest skill first."""
    sits: dict[str, list[Shift]] = {one.id: [] for one in problem.candidates}
    seated: dict[tuple[str, str], list[str | None]] = {}
    everybody = {one.id: one for one in problem.candidates}
    by_id = {shift.id: shift for shift in problem.shifts}
    wanted = {(shift.id, need.role): seats for shift, need, seats in problem.demands()}

    def sit(candidate: Candidate, shift: Shift, role: str) -> None:
        can = role in candidate.roles and len(seated.get((shift.id, role), [])) < wanted.get((shift.id, role), 0)
        if can and hindrance(problem, candidate, shift, sits=sits[candidate.id]) is None:
            seated.setdefault((shift.id, role), []).append(candidate.id)
            sits[candidate.id].append(shift)

    for one in problem.published:
        if one.officer in everybody and one.shift in by_id:
            sit(everybody[one.officer], by_id[one.shift], one.role)
    able = {need.role: [one for one in problem.candidates if need.role in one.roles] for need in problem.needs}
    for shift, need, _ in sorted(
        problem.demands(), key=lambda one: (one[0].starts_at, -one[1].importance, len(able[one[1].role]))
    ):
        for candidate in sorted(able[need.role], key=lambda one: (one.had + len(sits[one.id]), len(one.roles), one.id)):
            sit(candidate, shift, need.role)
    return with_empty_seats(problem, seated)


MAX_PASSES = 20
"""How often all seats are gone through for a fairer rota; each pass finds less than the one before."""


def evened(problem: Problem, seats: Sequence[Seat]) -> tuple[Seat, ...]:
    """The same seats spread more evenly, one move at a time, as far as that leads: no rule is broken by it.

    Seats that were published stay with whoever has them.
    """
    found = list(seats)
    sits = {one.id: problem.sits(seats, one.id) for one in problem.candidates}
    shifts = {shift.id: shift for shift in problem.shifts}
    for _ in range(MAX_PASSES):
        moves = [_move(problem, found, place, sits, shifts) for place in range(len(found))]
        if not any(moves):
            break
    return seats_in_order(found, problem.shifts, problem.needs)


def _move(
    problem: Problem, seats: list[Seat], place: int, sits: dict[str, list[Shift]], shifts: Mapping[str, Shift]
) -> bool:
    """Give one seat to whoever has least, if that is fairer; whether it was."""
    seat = seats[place]
    if seat.officer is None or seat in problem.published:
        return False
    everybody = {one.id: one for one in problem.candidates}
    shift, holder = shifts[seat.shift], everybody[seat.officer]
    others = [one for one in problem.candidates if seat.role in one.roles and one.id != holder.id]
    now = _burden(holder, [one for one in sits[holder.id] if one.id != shift.id], shift)
    for one in sorted(others, key=lambda one: (_burden(one, sits[one.id], shift), one.id)):
        if _burden(one, sits[one.id], shift) >= now:
            return False
        if hindrance(problem, one, shift, sits=sits[one.id]) is None:
            seats[place] = seat.model_copy(update={"officer": one.id})
            sits[holder.id] = [had for had in sits[holder.id] if had.id != shift.id]
            sits[one.id].append(shift)
            return True
    return False


def _burden(one: Candidate, sits: Sequence[Shift], shift: Shift) -> int:
    """What one more shift counts for somebody who sits in these."""
    burden = one.had + len(sits) + 1
    if shift.id in one.nights:
        burden += NIGHT_WEIGHT * (one.had_nights + sum(had.id in one.nights for had in sits) + 1)
    return burden
