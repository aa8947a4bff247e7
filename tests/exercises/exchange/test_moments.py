"""The times of planners' lists: each is read for what it says, and what could be two things is refused."""

from datetime import UTC, date, time, timedelta

import pytest

from exercises.exchange.moments import Ambiguous, DateOrder, Moment, as_offset, moment_of


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("J-60", Moment(day=-60)),
        ("D+1", Moment(day=1)),
        ("D+1 14:30", Moment(day=1, clock=time(14, 30))),
        ("Day 2, 0900", Moment(day=1, clock=time(9))),
        ("T+02:30", Moment(offset=timedelta(hours=2, minutes=30))),
        ("+00:05", Moment(offset=timedelta(minutes=5))),
        ("H+1h30", Moment(offset=timedelta(hours=1, minutes=30))),
        ("T+30 min", Moment(offset=timedelta(minutes=30))),
        ("-01:00", Moment(offset=-timedelta(hours=1))),
        ("2017-05-12T08:00Z", Moment(on=date(2017, 5, 12), clock=time(8), zone=UTC)),
        ("12.05.2017 08h00", Moment(on=date(2017, 5, 12), clock=time(8))),
        ("13/05/2017 8:05 PM", Moment(on=date(2017, 5, 13), clock=time(20, 5))),
        ("05/13/2017", Moment(on=date(2017, 5, 13))),
        ("12 May 2017", Moment(on=date(2017, 5, 12))),
        ("May 12, 2017 08:00", Moment(on=date(2017, 5, 12), clock=time(8))),
        ("120800Z MAY 17", Moment(on=date(2017, 5, 12), clock=time(8), zone=UTC)),
        ("0930", Moment(clock=time(9, 30))),
    ],
)
def test_a_time_is_read_for_what_it_says(written: str, expected: Moment) -> None:
    """Days before and after, spans, dates in several orders and times of day."""
    assert expected == moment_of(written)


@pytest.mark.parametrize("written", ["soon", "T+30", "25:00", "31/02/2026", "12 Foo 2026", "D+1 at noon", "", "8:61"])
def test_what_is_no_time_is_refused(written: str) -> None:
    """A person is told what to write; nothing is guessed."""
    with pytest.raises(ValueError, match=r"write|no time of day|no day of the calendar"):
        moment_of(written)


def test_a_date_that_is_two_days_needs_an_order() -> None:
    """05/12 is refused, and read once somebody says which number is the month."""
    with pytest.raises(Ambiguous):
        moment_of("05/12/2026")
    assert date(2026, 12, 5) == moment_of("05/12/2026", dates=DateOrder.DAY_FIRST).on
    assert date(2026, 5, 12) == moment_of("05/12/2026", dates=DateOrder.MONTH_FIRST).on


def test_a_time_of_day_under_a_heading_of_offsets_is_a_span() -> None:
    """02:30 there is two and a half hours; a time with a date stays one."""
    assert Moment(offset=timedelta(hours=2, minutes=30)) == as_offset(moment_of("02:30"))
    assert moment_of("2026-03-01 02:30") == as_offset(moment_of("2026-03-01 02:30"))
