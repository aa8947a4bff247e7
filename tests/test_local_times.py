"""Times without an offset: by the clock on the wall, and refused where it shows an hour twice or never."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.errors import BadInputError
from leerp.local_times import read_time, shown_time

AMSTERDAM = "Europe/Amsterdam"


TWICE = (
    "--from 2026-10-25T02:30: this hour comes twice in Europe/Amsterdam, where clocks go back; "
    "write it with its offset, 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"
)
NEVER = (
    "--from 2027-03-28T02:30: this hour does not come in Europe/Amsterdam, where clocks go forward; "
    "write a time with its offset, as in 2027-03-28T02:30+01:00 or 2027-03-28T02:30+02:00"
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-10-25T02:30", TWICE),
        ("2027-03-28T02:30", NEVER),
        ("tomorrow", "--from tomorrow: write a time as 2026-11-22T14:00:00+01:00"),
        ("0001-01-01T00:00", "--from 0001-01-01T00:00: lies outside the years 1 to 9999 in UTC; correct it"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    """The repeated hour, the skipped hour, no time at all, before the calendar begins."""
    with pytest.raises(BadInputError) as refused:
        read_time(text, option="--from", zone=AMSTERDAM)
    assert refused.value.sentence == sentence


def test_with_its_offset_the_repeated_hour_is_two_times() -> None:
    """Both offsets that the refusal names are read, an hour apart."""
    first = read_time("2026-10-25T02:30+02:00", option="--from", zone=AMSTERDAM)
    assert read_time("2026-10-25T02:30+01:00", option="--from", zone=AMSTERDAM) - first == timedelta(hours=1)


def test_without_a_zone_an_offset_is_asked_for() -> None:
    """Nobody's clock is guessed; an unknown zone is named."""
    with pytest.raises(BadInputError, match="give the offset from UTC"):
        read_time("2026-11-22T14:00", option="--from")
    with pytest.raises(BadInputError, match="'Europe/Atlantis' is not a time zone"):
        read_time("2026-11-22T14:00", option="--from", zone="Europe/Atlantis")


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
    st.sampled_from([AMSTERDAM, "Europe/Lisbon", "Europe/Helsinki", "Atlantic/Azores", "Australia/Lord_Howe", "UTC"]),
)
@settings(deadline=None)
def test_a_time_comes_back_or_is_refused_because_it_comes_twice(at: datetime, zone: str) -> None:
    """What the clock on the wall shows leads back to the same time, unless it shows it for two times."""
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    twice = any(
        (at + step).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall
        for minutes in (30, 60)
        for step in (timedelta(minutes=minutes), timedelta(minutes=-minutes))
    )
    if twice:
        with pytest.raises(BadInputError, match="comes twice"):
            read_time(wall.isoformat(), option="--from", zone=zone)
    else:
        assert read_time(wall.isoformat(), option="--from", zone=zone) == at


def test_a_time_is_shown_with_its_offset() -> None:
    """In UTC, and by the clock on the wall."""
    at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert shown_time(at) == "Wed 2026-07-01 22:30+00:00"
    assert shown_time(at, AMSTERDAM) == "Thu 2026-07-02 00:30+02:00"
