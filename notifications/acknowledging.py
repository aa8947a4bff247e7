"""The token with which one reader, and no other, confirms one notice, and the address that holds it.

A token names its notice and its reader, and carries an HMAC-SHA-256 over both, keyed with the secret of the incident:
it cannot be guessed, and it is worth nothing for another reader, another notice or another incident. It does not
expire: all it can ever do is to confirm this notice for this reader, and a late word is worth having.
"""

import base64
import binascii
import hashlib
import hmac
from typing import NamedTuple
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from leerp.model import Identifier

PATH = "acknowledge"
"""The first part of the path of every such address."""

LONGEST = 1_000
"""The most characters of a token that is looked at; one of the longest names has some 400."""

_VERSION = "1"
_PURPOSE = b"leerp/acknowledge/1\0"
_NOBODY = "00" * 32
_PARTS = 3
_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)


class Confirmed(NamedTuple):
    """What a token names: a notice, and the reader who confirms it."""

    notice: str
    reader: str


def token(secret: str, *, notice: str, reader: str) -> str:
    """The token of a reader for a notice: letters, digits, `-`, `_` and `.` alone. `secret`: in hex."""
    names = f"{notice}\n{reader}".encode()
    return f"{_VERSION}.{_text(names)}.{_text(_mac(secret, names))}"


def named(given: str) -> Confirmed | None:
    """What a token says it is for, which `holds` has yet to tell; None if it is no token."""
    version, *parts = given[: LONGEST + 1].split(".")
    if version != _VERSION or len(parts) != _PARTS - 1 or len(given) > LONGEST or not given.isascii():
        return None
    try:
        names = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode("ascii").split("\n")
        notice, reader = (_IDENTIFIER.validate_python(name) for name in names)
    except (binascii.Error, UnicodeDecodeError, ValueError, ValidationError):
        return None
    return Confirmed(notice, reader)


def holds(given: str, secret: str | None, *, notice: str, reader: str) -> bool:
    """Whether a token is that of this reader for this notice; `secret`: its incident's, None if there is none.

    Takes the same time wherever two tokens differ, and with and without an incident.
    """
    expected = token(secret or _NOBODY, notice=notice, reader=reader)
    same = hmac.compare_digest(expected.encode(), given[: LONGEST + 1].encode(errors="replace"))
    return same and secret is not None


def address(public_url: str, secret: str, *, notice: str, reader: str) -> str:
    """Where a reader confirms a notice. `public_url`: where readers reach the desk."""
    parts = (PATH, notice, reader, token(secret, notice=notice, reader=reader))
    return "/".join((public_url.rstrip("/"), *(quote(part, safe="") for part in parts)))


def _mac(secret: str, names: bytes) -> bytes:
    return hmac.new(bytes.fromhex(secret), _PURPOSE + names, hashlib.sha256).digest()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")
