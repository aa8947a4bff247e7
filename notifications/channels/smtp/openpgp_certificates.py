"""Which OpenPGP certificates a message is encrypted for: the pinned one, and in it only what was good at that time.

The library that encrypts looks at bindings and at revoked parts, but neither at a revoked certificate nor at when a
certificate or a part of it ends (tried with pysequoia 0.1.35). That is done here.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from threading import Lock

from pysequoia import Cert, encrypt
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag

from notifications.channels.smtp.recipients import Recipient

MOST_REMEMBERED = 20_000
"""Parts of certificates: one for each reader of the largest directory, with some 300 bytes each."""

_FOREVER = datetime.max.replace(tzinfo=UTC)
_ONE_BINDING = 2
"""Packets of a part on which there is one word alone: the key and its binding."""


class Remembered:
    """Until when parts of certificates last, which takes much computing to find out; for several threads.

    A part is named by the SHA-256 of the certificate's text and its number in it, so a changed certificate is a new
    one. What was good is remembered with its end and never with the answer to a question, which is about one time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._ends: OrderedDict[tuple[bytes, int], datetime] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._ends)

    def end(self, part: tuple[bytes, int]) -> datetime | None:
        """When that part ends; None if it is not known."""
        with self._lock:
            if part in self._ends:
                self._ends.move_to_end(part)
            return self._ends.get(part)

    def keep(self, part: tuple[bytes, int], end: datetime) -> None:
        """Remember it, and forget what was not asked for the longest time if that makes too many."""
        with self._lock:
            self._ends[part] = end
            if len(self._ends) > self._most:
                self._ends.popitem(last=False)


_remembered = Remembered(MOST_REMEMBERED)


def usable(recipient: Recipient) -> Cert:
    """The reader's certificate without the parts that had ended when the notice was issued; else DeliveryError."""
    try:
        return _usable(_pinned(recipient), recipient)
    except RuntimeError:
        # Made with what the library does not take for sound, or not at all what it says it is.
        raise recipient.mismatch("is too weak or broken") from None


def _usable(certificate: Cert, recipient: Recipient) -> Cert:
    if certificate.is_revoked:
        raise recipient.expired("has been revoked")
    if certificate.expiration is not None and certificate.expiration <= recipient.issued_at:
        raise recipient.expired("has expired")
    packets = list(PacketPile.from_bytes(bytes(certificate)))
    base, subkeys = _divided(packets)
    digest = hashlib.sha256(recipient.key.certificate.encode()).digest()
    ends = [_end(base, subkey, part=(digest, number)) for number, subkey in enumerate(subkeys)]
    kept = [subkey for subkey, end in zip(subkeys, ends, strict=True) if end is not None and end > recipient.issued_at]
    whole = Cert.from_packets([*base, *(packet for subkey in kept for packet in subkey)])
    # Where there is one word alone on a part, that word was found good, and nothing else can outweigh it.
    if any(len(subkey) == _ONE_BINDING for subkey in kept) or _encrypts(whole):
        return whole
    if any(_for_encryption(packet) for packet in packets):
        raise recipient.expired("has no part left that can be encrypted for: expired or revoked")
    raise recipient.mismatch("is one for signing alone")


def _pinned(recipient: Recipient) -> Cert:
    try:
        found = Cert.split_bytes(recipient.key.certificate.encode())
    except RuntimeError:
        found = []
    if len(found) != 1:
        raise recipient.mismatch("is not one OpenPGP certificate")
    if found[0].fingerprint.lower() != recipient.key.fingerprint:
        raise recipient.mismatch("has another fingerprint than the pinned one")
    return found[0]


def _divided(packets: Sequence[Packet]) -> tuple[list[Packet], list[list[Packet]]]:
    """The primary key with its names, and each subkey with its signatures (RFC 9580 §10.1)."""
    starts = [number for number, packet in enumerate(packets) if packet.tag == Tag.PublicSubkey]
    base = list(packets[: starts[0]]) if starts else list(packets)
    return base, [list(packets[start:end]) for start, end in pairwise([*starts, len(packets)])]


def _end(base: Sequence[Packet], subkey: Sequence[Packet], *, part: tuple[bytes, int]) -> datetime | None:
    """When a subkey ends that can be encrypted for; None if it cannot be.

    Remembered is only a good subkey with one binding and nothing else, on which time alone can change anything: a
    further binding or a revocation may be dated later than today.
    """
    known = _remembered.end(part)
    if known is not None:
        return known
    end = _found_end(base, subkey)
    if end is not None and len(subkey) == _ONE_BINDING:
        _remembered.keep(part, end)
    return end


def _found_end(base: Sequence[Packet], subkey: Sequence[Packet]) -> datetime | None:
    """By the latest binding that is genuine and lets the subkey be encrypted for.

    A certificate may carry forged bindings; only the library can tell, so each is shown to it alone, the latest first.
    """
    bindings = [packet for packet in subkey if packet.signature_type == SignatureType.SubkeyBinding]
    others = [packet for packet in subkey if packet.signature_type != SignatureType.SubkeyBinding]
    for binding in sorted(bindings, key=_made_at, reverse=True):
        if binding.key_flags is not None and not _for_encryption(binding):
            continue  # it says itself that it is not for this, and trying takes a third of a millisecond
        if _encrypts(Cert.from_packets([*base, *others, binding])):
            created, lasts = subkey[0].key_created, binding.key_validity_period
            if created is None:
                return None
            return _FOREVER if lasts is None else created + lasts
    return None


def _made_at(signature: Packet) -> float:
    return signature.signature_created.timestamp() if signature.signature_created else 0.0


def _encrypts(certificate: Cert) -> bool:
    try:
        encrypt(b"", [certificate])
    except RuntimeError:
        return False
    return True


def _for_encryption(packet: Packet) -> bool:
    flags = packet.key_flags
    return flags is not None and (flags.transport_encryption or flags.storage_encryption)
