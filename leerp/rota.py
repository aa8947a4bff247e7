"""The rota of the Emergency Response Team: shifts, seats, who sits where, what is missing and why."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from leerp.model import Identifier, Instant, Line, Message

MAX_DAYS = 14
"""The longest rota: who plans further ahead plans again."""


class Pattern(StrEnum):
    """How a day is cut into shifts; when they begin stands in the rest rules."""

    THREE_EIGHTS = "three_eights"
    TWO_TWELVES = "two_twelves"


class Stretch(Message):
    """A time at work, from `starts_at` up to but not including `ends_at`."""

    starts_at: Instant
    ends_at: Instant

    @property
    def minutes(self) -> int:
        """How long it is, by the clock of the world and not the one on the wall."""
        return minutes_between(self.starts_at, self.ends_at)

    def overlap_minutes(self, other: "Stretch") -> int:
        """How many minutes two of them share."""
        return max(0, minutes_between(max(self.starts_at, other.starts_at), min(self.ends_at, other.ends_at)))


def minutes_between(first: datetime, second: datetime) -> int:
    """Whole minutes from one time to another."""
    return int((second - first) / timedelta(minutes=1))


class Shift(Stretch):
    """One shift; it runs into the next one by the time a handover takes."""

    id: Identifier

    @property
    def stretch(self) -> Stretch:
        """Its time alone."""
        return Stretch(starts_at=self.starts_at, ends_at=self.ends_at)


def shift_id(starts_at: datetime) -> str:
    """The id of the shift that begins then, the same in every version of a rota."""
    return f"S-{starts_at:%Y%m%dT%H%MZ}"


class Need(Message):
    """A role that a shift needs. `importance`: what an empty seat costs, beside the others.

    `languages`: whoever sits there works in one of them; none named, any.
    """

    role: Identifier
    name: Line
    skill: Identifier
    seats: int
    importance: int = 1
    lead: bool = False
    languages: tuple[str, ...] = ()


class Seat(Message):
    """One seat of one shift. `officer` None: nobody sits there."""

    shift: Identifier
    role: Identifier
    officer: Identifier | None


class Hindrance(StrEnum):
    """Why somebody who has the skill does not sit in a seat that stays empty: the closed list."""

    NOT_AVAILABLE = "not_available"
    NOT_CLEARED = "not_cleared"
    CLEARANCE_UNKNOWN = "clearance_unknown"
    OTHER_LANGUAGE = "other_language"
    ABSENT = "absent"
    OUTSIDE_HOURS = "outside_hours"
    ENGAGED = "engaged"
    ANOTHER_SEAT = "another_seat"
    DAILY_REST = "daily_rest"
    WEEKLY_REST = "weekly_rest"
    WEEKLY_HOURS = "weekly_hours"
    NIGHT_HOURS = "night_hours"
    COULD_COME = "could_come"
    """Nothing hinders: somebody changed the rota by hand, and a new plan would fill the seat."""


HINDERS = {
    Hindrance.NOT_AVAILABLE: "not available by the directory",
    Hindrance.NOT_CLEARED: "not cleared for the incident",
    Hindrance.CLEARANCE_UNKNOWN: "clearance not known",
    Hindrance.OTHER_LANGUAGE: "working in none of the languages",
    Hindrance.ABSENT: "absent",
    Hindrance.OUTSIDE_HOURS: "not working at these hours",
    Hindrance.ENGAGED: "in a shift of another incident, or resting around it",
    Hindrance.ANOTHER_SEAT: "in another seat of this shift",
    Hindrance.DAILY_REST: "resting between two shifts",
    Hindrance.WEEKLY_REST: "would lose the weekly rest",
    Hindrance.WEEKLY_HOURS: "would work more hours than allowed",
    Hindrance.NIGHT_HOURS: "would work more night hours than allowed",
    Hindrance.COULD_COME: "could come, plan again",
}
"""Each of them as it is said of people."""


class Hindered(Message):
    """Somebody with the skill, and what keeps this person from the seat."""

    officer: Identifier
    because: Hindrance


class Shortfall(Message):
    """Seats of a role that stay empty for the hours of a shift. `people`: who has the skill; nobody, if it is empty."""

    shift: Identifier
    role: Identifier
    starts_at: Instant
    ends_at: Instant
    missing: int
    people: tuple[Hindered, ...] = ()

    @property
    def why(self) -> str:
        """The reason in words, with the people it is about."""
        if not self.people:
            return "nobody has the skill"
        reasons = dict.fromkeys(one.because for one in self.people)
        return "; ".join(f"{HINDERS[reason]}: {self._named(reason)}" for reason in reasons)

    def _named(self, reason: Hindrance) -> str:
        return ", ".join(one.officer for one in self.people if one.because is reason)


class Absence(Stretch):
    """A time in which an officer cannot come. Why, and so whether somebody is ill, is nobody's business here."""

    officer: Identifier


class Overtime(Message):
    """An officer agrees to work up to so many hours more in a period than its limit. `consent`: how it was given."""

    officer: Identifier
    hours: int
    consent: Line
    recorded_by: Identifier


class Quality(StrEnum):
    """How well a rota is known to be as good as can be."""

    BEST = "best"
    BOUNDED = "bounded"
    """The search ended at its bound; a better one may exist."""
    TIMED_OUT = "timed_out"
    """Time ran out: a better one may exist, and the same question may get another answer."""
    BY_HAND = "by_hand"


class Rota(Message):
    """One version of the rota of an incident. Shifts in the order of time; seats by shift, then role.

    `anchor`: from when the periods of the rest rules are counted; the same in all versions. `needs`: the roles;
    `night_seats`: other numbers of seats in shifts at night. `problem`: SHA-256 of what was solved; None by hand.
    `table_sha256`: of the tables of roles and rest rules that were used.
    """

    incident: str
    version: int
    made_at: Instant
    made_by: str
    reason: str = ""
    anchor: Instant
    starts_at: Instant
    ends_at: Instant
    pattern: Pattern
    zone: str
    handover_minutes: int
    needs: tuple[Need, ...]
    shifts: tuple[Shift, ...]
    seats: tuple[Seat, ...]
    absences: tuple[Absence, ...] = ()
    overtime: tuple[Overtime, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    quality: Quality = Quality.BEST
    problem: str | None = None
    previous: str | None = None
    table_sha256: dict[str, str] = {}

    def shift(self, identifier: str) -> Shift | None:
        """The shift with this id."""
        return next((one for one in self.shifts if one.id == identifier), None)

    def running(self, at: datetime) -> Shift | None:
        """The shift that began last; None before the first."""
        begun = [one for one in self.shifts if one.starts_at <= at]
        return begun[-1] if begun else None

    def seated(self, shift: str) -> tuple[Seat, ...]:
        """The seats of a shift."""
        return tuple(one for one in self.seats if one.shift == shift)

    def leads(self, shift: str) -> tuple[str, ...]:
        """Who may take a shift over: who leads it; where nobody does, whoever sits in it."""
        leading = {need.role for need in self.needs if need.lead}
        seated = [one for one in self.seated(shift) if one.officer is not None]
        chosen = [one for one in seated if one.role in leading] or seated
        return tuple(sorted({str(one.officer) for one in chosen}))

    @property
    def missing(self) -> int:
        """How many seats are empty."""
        return sum(one.officer is None for one in self.seats)


def lost(before: Iterable[Seat], after: Iterable[Seat]) -> tuple[Seat, ...]:
    """The seats in which somebody sat before and sits no more."""
    kept = {(one.shift, one.role, one.officer) for one in after}
    return tuple(one for one in before if one.officer and (one.shift, one.role, one.officer) not in kept)


def seats_in_order(seats: Iterable[Seat], shifts: Sequence[Shift], needs: Sequence[Need]) -> tuple[Seat, ...]:
    """By shift, then role, then officer; empty ones last."""
    place = {one.id: number for number, one in enumerate(shifts)}
    rank = {one.role: number for number, one in enumerate(needs)}
    return tuple(
        sorted(seats, key=lambda one: (place[one.shift], rank[one.role], one.officer is None, one.officer or ""))
    )


class RotaView(Message):
    """The rota as the incident view shows it."""

    version: int
    document: str
    made_at: Instant
    starts_at: Instant
    ends_at: Instant
    pattern: Pattern
    quality: Quality
    shifts: int
    seats: int
    missing: int
    shortfalls: tuple[Shortfall, ...] = ()

    @classmethod
    def of(cls, rota: Rota, *, document: str) -> "RotaView":
        """The view of a rota that is kept as a document."""
        return cls(
            version=rota.version,
            document=document,
            made_at=rota.made_at,
            starts_at=rota.starts_at,
            ends_at=rota.ends_at,
            pattern=rota.pattern,
            quality=rota.quality,
            shifts=len(rota.shifts),
            seats=len(rota.seats),
            missing=rota.missing,
            shortfalls=rota.shortfalls,
        )
