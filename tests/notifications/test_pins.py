"""Pins and the directory: what is changed is not used, and nobody is left without a contact point."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.keys import Key, KeyKind
from leerp.pins import ContactPin, PinOutline
from leerp.stakeholders import ContactPoint, Directory, Group, Stakeholder
from notifications.pins import contacts_digest, differing, pins_of, unseen, with_pins

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def key(digit: str, *, certificate: str = "…") -> Key:
    """A key with a fingerprint of this digit."""
    return Key(kind=KeyKind.OPENPGP, fingerprint=digit * 40, pinned_at=NOW, certificate=certificate)


def point(channel: str, address: str, *, with_key: Key | None = None, personal: bool = False) -> ContactPoint:
    """A contact point."""
    return ContactPoint(channel=channel, address=address, key=with_key, personal=personal)


def one(identifier: str, *contacts: ContactPoint) -> Stakeholder:
    """A stakeholder with these contact points."""
    return Stakeholder(id=identifier, name=identifier, group=Group.AGENCY, contacts=contacts)


CENTRE = one("centre", point("mail", "centre@ec3.example"))
MAIL = point("mail", "desk@a.example", with_key=key("1"))
SECURE = point("secure", "desk@a.example")


def directory(*stakeholders: Stakeholder, centre: Stakeholder = CENTRE) -> Directory:
    """A directory of these."""
    return Directory(version="1", centre=centre, stakeholders=stakeholders)


def as_found(found: Directory) -> list[ContactPin]:
    """Everything in a directory, pinned."""
    return unseen(found, (), at=NOW)


PINS = as_found(directory(one("a", MAIL, SECURE)))


def used(*contacts: ContactPoint) -> tuple[list[ContactPoint], list[str]]:
    """What is used of these contact points of `a`, and what is said of the changes."""
    usable, changes = with_pins(directory(one("a", *contacts)), PINS)
    return list(usable.stakeholders[0].contacts), [change.sentence for change in changes]


def test_what_is_pinned_is_used_as_it_stands() -> None:
    """The very directory comes back, whatever the order of the contact points; nothing waits."""
    found = directory(one("a", SECURE, MAIL))
    assert with_pins(found, PINS) == (found, [])


def test_a_changed_address_waits_and_the_former_one_goes_on() -> None:
    """With its former key, in the place of the new one."""
    contacts, said = used(point("mail", "desk@evil.example", with_key=key("6")), SECURE)
    assert contacts == [MAIL, SECURE]
    expected = "a: the address on channel mail was desk@a.example, which stays in use, and is desk@evil.example now"
    assert said == [f"{expected}; two officers must confirm it (leerp directory confirm)"]


@pytest.mark.parametrize("other", [key("2"), None])
def test_a_changed_key_waits_and_the_former_one_goes_on(other: Key | None) -> None:
    """Another key, or none: what was approved is encrypted for."""
    contacts, said = used(point("mail", MAIL.address, with_key=other), SECURE)
    assert contacts == [MAIL, SECURE]
    assert [sentence.partition(" was ")[0] for sentence in said] == ["a: the key for desk@a.example"]


def test_the_same_key_with_a_longer_life_is_the_same_key() -> None:
    """The fingerprint is what is pinned: a certificate that its owner has prolonged is used at once."""
    renewed = point("mail", MAIL.address, with_key=key("1", certificate="prolonged"))
    assert used(renewed, SECURE) == ([renewed, SECURE], [])


def test_a_further_channel_waits() -> None:
    """A contact point put before the others would draw every notice to itself."""
    contacts, said = used(point("hook", "https://evil.example"), MAIL, SECURE)
    assert contacts == [MAIL, SECURE]
    assert said[0].startswith("a: https://evil.example on channel hook is new and not used;")


def test_a_second_address_beside_the_approved_one_waits() -> None:
    """The approved one is still named, so the other is an addition and not its successor."""
    contacts, said = used(point("mail", "desk@evil.example"), MAIL)
    assert (contacts, len(said)) == ([MAIL], 1)


def test_what_is_taken_out_is_not_used() -> None:
    """To stop using a contact point needs nobody."""
    assert used(SECURE) == ([SECURE], [])


def test_nobody_is_left_without_a_contact_point() -> None:
    """Where all that is left is new, everything that was approved is used."""
    contacts, said = used(point("hook", "https://evil.example"))
    assert (contacts, len(said)) == ([MAIL, SECURE], 1)


def test_an_address_does_not_become_personal_by_its_successor() -> None:
    """TLP:RED goes to a named post alone: the former address is as personal as it was when it was approved."""
    contacts, _ = used(point("mail", "head@a.example", personal=True))
    assert [(contact.address, contact.personal) for contact in contacts] == [("desk@a.example", False)]


def test_the_centre_is_held_to_its_pins_too() -> None:
    """Its addresses stand in the notices, and readers answer to them."""
    found = directory(centre=one("centre", point("mail", "centre@evil.example")))
    usable, changes = with_pins(found, PINS)
    assert usable.centre == CENTRE
    assert [change.stakeholder for change in changes] == ["centre"]


def test_the_new_are_taken_as_found_and_the_known_are_not() -> None:
    """Only of whom nothing is pinned at all is anything pinned without officers."""
    found = directory(one("a", point("hook", "https://evil.example")), one("b", SECURE))
    pins = unseen(found, PINS, at=NOW)
    assert [(pin.stakeholder, pin.channel, pin.proposed_by) for pin in pins] == [("b", "secure", None)]


def test_what_is_confirmed_does_not_depend_on_the_order() -> None:
    """The digest is of channels, addresses and fingerprints; each of them changes it."""
    assert contacts_digest([MAIL, SECURE]) == contacts_digest([SECURE, MAIL])
    others = ([MAIL], [SECURE], [point("mail", MAIL.address)], [point("mail", "desk@b.example", with_key=key("1"))])
    assert len({contacts_digest(contacts) for contacts in ([MAIL, SECURE], *others)}) == 5


POINTS = st.builds(
    point,
    st.sampled_from(("mail", "secure")),
    st.sampled_from("abc"),
    with_key=st.sampled_from((None, key("1"), key("2"))),
)
STAKEHOLDERS = st.lists(POINTS, min_size=1, max_size=4, unique_by=lambda found: (found.channel, found.address))


@given(before=STAKEHOLDERS, now=STAKEHOLDERS)
@settings(deadline=None)
def test_the_pins_of_those_who_differ_are_enough(before: list[ContactPoint], now: list[ContactPoint]) -> None:
    """For any two states of an entry: without the pins of the others all is the same."""
    pins = [*as_found(directory(one("b", *before))), *pins_of(one("a", *before), before, at=NOW)]
    found = directory(one("a", *now), one("b", *before))
    differ = differing(found, [PinOutline(pin.stakeholder, pin.channel, pin.address, pin.fingerprint) for pin in pins])
    assert differ <= {"a"}
    assert with_pins(found, [pin for pin in pins if pin.stakeholder in differ]) == with_pins(found, pins)


@given(before=STAKEHOLDERS, now=STAKEHOLDERS)
@settings(deadline=None)
def test_nothing_is_ever_used_that_was_not_approved(before: list[ContactPoint], now: list[ContactPoint]) -> None:
    """For any two states of an entry: only approved addresses with their approved keys, and at least one of them."""
    pins = pins_of(one("a"[:1], *before), before, at=NOW)
    usable, changes = with_pins(directory(one("a", *now)), pins)
    approved = {(pin.channel, pin.address, pin.fingerprint) for pin in pins}
    contacts = usable.stakeholders[0].contacts
    taken = {(found.channel, found.address, found.whole_key and found.whole_key.fingerprint) for found in contacts}
    assert taken
    assert taken <= approved
    wanted = {(found.channel, found.address, found.whole_key and found.whole_key.fingerprint) for found in now}
    assert bool(changes) == bool(wanted - approved)
