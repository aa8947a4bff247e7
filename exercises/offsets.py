"""Times of a scenario as offsets from its start: `+09:45` is nine hours and three quarters after it."""

import re
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_FORM = re.compile(r"([+-])(\d{1,4}):([0-5]\d)(?::([0-5]\d))?")
_SIGNED = r"^[+-]\d{1,4}:[0-5]\d(:[0-5]\d)?$"
_FORWARD = r"^\+\d{1,4}:[0-5]\d(:[0-5]\d)?$"


def parse_offset(text: object) -> timedelta:
    """The duration that `+HH:MM` or `+HH:MM:SS` (or `-…`) names, hours without a limit of 24; raises ValueError."""
    if isinstance(text, timedelta):
        return text
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is not an offset from the start; write it as +09:45 or +09:45:30")
    sign, hours, minutes, seconds = found.groups()
    span = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return -span if sign == "-" else span


def _forward(text: object) -> timedelta:
    offset = parse_offset(text)
    if offset < timedelta():
        raise ValueError(f"{text} lies before the start of the scenario")
    return offset


def second(at: datetime) -> datetime:
    """The second that a time of a run belongs to. What follows within it is the machine's.

    A timer may go off a microsecond before its time, for the engine's clock is translated; it counts for its time.
    """
    return (at + timedelta(milliseconds=1)).replace(microsecond=0)


def minutes_of(span: timedelta) -> float:
    """The minutes of a span, to a tenth."""
    return round(span.total_seconds() / 60, 1)


def write_offset(offset: timedelta) -> str:
    """An offset as it is written in a scenario."""
    sign = "-" if offset < timedelta() else "+"
    minutes, seconds = divmod(int(abs(offset).total_seconds()), 60)
    text = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


Offset = Annotated[
    timedelta,
    BeforeValidator(_forward),
    PlainSerializer(write_offset, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _FORWARD}),
]
"""A time of the scenario, not before its start; also a span."""

AnyOffset = Annotated[
    timedelta,
    BeforeValidator(parse_offset),
    PlainSerializer(write_offset, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _SIGNED}),
]
"""A time that may lie before the scenario starts, such as when something was first observed."""
