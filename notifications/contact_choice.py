"""Which contact point of a reader comes first now, and whether its key lets anything go there."""

from collections.abc import Sequence
from datetime import datetime

from leerp.keys import Key
from leerp.marking import WithheldReason
from leerp.stakeholders import ContactPoint


def in_order(contacts: Sequence[ContactPoint], *, at: datetime, urgent: bool) -> list[ContactPoint]:
    """The contact points as they are to be tried: as the directory has them, or the open ones first if it is urgent.

    `urgent`: an answer is asked for by a deadline. None is ever left out: where all are closed, the first stays first.
    """
    if not urgent:
        return list(contacts)
    return sorted(contacts, key=lambda contact: not contact.open_at(at))


def key_refusal(key: Key | None, *, needed: bool, at: datetime) -> WithheldReason | None:
    """Why nothing goes to an address with this key at that time, or None. `needed`: the channel sends to no other."""
    if not needed:
        return None
    if key is None:
        return WithheldReason.KEY_MISSING
    return None if _holds(key, at) else WithheldReason.KEY_EXPIRED


def usable_key(key: Key | None, *, at: datetime) -> Key | None:
    """The key, unless it has expired by that time."""
    return key if key is not None and _holds(key, at) else None


def _holds(key: Key, at: datetime) -> bool:
    return key.expires_at is None or at < key.expires_at
