"""Stakeholders: hours on the clock there, circles, languages, keys by file or whole."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from leerp.hours import DAYS, Hours
from leerp.keys import Key, KeyFile
from leerp.marking import Level, Marking, Reader, WithheldReason, refusal
from leerp.stakeholders import ContactPoint, Group, Stakeholder

PINNED = {"kind": "openpgp", "fingerprint": "AB CD" + "0" * 36, "pinned_at": "2026-01-01T00:00:00+00:00"}


def office(*windows: str, zone: str = "Europe/Vienna") -> Hours:
    """Hours with these windows."""
    return Hours(zone=zone, open=windows)


def there(text: str, *, zone: str = "Europe/Vienna", fold: int = 0) -> datetime:
    """A time on the clock on the wall there."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(
    ("window", "local", "expected"),
    [
        ("mon-fri 08:00-18:00", "2026-11-20 07:59", False),  # a Friday
        ("mon-fri 08:00-18:00", "2026-11-20 08:00", True),
        ("mon-fri 08:00-18:00", "2026-11-20 17:59", True),
        ("mon-fri 08:00-18:00", "2026-11-20 18:00", False),
        ("mon-fri 08:00-18:00", "2026-11-21 12:00", False),
        ("mon,wed,fri-sun 08:00-18:00", "2026-11-21 12:00", True),
        ("mon,wed,fri-sun 08:00-18:00", "2026-11-19 12:00", False),
        ("fri-mon 10:00-11:00", "2026-11-22 10:30", True),
        ("fri-mon 10:00-11:00", "2026-11-24 10:30", False),
        ("sun 22:00-06:00", "2026-11-22 23:00", True),
        ("sun 22:00-06:00", "2026-11-23 05:59", True),
        ("sun 22:00-06:00", "2026-11-23 06:00", False),
        ("sun 22:00-06:00", "2026-11-22 05:00", False),  # the night before belongs to Saturday
        ("daily 00:00-24:00", "2026-11-22 23:59", True),
        ("sat 20:00-24:00", "2026-11-22 00:00", False),
    ],
)
def test_a_window_opens_and_closes_on_the_clock_there(window: str, local: str, expected: bool) -> None:
    """Days, ranges over the end of the week, midnight: as somebody standing at the door would read them."""
    assert office(window).open_at(there(local).astimezone(UTC)) is expected


def test_summer_time_is_the_clock_there() -> None:
    """Eight in the morning is 07:00 UTC in winter and 06:00 UTC in summer, on the very days of the change too."""
    hours = office("daily 08:00-18:00")
    opens = {day: there(f"{day} 08:00").astimezone(UTC) for day in ("2026-03-28", "2026-03-29", "2026-10-25")}
    assert [at.hour for at in opens.values()] == [7, 6, 7]
    assert [hours.open_at(at) for at in opens.values()] == [True, True, True]
    assert [hours.open_at(at - timedelta(minutes=1)) for at in opens.values()] == [False, False, False]


def test_the_hour_that_comes_twice_is_open_twice_and_the_one_left_out_never() -> None:
    """02:30 on 25 October comes at 00:30 and at 01:30 UTC; on 29 March it does not come at all."""
    hours = office("sun 02:00-03:00")
    assert [hours.open_at(there("2026-10-25 02:30", fold=fold).astimezone(UTC)) for fold in (0, 1)] == [True, True]
    march = [datetime(2026, 3, 29, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(180)]
    assert [at for at in march if hours.open_at(at)] == []


@given(
    minute=st.integers(0, 6 * 365 * 24 * 60),
    day=st.sampled_from(DAYS),
    begins=st.integers(0, 1439),
    ends=st.integers(0, 1439),
)
@settings(deadline=None)
def test_a_window_and_the_rest_of_the_day_fill_it(minute: int, day: str, begins: int, ends: int) -> None:
    """From one minute to another and from there round to the first: of the two windows of a daily clock one is open."""
    assume(begins != ends)
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    first, second = (f"{one // 60:02}:{one % 60:02}" for one in (begins, ends))
    halves = [office(f"daily {one}-{other}").open_at(at) for one, other in ((first, second), (second, first))]
    assert sorted(halves) == [False, True]
    whole = [office(f"{day} 00:00-24:00", zone="UTC").open_at(at), DAYS[at.weekday()] == day]
    assert whole[0] == whole[1]


@pytest.mark.parametrize(
    ("zone", "window", "said"),
    [
        ("Europe/Atlantis", "mon 08:00-18:00", "not a time zone"),
        ("Europe", "mon 08:00-18:00", "not a time zone"),
        ("../../etc/passwd", "mon 08:00-18:00", "not a time zone"),
        ("UTC", "8 to 6", "not a window of the week"),
        ("UTC", "moo 08:00-18:00", "'moo' is not a day"),
        ("UTC", "mon-moo 08:00-18:00", "'moo' is not a day"),
        ("UTC", "mon 08:60-18:00", "not a time of the day"),
        ("UTC", "mon 08:00-24:01", "not a time of the day"),
        ("UTC", "mon 08:00-08:00", "begins when it ends"),
        ("UTC", "mon 24:00-08:00", "begins when it ends"),
    ],
)
def test_hours_that_cannot_be_read_are_refused(zone: str, window: str, said: str) -> None:
    """Each fault is named in a few words."""
    with pytest.raises(ValidationError, match=said):
        office(window, zone=zone)


def test_a_contact_point_without_hours_is_always_open() -> None:
    """Nothing said is around the clock."""
    assert ContactPoint(channel="email", address="desk@a.example").open_at(there("2026-11-22 03:00"))


def test_a_circle_is_a_clause_of_its_own() -> None:
    """What is releasable to a circle goes to those admitted to it, and to nobody else of their group or country."""
    marking = Marking(level=Level.BPL, releasable_to=(("circle:hospital-case",),))
    admitted, other = (
        Stakeholder(
            id=name,
            name=name,
            group=Group.CSIRT_NETWORK,
            country="FR",
            clearance=Level.BPL,
            contacts=(ContactPoint(channel="email", address=f"desk@{name}.example"),),
            need_to_know=circles,
        )
        for name, circles in (("a", ("hospital-case",)), ("hospital-case", ()))
    )
    at = datetime(2026, 11, 22, tzinfo=UTC)
    refusals = [
        refusal(marking, one.reader(one.contacts[0]), channel_maximum=Level.BPL, at=at) for one in (admitted, other)
    ]
    assert refusals == [None, WithheldReason.NOT_RELEASABLE]


def test_a_reader_kept_without_circles_is_in_none() -> None:
    """A reader as it was stored before there were circles can be read, and is admitted to none."""
    reader = Reader.model_validate_json('{"id": "a", "group": "agency"}')
    assert reader.selectors == {"reader:a", "group:agency"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [("FR", "fr"), ("pt-br", "pt-BR"), ("SR-latn-rs", "sr-Latn-RS"), ("de-1996", None), ("x", None)],
)
def test_languages_are_kept_as_bcp_47_writes_them(written: str, kept: str | None) -> None:
    """Language, script and region, each in its case; what is no such tag is refused."""
    values = {"id": "a", "name": "a", "group": "agency", "contacts": [{"channel": "email", "address": "a@b.example"}]}
    if kept is None:
        with pytest.raises(ValidationError, match="not a language tag"):
            Stakeholder.model_validate({**values, "languages": [written]})
    else:
        assert Stakeholder.model_validate({**values, "languages": [written]}).languages == (kept,)


def test_a_key_is_named_by_its_file_or_given_whole() -> None:
    """Both are read; only the whole one can be used; a fault in either is said of that one alone."""
    by_file = ContactPoint.model_validate({"channel": "a", "address": "b", "key": {**PINNED, "file": "desk.asc"}})
    whole = ContactPoint.model_validate({"channel": "a", "address": "b", "key": {**PINNED, "certificate": "…"}})
    assert (type(by_file.key), by_file.whole_key) == (KeyFile, None)
    assert (type(whole.key), whole.whole_key) == (Key, whole.key)
    with pytest.raises(ValidationError) as caught:
        ContactPoint.model_validate({"channel": "a", "address": "b", "key": {**PINNED, "file": "../desk.asc"}})
    assert [error["loc"] for error in caught.value.errors()] == [("key", "by_file", "file")]


def test_a_contact_point_survives_its_own_json() -> None:
    """What is written is read back the same: hours, and either kind of key."""
    for key in ({**PINNED, "file": "desk.asc"}, {**PINNED, "certificate": "…"}):
        one = ContactPoint.model_validate(
            {"channel": "a", "address": "b", "hours": {"zone": "UTC", "open": ["daily 08:00-09:00"]}, "key": key}
        )
        assert ContactPoint.model_validate_json(one.model_dump_json()) == one


@pytest.mark.parametrize("group", Group)
def test_a_country_means_its_authorities(group: Group) -> None:
    """What is releasable to the Netherlands is not for the agencies, units and companies that have their seat there."""
    contact = ContactPoint(channel="mail", address="desk@one.example")
    one = Stakeholder(id="one", name="One", group=group, country="NL", clearance=Level.SECRET, contacts=(contact,))
    marking = Marking(level=Level.BPL, releasable_to=(("country:NL",),))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    national = group in {Group.LIAISON_BUREAU, Group.JCAT, Group.LE_POC, Group.CSIRT_NETWORK}
    expected = None if national else WithheldReason.NOT_RELEASABLE
    assert refusal(marking, one.reader(contact), channel_maximum=Level.SECRET, at=now) == expected
