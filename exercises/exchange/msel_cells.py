"""What single cells of a list mean: a time, a JSON object."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from openpyxl.utils.datetime import from_excel

from exercises.exchange.drafts import Draft
from exercises.exchange.grids import Cell, Traces, Value
from exercises.exchange.moments import Moment, as_offset, moment_of
from exercises.exchange.msel_columns import OFFSETS
from leerp.errors import BadInputError
from leerp.formats.strict import json_of

_FIRST_DAY, _LAST_DAY = 20_000, 80_000  # of the day numbers of workbooks, 1954 to 2119


def moment_in(cell: Cell, draft: Draft, *, heading: str) -> Moment:
    """The time in a cell; ValueError in words for a planner."""
    moment = _typed(cell.value, heading=heading)
    if moment is None:
        written = cell.text if isinstance(cell.value, str) else str(cell.value)
        moment = moment_of(written, dates=draft.mapping.dates)
    return as_offset(moment) if heading in OFFSETS else moment


def _typed(value: Value, *, heading: str) -> Moment | None:
    """The time that a workbook itself holds as one; None for a text."""
    match value:
        case bool():
            raise ValueError("true or false, and no time; write 2026-03-01 08:30 or T+02:30")
        case datetime():
            return Moment(on=value.date(), clock=value.time().replace(microsecond=0))
        case date():
            return Moment(on=value)
        case time():
            return Moment(clock=value.replace(microsecond=0))
        case timedelta():
            return Moment(offset=value)
        case int() | float():
            return _number(value, heading)
        case _:
            return None


def _number(value: float, heading: str) -> Moment:
    if _FIRST_DAY <= value <= _LAST_DAY:
        at = from_excel(value)
        if isinstance(at, datetime):
            at += timedelta(microseconds=500_000)
            clock = at.time().replace(microsecond=0)
            return Moment(on=at.date(), clock=clock if value % 1 else None)
    if "min" in heading:
        return Moment(offset=timedelta(minutes=value))
    if 0 < value < 1:  # a fraction of a day, as a workbook holds a time of day
        at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=round(value * 86_400))
        return Moment(clock=at.time())
    raise ValueError("a bare number, which may be minutes, hours or days; write T+02:30 or 2026-03-01 08:30")


def object_in(cell: Cell, traces: Traces) -> dict[str, Any] | None:
    """The JSON object in a cell, taken; None, and the cell refused, where there is none."""
    try:
        value = json_of(cell.text.encode(), name=cell.place)
    except BadInputError:
        value = None
    if not isinstance(value, dict):
        traces.refuse(cell, "no JSON object; leave this column as it was written")
        return None
    traces.take(cell)
    return value
