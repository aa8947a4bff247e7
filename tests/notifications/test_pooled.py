"""What is put in from the pool: item by item, under its own marking, for private parties without personal data."""

from leerp.marking import Level, Marking, Reader
from leerp.notices import NoticeKind, PersonalData, Portion, Section, Variant
from leerp.observables import Observable, ObservableKind
from notifications import pooled
from notifications.composing import compose
from notifications.context import PackageWord, PooledItem
from notifications.rendering import render
from tests.notifications import cast

COMPANY = Reader(id="partner", group="private_partner", country="DE", clearance=Level.BPL)
DOMAIN = Observable(kind=ObservableKind.DOMAIN, value="a.example")
ADDRESS = Observable(kind=ObservableKind.IPV4, value="192.0.2.9")
MAILBOX = Observable(kind=ObservableKind.EMAIL, value="a@b.example")


def item(*observables: Observable, **changes: object) -> PooledItem:
    """Something given under no restriction."""
    return cast.pooled(**{"marking": Marking(), "observables": observables, "first_seen": ()} | changes)


def text(of: PooledItem, reader: Reader) -> str:
    """What a reader gets of a package with this item; nothing is the empty text."""
    word = PackageWord(country="DE", items=(of,))
    notice = cast.notice(NoticeKind.PACKAGE, compose(NoticeKind.PACKAGE, cast.context(package=word)))
    made = render(notice, reader, channel="email", maximum=Level.SECRET, at=cast.AT)
    return cast.text(made) if isinstance(made, Variant) else ""


def test_an_item_is_told_under_its_own_marking_and_grade() -> None:
    """Its words, then its observables with when they were first seen; and why it is there."""
    (words,) = pooled.told([cast.pooled()], known=frozenset())
    (listed,) = pooled.observables([cast.pooled()])
    assert [(one.marking, one.grade) for one in (words, listed)] == [(cast.RESTRICTED, cast.B2)] * 2
    assert words.text.splitlines() == [
        "Traffic of the worm",
        "It asks for its kill switch.",
        "Given by csirt-lu on 2017-05-12T09:14:00+00:00.",
        "Here because its facts name the country.",
    ]
    assert "domain pooled[.]example, first seen 2017-05-12T07:14:00+00:00" in listed.text.splitlines()
    assert listed.said is not None
    assert listed.said.first_seen == cast.pooled().first_seen


def test_of_what_concerns_a_country_in_part_the_observables_alone_are_told() -> None:
    """No title, no story; why they are there stands with them."""
    part = item(DOMAIN, title=None, narrative="", because=("under_its_country_code",))
    assert pooled.told([part], known=frozenset()) == []
    (listed,) = pooled.observables([part])
    assert listed.text.splitlines()[-1] == "Here because it stands under the code of the country."
    assert "Traffic" not in listed.text


def test_a_private_party_gets_no_personal_data() -> None:
    """Of the observables what is left; of a story with an address the title; a title with one not at all."""
    mixed = text(item(DOMAIN, ADDRESS, MAILBOX, narrative="It calls 192.0.2.9."), COMPANY)
    assert ("a[.]example" in mixed, "Traffic of the worm" in mixed) == (True, True)
    assert not [word for word in ("192", "b[.]example", "It calls") if word in mixed]
    assert "192[.]0[.]2[.]9" in text(item(DOMAIN, ADDRESS), cast.LIAISON)
    assert "Seen" not in text(item(DOMAIN, title="Seen at 192.0.2.9"), COMPANY)
    assert text(item(ADDRESS, title=None, narrative=""), COMPANY) == ""


def test_its_presence_cannot_be_read() -> None:
    """A private party gets the same bytes as if the personal data had never been there."""
    assert text(item(DOMAIN, ADDRESS), COMPANY) == text(item(DOMAIN), COMPANY)


def test_what_holds_personal_data_is_marked_so() -> None:
    """Twice: as it is, and what is left."""
    kinds = [one.personal_data for one in pooled.observables([item(DOMAIN, ADDRESS)])]
    assert kinds == [PersonalData.HELD, PersonalData.LEFT_OUT]
    assert all(
        isinstance(one, Portion) and one.section is Section.INDICATOR for one in pooled.observables([item(DOMAIN)])
    )
