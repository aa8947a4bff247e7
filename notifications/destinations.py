"""Where a request to a reader's own server may go. Without this, whoever names an address makes the centre call it.

Only public addresses on port 443 are open. What else an operator opens is written down as an exemption. What has a
name is judged by the addresses it leads to, right before connecting (`notifications.outgoing`).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from leerp.errors import BadInputError
from leerp.model import Model

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HTTPS_PORT = 443


class UnfitDestinationError(BadInputError):
    """A request may not go there. The sentence goes on after the address: it begins with a verb."""


class Kind(StrEnum):
    """What an address is, if it is not one of a server in the public net."""

    UNSPECIFIED = "an address of no machine"
    LOOPBACK = "this machine itself"
    METADATA = "a cloud's metadata service"
    LINK_LOCAL = "a link-local address"
    PRIVATE = "a private address"
    MULTICAST = "a multicast address"
    RESERVED = "a reserved address"


NEVER = frozenset({Kind.UNSPECIFIED, Kind.METADATA, Kind.MULTICAST})
"""What no exemption opens."""

_METADATA = (
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",  # public by its number, and yet answered by the host a virtual machine runs on
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fd00:42::42",
    "fd00:c1::a9fe:a9fe",
)

_KINDS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    (Kind.METADATA, _METADATA),
    (Kind.UNSPECIFIED, ("0.0.0.0/8", "::")),
    (Kind.LOOPBACK, ("127.0.0.0/8", "::1")),
    (Kind.LINK_LOCAL, ("169.254.0.0/16", "fe80::/10")),
    (Kind.PRIVATE, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")),
    (Kind.MULTICAST, ("224.0.0.0/4", "ff00::/8")),
    (
        Kind.RESERVED,
        (
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        ),
    ),
)
"""The special-purpose address registries of IANA (RFC 6890); the first kind that holds an address is its kind."""

_SPECIAL = tuple((kind, ip_network(text)) for kind, texts in _KINDS for text in texts)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_TRANSLATED = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""IPv4 within IPv6: mapped (RFC 4291 §2.5.5.2), and through a translator (RFC 6052 §2.1)."""


def plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for; any other as it is."""
    if isinstance(address, IPv6Address) and any(address in network for network in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def kind_of(address: Address) -> Kind | None:
    """What an address is; None if it is a server's in the public net."""
    address = plain(address)
    for kind, network in _SPECIAL:
        if address in network:
            return kind
    return Kind.RESERVED if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST else None


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A web address, taken apart. `literal`: the host, if it is written as a number; `target`: path and query."""

    scheme: str
    host: str
    port: int
    target: str
    literal: Address | None

    @property
    def place(self) -> str:
        """Host and port for a message to an operator; the path may hold a secret."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address in its one spelling: a lower-case host, no port that goes without saying, a path."""
        host = f"[{self.host}]" if isinstance(self.literal, IPv6Address) else self.host
        default = HTTPS_PORT if self.scheme == "https" else 80
        return f"{self.scheme}://{host}{'' if self.port == default else f':{self.port}'}{self.target}"


_CHARACTERS = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::(?P<port>[1-9][0-9]{0,4}))?"
    rf"(?P<path>/{_CHARACTERS}*)?(?P<query>\?(?:{_CHARACTERS}|\?)*)?"
)
_AUTHORITY = re.compile(r"https?://([^/?#]*)")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HIGHEST_PORT = 65_535


def parsed(address: str) -> Destination:
    """An address in the plain form of RFC 3986, which no two programs read differently; else UnfitDestinationError."""
    found = _URL.fullmatch(address)
    if found is None or int(found["port"] or HTTPS_PORT) > _HIGHEST_PORT:
        raise UnfitDestinationError(_misspelt(address))
    host, literal = _host(found["host"].lower())
    default = HTTPS_PORT if found["scheme"] == "https" else 80
    return Destination(
        scheme=found["scheme"],
        host=host,
        port=int(found["port"] or default),
        target=(found["path"] or "/") + (found["query"] or ""),
        literal=literal,
    )


def _misspelt(address: str) -> str:
    authority = _AUTHORITY.match(address)
    if authority is None:
        return "does not begin with https://"
    if "@" in authority[1]:
        return "names a user before the host"
    if not address.isascii():
        return "holds characters beyond ASCII; write the host in its xn-- form"
    return "is not a plain web address (https://host/path)"


def _host(host: str) -> tuple[str, Address | None]:
    """A host and the address that it is, if it is one: written the one usual way, never octal, hex or in one number."""
    if host.startswith("["):
        try:
            address = IPv6Address(host[1:-1])
        except ValueError as error:
            raise UnfitDestinationError("has no valid address between the brackets") from error
        return str(address), address
    if not _NUMBER.fullmatch(host.rpartition(".")[2]):
        if not _NAME.fullmatch(host):
            raise UnfitDestinationError("has no valid host name")
        return host, None
    try:
        return host, IPv4Address(host)
    except ValueError as error:
        raise UnfitDestinationError("writes an IPv4 address in an unusual way; write four plain numbers") from error


def _host_name(text: str) -> str:
    try:
        return _host(f"[{text}]" if ":" in text and not text.startswith("[") else text.lower())[0]
    except UnfitDestinationError as error:
        raise ValueError(f"the host {error.sentence}") from error


HostName = Annotated[str, Field(max_length=253), AfterValidator(_host_name)]
"""A host as it stands in a web address, in lower case; an IPv6 address without its brackets."""

Port = Annotated[int, Field(ge=1, le=_HIGHEST_PORT)]


class Exemption(Model):
    """What an operator opens beyond public addresses on port 443.

    `host`: for this host only; absent means any. `networks`: what its addresses may be; absent means the same as
    without the exemption. `ports`: on which ports, and on no other.
    """

    host: HostName | None = None
    networks: tuple[Network, ...] = Field(default=(), max_length=64)
    ports: tuple[Port, ...] = Field(default=(HTTPS_PORT,), min_length=1, max_length=64)

    @model_validator(mode="after")
    def _says_something(self) -> "Exemption":
        if self.host is None and not self.networks:
            raise ValueError("an exemption needs a host or networks; without them it would open its ports everywhere")
        return self

    def covers(self, host: str, port: int) -> bool:
        """Whether it speaks of this host and port."""
        return self.host in (None, host) and port in self.ports


class Rules(Model):
    """Where requests may go. `allow_private_networks`: also to private addresses (RFC 1918, RFC 4193, RFC 6598)."""

    allow_private_networks: bool = False
    exemptions: tuple[Exemption, ...] = ()

    def refusal(self, host: str, port: int, address: Address) -> str | None:
        """Why no connection may be made to this address, to which the host leads; None if one may."""
        address = plain(address)
        kind = kind_of(address)
        if kind in NEVER:
            return f"leads to {kind.value} ({address})"
        usual = kind is None or (kind is Kind.PRIVATE and self.allow_private_networks)
        if usual and port == HTTPS_PORT:
            return None
        for exemption in self.exemptions:
            within = any(address in network for network in exemption.networks) if exemption.networks else usual
            if within and exemption.covers(host, port):
                return None
        return _port_fault(port) if kind is None or usual else f"leads to {kind.value} ({address})"

    def destination(self, address: str) -> Destination:
        """Where a request to this address goes, as far as that can be said without asking a name server.

        UnfitDestinationError if it may not. A name has still to be looked up, and `refusal` asked for what it leads to.
        """
        found = parsed(address)
        if found.scheme != "https" and (found.literal is None or kind_of(found.literal) is not Kind.LOOPBACK):
            raise UnfitDestinationError("does not begin with https://")
        wrong = (
            self._name_fault(found) if found.literal is None else self.refusal(found.host, found.port, found.literal)
        )
        if wrong:
            raise UnfitDestinationError(wrong)
        return found

    def fault(self, address: str) -> str | None:
        """What is wrong with an address, in a few words; None if a request may go there."""
        try:
            self.destination(address)
        except UnfitDestinationError as error:
            return error.sentence
        return None

    def _name_fault(self, found: Destination) -> str | None:
        """A name without a dot means something else on every machine, so an operator has to name it."""
        if "." not in found.host and not any(found.host == exemption.host for exemption in self.exemptions):
            return "has a host name without a dot, and no exemption names it"
        covered = any(exemption.covers(found.host, found.port) for exemption in self.exemptions)
        return None if found.port == HTTPS_PORT or covered else _port_fault(found.port)


def _port_fault(port: int) -> str:
    return f"names port {port}, which no exemption opens"


def address_of(text: str) -> Address:
    """The address that a name server gave, without the interface it may name; UnfitDestinationError if it is none."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError as error:
        raise UnfitDestinationError("leads to what is no address") from error
