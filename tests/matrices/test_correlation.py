"""Correlation: what may join two reports, and what never does."""

import pytest

from leerp.observables import Observable, ObservableKind
from matrices.correlation import common_because, meaningful


def observable(kind: str, value: str) -> Observable:
    """An observable by the name of its kind."""
    return Observable(kind=ObservableKind(kind), value=value)


COMMON = [
    ("ipv4", "10.1.2.3"),
    ("ipv4", "192.168.0.1"),
    ("ipv4", "127.0.0.1"),
    ("ipv4", "169.254.7.7"),
    ("ipv4", "224.0.0.251"),
    ("ipv4", "0.0.0.0"),  # noqa: S104 - an address in a report
    ("ipv4", "255.255.255.255"),
    ("ipv4", "100.64.3.2"),
    ("ipv4", "8.8.8.8"),
    ("ipv4", "9.9.9.9"),
    ("ipv6", "::1"),
    ("ipv6", "fe80::1"),
    ("ipv6", "fd00::7"),
    ("ipv6", "2001:4860:4860:0:0:0:0:8888"),
    ("ipv6", "::ffff:10.0.0.1"),
    ("domain", "google.com"),
    ("domain", "ctldl.windowsupdate.com"),
    ("url", "http://192.168.1.1/login"),
    ("url", "https://www.google.com/"),
    ("filename", "C:\\Windows\\System32\\SVCHOST.EXE"),
    ("md5", "D41D8CD98F00B204E9800998ECF8427E"),
    ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("asn", "AS15169"),
]
MEANINGFUL = [
    ("ipv4", "192.0.2.1"),
    ("ipv4", "198.51.100.7"),
    ("ipv4", "203.0.113.9"),
    ("ipv4", "185.10.20.30"),
    ("ipv6", "2001:db8::17"),
    ("domain", "kill-switch.example"),
    ("domain", "notgoogle.com"),
    ("domain", "google.com.evil.example"),
    ("url", "https://drive.google.com/file/d/payload"),
    ("url", "http://198.51.100.7/gate.php"),
    ("url", "http://[broken/"),
    ("email", "billing@gmail.com"),
    ("filename", "mssecsvc.exe"),
    ("sha256", "24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c"),
    ("mutex", "Global\\MsWinZonesCacheCounterMutexA"),
    ("cve", "CVE-2017-0144"),
]


@pytest.mark.parametrize(("kind", "value"), COMMON)
def test_a_common_observable_joins_nothing(kind: str, value: str) -> None:
    """What half the internet shares is common, and the reason is said."""
    assert common_because(observable(kind, value))
    assert meaningful([observable(kind, value)]) == ()


@pytest.mark.parametrize(("kind", "value"), MEANINGFUL)
def test_a_particular_observable_may_join(kind: str, value: str) -> None:
    """What is particular to few, and what scenarios are written with, may join two reports."""
    assert meaningful([observable(kind, value)]) == (observable(kind, value),)


def test_each_observable_stands_once_and_in_order() -> None:
    """Meaningful observables keep their order, and a repeated one is one."""
    first, second = observable("domain", "b.example"), observable("domain", "a.example")
    assert meaningful([first, observable("ipv4", "8.8.8.8"), second, first]) == (first, second)
