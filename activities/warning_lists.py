"""MISP's warning lists, where they are installed: names and addresses too common to mean anything.

Only the lists that `warning-lists.yaml` names are read, straight from the package's files: its own search takes seconds
to load, and does not look into ranges.
"""

import ipaddress
import json
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field

from leerp.formats.strict import shipped_model
from leerp.model import Line, Model
from leerp.observables import Observable, ObservableKind

_HASHES = frozenset({ObservableKind.MD5, ObservableKind.SHA1, ObservableKind.SHA256, ObservableKind.SHA512})
_EXACT, _UNDER, _RANGES = "string", "hostname", "cidr"


class WarningListsFile(Model):
    """`warning-lists.yaml`: the lists that count."""

    version: Line
    status: Line
    sources: tuple[Line, ...] = Field(min_length=1)
    lists: tuple[Line, ...]


@dataclass
class WarningLists:
    """The lists, ready to look up: each value with the name of the list it is on."""

    exact: dict[str, str] = field(default_factory=dict)
    under: dict[str, str] = field(default_factory=dict)
    ranges: dict[tuple[int, int], dict[int, str]] = field(default_factory=dict)

    def on(self, observable: Observable) -> str | None:
        """The list an observable is on, or None. Of a URL its host counts, where it is the front page."""
        kind, value = observable.kind, observable.value
        if kind in (ObservableKind.IPV4, ObservableKind.IPV6):
            return self._address(value)
        if kind is ObservableKind.DOMAIN:
            return self._name(value)
        if kind is ObservableKind.URL:
            return self._front_page(value)
        return self.exact.get(value) if kind in _HASHES else None

    def _name(self, value: str) -> str | None:
        if value in self.exact:
            return self.exact[value]
        labels = value.split(".")
        names = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self.under[name] for name in names if name in self.under), None)

    def _front_page(self, value: str) -> str | None:
        try:
            parts = urlsplit(value)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return None
        if parts.path not in ("", "/") or parts.query:
            return None
        return self._address(host) or self._name(host)

    def _address(self, value: str) -> str | None:
        if value in self.exact:
            return self.exact[value]
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return None
        bits, number = address.max_prefixlen, int(address)
        for (version, length), networks in self.ranges.items():
            if version == address.version and (found := networks.get(number >> (bits - length))):
                return found
        return None

    def add(self, name: str, form: str, values: list[str]) -> None:
        """Take a list in. What is of no form that is looked up here (patterns, parts of words) is passed over."""
        for value in values if form in (_EXACT, _UNDER, _RANGES) else ():
            plain = value.strip().lower()
            if form == _RANGES:
                self._add_range(name, plain)
            elif plain:
                (self.under if form == _UNDER else self.exact).setdefault(plain.strip("."), name)

    def _add_range(self, name: str, value: str) -> None:
        one = value.removesuffix("/32")
        if "/" not in one and ":" not in one:  # most of them by far, and making a network of each takes a second
            self.exact.setdefault(one, name)
            return
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return
        number = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
        self.ranges.setdefault((network.version, network.prefixlen), {}).setdefault(number, name)


@cache
def installed() -> WarningLists:
    """The lists that count, of those that are installed; empty when the extra `warning-lists` is not."""
    lists = WarningLists()
    folder = _folder()
    if folder is None:
        return lists
    content = (resources.files("activities") / "warning-lists.yaml").read_bytes()
    for name in shipped_model(WarningListsFile, content, name="warning-lists.yaml").lists:
        path = folder / name / "list.json"
        if path.is_file():
            read = json.loads(path.read_bytes())
            lists.add(str(read["name"]), str(read["type"]), [str(value) for value in read["list"]])
    return lists


def _folder() -> Path | None:
    spec = find_spec("pymispwarninglists")
    places = spec.submodule_search_locations if spec else None
    return next((Path(place) / "data" / "misp-warninglists" / "lists" for place in places or ()), None)
