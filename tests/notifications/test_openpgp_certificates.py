"""What is remembered of an OpenPGP certificate spares work, and never lets a key pass that is to be refused."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pysequoia import Cert, Tsk
from pysequoia.packet import PacketPile, SignatureType

from leerp.errors import DeliveryError
from leerp.keys import Key
from leerp.notices import DeliveryReason
from notifications.channels.smtp import openpgp_certificates
from notifications.channels.smtp.openpgp_certificates import Remembered, usable
from notifications.channels.smtp.recipients import Recipient
from tests.notifications import cast, mail_keys
from tests.notifications.mail_keys import Gpg, needs_gpg, openpgp_key

LONG_AGO = "20170101T000000"
ISSUED_AT = cast.AT


@pytest.fixture(scope="module")
def gpg() -> Iterator[Gpg]:
    """A reader's gpg."""
    with mail_keys.gpg() as running:
        yield running


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> Remembered:
    """Nothing is remembered from other tests."""
    fresh = Remembered(100)
    monkeypatch.setattr(openpgp_certificates, "_remembered", fresh)
    return fresh


def recipient(key: Key, *, at: datetime = ISSUED_AT) -> Recipient:
    """A reader with that key, and a notice of that time."""
    return Recipient("csirt-fr", key, at)


def refused(one: Recipient) -> str:
    """Why the key of a reader is not used."""
    with pytest.raises(DeliveryError) as caught:
        usable(one)
    assert caught.value.permanent
    return caught.value.reason


def parts(certificate: Cert) -> int:
    """How many packets a certificate has."""
    return len(list(PacketPile.from_bytes(bytes(certificate))))


@pytest.fixture(scope="module")
def ending(gpg: Gpg) -> Key:
    """A certificate without end, whose one part for encryption ends after a year of use."""
    fingerprint = gpg.new("ends@r.example", "ed25519", "sign", "never", at=LONG_AGO)
    gpg.run("--quick-add-key", fingerprint, "cv25519", "encr", "1y", at=LONG_AGO)
    return gpg.key(fingerprint)


def test_a_good_key_is_looked_into_once(remembered: Remembered, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second message needs no attempt to find out which parts are good, and gets the same certificate."""
    key = openpgp_key(Tsk.generate(f"Desk <{mail_keys.READER}>").extract_certificate())
    first = usable(recipient(key))
    assert len(remembered) == 1

    def never(_: Cert) -> bool:
        raise AssertionError("looked into again")

    monkeypatch.setattr(openpgp_certificates, "_encrypts", never)
    assert bytes(usable(recipient(key))) == bytes(first)


@needs_gpg
@pytest.mark.usefixtures("remembered")
def test_a_remembered_part_still_ends(ending: Key) -> None:
    """It was used for one notice, and is not for one that is issued after its end; and the other way round."""
    later = ISSUED_AT + timedelta(days=400)
    assert parts(usable(recipient(ending))) == parts(Cert.from_bytes(ending.certificate.encode()))
    assert refused(recipient(ending, at=later)) == DeliveryReason.KEY_EXPIRED
    assert usable(recipient(ending))


@needs_gpg
@pytest.mark.usefixtures("remembered")
def test_the_first_answer_does_not_decide_the_next(ending: Key) -> None:
    """A part is asked for a late notice first, and is refused as often as that; for an early one it is still good."""
    late = recipient(ending, at=ISSUED_AT + timedelta(days=400))
    assert [refused(late) for _ in range(2)] == [DeliveryReason.KEY_EXPIRED] * 2
    assert usable(recipient(ending))


@pytest.mark.usefixtures("remembered")
def test_a_changed_certificate_is_looked_into_anew() -> None:
    """The same key, which its owner has revoked since; and another key in its place."""
    key = Tsk.generate(f"Desk <{mail_keys.READER}>")
    good = key.extract_certificate()
    assert usable(recipient(openpgp_key(good)))
    revoked = Cert.from_bytes(bytes(good) + bytes(good.revoke(key.certifier())))
    assert refused(recipient(openpgp_key(revoked))) == DeliveryReason.KEY_EXPIRED
    other = Tsk.generate("Other <other@r.example>").extract_certificate()
    swapped = openpgp_key(good, certificate=str(other))
    assert refused(recipient(swapped)) == DeliveryReason.KEY_MISMATCH


@pytest.mark.usefixtures("remembered")
def test_a_remembered_certificate_is_still_held_to_its_pin() -> None:
    """The text that was good under its own fingerprint is not, under another."""
    certificate = Tsk.generate(f"Desk <{mail_keys.READER}>").extract_certificate()
    assert usable(recipient(openpgp_key(certificate)))
    assert refused(recipient(openpgp_key(certificate, fingerprint="0" * 40))) == DeliveryReason.KEY_MISMATCH


@needs_gpg
def test_a_part_with_more_than_one_word_on_it_is_not_remembered(remembered: Remembered, gpg: Gpg, ending: Key) -> None:
    """A later binding may begin to count tomorrow: such a part is looked into each time."""
    fingerprint = gpg.new("twice@r.example", "ed25519", "sign", "never", at=LONG_AGO)
    gpg.run("--quick-add-key", fingerprint, "cv25519", "encr", "never", at=LONG_AGO)
    before = bytes(Cert.from_bytes(gpg.key(fingerprint).certificate.encode()))
    gpg.run("--quick-set-expire", fingerprint, "10y", "*", at="20170102T000000")
    after = PacketPile.from_bytes(bytes(Cert.from_bytes(gpg.key(fingerprint).certificate.encode())))
    later = next(packet for packet in after if packet.signature_type == SignatureType.SubkeyBinding)
    both = mail_keys.armour(before + bytes(later))
    key = openpgp_key(Cert.from_bytes(both.encode()), certificate=both)
    assert usable(recipient(key))
    assert len(remembered) == 0
    assert usable(recipient(ending))
    assert len(remembered) == 1


def test_no_more_is_remembered_than_is_allowed() -> None:
    """What was asked for the longest time ago goes first."""
    remembered = Remembered(2)
    remembered.keep((b"a", 0), ISSUED_AT)
    remembered.keep((b"b", 0), ISSUED_AT)
    assert remembered.end((b"a", 0)) == ISSUED_AT
    remembered.keep((b"c", 0), ISSUED_AT)
    assert [remembered.end((name, 0)) for name in (b"a", b"b", b"c")] == [ISSUED_AT, None, ISSUED_AT]
    assert len(remembered) == 2
