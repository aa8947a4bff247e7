"""Mail in S/MIME: it is said to be, in the report's first note, and it never counts as verified."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from activities.collecting import Hands
from activities.collecting.mail_taking import Post
from leerp.formats.mail import read_mail
from leerp.grades import UNGRADED
from leerp.journal import JournalKind
from tests.collecting.cast import NOON, open_centre

SENDER = "desk@csirt-lu.example"
HEAD = f"From: Desk <{SENDER}>\r\nSubject: Hospitals encrypted\r\nMessage-ID: <1@csirt-lu.example>\r\n".encode()
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nScreens show a ransom note.\r\n"


@pytest.fixture(scope="module")
def certificate() -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """A certificate of the sender and its key."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SENDER)])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=900))
    return builder.sign(key, hashes.SHA256()), key


def in_smime(form: str, certificate: tuple[x509.Certificate, rsa.RSAPrivateKey]) -> bytes:
    """The mail in one of the forms, as the library makes it."""
    own, key = certificate
    if form == "encrypted":
        builder = pkcs7.PKCS7EnvelopeBuilder().set_data(TEXT).add_recipient(own)
        return HEAD + builder.encrypt(Encoding.SMIME, (pkcs7.PKCS7Options.Binary,))
    signer = pkcs7.PKCS7SignatureBuilder().set_data(TEXT).add_signer(own, key, hashes.SHA256())
    if form == "signed":
        return HEAD + signer.sign(Encoding.SMIME, (pkcs7.PKCS7Options.DetachedSignature,))
    kind = (
        b'MIME-Version: 1.0\r\nContent-Type: application/x-pkcs7-mime; smime-type="signed-data"; name="smime.p7m"\r\n'
    )
    sealed = base64.encodebytes(signer.sign(Encoding.DER, (pkcs7.PKCS7Options.Binary,)))
    return HEAD + kind + b"Content-Transfer-Encoding: base64\r\n\r\n" + sealed


@pytest.mark.parametrize(
    ("form", "told", "read"),
    [
        ("signed", "unverified: signed with S/MIME, not checked;", True),
        (
            "signed within",
            "unverified: signed with S/MIME, not checked, and its text is within that: read it in the mailbox;",
            False,
        ),
        ("encrypted", "unverified: encrypted with S/MIME, which is not opened: read it in the mailbox;", False),
    ],
)
async def test_a_mail_in_smime_is_said_to_be_and_proves_nothing(
    form: str, told: str, read: bool, certificate: tuple[x509.Certificate, rsa.RSAPrivateKey], tmp_path: Path
) -> None:
    """It is taken in all the same; what of it could not be read a person reads in the mailbox."""
    async with open_centre(tmp_path / "home", {}) as centre:
        hands = Hands(centre.house.rooms, centre.house.intake, by="collector")
        post = Post(source="reports", secret=None)
        assert (await post.take_in(in_smime(form, certificate), hands, name="reports/1")).taken == 1
        (stored,) = await centre.reports()
        (entry,) = await centre.entries(JournalKind.DETECTION_REPORT_RECEIVED)
    assert stored.report.notes[0].startswith(told)
    assert (entry.data["verified"], stored.grade) == (False, UNGRADED)
    assert ("ransom note" in stored.report.narrative) is read


def test_a_signed_mail_handed_in_as_a_file_is_said_to_be_unchecked(
    certificate: tuple[x509.Certificate, rsa.RSAPrivateKey],
) -> None:
    """The signature is no attachment that somebody should hand in apart."""
    draft = read_mail(in_smime("signed", certificate), name="mail.eml", received_at=NOON)
    assert "signed with S/MIME, not checked" in draft.notes
    assert not any("pkcs7" in note for note in draft.notes)
