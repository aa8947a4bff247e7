"""Charts as shapes: numbers in, coordinates out; the templates draw them as inline SVG, without script or style."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from leerp.hits import LinkGraph
from leerp.plans import Action, Conflict

WIDTH = 960.0
ROW = 26.0
LEFT = 180.0


class Bar(NamedTuple):
    """A bar of a row: where it begins, how wide it is, and what it stands for."""

    x: float
    width: float
    kind: str
    words: str


class PlanRow(NamedTuple):
    """An action in the plan's timeline. `y`: the top of its row."""

    action: Action
    y: float
    bar: Bar


class Tick(NamedTuple):
    """A time on the axis."""

    x: float
    words: str


class Link(NamedTuple):
    """A line between two rows: two actions that collide."""

    x: float
    y1: float
    y2: float
    conflict: Conflict


class Timeline(NamedTuple):
    """The plan as a timeline. `now`: where the present stands, None outside of it."""

    width: float
    height: float
    rows: list[PlanRow]
    ticks: list[Tick]
    links: list[Link]
    now: float | None


def plan_timeline(actions: Sequence[Action], conflicts: Sequence[Conflict], *, now: datetime) -> Timeline | None:
    """The plan's actions against time, and lines where two collide; None where there is nothing planned."""
    if not actions:
        return None
    ordered = sorted(actions, key=lambda one: (one.starts_at, one.id))
    begin, end = ordered[0].starts_at, max(one.ends_at for one in ordered)
    whole = (end - begin).total_seconds()

    def place(at: datetime) -> float:
        return LEFT + (WIDTH - LEFT - 10) * (at - begin).total_seconds() / whole

    rows = []
    for number, one in enumerate(ordered):
        x = place(one.starts_at)
        bar = Bar(x, max(3.0, place(one.ends_at) - x), one.state.value, one.state.value.replace("_", " "))
        rows.append(PlanRow(one, 24 + number * ROW, bar))
    tops = {row.action.id: row for row in rows}
    links = [
        Link(max(tops[one.first].bar.x, tops[one.second].bar.x), tops[one.first].y, tops[one.second].y, one)
        for one in conflicts
        if one.first in tops and one.second in tops
    ]
    quarters = [begin + (end - begin) * part / 4 for part in range(5)]
    ticks = [Tick(place(at), f"{at:%d %b %H:%M}") for at in quarters]
    return Timeline(WIDTH, 30 + len(rows) * ROW, rows, ticks, links, place(now) if begin <= now <= end else None)


def shares(parts: Sequence[tuple[str, int]], *, width: float = 320.0) -> list[Bar]:
    """How a whole is made up, side by side; parts of nothing are left out."""
    whole = sum(number for _, number in parts)
    bars, x = [], 0.0
    for kind, number in parts:
        if number:
            wide = width * number / whole
            bars.append(Bar(x, wide, kind, f"{number} {kind.replace('_', ' ')}"))
            x += wide
    return bars


class Point(NamedTuple):
    """A point of a graph."""

    id: str
    x: float
    y: float
    kind: str
    words: str


class Line(NamedTuple):
    """A line of a graph, and why it is there."""

    x1: float
    y1: float
    x2: float
    y2: float
    words: str


class Graph(NamedTuple):
    """Owners in a column, what they gave in another, what is shared in a third."""

    width: float
    height: float
    points: list[Point]
    lines: list[Line]
    left_out: int


_COLUMNS = {"owner": 60.0, "report": 400.0, "contribution": 400.0}
_THIRD = 740.0
MOST_POINTS = 120
"""More points than this nobody reads; the rest is counted."""


def hit_graph(graph: LinkGraph) -> Graph | None:
    """The graph of hits laid out in three columns, in the order of the ids; None where there are no hits."""
    if not graph.nodes:
        return None
    shown = graph.nodes[:MOST_POINTS]
    columns: dict[float, int] = {}
    points = []
    for node in shown:
        x = _COLUMNS.get(node.kind, _THIRD)
        columns[x] = columns.get(x, 0) + 1
        said = node.label or ("not for you" if node.kind != "owner" else node.id)
        points.append(Point(node.id, x, 10.0 + 30 * columns[x], node.kind, f"{node.kind}: {said}"))
    at = {point.id: point for point in points}
    lines = [
        Line(at[edge.source].x, at[edge.source].y, at[edge.target].x, at[edge.target].y, edge.why)
        for edge in graph.edges
        if edge.source in at and edge.target in at
    ]
    left_out = graph.left_out + len(graph.nodes) - len(shown)
    return Graph(WIDTH, 40.0 + 30 * max(columns.values()), points, lines, left_out)


class Dial(NamedTuple):
    """How much of a time has run: the end of the arc on a circle of radius 8 around (10, 10)."""

    part: float
    x: float
    y: float
    more_than_half: bool


def dial(begun: datetime, due: datetime, now: datetime) -> Dial:
    """A clock's face for a deadline."""
    whole = max(1.0, (due - begun).total_seconds())
    part = min(0.999, max(0.0, (now - begun).total_seconds() / whole))
    angle = 2 * math.pi * part
    return Dial(part, round(10 + 8 * math.sin(angle), 2), round(10 - 8 * math.cos(angle), 2), part > 0.5)  # noqa: PLR2004
