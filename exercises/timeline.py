"""The timeline of a run as geometry: where each mark stands in an SVG of fixed size. Drawing it is the template's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH = 1000
LEFT = 90
LANE_HEIGHT = 34
TOP = 24

Event = tuple[datetime, str]


@dataclass(frozen=True)
class Mark:
    """One event: its middle, and what it is."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Lane:
    """One row: its name, the height of its middle, and the number of its shape."""

    name: str
    y: float
    shape: int
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
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


def charts(lanes: Sequence[tuple[str, Sequence[Event]]], *, begin: datetime, end: datetime) -> tuple[Chart, ...]:
    """The whole run; and where that is longer than a day, before it the first twelve hours, in which most happens."""
    whole = chart("The whole exercise", lanes, begin=begin, end=end)
    if end - begin <= timedelta(hours=24):
        return (whole,)
    return chart("The first twelve hours", lanes, begin=begin, end=begin + timedelta(hours=12)), whole


def chart(title: str, lanes: Sequence[tuple[str, Sequence[Event]]], *, begin: datetime, end: datetime) -> Chart:
    """A drawing of what lies between two times; what lies outside is left out."""

    def x(at: datetime) -> float:
        return round(LEFT + (WIDTH - LEFT - 20) * ((at - begin) / (end - begin)), 1)

    drawn = []
    for number, (name, events) in enumerate(lanes):
        y = TOP + LANE_HEIGHT * (number + 0.5)
        marks = tuple(
            Mark(x=x(at), y=y, text=f"{at:%d %b %H:%M} UTC, {text}") for at, text in events if begin <= at <= end
        )
        drawn.append(Lane(name=name, y=y, shape=number, marks=marks))
    ticks = tuple(Tick(x=x(at), label=f"{at:%H:%M}" if at.hour else f"{at:%d %b}") for at in _hours(begin, end))
    return Chart(title=title, width=WIDTH, height=TOP + LANE_HEIGHT * len(drawn) + 8, lanes=tuple(drawn), ticks=ticks)


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
