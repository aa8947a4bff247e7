"""Observables: technical facts that two reports may share, in one spelling each."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from functools import lru_cache

from pydantic import Field, model_validator

from leerp.model import Model


class ObservableKind(StrEnum):
    """What kind of thing an observable is; the kinds both MISP and STIX 2.1 can carry."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    DOMAIN = "domain"
    URL = "url"
    EMAIL = "email"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"
    FILENAME = "filename"
    MUTEX = "mutex"
    REGISTRY_KEY = "registry_key"
    WALLET = "wallet"
    CVE = "cve"
    ASN = "asn"


_HEX_LENGTH = {ObservableKind.MD5: 32, ObservableKind.SHA1: 40, ObservableKind.SHA256: 64, ObservableKind.SHA512: 128}
_LOWERED = {ObservableKind.DOMAIN, ObservableKind.EMAIL, *_HEX_LENGTH}
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")
_DEFANGED = (("[.]", "."), ("(.)", "."), ("[:]", ":"), ("[at]", "@"), ("[@]", "@"), ("hxxp", "http"))


def refanged(text: str) -> str:
    """A text with what was written so that nobody clicks it (`evil[.]example`, `hxxp`) as it was meant."""
    for fanged, plain in _DEFANGED:
        text = text.replace(fanged, plain)
    return text


def normalise(kind: ObservableKind, value: str) -> str:
    """The one spelling of a value; raises ValueError when it is not of its kind, in words that do not repeat it."""
    return _spelt_before(kind, value) if len(value) <= _LONGEST_REMEMBERED else _spelt(kind, value)


def _spelt(kind: ObservableKind, value: str) -> str:
    text = refanged(value.strip())
    if kind in (ObservableKind.IPV4, ObservableKind.IPV6):
        return _address(kind, text)
    if kind in _LOWERED:
        text = text.lower()
    if kind is ObservableKind.DOMAIN:
        text = _domain(text)
    if kind in _HEX_LENGTH and not re.fullmatch(rf"[0-9a-f]{{{_HEX_LENGTH[kind]}}}", text):
        raise ValueError(f"not a {kind} of {_HEX_LENGTH[kind]} hexadecimal digits")
    if kind is ObservableKind.CVE:
        text = text.upper()
    if not text:
        raise ValueError(f"an empty {kind}")
    return text


_LONGEST_REMEMBERED = 256
"""Of longer values the spelling is found anew each time, so that little memory is taken up."""

_spelt_before = lru_cache(maxsize=4_096)(_spelt)
"""What an incident holds is read again at every step."""


def _address(kind: ObservableKind, text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:  # its own sentence quotes the value, which may be above what the journal may hold
        raise ValueError(f"not an address of version {kind[-1]}") from None
    if (address.version == 4) != (kind is ObservableKind.IPV4):  # noqa: PLR2004 - the protocol's own number
        raise ValueError(f"not an address of version {kind[-1]}")
    return str(address)


def _domain(text: str) -> str:
    name = text.rstrip(".")
    try:
        ascii_name = name.encode("idna").decode("ascii") if not name.isascii() else name
    except UnicodeError as error:
        raise ValueError("not a domain name") from error
    if not _DOMAIN.fullmatch(ascii_name):
        raise ValueError("not a domain name")
    return ascii_name


class Observable(Model):
    """One observable, normalised when made; (kind, value) is its identity."""

    kind: ObservableKind
    value: str = Field(max_length=4_096)

    @model_validator(mode="before")
    @classmethod
    def _normalised(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("value"), str) and "kind" in data:
            return {**data, "value": normalise(_kind(data["kind"]), data["value"])}
        return data


def _kind(written: object) -> ObservableKind:
    """The kind of that name; its refusal does not repeat what is written, which may be a value in the wrong place."""
    try:
        return ObservableKind(str(written))
    except ValueError:
        raise ValueError(f"not a kind of observable; there are {', '.join(ObservableKind)}") from None
