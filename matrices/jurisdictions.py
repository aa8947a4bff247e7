"""Which of what an incident holds concerns one country, and why: a pure rule, the same for every country.

A report concerns a country that its facts name. What a stakeholder of the country has given concerns it. An observable
concerns it that stands under its country code, or that an officer has assigned to it. Nothing here looks up where an
address is or whose it is: no geolocation, no registry, no name service. What such a look-up would find, an officer may
assign, and then it is that officer's word. Of country codes only those of two letters are read, and a domain under one
says where it is registered and not where its host stands.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from leerp.countries import Country, normalise
from leerp.observables import Observable, ObservableKind
from leerp.observables import normalise as spelled
from leerp.packages import Assignment

Mark = tuple[ObservableKind, str]
"""Kind and value of an observable."""


class Why(StrEnum):
    """Why something concerns a country: the closed list."""

    NAMED = "names_the_country"
    PROVIDED = "given_by_the_country"
    DOMAIN = "under_its_country_code"
    ASSIGNED = "assigned_by_an_officer"


class Item(NamedTuple):
    """A report or a contribution. `country`: of its provider. `names`: the countries that its facts name."""

    id: str
    country: Country | None
    names: tuple[Country, ...]
    observables: Sequence[Observable]


class Chosen(NamedTuple):
    """An item that concerns the country: `whole` why, and then all of it is; else some of its observables alone.

    `places`: which of its observables concern the country, by their position; of an item that concerns it whole, all.
    """

    id: str
    whole: tuple[Why, ...]
    places: tuple[int, ...]
    because: tuple[Why, ...]


def choose(items: Iterable[Item], country: Country, *, assigned: Collection[Mark] = ()) -> tuple[Chosen, ...]:
    """The items that concern a country, in their order. `assigned`: the observables that an officer says are its own.

    An item is judged by itself: what the others hold changes nothing of it.
    """
    chosen = (_chosen(item, country, assigned) for item in items)
    return tuple(one for one in chosen if one is not None)


def _chosen(item: Item, country: Country, assigned: Collection[Mark]) -> Chosen | None:
    whole = tuple(
        why for why, holds in ((Why.NAMED, country in item.names), (Why.PROVIDED, item.country == country)) if holds
    )
    if whole:
        return Chosen(item.id, whole, tuple(range(len(item.observables))), whole)
    reasons = [_why(observable, country, assigned) for observable in item.observables]
    places = tuple(place for place, why in enumerate(reasons) if why is not None)
    because = tuple(sorted({why for why in reasons if why is not None}))
    return Chosen(item.id, (), places, because) if places else None


def _why(observable: Observable, country: Country, assigned: Collection[Mark]) -> Why | None:
    if (observable.kind, observable.value) in assigned:
        return Why.ASSIGNED
    return Why.DOMAIN if country_code(observable) == country else None


def country_code(observable: Observable) -> Country | None:
    """The country under whose code a domain, the host of a URL or the domain of a mailbox stands; None if under none.

    The code itself is read as the EU writes it (`uk` is GB, `gr` and `el` are GR); `eu` is no country.
    """
    host = _host(observable)
    label = host.rstrip(".").rpartition(".")
    if not label[0] or len(label[2]) != 2:  # noqa: PLR2004 - ISO 3166-1 alpha-2
        return None
    try:
        return normalise(label[2])
    except ValueError:
        return None


def _host(observable: Observable) -> str:
    if observable.kind is ObservableKind.DOMAIN:
        return observable.value
    if observable.kind is ObservableKind.EMAIL:
        return observable.value.rpartition("@")[2]
    if observable.kind is ObservableKind.URL:
        try:
            return urlsplit(observable.value).hostname or ""
        except ValueError:
            return ""
    return ""


def marks_of(assignment: Assignment) -> frozenset[Mark]:
    """The observables that an assignment may mean: of its kind, or of every kind that its value could be of."""
    found = set()
    for kind in ObservableKind if assignment.kind is None else (assignment.kind,):
        try:
            found.add((kind, spelled(kind, assignment.value)))
        except ValueError:
            continue
    return frozenset(found)
