"""What is odd about an observable is said, and what is too common to mean anything makes no hits."""

import pytest

from activities.flagging import flagged, silent_among
from activities.warning_lists import WarningLists, installed
from leerp.contributions import FlaggedObservable
from leerp.observables import Observable

CYRILLIC_APPLE = "\u0430\u0440\u0440\u04cf\u0435"


def one(kind: str, value: str) -> Observable:
    """An observable."""
    return Observable.model_validate({"kind": kind, "value": value})


def flag(kind: str, value: str) -> FlaggedObservable | None:
    """What is said of it, if anything."""
    return next(iter(flagged([one(kind, value)])), None)


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("ipv4", "10.1.2.3", "an address of a private or reserved range"),
        ("ipv4", "127.0.0.1", "an address of a private or reserved range"),
        ("ipv6", "fe80::1", "an address of a private or reserved range"),
        ("ipv4", "1.1.1.1", "a public resolver"),
        ("url", "http://192.168.0.1/x", "an address of a private or reserved range"),
        ("domain", "www.google.com", "a top site"),
        ("md5", "d41d8cd98f00b204e9800998ecf8427e", "the hash of a file found everywhere"),
    ],
)
def test_what_half_the_internet_shares_is_silent(kind: str, value: str, why: str) -> None:
    """It is shown with the reason, and makes no hits."""
    found = flag(kind, value)
    assert found is not None
    assert (found.why, found.silent) == (why, True)


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("ipv4", "203.0.113.9", "for documentation"),
        ("ipv6", "2001:db8::9", "for documentation"),
        ("domain", f"{CYRILLIC_APPLE}.com", "reads like apple"),
        ("domain", "shop.p\u0430ypal.com", "reads like paypal"),
        ("domain", "log\u0456n\u6d4b.com", "mixes alphabets"),
        ("url", "http://xn--pypal-4ve.com/login", "reads like paypal"),
        ("email", "info@xn--pypal-4ve.com", "reads like paypal"),
    ],
)
def test_what_is_merely_odd_is_shown_and_makes_hits(kind: str, value: str, why: str) -> None:
    """A homograph is what an attacker uses: it must be matched."""
    found = flag(kind, value)
    assert found is not None
    assert why in found.why
    assert not found.silent


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ipv4", "45.66.77.88"),
        ("domain", "evil.net"),
        ("domain", "m\u00fcnchen.de"),
        ("url", "https://www.google.com/x"),
    ],
)
def test_an_ordinary_observable_has_no_flag(kind: str, value: str) -> None:
    """Nor has a name in one alphabet of its own, or a page on a top site."""
    assert flag(kind, value) is None
    assert silent_among(flagged([one(kind, value)])) == {}


def test_a_warning_list_is_looked_up_by_its_form() -> None:
    """Exact values, names and what is below them, ranges of both versions; patterns are passed over."""
    lists = WarningLists()
    lists.add("exact", "string", ["cdn.example.org"])
    lists.add("names", "hostname", [".update.example.com"])
    lists.add("ranges", "cidr", ["45.7.0.0/16", "45.9.9.9", "2a00:1::/32", "no range"])
    lists.add("patterns", "regex", [".*"])
    asked = {
        ("domain", "cdn.example.org"): "exact",
        ("domain", "a.cdn.example.org"): None,
        ("domain", "eu.update.example.com"): "names",
        ("url", "http://update.example.com/"): "names",
        ("url", "http://update.example.com/page"): None,
        ("ipv4", "45.7.200.1"): "ranges",
        ("ipv4", "45.8.0.1"): None,
        ("ipv4", "45.9.9.9"): "ranges",
        ("ipv6", "2a00:1:ffff::1"): "ranges",
        ("filename", "cdn.example.org"): None,
    }
    assert {key: lists.on(one(*key)) for key in asked} == asked


def test_the_installed_lists_leave_the_ranges_for_documentation_alone() -> None:
    """What scenarios are written with must make hits, whatever is installed; a known false positive does not."""
    lists = installed()
    assert lists.exact, "the extra warning-lists is part of the development environment"
    assert flag("ipv4", "198.51.100.7") is not None
    assert silent_among(flagged([one("ipv4", "198.51.100.7"), one("domain", "evil.example")])) == {}
    found = flag("url", "https://www.spiegel.de/")
    assert found is not None
    assert found.why.startswith("on the warning list")
