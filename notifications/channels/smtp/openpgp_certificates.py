"""Which OpenPGP certificates a message is encrypted for: the pinned one, and in it only what was good at that time.

The library that encrypts looks at bindings and at revoked parts, but neither at a revoked certificate nor at when a
certificate or a part of it ends (tried with pysequoia 0.1.35). That is done here.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from pysequoia import Cert, encrypt
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag

from notifications.channels.smtp.recipients import Recipient


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
    kept = [packet for subkey in subkeys if _good(base, subkey, recipient.issued_at) for packet in subkey]
    whole = Cert.from_packets([*base, *kept])
    if _encrypts(whole):
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


def _good(base: Sequence[Packet], subkey: Sequence[Packet], at: datetime) -> bool:
    """Whether the latest binding of a subkey that is genuine lets it be encrypted for at this time.

    A certificate may carry forged bindings; only the library can tell, so each is shown to it alone, the latest first.
    """
    bindings = [packet for packet in subkey if packet.signature_type == SignatureType.SubkeyBinding]
    others = [packet for packet in subkey if packet.signature_type != SignatureType.SubkeyBinding]
    for binding in sorted(bindings, key=_made_at, reverse=True):
        if _encrypts(Cert.from_packets([*base, *others, binding])):
            created, lasts = subkey[0].key_created, binding.key_validity_period
            return created is not None and (lasts is None or created + lasts > at)
    return False


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
