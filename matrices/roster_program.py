"""The mixed-integer program of a rota: columns, rows and three goals."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from leerp.rota import Seat, Shift, Stretch, seats_in_order
from matrices.roster_goals import NIGHT_WEIGHT, changes, emptiness, unevenness
from matrices.roster_problem import Candidate, Problem

INFINITY = float("inf")
ONE_PER_CENT = 0.01


class Row(NamedTuple):
    """A weighted sum of columns, and between what it lies."""

    at_least: float
    at_most: float
    entries: Mapping[int, float]


class Key(NamedTuple):
    """Somebody in a seat."""

    officer: str
    shift: str
    role: str


class Goal(NamedTuple):
    """What is to be as small as can be: costs by column, and the same measured on seats.

    The sum of the costs of a rota and `offset` is what is measured on it, a whole number. `tolerance`: the share of it
    by which the best may be missed.
    """

    costs: Mapping[int, float]
    measure: Callable[[Problem, Sequence[Seat]], int]
    offset: int = 0
    tolerance: float = 0.0


class Program:
    """The program of a problem.

    Every column lies between 0 and `upper`. `seats`: the columns, 0 or 1, of people in seats; the others follow from
    them. `goals`: the most important one first.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.upper: list[float] = []
        self.rows: list[Row] = []
        self.seats = {
            Key(one.id, shift.id, need.role): self._column()
            for shift, need, _ in problem.demands()
            for one in problem.candidates
            if need.role in one.roles and shift.id not in one.blocked
        }
        self._mine: dict[str, dict[str, list[int]]] = {}
        for key, column in self.seats.items():
            self._mine.setdefault(key.officer, {}).setdefault(key.shift, []).append(column)
        missing = self._cover()
        for candidate in problem.candidates:
            self._rest_daily(candidate)
            for period in problem.periods:
                self._rest_weekly(candidate, period)
            self._limit(candidate)
        kept = dict.fromkeys((self.seats[key] for key in self._published() if key in self.seats), -1.0)
        goals = [
            Goal(missing, emptiness),
            Goal(kept, changes, offset=len(self._published())),
            Goal(self._be_fair(), unevenness, tolerance=ONE_PER_CENT),
        ]
        self.goals = [goal for goal in goals if goal.costs]

    def _column(self, *, upper: float = 1.0) -> int:
        self.upper.append(upper)
        return len(self.upper) - 1

    def _row(self, entries: Mapping[int, float], *, at_least: float = -INFINITY, at_most: float = INFINITY) -> None:
        if entries:
            self.rows.append(Row(at_least, at_most, entries))

    def _cover(self) -> dict[int, float]:
        """Seats are filled or missing; the columns of what is missing, each with its importance."""
        by_seat: dict[tuple[str, str], list[int]] = {}
        for key, column in self.seats.items():
            by_seat.setdefault((key.shift, key.role), []).append(column)
        costs = {}
        for shift, need, seats in self.problem.demands():
            missing = self._column(upper=seats)
            costs[missing] = float(need.importance)
            entries = dict.fromkeys([*by_seat.get((shift.id, need.role), []), missing], 1.0)
            self._row(entries, at_least=seats, at_most=seats)
        return costs

    def _rest_daily(self, candidate: Candidate) -> None:
        """One seat at a time, and a daily rest between two: of shifts that are too near each other, one at most."""
        mine = self._mine.get(candidate.id, {})
        rest = timedelta(minutes=self.problem.daily_rest_minutes)
        for shift in self.problem.shifts:
            near = [one for one in self.problem.shifts if shift.starts_at <= one.starts_at < shift.ends_at + rest]
            columns = [column for one in near for column in mine.get(one.id, [])]
            if len(columns) > 1:
                self._row(dict.fromkeys(columns, 1.0), at_most=1)

    def _limit(self, candidate: Candidate) -> None:
        """Hours of work, and hours of work at night, in each period."""
        mine = self._mine.get(candidate.id, {})
        for limit in candidate.limits:
            done = candidate.night_worked if limit.night else candidate.worked
            left = limit.minutes - sum(one.overlap_minutes(limit.period) for one in done)
            entries = {
                column: float(minutes)
                for shift in self.problem.shifts
                if not limit.night or shift.id in candidate.nights
                if (minutes := shift.overlap_minutes(limit.period))
                for column in mine.get(shift.id, [])
            }
            if sum(entries.values()) > left:
                self._row(entries, at_most=max(left, 0))

    def _published(self) -> list[Key]:
        return [Key(one.officer, one.shift, one.role) for one in self.problem.published if one.officer is not None]

    def _be_fair(self) -> dict[int, float]:
        """What an uneven rota costs: everybody's n-th shift costs n, and everybody's n-th night twice n.

        The sum is least where shifts are spread evenly, as a sum of squares is.
        """
        costs: dict[int, float] = {}
        for candidate in self.problem.candidates:
            mine = self._mine.get(candidate.id, {})
            nights = [columns for shift, columns in mine.items() if shift in candidate.nights]
            self._count(list(mine.values()), costs, already=candidate.had, weight=1)
            self._count(nights, costs, already=candidate.had_nights, weight=NIGHT_WEIGHT)
        return costs

    def _count(self, shifts: list[list[int]], costs: dict[int, float], *, already: int, weight: int) -> None:
        """As many steps as there are seats; each one costs more than the one before, so the cheap ones come first."""
        steps = [self._column() for _ in shifts]
        costs |= {step: float(weight * (already + number)) for number, step in enumerate(steps, start=1)}
        columns = [column for several in shifts for column in several]
        self._row(dict.fromkeys(columns, 1.0) | dict.fromkeys(steps, -1.0), at_least=0, at_most=0)

    def _rest_weekly(self, candidate: Candidate, period: Stretch) -> None:
        """Give somebody a weekly rest in a period; where the past allows none, no further shift in it."""
        mine = self._mine.get(candidate.id, {})
        inside = [shift for shift in self.problem.shifts if shift.id in mine and shift.overlap_minutes(period)]
        rests = []
        for free in _possible_rests(candidate.worked, inside, period, minutes=self.problem.weekly_rest_minutes):
            rest = self._column()
            rests.append(rest)
            for near in self._near_each_other([shift for shift in inside if shift.overlap_minutes(free)]):
                columns = [column for shift in near for column in mine[shift.id]]
                # A rest may be a fraction of several: in a whole-numbered answer all of them are free then.
                self._row({rest: 1.0} | dict.fromkeys(columns, 1.0), at_most=1)
        if rests:
            self._row(dict.fromkeys(rests, 1.0), at_least=1)
            return
        for shift in inside:
            self._row(dict.fromkeys(mine[shift.id], 1.0), at_most=0)

    def _near_each_other(self, shifts: Sequence[Shift]) -> Iterator[list[Shift]]:
        """Shifts in groups of which nobody can have two, for the daily rest: one row then speaks for a group."""
        rest = timedelta(minutes=self.problem.daily_rest_minutes)
        group: list[Shift] = []
        for shift in shifts:
            if group and shift.starts_at >= group[0].ends_at + rest:
                yield group
                group = []
            group.append(shift)
        if group:
            yield group

    def read(self, values: Mapping[int, float] | list[float]) -> tuple[Seat, ...]:
        """The seats that the values of the columns mean."""
        half = 0.5
        seated: dict[tuple[str, str], list[str | None]] = {}
        for key, column in self.seats.items():
            if values[column] > half:
                seated.setdefault((key.shift, key.role), []).append(key.officer)
        return with_empty_seats(self.problem, seated)


def with_empty_seats(problem: Problem, seated: Mapping[tuple[str, str], list[str | None]]) -> tuple[Seat, ...]:
    """All seats in their order: those of shift and role in which somebody sits, and the empty ones."""
    seats = []
    for shift, need, wanted in problem.demands():
        found = seated.get((shift.id, need.role), [])
        empty: list[str | None] = [None] * (wanted - len(found))
        seats += [Seat(shift=shift.id, role=need.role, officer=one) for one in [*found, *empty]]
    return seats_in_order(seats, problem.shifts, problem.needs)


def _possible_rests(
    worked: Iterable[Stretch], shifts: Iterable[Shift], period: Stretch, *, minutes: int
) -> Iterable[Stretch]:
    """Where a weekly rest can lie: any one can be moved forward until it begins where something ends."""
    fixed = [one for one in worked if one.overlap_minutes(period)]
    begins = {period.starts_at, *(one.ends_at for one in fixed), *(one.ends_at for one in shifts)}
    for begin in sorted(begins):
        free = Stretch(starts_at=begin, ends_at=begin + timedelta(minutes=minutes))
        within = begin >= period.starts_at and free.ends_at <= period.ends_at
        if within and not any(one.overlap_minutes(free) for one in fixed):
            yield free
