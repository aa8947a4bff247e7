"""The token by which one reader confirms one notice: it says whose it is, and nobody else can make it."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.acknowledging import LONGEST, Confirmed, address, holds, named, token

SECRET, OTHER_SECRET = "5e" * 32, "6f" * 32
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}", fullmatch=True)


@given(notice=NAMES, reader=NAMES)
@settings(deadline=None)
def test_a_token_names_its_notice_and_its_reader_and_holds_for_them(notice: str, reader: str) -> None:
    """Whatever their names are; and it is made of characters that no mail program and no URL changes."""
    made = token(SECRET, notice=notice, reader=reader)
    assert named(made) == Confirmed(notice, reader)
    assert holds(made, SECRET, notice=notice, reader=reader)
    assert set(made) <= set(string.ascii_letters + string.digits + "-_.")
    assert len(made) <= LONGEST


@given(notice=NAMES, reader=NAMES, other=NAMES)
@settings(deadline=None)
def test_a_token_is_worth_nothing_for_anybody_or_anything_else(notice: str, reader: str, other: str) -> None:
    """Not for another reader, another notice or another incident, and not where there is no incident at all."""
    made = token(SECRET, notice=notice, reader=reader)
    assert other == reader or not holds(made, SECRET, notice=notice, reader=other)
    assert other == notice or not holds(made, SECRET, notice=other, reader=reader)
    assert not holds(made, OTHER_SECRET, notice=notice, reader=reader)
    assert not holds(made, None, notice=notice, reader=reader)


def test_without_an_incident_not_even_the_token_of_no_secret_holds() -> None:
    """What stands in for a missing secret opens nothing, though anybody can compute it."""
    assert not holds(token("00" * 32, notice="N-1", reader="a"), None, notice="N-1", reader="a")


def test_every_changed_character_breaks_a_token() -> None:
    """A bit less would be a second token for the same thing."""
    made = token(SECRET, notice="N-1", reader="csirt-fr")
    changed = [made[:at] + other + made[at + 1 :] for at in range(len(made)) for other in "A0-_." if made[at] != other]
    assert [one for one in changed if holds(one, SECRET, notice="N-1", reader="csirt-fr")] == []


@pytest.mark.parametrize(
    "text", ["", "1", "1.", "1..", "2.Ti0xCmE.x", "1.%%%.x", "1.Ti0x.x", "1.Ti0xCmEKYg.x", "1.é.x", "1." + "A" * 2_000]
)
def test_what_is_no_token_names_nobody(text: str) -> None:
    """Another version, something that is not base64, one name or three, and something far too long."""
    assert named(text) is None
    assert not holds(text, SECRET, notice="N-1", reader="a")


def test_the_address_is_below_the_public_one_and_ends_with_the_token() -> None:
    """A slash more or less changes nothing, and a name cannot leave its place in the path."""
    made = token(SECRET, notice="N-1", reader="a:b@c")
    wanted = f"https://desk.example/leerp/acknowledge/N-1/a%3Ab%40c/{made}"
    assert address("https://desk.example/leerp/", SECRET, notice="N-1", reader="a:b@c") == wanted
    assert address("https://desk.example/leerp", SECRET, notice="N-1", reader="a:b@c") == wanted
