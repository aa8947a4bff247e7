"""Replacements for technical values: of the same kind, from what is reserved for documentation, and made with a key.

What belonged together still does: addresses of one /24 stay in one /24 with the longest common prefix that they had, a
subdomain stays one of its domain, and an e-mail address or a URL is at the replacement of its host. Without the key
nobody can tell from a replacement what it stands for, nor find out by trying values.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable, Iterable
from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from leerp.observables import ObservableKind
from leerp.targets import TargetKind

_DOCUMENTATION = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
"""RFC 5737. Further networks come from 198.18.0.0/15 (RFC 2544), and then from 240.0.0.0/4, which nobody uses."""

_BYTE = 8
_TARGETS = frozenset(one.value for one in TargetKind)
_HEX: dict[str, int] = {
    ObservableKind.MD5: 32,
    ObservableKind.SHA1: 40,
    ObservableKind.SHA256: 64,
    ObservableKind.SHA512: 128,
}
_HIVE = re.compile(r"(?i)(HKLM|HKCU|HKCR|HKU|HKCC|HKEY_[A-Z_]+)(\\.*)?")
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_PRIVATE_ASN = 4_200_000_000  # to 4,294,967,294: RFC 6996
_PRIVATE_ASNS = 94_967_295


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


class Values:
    """Replaces technical values. `key`: what the replacements are made with; the same key, the same replacements.

    `addresses`: all IPv4 addresses and ranges that there are, so that each network gets one of its own.
    """

    def __init__(self, key: bytes, *, addresses: Iterable[str] = ()) -> None:
        self._key = key
        networks = {self._network(text) for text in addresses}
        ordered = sorted((one for one in networks if one), key=lambda one: self._digest("network", str(one)))
        self._networks = dict(zip(ordered, map(_reserved, range(len(ordered))), strict=True))

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{purpose}\x00{text}".encode(), hashlib.sha256)

    def word(self, purpose: str, text: str, *, length: int = 8) -> str:
        """Letters and digits in place of a text; it begins with a letter."""
        number = int.from_bytes(self._digest(purpose, text))
        signs = "abcdefghijklmnopqrstuvwxyz234567"
        first = signs[number % 26]
        return first + "".join(signs[(number >> (5 * at + 5)) & 31] for at in range(length - 1))

    def observable(self, kind: str, value: str) -> str:
        """The replacement of an observable or a target of that kind."""
        by_kind: dict[str, Callable[[str], str]] = {
            ObservableKind.IPV4: self.address,
            ObservableKind.IPV6: self.address,
            TargetKind.IP_RANGE: self._range,
            ObservableKind.DOMAIN: self.domain,
            ObservableKind.URL: self.url,
            ObservableKind.EMAIL: self.mail,
            ObservableKind.REGISTRY_KEY: self._registry_key,
            ObservableKind.WALLET: self._wallet,
            ObservableKind.CVE: self._cve,
            ObservableKind.ASN: self._asn,
            ObservableKind.FILENAME: self._filename,
        }
        replace = by_kind.get(kind)
        return replace(value) if replace else self._other(kind, value)

    def _other(self, kind: str, value: str) -> str:
        length = _HEX.get(kind)
        if length is not None:
            stream = self._digest("hash", value) + self._digest("hash again", value)
            return stream.hex()[:length]
        if kind in _TARGETS and (host := self._as_host(value)):
            return host
        return f"{kind}-{self.word(kind, value)}"

    def _as_host(self, value: str) -> str | None:
        """The replacement of a server or account that is written as an address or a name of a host."""
        try:
            return self.address(str(ipaddress.ip_address(value)))
        except ValueError:
            pass
        if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
            return self.mail(value)
        return self.domain(value) if re.fullmatch(r"([a-z0-9_-]+\.)+[a-z]{2,63}", value) else None

    # Addresses

    @staticmethod
    def _network(text: str) -> ipaddress.IPv4Network | None:
        try:
            found = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return None
        if not isinstance(found, ipaddress.IPv4Network):
            return None
        return found if found.prefixlen < 24 else ipaddress.IPv4Network((found.network_address, 24), strict=False)  # noqa: PLR2004 - what a /24 is

    def address(self, value: str) -> str:
        """An address in place of an address."""
        found = ipaddress.ip_address(value)
        if isinstance(found, ipaddress.IPv6Address):
            return str(self._ipv6(found))
        network = ipaddress.IPv4Network((found, 24), strict=False)
        here = self._networks.get(network)
        if here is None:  # of no network that was announced
            return str(ipaddress.IPv4Address((240 << 24) + int.from_bytes(self._digest("ipv4", value)[:3])))
        return str(here.network_address + self._host(network, int(found) & 0xFF))

    def _host(self, network: ipaddress.IPv4Network, host: int) -> int:
        """Another last byte, bit by bit by what stands before each, so that common prefixes stay (as Crypto-PAn)."""
        changed = 0
        for at in range(_BYTE):
            before = host >> (_BYTE - at)
            bit = (host >> (_BYTE - 1 - at)) & 1
            changed = (changed << 1) | (bit ^ (self._digest("host", f"{network}/{at}/{before}")[0] & 1))
        return changed

    def _ipv6(self, found: ipaddress.IPv6Address) -> ipaddress.IPv6Address:
        packed = int(found)
        site = int.from_bytes(self._digest("ipv6 network", str(packed >> 64))[:4])
        host = int.from_bytes(self._digest("ipv6 host", str(packed))[:8])
        return ipaddress.IPv6Address((0x20010DB8 << 96) | (site << 64) | host)

    def _range(self, value: str) -> str:
        found = ipaddress.ip_network(value, strict=False)
        if isinstance(found, ipaddress.IPv6Network):
            return str(
                ipaddress.IPv6Network((self._ipv6(found.network_address), max(found.prefixlen, 33)), strict=False)
            )
        network = self._network(value)
        here = self._networks.get(network) if network else None
        if here is None or network is None or found.prefixlen < 24:  # noqa: PLR2004 - what a /24 is
            return str(here or ipaddress.IPv4Network("240.0.0.0/24"))
        first = here.network_address + self._host(network, int(found.network_address) & 0xFF)
        return str(ipaddress.IPv4Network((first, found.prefixlen), strict=False))

    # Names

    def domain(self, value: str) -> str:
        """A name under `.example` (RFC 2606) with as many labels below the registered one."""
        registered = _suffixes().privatesuffix(value) or value
        below = value.removesuffix(registered).rstrip(".")
        name = f"{self.word('domain', registered, length=10)}.example"
        for label in reversed(below.split(".") if below else []):
            registered = f"{label}.{registered}"
            name = f"{self.word('label', registered, length=6)}.{name}"
        return name

    def _place(self, host: str) -> str:
        try:
            address = self.address(str(ipaddress.ip_address(host.strip("[]"))))
        except ValueError:
            return self.domain(host.lower())
        return f"[{address}]" if ":" in address else address

    def mail(self, value: str) -> str:
        """A mailbox at the replacement of its domain."""
        local, _, host = value.lower().rpartition("@")
        return f"{self.word('mailbox', f'{local}@{host}')}@{self._place(host)}"

    def url(self, value: str) -> str:
        """A URL of the same scheme, port and depth at the replacement of its host."""
        try:
            parts = urlsplit(value)
            host, port = parts.hostname, parts.port
        except ValueError:
            return f"https://{self.word('url', value)}.example/"
        if not host:
            return f"https://{self.word('url', value)}.example/"
        segments = [self.word("path", f"{host}/{one}", length=6) if one else "" for one in parts.path.split("/")]
        asked = f"?{self.word('query', parts.query, length=6)}" if parts.query else ""
        told = f"#{self.word('fragment', parts.fragment, length=6)}" if parts.fragment else ""
        return f"{parts.scheme}://{self._place(host)}{f':{port}' if port else ''}{'/'.join(segments)}{asked}{told}"

    # Other

    def _cve(self, value: str) -> str:
        return f"CVE-2099-{10_000_000 + int.from_bytes(self._digest('cve', value)[:8]) % 90_000_000}"

    def _asn(self, value: str) -> str:
        number = _PRIVATE_ASN + int.from_bytes(self._digest("asn", value.upper())[:8]) % _PRIVATE_ASNS
        return f"AS{number}" if value[:2].upper() == "AS" else str(number)

    def _filename(self, value: str) -> str:
        ending = re.search(r"\.[A-Za-z]{1,5}$", value)
        return self.word("filename", value.lower()) + (ending[0].lower() if ending else "")

    def _registry_key(self, value: str) -> str:
        found = _HIVE.fullmatch(value)
        hive = found[1].upper() if found else "HKCU"
        depth = max(1, value.count("\\"))
        return "\\".join([hive, *(self.word("registry", f"{value}/{at}", length=6) for at in range(depth))])

    def _wallet(self, value: str) -> str:
        """As long as it was, in the alphabet and with the beginning of its kind; its check digits do not hold."""
        known = (("bc1", _BECH32), ("0x", "0123456789abcdef"))
        beginning, signs = next((one for one in known if value.lower().startswith(one[0])), (value[:1], _BASE58))
        kept = value[: len(beginning)]
        return kept + self._signs(value, signs, len(value) - len(kept))

    def _signs(self, value: str, signs: str, length: int) -> str:
        number = int.from_bytes(b"".join(self._digest(f"wallet {at}", value) for at in range(1 + length // 32)))
        found = []
        for _ in range(length):
            number, sign = divmod(number, len(signs))
            found.append(signs[sign])
        return "".join(found)


def _reserved(at: int) -> ipaddress.IPv4Network:
    """The network that stands for the one in that place."""
    if at < len(_DOCUMENTATION):
        return ipaddress.IPv4Network(_DOCUMENTATION[at])
    at -= len(_DOCUMENTATION)
    benchmarks = 512
    first = (198 << 24) + (18 << 16) if at < benchmarks else (240 << 24) + (1 << 20)
    return ipaddress.IPv4Network((first + ((at if at < benchmarks else at - benchmarks) << 8), 24))
