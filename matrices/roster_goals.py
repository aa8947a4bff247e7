"""What a good rota is, the most important first: few empty seats, few changes, shifts spread evenly."""

from collections.abc import Sequence

from leerp.rota import Seat, lost
from matrices.roster_problem import Problem

NIGHT_WEIGHT = 2
"""What a shift at night counts more than another one, for fairness (project assumption)."""


def emptiness(problem: Problem, seats: Sequence[Seat]) -> int:
    """The empty seats, each with the importance of its role."""
    importance = {need.role: need.importance for need in problem.needs}
    return sum(importance[one.role] for one in seats if one.officer is None)


def changes(problem: Problem, seats: Sequence[Seat]) -> int:
    """How many people lose a seat that was published as theirs."""
    return len(lost(problem.published, seats))


def unevenness(problem: Problem, seats: Sequence[Seat]) -> int:
    """Everybody's n-th shift counts n, and everybody's n-th night twice n: least where all have as many."""
    total = 0
    for one in problem.candidates:
        sits = problem.sits(seats, one.id)
        nights = sum(shift.id in one.nights for shift in sits)
        total += _sum_from(one.had, len(sits)) + NIGHT_WEIGHT * _sum_from(one.had_nights, nights)
    return total


def _sum_from(already: int, more: int) -> int:
    """The sum of the whole numbers that follow `already`, as many as `more`."""
    return already * more + more * (more + 1) // 2
