"""Keys of readers: the file must hold exactly the key that was pinned, and nothing private."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pysequoia import Tsk

from leerp.errors import BadInputError
from leerp.keys import Key, KeyFile, KeyKind
from notifications.certificates import LONGEST, read_key
from notifications.configuration import load_directory

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
OPENPGP = Tsk.generate("Desk <desk@partner.example>", validity_seconds=365 * 24 * 3600)
OTHER = Tsk.generate("Desk <desk@partner.example>")
PUBLIC = str(OPENPGP.extract_certificate()).encode()
FINGERPRINT = OPENPGP.extract_certificate().fingerprint


def certificate(*, encrypts: bool = True) -> tuple[x509.Certificate, bytes]:
    """A certificate for the desk, and its private key in PEM."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk@partner.example")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=encrypts,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=90))
        .add_extension(usage, critical=True)
        .sign(private, hashes.SHA256())
    )
    return made, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def pinned(kind: KeyKind, fingerprint: str) -> KeyFile:
    """What the directory says of a key."""
    return KeyFile(kind=kind, fingerprint=fingerprint, pinned_at=NOW, file="desk.asc")


def test_an_openpgp_key_is_read_armoured_or_not() -> None:
    """Its text, its fingerprint and its real end are kept, and the day on which people pinned it."""
    for content in (PUBLIC, bytes(OPENPGP.extract_certificate())):
        key = read_key(pinned(KeyKind.OPENPGP, FINGERPRINT), content, name="desk.asc")
        assert key.certificate.startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
        assert (key.fingerprint, key.pinned_at) == (FINGERPRINT, NOW)
        assert key.expires_at == OPENPGP.extract_certificate().expiration


def test_an_smime_certificate_is_read() -> None:
    """Pinned by its SHA-256; it ends when it says so."""
    made, _ = certificate()
    sha256 = made.fingerprint(hashes.SHA256()).hex()
    key = read_key(pinned(KeyKind.SMIME, sha256), made.public_bytes(Encoding.PEM), name="desk.pem")
    assert (key.expires_at, key.fingerprint) == (NOW + timedelta(days=90), sha256)
    assert key.certificate.startswith("-----BEGIN CERTIFICATE-----")


def _smime(change: Callable[[bytes, bytes], bytes], *, encrypts: bool = True) -> tuple[KeyFile, bytes]:
    made, private = certificate(encrypts=encrypts)
    pin = pinned(KeyKind.SMIME, made.fingerprint(hashes.SHA256()).hex())
    return pin, change(made.public_bytes(Encoding.PEM), private)


OPENPGP_PIN = pinned(KeyKind.OPENPGP, FINGERPRINT)


NOT_THE_PINNED = [
    (OPENPGP_PIN, str(OTHER.extract_certificate()).encode(), f"and {FINGERPRINT} is pinned"),
    (OPENPGP_PIN, str(OPENPGP).encode(), "holds a private key"),
    (OPENPGP_PIN, bytes(OPENPGP), "holds a private key"),
    (
        OPENPGP_PIN,
        bytes(OPENPGP.extract_certificate()) + bytes(OTHER.extract_certificate()),
        "holds 2 OpenPGP keys",
    ),
    (OPENPGP_PIN, b"", "holds 0 OpenPGP keys"),
    (OPENPGP_PIN, b"-----BEGIN CERTIFICATE-----", "is no OpenPGP key"),
    (OPENPGP_PIN, PUBLIC[: len(PUBLIC) // 2], "is no OpenPGP key"),
    (OPENPGP_PIN, b"x" * (LONGEST + 1), "larger than"),
    (*_smime(lambda public, private: public + private), "holds a private key"),
    (*_smime(lambda public, _: public + public), "holds 2 certificates"),
    (*_smime(lambda _public, _: PUBLIC), "is no certificate in PEM"),
    (*_smime(lambda _public, _: certificate()[0].public_bytes(Encoding.PEM)), "is pinned; find out"),
    (*_smime(lambda public, _: public, encrypts=False), "not for encryption"),
    (pinned(KeyKind.SMIME, "0" * 40), certificate()[0].public_bytes(Encoding.PEM), "which has 64 digits"),
]


@pytest.mark.parametrize(("pin", "content", "said"), NOT_THE_PINNED, ids=[str(at) for at in range(len(NOT_THE_PINNED))])
def test_anything_but_the_pinned_public_key_is_refused(pin: KeyFile, content: bytes, said: str) -> None:
    """Another key, a private one, two, none, half of one, one for signing only: each with its sentence."""
    with pytest.raises(BadInputError, match=said) as caught:
        read_key(pin, content, name="the file")
    assert caught.value.sentence.startswith("the file: ")
    assert "Stack backtrace" not in caught.value.sentence


def test_a_revoked_key_is_refused() -> None:
    """Its owner has said that it must not be used."""
    public = OPENPGP.extract_certificate()
    revoked = bytes(public) + bytes(public.revoke(OPENPGP.certifier()))
    with pytest.raises(BadInputError, match="has been revoked"):
        read_key(OPENPGP_PIN, revoked, name="desk.asc")


DIRECTORY = """version: "1"
centre:
  id: ec3
  name: centre
  group: ec3
  contacts: [{{channel: email, address: a@ec3.example}}]
stakeholders:
  - id: csirt-fr
    name: csirt-fr
    group: csirt_network
    contacts:
      - {{channel: outbox, address: pigeonhole}}
      - channel: email
        address: desk@csirt-fr.example
        key:
          kind: openpgp
          fingerprint: "{fingerprint}"
          pinned_at: "2026-11-02T09:00:00+01:00"
          file: {file}
"""


def written(folder: Path, *, fingerprint: str = FINGERPRINT, file: str = "desk.asc") -> Path:
    """A directory with one key, and the key in its folder."""
    (folder / "keys").mkdir()
    (folder / "keys" / "desk.asc").write_bytes(PUBLIC)
    path = folder / "directory.yaml"
    path.write_text(DIRECTORY.format(fingerprint=fingerprint, file=file))
    return path


def test_a_directory_is_loaded_with_its_keys(tmp_path: Path) -> None:
    """The contact point holds the certificate; contact points without a key stay as they are."""
    contacts = load_directory(written(tmp_path)).stakeholders[0].contacts
    assert contacts[0].key is None
    assert isinstance(contacts[1].key, Key)
    assert contacts[1].key.certificate == PUBLIC.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fingerprint": "0" * 40}, "is pinned; find out which is right"),
        ({"file": "gone.asc"}, "gone.asc cannot be read (No such file or directory)"),
    ],
)
def test_a_wrong_key_is_named_with_its_place(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    """File, line and key of the directory, the file of the key, and what to do."""
    path = written(tmp_path, **changes)
    with pytest.raises(BadInputError) as caught:
        load_directory(path)
    assert caught.value.sentence.startswith(f"{path}, line 15, key stakeholders.0.contacts.1.key: ")
    assert said in caught.value.sentence
