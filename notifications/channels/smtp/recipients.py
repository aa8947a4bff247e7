"""Whom a message is encrypted for, and how it is said that it cannot be."""

from dataclasses import dataclass
from datetime import datetime

from leerp.errors import DeliveryError
from leerp.keys import Key
from leerp.notices import DeliveryReason


@dataclass(frozen=True)
class Recipient:
    """A reader with the key that was pinned, and when the notice was issued: the key must have been good then."""

    reader: str
    key: Key
    issued_at: datetime

    def expired(self, why: str) -> DeliveryError:
        """The key may not be used any more, or not yet."""
        return refusal(self.reader, why, DeliveryReason.KEY_EXPIRED)

    def mismatch(self, why: str) -> DeliveryError:
        """The key is not the pinned one, or not one to encrypt this mail with."""
        return refusal(self.reader, why, DeliveryReason.KEY_MISMATCH)


def refusal(reader: str, why: str, reason: DeliveryReason) -> DeliveryError:
    """Nothing leaves: it is never sent in the clear instead, and trying again cannot help."""
    return DeliveryError(f"the key of {reader} {why}; pin a new one in the directory", permanent=True, reason=reason)
