"""The after-action report as one HTML page that needs nothing else: no script, no file beside it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exercises.after_action import AfterAction
from exercises.improvement import table
from exercises.remarks import Weight
from exercises.response_times import Answer
from exercises.timeline import Chart, Target, charts, to_the_second
from leerp.model import iso


@dataclass(frozen=True)
class Drawing:
    """A chart that is drawn, and what it is called."""

    title: str
    svg: Markup


def drawings(report: AfterAction) -> tuple[Drawing, ...]:
    """The timeline against the targets."""
    return tuple(Drawing(one.title, _draw(one)) for one in _charts(report))


def render(report: AfterAction, drawn: tuple[Drawing, ...] | None = None) -> str:
    """The page. `drawn`: its charts, where they are drawn already."""
    several = drawings(report) if drawn is None else drawn
    return _environment().get_template("after-action.html").render(report=report, drawings=several, table=table())


def _draw(chart: Chart) -> Markup:
    alt = f"{chart.title}: what happened when, and every target with its deadline; the tables say the same in words"
    return Markup(_environment().get_template("timeline.svg").render(chart=chart, alt=alt))  # noqa: S704 - escaped there


def _charts(report: AfterAction) -> tuple[Chart, ...]:
    lanes = (
        ("injects", [(one.at, f"inject {one.number}: {one.description}") for one in report.injects if one.fired]),
        ("decisions", [(one.at, f"{one.choice} by {one.actor}") for _, one in report.decisions]),
        ("notices", [(one.issued_at, f"{one.kind.value} to {one.planned} readers") for _, one in report.notices]),
        (
            "confirmed",
            [(one.acknowledged_at, f"{one.reader}: {one.kind}") for one in report.answers if one.acknowledged_at],
        ),
        ("alarms", [(one.at, one.text) for one in report.alarms]),
        ("remarks", [(one.at, one.text) for one in report.remarks if one.weight is Weight.REMARK]),
    )
    return charts(lanes, _targets(report), begin=report.starts_at, end=report.ends_at)


def _targets(report: AfterAction) -> list[Target]:
    """The deadlines of expectations, and of each notice those of its confirmations, in the order of time."""
    found = [
        Target(
            name=f"{one.expectation} {one.text}",
            text=one.text,
            begins=one.begins_at,
            ends=one.ends_at,
            events=((one.happened_at, one.expectation),) if one.happened_at else (),
            met=one.met,
        )
        for one in report.deadlines
    ]
    asked: dict[tuple[str, str], list[Answer]] = {}
    for answer in report.answers:
        if answer.deadline:
            asked.setdefault((answer.notice, answer.kind), []).append(answer)
    found += [_confirmations(kind, mine) for (_, kind), mine in asked.items()]
    return sorted(found, key=lambda one: (one.begins, one.ends, one.name))


def _confirmations(kind: str, mine: list[Answer]) -> Target:
    """A notice as a target: the bar to its latest deadline, a mark for each reader who has confirmed."""
    confirmed = [(one.acknowledged_at, one.reader) for one in mine if one.acknowledged_at]
    in_time = sum(not one.late for one in mine)
    return Target(
        name=f"{_spaced(kind)}: {in_time}/{len(mine)}",
        text=f"{kind}: {in_time} of {len(mine)} confirmed in time",
        begins=min(one.sent_at for one in mine),
        ends=max(one.deadline for one in mine if one.deadline),
        events=tuple(confirmed),
        met=in_time == len(mine),
    )


def _utc(at: datetime) -> str:
    """A time for people, to the second, with its offset."""
    whole = iso(to_the_second(at))
    return whole[:19].replace("T", " ") + whole[26:]


def _spaced(value: str) -> str:
    """`covert_monitoring` as `covert monitoring`."""
    return value.replace("_", " ")


def _css(value: str) -> str:
    """A text inside quotes in a style sheet: every sign that could mean something there is written as its number."""
    return "".join(one if one.isascii() and one.isalnum() else f"\\{ord(one):06x}" for one in value)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("exercises"),
        undefined=StrictUndefined,
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"utc": _utc, "spaced": _spaced, "css": _css}
    return made
