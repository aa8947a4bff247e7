"""PGP/MIME (RFC 3156): messages signed by the centre, encrypted for a reader, or both in one.

The library raises RuntimeError for everything, with a trace of its own insides in the text; neither is passed on.
Signatures and session keys are drawn anew each time, so no two messages are the same bytes.
"""

from collections.abc import Iterable
from pathlib import Path

from pysequoia import PySigner, Sig, SignatureMode, Tsk, encrypt, sign
from pysequoia.packet import HashAlgorithm

from leerp.errors import BadInputError
from leerp.keys import KeyKind
from notifications.channels.secrets import read_secret
from notifications.channels.smtp import entities
from notifications.channels.smtp.openpgp_certificates import usable
from notifications.channels.smtp.recipients import Recipient

_MICALG = (
    (HashAlgorithm.SHA256, "pgp-sha256"),
    (HashAlgorithm.SHA384, "pgp-sha384"),
    (HashAlgorithm.SHA512, "pgp-sha512"),
)
"""How RFC 3156 §5 names the hashes; a signature over any other is not sent."""

_VERSION = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"


class OpenPgpSigner:
    """Signs with the centre's key."""

    kind = KeyKind.OPENPGP

    def __init__(self, file: Path, *, password: str | None, sender: str) -> None:
        """BadInputError if the file holds no key that can sign today, or one that does not name the sender."""
        content = read_secret(file)
        try:
            key = Tsk.from_bytes(content)
            certificate = key.extract_certificate()
            self.signer: PySigner = key.signer(password)
        except RuntimeError:
            raise BadInputError(
                f"{file}: holds no OpenPGP secret key that can sign today; "
                "put an armoured one there, and its password into channels.yaml if it has one"
            ) from None
        if certificate.is_revoked:
            raise BadInputError(f"{file}: the key has been revoked; put the new one there")
        names = [str(user_id) for user_id in certificate.user_ids]
        self._file = file
        if not _names(sender, names):
            raise BadInputError(f"{file}: the key names {', '.join(names) or 'nobody'}; it must name {sender}")

    def signed(self, part: bytes) -> bytes:
        """The part with a detached signature beside it (RFC 3156 §5)."""
        try:
            armoured = sign(self.signer, part, mode=SignatureMode.DETACHED)
            made_with = Sig.from_bytes(armoured).hash_algorithm
        except RuntimeError:
            raise self.unable() from None
        micalg = next((name for algorithm, name in _MICALG if algorithm == made_with), None)
        if micalg is None:
            raise BadInputError(f"{self._file}: signs with a hash that is too weak; put a newer key there")
        signature = b'Content-Type: application/pgp-signature; name="signature.asc"\r\n\r\n' + _crlf(armoured)
        return entities.multipart("signed", (part, signature), micalg=micalg, protocol="application/pgp-signature")

    def unable(self) -> BadInputError:
        """The key was good and is not any more."""
        return BadInputError(f"{self._file}: the key cannot sign any more; has it expired?")


def _names(sender: str, names: Iterable[str]) -> bool:
    """Whether a user id is for this address, alone or in angle brackets."""
    return any(name.rpartition("<")[2].removesuffix(">").strip().lower() == sender.lower() for name in names)


def encrypted(part: bytes, recipient: Recipient, *, signer: OpenPgpSigner | None) -> bytes:
    """The part encrypted for the reader, and signed within (RFC 3156 §6.2); DeliveryError if its key cannot be used."""
    certificate = usable(recipient)
    try:
        armoured = encrypt(part, [certificate], signer=signer.signer if signer else None)
    except RuntimeError:
        if signer is not None:
            raise signer.unable() from None
        raise recipient.mismatch("cannot be encrypted for") from None
    data = b'Content-Type: application/octet-stream; name="encrypted.asc"\r\n\r\n' + _crlf(armoured)
    return entities.multipart("encrypted", (_VERSION, data), protocol="application/pgp-encrypted")


def _crlf(armoured: bytes) -> bytes:
    return armoured.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
