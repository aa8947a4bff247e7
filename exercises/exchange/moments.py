"""The times of planners' lists: `J-60`, `D+1 14:30`, `T+02:30`, `12.05.2017 08:00`, `08h00`, a date of a workbook.

A time is one of three things: a span from the moment the exercise starts, a day counted from the day of the exercise
(perhaps with a time of day), or a moment of the calendar. What could be two of them is refused, not guessed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum


class DateOrder(StrEnum):
    """Which of `05/12` comes first."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Ambiguous(ValueError):  # noqa: N818 - said as it is
    """A date that is one of two days."""


@dataclass(frozen=True)
class Moment:
    """One time as a list gives it.

    `offset`: from the start. `day`: days from the day of the exercise, which may be negative. `on`: a date.
    `clock`: a time of day. `zone`: only where the text itself names one.
    """

    offset: timedelta | None = None
    day: int | None = None
    on: date | None = None
    clock: time | None = None
    zone: tzinfo | None = None

    def joined(self, clock: "Moment") -> "Moment":
        """A date or day of one column with the time of day of another."""
        return Moment(day=self.day, on=self.on, clock=clock.clock, zone=clock.zone or self.zone)


_CLOCK = r"(?P<hour>\d{1,2})(?:\s?[:hH.]\s?(?P<minute>[0-5]\d)?)(?::(?P<second>[0-5]\d))?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_ONLY_CLOCK = re.compile(rf"{_CLOCK}{_ZONE}")
_MILITARY = re.compile(r"(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)\s?(?P<zone>Z|UTC)?(?:\s?hrs?)?", re.IGNORECASE)
_SPAN = re.compile(
    r"(?:[TtHh]|STARTEX|StartEx|startex)?\s?(?P<sign>[+-])\s?(?P<hours>\d{1,4})\s?[:hH]\s?(?P<minutes>[0-5]\d)?"
    r"(?::(?P<seconds>[0-5]\d))?(?:\s?min)?"
)
_WHOLE = re.compile(r"(?P<unit>[TtHhMm])\s?(?P<sign>[+-])\s?(?P<count>\d{1,5})\s?(?P<written>min|m|h)?")
_DAY = re.compile(r"(?:[DJdj]|[Dd]ay|[Jj]our)\s?(?P<sign>[+-])\s?(?P<days>\d{1,4})(?:[\s,]+(?P<rest>.+))?")
_NTH_DAY = re.compile(r"(?:[Dd]ay|[Jj]our|[Tt]ag)\s?(?P<days>[1-9]\d{0,2})(?:[\s,]+(?P<rest>.+))?")
_SAME_DAY = re.compile(r"(?:[DJdj]|[Dd]-?[Dd]ay|[Jj]our J)(?:[\s,]+(?P<rest>.+))?")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T\s]+(?P<rest>.+))?")
_NUMBERS = re.compile(
    r"(?P<first>\d{1,2})(?P<dot>[./-])(?P<second>\d{1,2})[./-](?P<year>\d{4}|\d{2})(?:[\sT,]+(?P<rest>.+))?"
)
_NAMED = re.compile(r"(?P<day>\d{1,2})\.?\s?(?P<month>[A-Za-z]{3,9})\.?\s?(?P<year>\d{4}|\d{2})(?:[\s,]+(?P<rest>.+))?")
_AMERICAN = re.compile(r"(?P<month>[A-Za-z]{3,9})\.?\s(?P<day>\d{1,2}),?\s(?P<year>\d{4})(?:[\s,]+(?P<rest>.+))?")
_DATE_TIME_GROUP = re.compile(
    r"(?P<day>\d{2})(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)Z\s?(?P<month>[A-Za-z]{3})\s?(?P<year>\d{4}|\d{2})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def moment_of(written: str, *, dates: DateOrder | None = None) -> Moment:
    """What a text means; ValueError in words for a planner, Ambiguous where only `dates` could tell."""
    text = " ".join(written.split())
    for read in (_span, _day, _date, _time_of_day):
        found = read(text, dates)
        if found is not None:
            return found
    raise ValueError("no time that is known here; write 2026-03-01 08:30, D+1 08:30 or T+02:30")


def _span(text: str, _: DateOrder | None) -> Moment | None:
    if found := _SPAN.fullmatch(text):
        span = timedelta(
            hours=int(found["hours"]), minutes=int(found["minutes"] or 0), seconds=int(found["seconds"] or 0)
        )
        return Moment(offset=-span if found["sign"] == "-" else span)
    found = _WHOLE.fullmatch(text)
    if found is None:
        return None
    unit = (found["written"] or found["unit"]).lower()[0]
    if unit == "t":
        raise ValueError("does not say whether minutes or hours are meant; write T+02:30")
    span = timedelta(hours=int(found["count"])) if unit == "h" else timedelta(minutes=int(found["count"]))
    return Moment(offset=-span if found["sign"] == "-" else span)


def _day(text: str, _: DateOrder | None) -> Moment | None:
    if found := _DAY.fullmatch(text):
        days = int(found["days"])
        return _with_rest(Moment(day=-days if found["sign"] == "-" else days), found["rest"])
    if found := _NTH_DAY.fullmatch(text):
        return _with_rest(Moment(day=int(found["days"]) - 1), found["rest"])
    found = _SAME_DAY.fullmatch(text)
    return _with_rest(Moment(day=0), found["rest"]) if found else None


def _date(text: str, dates: DateOrder | None) -> Moment | None:
    if found := _DATE_TIME_GROUP.fullmatch(text):
        on = _calendar(found["year"], _month(found["month"]), found["day"])
        return Moment(on=on, clock=time(int(found["hour"]), int(found["minute"])), zone=UTC)
    if found := _ISO.fullmatch(text):
        return _with_rest(Moment(on=_calendar(found["year"], found["month"], found["day"])), found["rest"])
    if found := _NUMBERS.fullmatch(text):
        return _with_rest(Moment(on=_either(found, dates)), found["rest"])
    if found := (_NAMED.fullmatch(text) or _AMERICAN.fullmatch(text)):
        on = _calendar(found["year"], _month(found["month"]), found["day"])
        return _with_rest(Moment(on=on), found["rest"])
    return None


def _either(found: re.Match[str], dates: DateOrder | None) -> date:
    first, second = int(found["first"]), int(found["second"])
    if found["dot"] == ".":
        dates = DateOrder.DAY_FIRST  # nobody writes a month first with full stops
    if dates is None and first != second:
        last_month = 12
        if first > last_month or second > last_month:
            dates = DateOrder.DAY_FIRST if first > last_month else DateOrder.MONTH_FIRST
        else:
            raise Ambiguous("a date that is one of two days; say `dates: day_first` or `month_first` in the map")
    day, month = (second, first) if dates is DateOrder.MONTH_FIRST else (first, second)
    return _calendar(found["year"], month, day)


def order_in(written: str) -> DateOrder | None:
    """Which order a date of two numbers shows, where one of them can be no month."""
    found = _NUMBERS.fullmatch(" ".join(written.split()))
    if not found or found["dot"] == ".":
        return None
    first, second, last_month = int(found["first"]), int(found["second"]), 12
    if first > last_month >= second:
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if second > last_month >= first else None


def _month(name: str) -> int:
    try:
        return _MONTHS.index(name[:3].lower()) + 1
    except ValueError:
        raise ValueError("names no month that is known here; write 2026-03-01") from None


def _calendar(year: int | str, month: int | str, day: int | str) -> date:
    number = int(year)
    try:
        return date(number if number > 99 else 2000 + number, int(month), int(day))  # noqa: PLR2004 - two digits
    except ValueError:
        raise ValueError("no day of the calendar") from None


def _with_rest(moment: Moment, rest: str | None) -> Moment:
    if not rest:
        return moment
    clock = _time_of_day(rest.strip(), None)
    if clock is None:
        raise ValueError("ends in something that is no time of day; write 08:30")
    return moment.joined(clock)


def _time_of_day(text: str, _: DateOrder | None) -> Moment | None:
    found = _ONLY_CLOCK.fullmatch(text) or _MILITARY.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    hour = int(parts["hour"])
    if half := parts.get("half"):
        if not 1 <= hour <= 12:  # noqa: PLR2004 - a clock has twelve hours
            raise ValueError("no time of day")
        hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        clock = time(hour, int(parts["minute"] or 0), int(parts.get("second") or 0))
    except ValueError:
        raise ValueError("no time of day") from None
    return Moment(clock=clock, zone=_zone(parts.get("zone")))


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    return datetime.strptime(text.replace(":", ""), "%z").tzinfo


def as_offset(clock: Moment) -> Moment:
    """A time of day in a column of offsets: `02:30` there is two and a half hours after the start."""
    if clock.clock is None or clock.on is not None or clock.day is not None or clock.zone is not None:
        return clock
    at = clock.clock
    return Moment(offset=timedelta(hours=at.hour, minutes=at.minute, seconds=at.second))
