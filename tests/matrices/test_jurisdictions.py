"""Which of what an incident holds concerns a country: each reason, and that every item is judged by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.observables import Observable, ObservableKind
from leerp.packages import Assignment
from matrices.jurisdictions import Chosen, Item, Why, choose, country_code, marks_of

IP = Observable(kind=ObservableKind.IPV4, value="192.0.2.7")


def domain(name: str) -> Observable:
    """A domain."""
    return Observable(kind=ObservableKind.DOMAIN, value=name)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("domain", "mail.hospital.de", "DE"),
        ("domain", "a.example.co.uk", "GB"),
        ("domain", "hospital.gr", "GR"),
        ("domain", "hospital.eu", None),
        ("domain", "hospital.com", None),
        ("domain", "de.example.com", None),
        ("url", "https://u:p@Shop.Example.FR:8443/de", "FR"),
        ("url", "http://192.0.2.7/index.de", None),
        ("url", "http://[broken.de", None),
        ("email", "desk@ward.example.es", "ES"),
        ("email", "de@example.com", None),
        ("ipv4", "192.0.2.7", None),
        ("filename", "invoice.de", None),
        ("domain", "xx.xn--qxam", None),
    ],
)
def test_the_country_code_of_an_observable(kind: str, value: str, expected: str | None) -> None:
    """Of domains, hosts of URLs, domains of mailboxes; what only looks like one is none, and nothing is looked up."""
    assert expected == country_code(Observable(kind=ObservableKind(kind), value=value))


def test_each_reason_chooses() -> None:
    """Facts that name the country and what its stakeholders gave are whole; of others the observables alone."""
    items = (
        Item("R-named", "FR", ("DE", "ES"), (IP, domain("a.example"))),
        Item("C-given", "DE", (), (IP,)),
        Item("C-domain", "FR", (), (IP, domain("a.de"), domain("b.fr"), domain("c.de"))),
        Item("C-assigned", "FR", (), (domain("b.fr"), IP)),
        Item("C-other", "FR", ("FR",), (domain("b.fr"),)),
    )
    assert choose(items, "DE", assigned={(IP.kind, IP.value)}) == (
        Chosen("R-named", (Why.NAMED,), (0, 1), (Why.NAMED,)),
        Chosen("C-given", (Why.PROVIDED,), (0,), (Why.PROVIDED,)),
        Chosen("C-domain", (), (0, 1, 3), (Why.ASSIGNED, Why.DOMAIN)),
        Chosen("C-assigned", (), (1,), (Why.ASSIGNED,)),
    )
    assert [one.id for one in choose(items, "PL")] == []


def test_an_item_of_nobody_known_concerns_nobody() -> None:
    """A provider without a country is of no country: fail closed."""
    assert choose([Item("C-1", None, (), (IP,))], "DE") == ()


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        (Assignment(kind=ObservableKind.IPV4, value="192.0.2[.]7", country="DE"), {("ipv4", "192.0.2.7")}),
        (Assignment(value="A.Example", country="DE"), {("domain", "a.example")}),
    ],
)
def test_an_assignment_means_the_one_spelling(assignment: Assignment, expected: set[tuple[str, str]]) -> None:
    """However it is written, the observable of the pool is meant; without a kind, of whatever kind it could be."""
    found = {(kind.value, value) for kind, value in marks_of(assignment)}
    assert expected <= found
    assert not any(kind in ("md5", "ipv6") for kind, _ in found)


observables = st.one_of(
    st.sampled_from(["a.de", "b.fr", "c.example"]).map(domain),
    st.ip_addresses(v=4).map(lambda one: Observable(kind=ObservableKind.IPV4, value=str(one))),
)
countries = st.sampled_from(["DE", "FR", "PL"])
items = st.builds(
    Item,
    st.uuids().map(str),
    st.one_of(st.none(), countries),
    st.lists(countries, max_size=2).map(tuple),
    st.lists(observables, max_size=4).map(tuple),
)


@settings(deadline=None)
@given(st.lists(items, max_size=5), st.lists(items, max_size=5), countries)
def test_every_item_is_judged_by_itself(ours: list[Item], others: list[Item], country: str) -> None:
    """What else there is, and how much of it, changes nothing of what is chosen of an item."""
    alone, together = choose(ours, country), choose([*ours, *others], country)
    assert alone == tuple(one for one in together if one.id in {item.id for item in ours})
    assert together == choose(ours, country) + choose(others, country)
