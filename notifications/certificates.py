"""Certificates of readers: what a key file really holds, held against what the directory has pinned."""

import hmac
from datetime import datetime

from leerp.errors import BadInputError
from leerp.formats.strict import text_of
from leerp.keys import Key, KeyFile, KeyKind

LONGEST = 100_000
"""Bytes of a key file; one with many signatures has some 50,000."""

_SHA256_DIGITS = 64


def read_key(pinned: Key | KeyFile, content: bytes, *, name: str) -> Key:
    """The key with its certificate and its real expiry.

    BadInputError, naming `name`, where the content is not exactly one public key of that kind, is a private key, has
    been revoked, is a certificate not meant for encryption, or has another fingerprint than the pinned one.
    """
    if len(content) > LONGEST:
        raise BadInputError(f"{name}: larger than {LONGEST:,} bytes; export the key without other people's signatures")
    read = _openpgp if pinned.kind is KeyKind.OPENPGP else _smime
    fingerprint, expires_at, certificate = read(content, name, pinned.fingerprint)
    if not hmac.compare_digest(fingerprint, pinned.fingerprint):
        raise BadInputError(
            f"{name}: holds the key {fingerprint}, and {pinned.fingerprint} is pinned; find out which is right"
        )
    return Key(
        kind=pinned.kind,
        fingerprint=pinned.fingerprint,
        pinned_at=pinned.pinned_at,
        expires_at=expires_at,
        certificate=certificate,
    )


def _openpgp(content: bytes, name: str, pinned: str) -> tuple[str, datetime | None, str]:
    """RFC 9580 and RFC 4880; the fingerprint is that of the primary key."""
    from pysequoia import Cert, Tsk  # noqa: PLC0415 - loaded where there is a key to read

    del pinned
    try:
        found = Cert.split_bytes(content)
        private = len(found) == 1 and str(Tsk.from_bytes(content)).startswith("-----BEGIN PGP PRIVATE KEY")
    except (RuntimeError, ValueError) as error:
        raise BadInputError(f"{name}: is no OpenPGP key; export the public key again") from error
    if private:  # which `Cert` reads without a word
        raise BadInputError(f"{name}: holds a private key; put the public key alone there, and replace that pair")
    if len(found) != 1:
        raise BadInputError(f"{name}: holds {len(found)} OpenPGP keys; put exactly one there")
    if found[0].is_revoked:
        raise BadInputError(f"{name}: the key {found[0].fingerprint} has been revoked; ask its owner for the new one")
    return found[0].fingerprint.lower(), found[0].expiration, str(found[0])


def _smime(content: bytes, name: str, pinned: str) -> tuple[str, datetime | None, str]:
    """RFC 8551; the fingerprint is the SHA-256 of the certificate."""
    from cryptography import x509  # noqa: PLC0415 - loaded where there is a key to read
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - the same

    if len(pinned) != _SHA256_DIGITS:
        raise BadInputError(f"{name}: an S/MIME certificate is pinned by its SHA-256, which has 64 digits")
    if b"PRIVATE KEY" in content:
        raise BadInputError(f"{name}: holds a private key; put the certificate alone there, and replace that pair")
    try:
        found = x509.load_pem_x509_certificates(content)
        extensions = found[0].extensions
    except ValueError as error:
        raise BadInputError(f"{name}: is no certificate in PEM; export it again") from error
    if len(found) != 1:
        raise BadInputError(f"{name}: holds {len(found)} certificates; put exactly one there, without its issuers")
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    if usage and not (usage.key_encipherment or usage.key_agreement):
        raise BadInputError(f"{name}: this certificate is not for encryption (key usage); ask for the one that is")
    pem = text_of(found[0].public_bytes(Encoding.PEM), name=name)
    return found[0].fingerprint(hashes.SHA256()).hex(), found[0].not_valid_after_utc, pem
