"""What a rota is sought for: shifts, needs, people and what binds them. Kept as a document with every version."""

from collections.abc import Iterator, Sequence

from leerp.model import Identifier, Message
from leerp.rota import Hindrance, Need, Seat, Shift, Stretch


class Limit(Message):
    """At most so many minutes of work in a period; with `night` only shifts at night count."""

    period: Stretch
    minutes: int
    night: bool = False


class Candidate(Message):
    """Somebody who may sit. `roles`: what this person can do. `blocked`: the shifts in which this person cannot.

    `silent`: the roles for which this person has the skill, and works in none of the languages.

    `worked`: fixed times at work, behind and ahead, in this incident and in others; they count for every limit.
    `night_worked`: those of them that are night work. `nights`: the shifts that are night work for this person.
    `had`, `had_nights`: how many shifts of this incident this person has had already.
    """

    id: Identifier
    roles: tuple[Identifier, ...]
    silent: tuple[Identifier, ...] = ()
    blocked: dict[Identifier, Hindrance] = {}
    worked: tuple[Stretch, ...] = ()
    night_worked: tuple[Stretch, ...] = ()
    nights: tuple[Identifier, ...] = ()
    limits: tuple[Limit, ...] = ()
    had: int = 0
    had_nights: int = 0


class Problem(Message):
    """A rota to be found. `shifts`: those that may still change. `seats`: how many of each role in each of them.

    `published`: who sat there before, to be changed as little as can be. `periods`: in each of them everybody has
    `weekly_rest_minutes` without a break; between two shifts everybody has `daily_rest_minutes`.
    """

    shifts: tuple[Shift, ...]
    needs: tuple[Need, ...]
    seats: dict[Identifier, dict[Identifier, int]]
    candidates: tuple[Candidate, ...]
    published: tuple[Seat, ...] = ()
    periods: tuple[Stretch, ...] = ()
    daily_rest_minutes: int
    weekly_rest_minutes: int

    def demands(self) -> Iterator[tuple[Shift, Need, int]]:
        """Every shift with every role that has seats in it, and how many."""
        for shift in self.shifts:
            for need in self.needs:
                seats = self.seats[shift.id].get(need.role, 0)
                if seats:
                    yield shift, need, seats

    def sits(self, seats: Sequence[Seat], officer: str) -> list[Shift]:
        """The shifts in which somebody sits."""
        mine = {one.shift for one in seats if one.officer == officer}
        return [shift for shift in self.shifts if shift.id in mine]


def follows_too_soon(first: Stretch, second: Stretch, *, rest_minutes: int) -> bool:
    """Whether the rest between two times at work is too short, whichever comes first."""
    if second.starts_at < first.starts_at:
        first, second = second, first
    return (second.starts_at - first.ends_at).total_seconds() < rest_minutes * 60


def rests(worked: Sequence[Stretch], period: Stretch, *, rest_minutes: int) -> bool:
    """Whether a period has a rest of that length without a break."""
    free_from = period.starts_at
    for one in sorted(worked, key=lambda stretch: stretch.starts_at):
        if (min(one.starts_at, period.ends_at) - free_from).total_seconds() >= rest_minutes * 60:
            return True
        free_from = max(free_from, one.ends_at)
    return (period.ends_at - free_from).total_seconds() >= rest_minutes * 60


def unrested(problem: Problem, candidate: Candidate, sits: Sequence[Shift]) -> Iterator[Stretch]:
    """The periods in which somebody who sits in these shifts has work in them, and no weekly rest."""
    worked = [*candidate.worked, *sits]
    for period in problem.periods:
        touched = any(shift.overlap_minutes(period) for shift in sits)
        if touched and not rests(worked, period, rest_minutes=problem.weekly_rest_minutes):
            yield period


def hindrance(problem: Problem, candidate: Candidate, shift: Shift, *, sits: Sequence[Shift]) -> Hindrance | None:
    """What keeps somebody who sits in other shifts already from one more; None if nothing does."""
    if shift.id in candidate.blocked:
        return candidate.blocked[shift.id]
    if any(one.id == shift.id for one in sits):
        return Hindrance.ANOTHER_SEAT
    if any(follows_too_soon(one, shift, rest_minutes=problem.daily_rest_minutes) for one in sits):
        return Hindrance.DAILY_REST
    for limit in candidate.limits:
        if _beyond(candidate, limit, shift, sits):
            return Hindrance.NIGHT_HOURS if limit.night else Hindrance.WEEKLY_HOURS
    touched = [period for period in unrested(problem, candidate, [*sits, shift]) if shift.overlap_minutes(period)]
    return Hindrance.WEEKLY_REST if touched else None


def _beyond(candidate: Candidate, limit: Limit, shift: Shift, sits: Sequence[Shift]) -> bool:
    more = _counted(candidate, limit, [shift])
    done = sum(
        one.overlap_minutes(limit.period) for one in (candidate.night_worked if limit.night else candidate.worked)
    )
    return bool(more) and done + _counted(candidate, limit, sits) + more > limit.minutes


def _counted(candidate: Candidate, limit: Limit, shifts: Sequence[Shift]) -> int:
    """The minutes of these shifts that count for a limit."""
    return sum(one.overlap_minutes(limit.period) for one in shifts if not limit.night or one.id in candidate.nights)
