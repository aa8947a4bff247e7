"""What became different: the record of an incident beside its replay, row by row and reader by reader."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest

from exercises.measures import Level, Measures, Missed, SeatTaken, Told
from exercises.offsets import minutes_of, second
from leerp.incidents import Choice
from leerp.model import Instant, Message


class Decide(StrEnum):
    """Whose decisions a replay follows: those of the record, or what the table recommends."""

    RECORDED = "recorded"
    RECOMMENDED = "recommended"


SAID = {
    Decide.RECORDED: "People's decisions are those of the record, at the times of the record.",
    Decide.RECOMMENDED: (
        "Decisions follow the table: launch when it is first recommended; until then, whenever somebody decided,"
        " what was recommended at that time. Readers confirm a launch after as many minutes as on record."
    ),
}
"""Which it was, in words; a replay always says it."""


class Milestone(Message):
    """When something happened first. `minutes_gained`: how much earlier it did in the replay; negative is later."""

    what: str
    recorded_at: Instant | None
    replayed_at: Instant | None
    minutes_gained: float | None = None


class LevelChange(Message):
    """A classification that came out otherwise, by the same cause. `rows_new`, `rows_gone`: what matched and why."""

    because: str
    recorded: Level | None
    replayed: Level | None
    rows_new: tuple[str, ...] = ()
    rows_gone: tuple[str, ...] = ()


class Telling(StrEnum):
    """What became of a reader's notice in the replay."""

    EARLIER = "earlier"
    LATER = "later"
    NOT_ANY_MORE = "not any more"
    NEWLY = "newly"
    OTHERWISE = "otherwise"


class ToldChange(Message):
    """A reader who was told at another time, or not any more, or newly.

    `reason`: why nothing was sent in the replay.
    """

    kind: str
    reader: str
    became: Telling
    recorded_at: Instant | None
    replayed_at: Instant | None
    minutes_gained: float | None = None
    reason: str | None = None


class DeadlineChange(Message):
    """A deadline that was missed in one of the two only, or at another time; `minutes_gained`: later is negative."""

    what: str
    who: str
    recorded_at: Instant | None
    replayed_at: Instant | None
    minutes_gained: float | None = None


class Undone(Message):
    """An act of the record that the replay could not do: when, who, what, and what the centre said."""

    at: Instant
    who: str
    what: str
    why: str


class Row(Message):
    """A row of a table that matched in one of the two only, and in how many classifications."""

    row: str
    only_in: str
    classifications: int


class IncidentChange(Message):
    """What became different in one incident. `incident`: its reference in the record, `replayed_as`: in the replay."""

    incident: str
    replayed_as: str | None
    milestones: tuple[Milestone, ...]
    levels: tuple[LevelChange, ...]
    rows: tuple[Row, ...]
    told: tuple[ToldChange, ...]
    told_recorded: int
    told_replayed: int
    deadlines: tuple[DeadlineChange, ...]
    seats_recorded: tuple[SeatTaken, ...]
    seats_replayed: tuple[SeatTaken, ...]

    @property
    def same(self) -> bool:
        """Whether nothing became different."""
        changes = (self.levels, self.told, self.deadlines, self.seats_recorded, self.seats_replayed)
        moved = any(_second(one.recorded_at) != _second(one.replayed_at) for one in self.milestones)
        return not any(changes) and not moved


def _second(at: datetime | None) -> datetime | None:
    return second(at) if at else None


def minutes_gained(recorded: datetime | None, replayed: datetime | None) -> float | None:
    """How many minutes earlier something came in the replay; negative when later, None where it came once only."""
    if recorded is None or replayed is None:
        return None
    return minutes_of(second(recorded) - second(replayed))


def incident_change(recorded: Measures, replayed: Measures | None) -> IncidentChange:
    """What became different in one incident; without a replay of it, everything."""
    after = replayed or Measures(incident="", levels=(), decisions=(), told=(), missed=(), seats=())
    levels = tuple(_levels(recorded.levels, after.levels))
    return IncidentChange(
        incident=recorded.incident,
        replayed_as=replayed.incident if replayed else None,
        milestones=tuple(_milestones(recorded, after)),
        levels=levels,
        rows=tuple(_rows(levels)),
        told=tuple(_told(recorded.told, after.told)),
        told_recorded=sum(one.sent_at is not None for one in recorded.told),
        told_replayed=sum(one.sent_at is not None for one in after.told),
        deadlines=tuple(_deadlines(recorded.missed, after.missed)),
        seats_recorded=tuple(one for one in recorded.seats if one not in after.seats),
        seats_replayed=tuple(one for one in after.seats if one not in recorded.seats),
    )


def _deadlines(recorded: Iterable[Missed], replayed: Iterable[Missed]) -> Iterator[DeadlineChange]:
    """The first of one reader with the first, the second with the second; what was at the same time is left out."""
    before, after = _by_whom(recorded), _by_whom(replayed)
    for what, who in dict.fromkeys((*before, *after)):
        for first, then in zip_longest(before.get((what, who), ()), after.get((what, who), ())):
            if _second(first) != _second(then):
                gained = minutes_gained(first, then)
                yield DeadlineChange(what=what, who=who, recorded_at=first, replayed_at=then, minutes_gained=gained)


def _by_whom(missed: Iterable[Missed]) -> dict[tuple[str, str], list[datetime]]:
    found: dict[tuple[str, str], list[datetime]] = {}
    for one in missed:
        found.setdefault((one.what, one.who), []).append(one.at)
    return found


def _milestones(recorded: Measures, replayed: Measures) -> Iterator[Milestone]:
    before, after = dict(_firsts(recorded)), dict(_firsts(replayed))
    for what in dict.fromkeys((*before, *after)):
        first, then = before.get(what), after.get(what)
        gained = minutes_gained(first, then)
        yield Milestone(what=what, recorded_at=first, replayed_at=then, minutes_gained=gained)


def _firsts(one: Measures) -> Iterator[tuple[str, datetime]]:
    """When each thing was first so: a recommendation, a level, a decision, a kind of notice out."""
    found: dict[str, datetime] = {}
    for level in one.levels:
        found.setdefault(f"{level.recommendation} recommended", level.at)
    for level in one.levels:
        found.setdefault(f"level {level.level}", level.at)
    for decision in one.decisions:
        found.setdefault(decision.what, decision.at)
    for told in one.told:
        if told.sent_at is not None:
            what = f"{told.kind} to its first reader"
            found[what] = min(found.get(what, told.sent_at), told.sent_at)
    yield from found.items()


def _levels(recorded: Sequence[Level], replayed: Sequence[Level]) -> Iterator[LevelChange]:
    before, after = {one.because: one for one in recorded}, {one.because: one for one in replayed}
    for because in dict.fromkeys((*before, *after)):
        first, then = before.get(because), after.get(because)
        if first and then and _comparable(first) == _comparable(then):
            continue
        old, new = (first.rows if first else ()), (then.rows if then else ())
        yield LevelChange(
            because=because,
            recorded=first,
            replayed=then,
            rows_new=tuple(row for row in new if row not in old),
            rows_gone=tuple(row for row in old if row not in new),
        )


def _comparable(level: Level) -> tuple[object, ...]:
    return _second(level.at), level.level, level.lowest, level.highest, level.recommendation, level.rows


def _rows(levels: Iterable[LevelChange]) -> Iterator[Row]:
    """The rows that made the difference, the one that did most often first."""
    counts: dict[tuple[str, str], int] = {}
    for change in levels:
        for only_in, rows in (("replay", change.rows_new), ("record", change.rows_gone)):
            for row in rows:
                counts[(row, only_in)] = counts.get((row, only_in), 0) + 1
    for (row, only_in), count in sorted(counts.items(), key=lambda item: -item[1]):
        yield Row(row=row, only_in=only_in, classifications=count)


def _told(recorded: Iterable[Told], replayed: Iterable[Told]) -> Iterator[ToldChange]:
    before, after = _by_reader(recorded), _by_reader(replayed)
    for key in dict.fromkeys((*before, *after)):
        first, then = before.get(key), after.get(key)
        sent, sent_after = first.sent_at if first else None, then.sent_at if then else None
        became = _became(sent, sent_after)
        if became is None and first and then and (first.times, first.reason) != (then.times, then.reason):
            became = Telling.OTHERWISE
        if became is not None:
            yield ToldChange(
                kind=key[0],
                reader=key[1],
                became=became,
                recorded_at=sent,
                replayed_at=sent_after,
                minutes_gained=minutes_gained(sent, sent_after),
                reason=then.reason if then else None,
            )


def _by_reader(told: Iterable[Told]) -> Mapping[tuple[str, str], Told]:
    return {(one.kind, one.reader): one for one in told}


def _became(recorded: datetime | None, replayed: datetime | None) -> Telling | None:
    if _second(recorded) == _second(replayed):
        return None
    if recorded is None or replayed is None:
        return Telling.NEWLY if recorded is None else Telling.NOT_ANY_MORE
    return Telling.EARLIER if replayed < recorded else Telling.LATER


def launch_recommended(levels: Iterable[Level]) -> datetime | None:
    """When a launch is recommended first."""
    return next((one.at for one in levels if one.recommendation == Choice.LAUNCH), None)
