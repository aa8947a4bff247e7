"""The timeline of a run as geometry: where each mark stands in an SVG of fixed size. Drawing it is the template's.

Two kinds of rows: lanes of events, and below them one row for each target, a bar from its beginning to its deadline
with a mark where it was met.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH = 820
LEFT = 185
RIGHT = 18
TOP = 24
LANE_HEIGHT = 30
TARGET_HEIGHT = 17
MOST_TARGETS = 28
"""How many targets one drawing shows, so that it stays on one page; further ones go into drawings of their own."""

_NAME = 27

Event = tuple[datetime, str]


def to_the_second(at: datetime) -> datetime:
    """The nearest whole second: parts of one are the machine's, and would make reports of the same run differ."""
    return (at + timedelta(milliseconds=500)).replace(microsecond=0)


def moment(at: datetime) -> str:
    """A time for people, to the minute: `01 Mar 09:40 UTC`."""
    return f"{to_the_second(at):%d %b %H:%M} UTC"


@dataclass(frozen=True)
class Target:
    """Something with a deadline: from when until when, and what came when; `met` is of the whole."""

    name: str
    text: str
    begins: datetime
    ends: datetime
    events: tuple[Event, ...]
    met: bool


@dataclass(frozen=True)
class Mark:
    """One event: its middle, and what it is. `late`: after its deadline."""

    x: float
    y: float
    text: str
    late: bool = False


@dataclass(frozen=True)
class Lane:
    """One row of events: its name, the height of its middle, and the number of its shape."""

    name: str
    y: float
    shape: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Bar:
    """One row of a target: its name, its bar, whether the deadline lies inside the drawing, and its marks."""

    name: str
    text: str
    y: float
    x: float
    width: float
    ends_inside: bool
    met: bool
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Tick:
    """A line across all lanes, with its time."""

    x: float
    label: str


@dataclass(frozen=True)
class Chart:
    """One drawing, `width` by `height` units."""

    title: str
    width: int
    height: int
    left: int
    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class _Window:
    """The time that a drawing shows."""

    begin: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        """Where a time stands; what lies outside stands at the edge."""
        inside = min(max(at, self.begin), self.end)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * ((inside - self.begin) / (self.end - self.begin)), 1)

    def holds(self, at: datetime) -> bool:
        """Whether a time lies in it."""
        return self.begin <= at <= self.end


def charts(
    lanes: Sequence[tuple[str, Sequence[Event]]], targets: Sequence[Target], *, begin: datetime, end: datetime
) -> tuple[Chart, ...]:
    """The whole run; and where that is longer than a day, before it the first twelve hours, in which most happens."""
    whole = [("The whole exercise", _Window(begin, end))]
    if end - begin > timedelta(hours=24):
        whole.insert(0, ("The first twelve hours", _Window(begin, begin + timedelta(hours=12))))
    return tuple(drawn for title, window in whole for drawn in _drawn(title, lanes, targets, window))


def _drawn(
    title: str, lanes: Sequence[tuple[str, Sequence[Event]]], targets: Sequence[Target], window: _Window
) -> list[Chart]:
    mine = [one for one in targets if one.begins <= window.end and one.ends >= window.begin]
    first = chart(title, lanes, mine[:MOST_TARGETS], begin=window.begin, end=window.end)
    parts = [mine[at : at + MOST_TARGETS] for at in range(MOST_TARGETS, len(mine), MOST_TARGETS)]
    return [
        first,
        *(chart(f"{title}, further targets", (), part, begin=window.begin, end=window.end) for part in parts),
    ]


def chart(
    title: str,
    lanes: Sequence[tuple[str, Sequence[Event]]],
    targets: Sequence[Target] = (),
    *,
    begin: datetime,
    end: datetime,
) -> Chart:
    """A drawing of what lies between two times; events outside are left out, bars are cut."""
    window = _Window(begin, end)
    drawn = tuple(
        Lane(name, y, number, _marks(events, y, window))
        for number, (name, events) in enumerate(lanes)
        for y in (TOP + LANE_HEIGHT * (number + 0.5),)
    )
    below = TOP + LANE_HEIGHT * len(drawn)
    bars = tuple(_bar(one, below + TARGET_HEIGHT * (at + 0.5), window) for at, one in enumerate(targets))
    ticks = tuple(Tick(window.x(at), f"{at:%H:%M}" if at.hour else f"{at:%d %b}") for at in _hours(begin, end))
    height = below + TARGET_HEIGHT * len(bars) + 8
    return Chart(title=title, width=WIDTH, height=height, left=LEFT, lanes=drawn, bars=bars, ticks=ticks)


def _marks(events: Sequence[Event], y: float, window: _Window, deadline: datetime | None = None) -> tuple[Mark, ...]:
    return tuple(
        Mark(window.x(at), y, f"{moment(at)}, {text}", late=deadline is not None and at > deadline)
        for at, text in events
        if window.holds(at)
    )


def _bar(target: Target, y: float, window: _Window) -> Bar:
    left, right = window.x(target.begins), window.x(target.ends)
    return Bar(
        name=target.name if len(target.name) <= _NAME else target.name[: _NAME - 1] + "…",
        text=f"{target.text} ({moment(target.begins)} to {moment(target.ends)})",
        y=y,
        x=left,
        width=max(round(right - left, 1), 1.5),
        ends_inside=window.holds(target.ends),
        met=target.met,
        marks=_marks(target.events, y, window, target.ends),
    )


_DAY = 24
_STEPS = (1, 2, 3, 6, 12, _DAY, 2 * _DAY, 7 * _DAY, 30 * _DAY, 365 * _DAY)
_MOST_TICKS = 13


def _hours(begin: datetime, end: datetime) -> list[datetime]:
    """Whole hours to mark: each one, or so many apart that about a dozen are left, and then counted from midnight."""
    apart = next((step for step in _STEPS if (end - begin) / timedelta(hours=step) <= _MOST_TICKS), _STEPS[-1])
    tick = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = []
    while tick <= end:
        if tick >= begin:
            ticks.append(tick)
        tick += timedelta(hours=apart)
    return ticks
