"""The two tables of the team: which roles a type of incident needs, and when people rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from leerp.formats.strict import yaml_model
from leerp.hours import ZoneName
from leerp.incident_types import IncidentType, TypeAssignment
from leerp.languages import LanguageTag
from leerp.model import Identifier, Line, Model
from leerp.rota import Need, Pattern, Shift, Stretch, shift_id
from matrices.bursts import load_rules
from matrices.products import load_catalogue
from matrices.table_head import TableHead

DAY = timedelta(days=1)


class TeamRole(Model):
    """A role of the team. `importance`: what an empty seat costs beside the others. `lead`: takes the shift over.

    `languages`: whoever sits there works in one of them.
    """

    id: Identifier
    name: Line
    skill: Identifier
    importance: int = Field(ge=1, le=9)
    lead: bool = False
    languages: tuple[LanguageTag, ...] = ()
    source: Line


class RoleSeats(Model):
    """How many seats of a role; `at_night` where a shift is night work, absent means as many."""

    role: Identifier
    seats: int = Field(ge=0, le=20)
    at_night: int | None = Field(default=None, ge=0, le=20)


class TeamForTypes(Model):
    """The seats that incidents of these types need; of no type named, all incidents."""

    types: tuple[IncidentType, ...]
    why: Line
    seats: tuple[RoleSeats, ...] = Field(min_length=1)

    def fits(self, types: Iterable[TypeAssignment]) -> bool:
        """Whether an incident of these types needs them."""
        names = {name for one in types for name in (one.rsit_class, f"{one.rsit_class}:{one.rsit_value}")}
        return not self.types or bool(names.intersection(self.types))


class TeamRoles(TableHead):
    """The file of roles and teams."""

    roles: tuple[TeamRole, ...] = Field(min_length=1, max_length=64)
    teams: tuple[TeamForTypes, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> "TeamRoles":
        ids = [role.id for role in self.roles]
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice:
            raise ValueError(f"roles: {twice!r} stands twice; give each role an id of its own")
        for team in self.teams:
            for one in team.seats:
                if one.role not in ids:
                    raise ValueError(f"teams: there is no role {one.role!r}; add it under roles")
        return self

    def needs(self, types: Sequence[TypeAssignment]) -> tuple[Need, ...]:
        """The roles for an incident of these types with their seats by day, in the order of the file."""
        return self._needs(types, night=False)

    def night_needs(self, types: Sequence[TypeAssignment]) -> tuple[Need, ...]:
        """The same with their seats at night."""
        return self._needs(types, night=True)

    def _needs(self, types: Sequence[TypeAssignment], *, night: bool) -> tuple[Need, ...]:
        wanted: dict[str, int] = {}
        for team in self.teams:
            for one in team.seats if team.fits(types) else ():
                seats = one.at_night if night and one.at_night is not None else one.seats
                wanted[one.role] = max(wanted.get(one.role, 0), seats)
        return tuple(
            Need(
                role=role.id,
                name=role.name,
                skill=role.skill,
                seats=wanted[role.id],
                importance=role.importance,
                lead=role.lead,
                languages=role.languages,
            )
            for role in self.roles
            if role.id in wanted
        )


def _clock(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('write a time of the day in quotes, as in "07:00"')  # noqa: TRY004 - pydantic reads ValueError
    return value


def _plain(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("a time of the day has no offset; the zone of the file says where")
    return value


ClockTime = Annotated[time, BeforeValidator(_clock), AfterValidator(_plain)]
"""A time of the day on the clock on the wall."""


class DailyRest(Model):
    """Hours of rest without a break between two shifts."""

    hours: int = Field(ge=0, le=24)
    source: Line


class Pause(Model):
    """After how many hours of a shift a break is due."""

    after_hours: int = Field(ge=1, le=24)
    source: Line


class PeriodRule(Model):
    """So many hours in each period of so many days."""

    hours: int = Field(ge=0, le=24 * 120)
    period_days: int = Field(ge=1, le=120)
    source: Line


class NightHours(PeriodRule):
    """An average of so many hours of night work in 24; `rest_days` of a period do not count."""

    rest_days: int = Field(ge=0, le=60)


class Night(Model):
    """What night is, by the clock on the wall, and how many of its hours make a shift night work."""

    begins: ClockTime
    ends: ClockTime
    hours: int = Field(ge=1, le=12)
    source: Line


class OvertimeRule(Model):
    """How many more hours in a period somebody may agree to."""

    hours: int = Field(ge=0, le=60)
    source: Line


class RestRules(TableHead):
    """The file of rest rules and patterns of shifts."""

    zone: ZoneName
    daily_rest: DailyRest
    pause: Pause
    weekly_rest: PeriodRule
    weekly_hours: PeriodRule
    night_hours: NightHours
    night: Night
    overtime: OvertimeRule
    handover_minutes: int = Field(ge=0, le=120)
    announce_end_hours: int = Field(ge=0, le=72)
    patterns: dict[Pattern, tuple[ClockTime, ...]]

    @model_validator(mode="after")
    def _whole(self) -> "RestRules":
        for pattern in Pattern:
            begins = self.patterns.get(pattern, ())
            if not begins or sorted(set(begins)) != list(begins):
                raise ValueError(f"patterns: {pattern.value} needs the times at which its shifts begin, in order")
        if self.weekly_rest.hours > self.weekly_rest.period_days * 24:
            raise ValueError("weekly_rest: is longer than its period")
        if self.night_hours.rest_days >= self.night_hours.period_days:
            raise ValueError("night_hours: rest_days must be fewer than period_days")
        return self

    def grid(self, pattern: Pattern, *, starts_at: datetime, ends_at: datetime) -> tuple[Shift, ...]:
        """The shifts that run between two times; the first is cut off at its beginning, the last one runs to its end.

        Each runs into the next one for the handover. They begin by the clock on the wall, so that in the nights in
        which clocks change one of them is an hour longer or shorter.
        """
        there = ZoneInfo(self.zone)
        first, days = starts_at.astimezone(there).date() - DAY, (ends_at - starts_at).days + 5
        begins = sorted(
            datetime.combine(first + number * DAY, begin, tzinfo=there).astimezone(UTC)
            for number in range(days)
            for begin in self.patterns[pattern]
        )
        handover = timedelta(minutes=self.handover_minutes)
        return tuple(
            Shift(id=shift_id(max(begin, starts_at)), starts_at=max(begin, starts_at), ends_at=end + handover)
            for begin, end in pairwise(begins)
            if end > starts_at and begin < ends_at
        )

    def is_night(self, stretch: Stretch, *, zone: str | None = None) -> bool:
        """Whether a time at work is night work, by the clock on the wall in a zone, else in the centre's."""
        there = ZoneInfo(zone or self.zone)
        day, last = stretch.starts_at.astimezone(there).date() - DAY, stretch.ends_at.astimezone(there).date()
        over_midnight = DAY if self.night.ends <= self.night.begins else timedelta()
        minutes = 0
        while day <= last:
            begins = datetime.combine(day, self.night.begins, tzinfo=there).astimezone(UTC)
            ends = datetime.combine(day + over_midnight, self.night.ends, tzinfo=there).astimezone(UTC)
            if begins < ends:
                minutes += stretch.overlap_minutes(Stretch(starts_at=begins, ends_at=ends))
            day += DAY
        return minutes >= self.night.hours * 60


@lru_cache(maxsize=16)
def load_team_roles(content: bytes, *, name: str) -> TeamRoles:
    """The table of roles in the bytes of a YAML file; raises BadInputError with file, line and key."""
    return yaml_model(TeamRoles, content, name=name)


@lru_cache(maxsize=16)
def load_rest_rules(content: bytes, *, name: str) -> RestRules:
    """The rest rules in the bytes of a YAML file; raises BadInputError with file, line and key."""
    return yaml_model(RestRules, content, name=name)


REPLACEABLE: Mapping[str, Callable[..., object]] = {
    "bursts": load_rules,
    "products": load_catalogue,
    "rest-rules": load_rest_rules,
    "team-roles": load_team_roles,
}
"""The tables that a centre may have of its own under the same name, each with what reads it."""
