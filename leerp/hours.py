"""Hours in which somebody answers at a contact point: windows of the week on the clock on the wall there."""

import re
from datetime import datetime
from functools import cache
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from leerp.model import Model

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60

_ZONE = re.compile(r"UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2}")
_WINDOW = re.compile(r"(?P<days>[a-z,-]+) (?P<begins>\d\d:\d\d)-(?P<ends>\d\d:\d\d)")


class _Window(NamedTuple):
    """On these days of the week (Monday is 0), from minute to minute; one that ends earlier ends the next day."""

    days: frozenset[int]
    begins: int
    ends: int

    def holds(self, *, day: int, minute: int) -> bool:
        """Whether this minute of this day of the week lies in it."""
        if self.begins < self.ends:
            return day in self.days and self.begins <= minute < self.ends
        since_yesterday = (day - 1) % 7 in self.days and minute < self.ends
        return since_yesterday or (day in self.days and minute >= self.begins)


def _zone(name: str) -> str:
    """A name of the IANA time zone database; ValueError if there is none."""
    try:
        known = _ZONE.fullmatch(name) and ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = None
    if not known:
        raise ValueError(f"{name!r} is not a time zone; write it as in Europe/Vienna, or UTC")
    return name


def _written(text: str) -> str:
    _window(text)
    return text


@cache
def _window(text: str) -> _Window:
    """A window as it is written; ValueError where it cannot be read."""
    found = _WINDOW.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a window of the week; write it as in 'mon-fri 08:00-18:00'")
    window = _Window(_days(found["days"]), _minutes(found["begins"]), _minutes(found["ends"]))
    if window.begins in (window.ends, DAY_MINUTES):
        raise ValueError(f"{text!r} begins when it ends, or at 24:00; a whole day is 00:00-24:00")
    return window


def _days(text: str) -> frozenset[int]:
    if text == "daily":
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        ends = (first, last) if dash else (first, first)
        unknown = [name for name in ends if name not in DAYS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not a day; the days are {', '.join(DAYS)}, and daily is all of them")
        begin, end = (DAYS.index(name) for name in ends)
        days |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    return frozenset(days)


def _minutes(text: str) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    if minutes >= 60 or hours * 60 + minutes > DAY_MINUTES:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(f"{text!r} is not a time of the day from 00:00 to 24:00")
    return hours * 60 + minutes


ZoneName = Annotated[str, AfterValidator(_zone)]
"""A name of the IANA time zone database, such as Europe/Vienna, or UTC."""


class Hours(Model):
    """When somebody answers. `zone`: a name of the IANA time zone database. `open`: windows of the week there.

    A window is `mon-fri 08:00-18:00`: days (`mon`, `mon-fri`, `mon,wed,fri-sun`, `daily`), begin, end. One that ends
    before it begins goes over midnight, and belongs to the day on which it begins.
    """

    zone: ZoneName
    open: tuple[Annotated[str, AfterValidator(_written)], ...] = Field(min_length=1, max_length=21)

    def open_at(self, at: datetime) -> bool:
        """Whether somebody answers at that time (aware): by the clock on the wall there, summer time included."""
        there = at.astimezone(ZoneInfo(self.zone))
        day, minute = there.weekday(), there.hour * 60 + there.minute
        return any(_window(text).holds(day=day, minute=minute) for text in self.open)
