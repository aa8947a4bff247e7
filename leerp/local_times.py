"""Times as people write them: with an offset from UTC, or by the clock on the wall of a place that is known."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from leerp.errors import BadInputError


def read_time(text: str, *, option: str, zone: str | None = None) -> datetime:
    """The time in UTC. Without an offset it is by the clock on the wall in `zone`, a name of the IANA database.

    Raises BadInputError, in one sentence, for what is no time, for one without an offset where no zone is known, and
    for one that the clock on the wall shows twice or never: there only an offset says what is meant.
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"{option} {text}: write a time as 2026-11-22T14:00:00+01:00") from error
    if when.tzinfo is None:
        if zone is None:
            raise BadInputError(f"{option} {text}: give the offset from UTC, as in 2026-11-22T14:00:00+01:00")
        when = _on_the_wall(when, option=option, text=text, zone=zone)
    try:
        return when.astimezone(UTC)
    except OverflowError as error:
        raise BadInputError(f"{option} {text}: lies outside the years 1 to 9999 in UTC; correct it") from error


def _on_the_wall(when: datetime, *, option: str, text: str, zone: str) -> datetime:
    try:
        there = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise BadInputError(f"{zone!r} is not a time zone; write it as in Europe/Vienna, or UTC") from error
    first, second = when.replace(tzinfo=there, fold=0), when.replace(tzinfo=there, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before is None or after is None or before == after:
        return first
    both = " or ".join(f"{when.isoformat(timespec='minutes')}{_written(one)}" for one in (before, after))
    if before > after:
        raise BadInputError(
            f"{option} {text}: this hour comes twice in {zone}, where clocks go back; write it with its offset, {both}"
        )
    raise BadInputError(
        f"{option} {text}: this hour does not come in {zone}, where clocks go forward; write a time with its offset, "
        f"as in {both}"
    )


def _written(offset: timedelta) -> str:
    """An offset as RFC 3339 writes it."""
    minutes = int(offset / timedelta(minutes=1))
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def shown_time(at: datetime, zone: str | None = None) -> str:
    """A time for people, with its offset: in UTC, or by the clock on the wall in a zone."""
    there = at.astimezone(ZoneInfo(zone) if zone else UTC)
    offset = there.utcoffset() or timedelta()
    return f"{there:%a %Y-%m-%d %H:%M}{_written(offset)}"
