"""Public keys of readers: what a message is encrypted for. Pinned by fingerprint on a day, by people."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag

from leerp.model import Identifier, Instant, Model


class KeyKind(StrEnum):
    """OpenPGP (RFC 9580, and RFC 4880 before it) or S/MIME (RFC 8551)."""

    OPENPGP = "openpgp"
    SMIME = "smime"


def _fingerprint(text: str) -> str:
    digits = re.sub(r"[\s:]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digits):
        raise ValueError("a fingerprint has 40 or 64 hexadecimal digits")
    return digits


Fingerprint = Annotated[str, AfterValidator(_fingerprint)]
"""Lower-case hex without separators; the whole one, never a key id."""


class Key(Model):
    """A public key as it is used: `certificate` is the armoured key or the PEM certificate itself.

    `expires_at`: when it may no longer be used; None if it does not expire.
    """

    kind: KeyKind
    fingerprint: Fingerprint
    pinned_at: Instant
    expires_at: Instant | None = None
    certificate: str = Field(max_length=100_000, repr=False)


class KeyFile(Model):
    """A key as the directory names it: what was pinned, on which day, and the `file` under `keys/` that holds it."""

    kind: KeyKind
    fingerprint: Fingerprint
    pinned_at: Instant
    file: Identifier


def _written_as(value: object) -> str:
    """The tag of the form; never the name of a field, which would lead a fault to the wrong line."""
    whole = isinstance(value, Key) or (isinstance(value, dict) and "certificate" in value)
    return "whole" if whole else "by_file"


AnyKey = Annotated[
    Annotated[Key, Tag("whole")] | Annotated[KeyFile, Tag("by_file")],
    Discriminator(_written_as),
]
"""A key whole, or by the file it stands in."""
