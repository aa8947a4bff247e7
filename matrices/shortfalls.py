"""What a rota lacks, by role and hour, and for each person with the skill what keeps this person from the seat."""

from collections.abc import Sequence

from leerp.rota import Hindered, Hindrance, Need, Seat, Shift, Shortfall
from matrices.roster_problem import Candidate, Problem, hindrance


def shortfalls(problem: Problem, seats: Sequence[Seat]) -> tuple[Shortfall, ...]:
    """The seats that stay empty, in the order of time, with who could have filled them and why nobody does."""
    found = []
    for shift, need, _ in problem.demands():
        missing = sum(one.officer is None for one in seats if (one.shift, one.role) == (shift.id, need.role))
        if missing:
            found.append(
                Shortfall(
                    shift=shift.id,
                    role=need.role,
                    starts_at=shift.starts_at,
                    ends_at=shift.ends_at,
                    missing=missing,
                    people=_people(problem, seats, shift, need),
                )
            )
    return tuple(found)


def _people(problem: Problem, seats: Sequence[Seat], shift: Shift, need: Need) -> tuple[Hindered, ...]:
    here = {one.officer for one in seats if (one.shift, one.role) == (shift.id, need.role)}
    able = [one for one in problem.candidates if need.role in (*one.roles, *one.silent) and one.id not in here]
    return tuple(Hindered(officer=one.id, because=_because(problem, seats, shift, need, one)) for one in able)


def _because(problem: Problem, seats: Sequence[Seat], shift: Shift, need: Need, candidate: Candidate) -> Hindrance:
    if need.role in candidate.silent:
        return Hindrance.OTHER_LANGUAGE
    found = hindrance(problem, candidate, shift, sits=problem.sits(seats, candidate.id))
    return found or Hindrance.COULD_COME
