"""Which contact point comes first, and what a key has to do with it."""

from datetime import UTC, datetime, timedelta

import pytest

from leerp.hours import Hours
from leerp.keys import Key, KeyKind
from leerp.marking import WithheldReason
from leerp.stakeholders import ContactPoint
from notifications.contact_choice import in_order, key_refusal, usable_key

NIGHT = datetime(2026, 11, 20, 3, tzinfo=UTC)
OFFICE = Hours(zone="UTC", open=("mon-fri 08:00-18:00",))
KEY = Key(kind=KeyKind.OPENPGP, fingerprint="0" * 40, pinned_at=NIGHT, expires_at=NIGHT, certificate="…")


def point(name: str, hours: Hours | None = None) -> ContactPoint:
    """A contact point."""
    return ContactPoint(channel=name, address=name, hours=hours)


DAY, ALWAYS, DAY_TOO = point("day", OFFICE), point("always"), point("day-too", OFFICE)


def test_the_open_ones_come_first_when_it_is_urgent() -> None:
    """At night the one around the clock; the others after it, in the directory's order, none left out."""
    assert in_order((DAY, ALWAYS, DAY_TOO), at=NIGHT, urgent=True) == [ALWAYS, DAY, DAY_TOO]


def test_the_order_of_the_directory_stands_otherwise() -> None:
    """Without a deadline, in office hours, and where all are closed: the preferred one stays first."""
    noon = NIGHT + timedelta(hours=9)
    assert in_order((DAY, ALWAYS), at=NIGHT, urgent=False) == [DAY, ALWAYS]
    assert in_order((DAY, ALWAYS), at=noon, urgent=True) == [DAY, ALWAYS]
    assert in_order((DAY, DAY_TOO), at=NIGHT, urgent=True) == [DAY, DAY_TOO]


@pytest.mark.parametrize(
    ("key", "needed", "seconds", "reason"),
    [
        (None, True, 0, WithheldReason.KEY_MISSING),
        (KEY, True, 0, WithheldReason.KEY_EXPIRED),
        (KEY, True, -1, None),
        (KEY.model_copy(update={"expires_at": None}), True, 0, None),
        (None, False, 0, None),
        (KEY, False, 0, None),
    ],
)
def test_a_channel_that_needs_a_key_sends_to_nobody_without_one(
    key: Key | None, needed: bool, seconds: int, reason: WithheldReason | None
) -> None:
    """Missing and expired are told apart; a key holds until the second it expires; other channels do not ask."""
    assert key_refusal(key, needed=needed, at=NIGHT + timedelta(seconds=seconds)) is reason


def test_an_expired_key_is_not_used() -> None:
    """What goes over a channel without need of a key is never encrypted for one that has expired."""
    assert usable_key(KEY, at=NIGHT) is None
    assert usable_key(KEY, at=NIGHT - timedelta(seconds=1)) == KEY
    assert usable_key(None, at=NIGHT) is None
