"""Keys of the centre and of readers, made for one test run, and the independent programs that verify and decrypt."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import gnupg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pysequoia import ArmorKind, Cert, Tsk, armor

from leerp.keys import Key, KeyKind
from tests.notifications import cast
from tests.secret_files import secret_file

SENDER = "ecc@ec3.example"
READER = "desk@csirt-fr.example"
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def parsed(content: bytes) -> EmailMessage:
    """A message as a mail program reads it; the test fails on any defect."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


def parts(content: bytes) -> list[bytes]:
    """The parts of a multipart, byte for byte: what a signature covers must not be laid out anew."""
    boundary = parsed(content).get_boundary()
    assert boundary is not None
    return content.split(f"\r\n--{boundary}".encode())[1:-1]


def part(content: bytes, number: int) -> bytes:
    """One of them, without the end of the line of its delimiter."""
    return parts(content)[number].removeprefix(b"\r\n")


def openpgp_key(certificate: Cert, /, **changes: object) -> Key:
    """The public key of a reader, pinned."""
    values = {
        "kind": KeyKind.OPENPGP,
        "fingerprint": certificate.fingerprint,
        "pinned_at": cast.AT,
        "certificate": str(certificate),
    }
    return Key.model_validate(values | changes)


def armour(content: bytes) -> str:
    """Certificates as text."""
    return armor(content, ArmorKind.PublicKey)


def smime_key(certificate: x509.Certificate, /, **changes: object) -> Key:
    """The certificate of a reader, pinned."""
    values = {
        "kind": KeyKind.SMIME,
        "fingerprint": hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
        "pinned_at": cast.AT,
        "certificate": certificate.public_bytes(Encoding.PEM).decode(),
    }
    return Key.model_validate(values | changes)


class Gpg:
    """GnuPG in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._gpg = gnupg.GPG(gnupghome=str(home))

    def run(self, *arguments: str, at: str | None = None, text: bytes = b"") -> bytes:
        """What gpg answers to a command; `at`: the time it believes it is, as in 20170101T000000; it stands still.

        Were it to run on, a key made slowly would be younger than the next command, which refuses such a key.
        """
        clock = ("--faked-system-time", f"{at}!") if at else ()
        unlocked = () if "--passphrase" in arguments else ("--passphrase", "")
        command = ("gpg", "--quiet", "--batch", "--homedir", str(self.home), *unlocked, *clock, *arguments)
        return subprocess.run(command, input=text, check=True, capture_output=True).stdout

    def new(self, address: str, *usage: str, at: str | None = None) -> str:
        """The fingerprint of a new key; `usage` as `--quick-generate-key` takes it."""
        self.run("--quick-generate-key", f"Desk <{address}>", *usage, at=at)
        return str(self._gpg.list_keys(keys=[address])[0]["fingerprint"])

    def key(self, fingerprint: str, **changes: object) -> Key:
        """A key of this folder as a reader's, pinned."""
        armoured = self.run("--armor", "--export", fingerprint)
        return openpgp_key(Cert.from_bytes(armoured), **({"certificate": armoured.decode()} | changes))

    def take(self, certificate: Cert) -> None:
        """Import a certificate."""
        assert self._gpg.import_keys(str(certificate)).count == 1

    def signed_by(self, content: bytes) -> str | None:
        """The fingerprint of the primary key whose signature over a message (multipart/signed) holds, or None."""
        with tempfile.NamedTemporaryFile(dir=self.home) as signature:
            signature.write(parsed(part(content, 1)).get_content())
            signature.flush()
            verified = self._gpg.verify_data(signature.name, part(content, 0))
        return str(verified.pubkey_fingerprint).lower() if verified.valid else None

    def verified(self, signature: Path, content: bytes) -> str | None:
        """The fingerprint of the primary key whose detached signature over a text holds, or None."""
        verified = self._gpg.verify_data(str(signature), content)
        return str(verified.pubkey_fingerprint).lower() if verified.valid else None

    def decrypted(self, content: bytes) -> tuple[bytes, str | None]:
        """What is in an encrypted message (multipart/encrypted), and who signed it within."""
        opened = self._gpg.decrypt(parsed(part(content, 1)).get_content(), always_trust=True)
        assert opened.ok, opened.status
        return opened.data, str(opened.pubkey_fingerprint).lower() if opened.valid else None


@contextmanager
def gpg() -> Iterator[Gpg]:
    """A folder for gpg with a short name, for its agent's socket; the agent ends with the block."""
    with tempfile.TemporaryDirectory(prefix="gpg-", ignore_cleanup_errors=True) as home:
        yield Gpg(Path(home))
        subprocess.run(("gpgconf", "--homedir", home, "--kill", "all"), check=True)


@dataclass
class Centre:
    """The centre's own key files in one folder, and the public halves of them."""

    folder: Path
    openpgp: Tsk
    authority: Path
    domain_key: rsa.RSAPrivateKey

    def settings(self, sign: str) -> dict[str, object]:
        """What channels.yaml says to sign so."""
        files = {
            "none": {},
            "openpgp": {"signing_key_file": self.folder / "openpgp.asc"},
            "smime": {
                "signing_key_file": self.folder / "smime.key",
                "signing_certificate_file": self.folder / "smime.pem",
            },
        }
        return {"sign": sign, **files[sign]}

    @property
    def dkim(self) -> dict[str, object]:
        """What channels.yaml says for DKIM."""
        return {"selector": "leerp", "domain": "ec3.example", "key_file": self.folder / "dkim.key"}


def pem(key: PrivateKey, *, password: str | None = None) -> bytes:
    """A private key as a file holds it."""
    locked = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)


def centre(folder: Path) -> Centre:
    """A centre with a key of each kind."""
    tsk = Tsk.generate(f"European Cybercrime Centre <{SENDER}>")
    secret_file(folder / "openpgp.asc", str(tsk))
    root_key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate(root_key, "Authority", authority=True)
    own = certificate(own_key, SENDER, issuer=(root, root_key))
    secret_file(folder / "smime.key", pem(own_key))
    (folder / "smime.pem").write_bytes(own.public_bytes(Encoding.PEM))
    (folder / "authority.pem").write_bytes(root.public_bytes(Encoding.PEM))
    domain_key = rsa.generate_private_key(65537, 2048)
    secret_file(folder / "dkim.key", pem(domain_key))
    return Centre(folder, tsk, folder / "authority.pem", domain_key)


def certificate(
    key: PrivateKey,
    name: str,
    *,
    issuer: tuple[x509.Certificate, PrivateKey] | None = None,
    authority: bool = False,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    agrees: bool = True,
    until: datetime | None = None,
) -> x509.Certificate:
    """A certificate from 2017 on. `agrees`: whether the key may encrypt keys, as its certificate has it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = datetime(2017, 1, 1, tzinfo=UTC)
    usage = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(until or begins + timedelta(days=365 * 30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_encipherment=agrees,
                key_cert_sign=authority,
                crl_sign=authority,
                **usage,
            ),
            critical=True,
        )
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(name)]), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256())


def openssl(command: str, *arguments: str | Path, text: bytes) -> tuple[bool, bytes]:
    """Whether `openssl cms` says yes to a message, and what it gives out."""
    done = subprocess.run(
        ("openssl", "cms", command, *map(str, arguments)), input=text, check=False, capture_output=True
    )
    return done.returncode == 0, done.stdout
