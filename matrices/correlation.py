"""Correlate: which observables may join two reports, and which are shared by half the internet and prove nothing."""

import ipaddress
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from leerp.errors import BadInputError
from leerp.formats.strict import yaml_model
from leerp.model import Line
from leerp.observables import Observable, ObservableKind, normalise
from matrices.table_head import TableHead
from matrices.tables import content_of

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HASHES = frozenset({ObservableKind.MD5, ObservableKind.SHA1, ObservableKind.SHA256, ObservableKind.SHA512})


class AddressRange(StrEnum):
    """Special ranges by the names that Python's `ipaddress` gives them (IANA special-purpose registries)."""

    PRIVATE = "private"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link_local"
    MULTICAST = "multicast"
    RESERVED = "reserved"
    UNSPECIFIED = "unspecified"


class CommonObservables(TableHead):
    """The file of common observables. `never_common` wins over every range and network."""

    ranges: tuple[AddressRange, ...]
    networks: tuple[Line, ...]
    never_common: tuple[Line, ...]
    resolvers: tuple[Line, ...]
    sites: tuple[Line, ...]
    file_names: tuple[Line, ...]
    hashes: tuple[Line, ...]
    kinds: tuple[ObservableKind, ...]


@dataclass(frozen=True, eq=False)
class CommonTable:
    """The common observables, ready to look up."""

    ranges: tuple[str, ...]
    networks: tuple[Network, ...]
    never_common: tuple[Network, ...]
    resolvers: frozenset[Address]
    sites: frozenset[str]
    file_names: frozenset[str]
    hashes: frozenset[str]
    kinds: frozenset[ObservableKind]


def load_common(content: bytes, *, name: str) -> CommonTable:
    """The table in the bytes of a YAML file; raises BadInputError."""
    read = yaml_model(CommonObservables, content, name=name)
    try:
        return CommonTable(
            ranges=tuple(f"is_{one}" for one in read.ranges),
            networks=tuple(ipaddress.ip_network(one) for one in read.networks),
            never_common=tuple(ipaddress.ip_network(one) for one in read.never_common),
            resolvers=frozenset(ipaddress.ip_address(one) for one in read.resolvers),
            sites=frozenset(normalise(ObservableKind.DOMAIN, one) for one in read.sites),
            file_names=frozenset(one.casefold() for one in read.file_names),
            hashes=frozenset(one.lower() for one in read.hashes),
            kinds=frozenset(read.kinds),
        )
    except ValueError as error:
        raise BadInputError(f"{name}: {error}") from error


@lru_cache(maxsize=1)
def shipped_common() -> CommonTable:
    """The shipped table of common observables."""
    return load_common(content_of("common-observables"), name="common-observables.yaml")


def meaningful(observables: Iterable[Observable], *, table: CommonTable | None = None) -> tuple[Observable, ...]:
    """The observables that may join two reports: those that are not common, each once, in their order."""
    common = table or shipped_common()
    return tuple(one for one in dict.fromkeys(observables) if common_because(one, table=common) is None)


def common_because(observable: Observable, *, table: CommonTable | None = None) -> str | None:
    """Why an observable is common, in a few words; None when it is not."""
    common, kind, value = table or shipped_common(), observable.kind, observable.value
    if kind in common.kinds:
        return f"no {kind} joins reports"
    if kind in (ObservableKind.IPV4, ObservableKind.IPV6):
        return _common_address(value, common)
    if kind is ObservableKind.DOMAIN:
        return _common_domain(value, common)
    if kind is ObservableKind.URL:
        return _common_url(value, common)
    if kind is ObservableKind.FILENAME and _file_name(value) in common.file_names:
        return "a file name found on every machine"
    return "the hash of a file found everywhere" if kind in _HASHES and value in common.hashes else None


def _file_name(value: str) -> str:
    return value.replace("\\", "/").rpartition("/")[2].casefold()


def _common_address(value: str, common: CommonTable) -> str | None:
    address = ipaddress.ip_address(value)
    address = getattr(address, "ipv4_mapped", None) or address
    if _inside(address, common.never_common):
        return None
    if address in common.resolvers:
        return "a public resolver"
    if any(getattr(address, one) for one in common.ranges) or _inside(address, common.networks):
        return "an address of a private or reserved range"
    return None


def _inside(address: Address, networks: Collection[Network]) -> bool:
    return any(address in network for network in networks)


def _common_domain(value: str, common: CommonTable) -> str | None:
    """A top site or a name below one: what stands there is the site's own, not one attacker's."""
    labels = value.split(".")
    names = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return "a top site" if any(name in common.sites for name in names) else None


def _common_url(value: str, common: CommonTable) -> str | None:
    """A private host, or the front page of a top site. A path on a top site names one thing and is not common."""
    try:
        parts = urlsplit(value)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if ":" in host or host[-1:].isdigit():  # every address is so; to try what is none takes long
        with suppress(ValueError):
            return _common_address(host, common)
    front = parts.path in ("", "/") and not parts.query
    return _common_domain(host, common) if front else None
