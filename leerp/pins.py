"""Pinned contact points: which address and key people have approved for a stakeholder on a channel."""

from typing import NamedTuple

from pydantic import Field

from leerp.keys import Key
from leerp.model import Identifier, Instant, Line, Message


class ContactPin(Message):
    """What may be used. Found when the stakeholder was first seen, or approved later by two officers.

    `personal`: as in the contact point it was taken from. `proposed_by`, `approved_by`: the two officers; both None
    for what was taken as found.
    """

    stakeholder: Identifier
    channel: Identifier
    address: Line
    personal: bool = False
    key: Key | None = None
    approved_at: Instant
    proposed_by: Identifier | None = None
    approved_by: Identifier | None = None

    @property
    def fingerprint(self) -> str | None:
        """The fingerprint of the key; None if there is none."""
        return self.key.fingerprint if self.key else None


class PinOutline(NamedTuple):
    """What is approved, by the fingerprint of its key alone; None where there is no key."""

    stakeholder: str
    channel: str
    address: str
    fingerprint: str | None


class ContactProposal(Message):
    """The first of the two confirmations of a change. `sha256`: of exactly what was confirmed."""

    stakeholder: Identifier
    channel: Identifier
    sha256: str
    proposed_by: Identifier
    proposed_at: Instant
    reason: str = Field(max_length=2_000)
