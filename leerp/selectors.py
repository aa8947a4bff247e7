"""Selectors: what of a target is compared, so that two actions are found to meet whoever writes them down, and how.

Two targets meet in one of three ways: they are the same; one is, holds or lies under the other (a name under a domain,
a page on a host, an address in a range); or they point to the same actor.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from leerp.observables import Observable, ObservableKind, normalise
from leerp.targets import WIDEST, Target, TargetKind

ACTOR_KINDS = frozenset({TargetKind.REGISTRANT, TargetKind.HANDLE})
"""The kinds that say who, and not what. Part of the format of pointers: both sides must take targets apart alike."""

_BITS = {4: 32, 6: 128}
_BYTES = frozenset(str(number) for number in range(256))
_RANGES = frozenset({ObservableKind.IPV4, ObservableKind.IPV6, TargetKind.IP_RANGE})
_CASELESS_WALLET = re.compile(r"0x[0-9a-f]{40}|(bc|tb|ltc)1[02-9ac-hj-np-z]{6,87}", re.IGNORECASE)
"""Ethereum addresses (EIP-55: case is a checksum only) and those of BIP 173; others tell upper from lower case."""

Mark = tuple[str, str]
"""Kind and value of something that is compared as it is."""


class Network(NamedTuple):
    """A range of addresses: IP version, first address as a number, prefix length. One address is the longest."""

    version: int
    first: int
    length: int

    @property
    def last(self) -> int:
        """The last address as a number."""
        return self.first | ((1 << (_BITS[self.version] - self.length)) - 1)

    def around(self, length: int) -> "Network":
        """The network of that prefix length, no longer than its own, that this one lies in."""
        shift = _BITS[self.version] - length
        return Network(self.version, self.first >> shift << shift, length)

    @property
    def above(self) -> Iterator["Network"]:
        """Every wider network that could be a target and holds this one."""
        return (self.around(length) for length in range(WIDEST[self.version], self.length))


class Selectors(NamedTuple):
    """All that is compared of the targets of one action.

    `exact`: the things themselves. `named`: the same, and the hosts of URLs. `above`: the domains over them.
    `networks`: addresses and ranges; each counts as exact and as named. `hosts`: addresses that only stand in a URL,
    which count as named. `actors`: whom they point to.
    """

    exact: frozenset[Mark]
    named: frozenset[Mark]
    above: frozenset[Mark]
    networks: frozenset[Network]
    hosts: frozenset[Network]
    actors: frozenset[Mark]


def selectors(targets: Iterable[Observable | Target]) -> Selectors:
    """What is compared of these targets."""
    exact: set[Mark] = set()
    actors: set[Mark] = set()
    networks: set[Network] = set()
    hosts: set[Mark | Network] = set()
    for target in targets:
        if target.kind in ACTOR_KINDS:
            actors.add((target.kind, target.value))
        elif target.kind in _RANGES:
            networks.add(_network(target.value))
        else:
            exact.add((target.kind, _spelled(target)))
        if target.kind is ObservableKind.URL:
            hosts.update(_host(target.value))
    named = exact | {host for host in hosts if not isinstance(host, Network)}
    return Selectors(
        exact=frozenset(exact),
        named=frozenset(named),
        above=frozenset(parent for mark in named for parent in _parents(mark)),
        networks=frozenset(networks),
        hosts=frozenset(host for host in hosts if isinstance(host, Network)) - networks,
        actors=frozenset(actors),
    )


def _network(value: str) -> Network:
    """The network of a normalised address or range; raises ValueError when it is none."""
    parts = value.split(".")
    if len(parts) == 4 and _BYTES.issuperset(parts):  # noqa: PLR2004 - IPv4, the usual
        first, second, third, fourth = (int(part) for part in parts)
        return Network(4, first << 24 | second << 16 | third << 8 | fourth, 32)
    network = ipaddress.ip_network(value)
    return Network(network.version, int(network.network_address), network.prefixlen)


def _spelled(target: Observable | Target) -> str:
    if target.kind is ObservableKind.WALLET and _CASELESS_WALLET.fullmatch(target.value):
        return target.value.lower()
    return target.value


def _host(url: str) -> Iterator[Mark | Network]:
    """What a URL stands on, if that can be read."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return
    try:
        yield _network(host)
    except ValueError:
        with suppress(ValueError):
            yield ObservableKind.DOMAIN, normalise(ObservableKind.DOMAIN, host)


def _parents(mark: Mark) -> Iterator[Mark]:
    """The domains over a domain, down to the one with two labels."""
    kind, value = mark
    if kind == ObservableKind.DOMAIN:
        labels = value.split(".")
        yield from ((kind, ".".join(labels[start:])) for start in range(1, len(labels) - 1))
