"""Timestamps (RFC 3161) over the head of a journal: what is stamped, and how an answer is verified, with no network.

What is stamped is the `hash` of an entry itself: it is the SHA-256 of the entry's canonical JSON, and so the message
imprint of a request for that JSON. Whoever has the token needs the hash and the authority's certificate, and no leerp.
"""

from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.x509 import (
    Certificate,
    ObjectIdentifier,
    load_der_x509_certificate,
    load_pem_x509_certificates,
)
from rfc3161_client import TimeStampResponse, VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from leerp import canonical
from leerp.errors import BadInputError
from leerp.journal import JournalEntry

MAX_TOKEN_BYTES = 64 * 1024
"""The longest answer that is read; one with a chain of certificates has some 6 kB."""

MAX_CERTIFICATES_BYTES = 1024 * 1024

_SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_GRANTED = 0


class Stamped(NamedTuple):
    """What a verified token says. `tsa`: the name in the certificate it was signed with; `serial` as text."""

    at: datetime
    tsa: str
    serial: str
    policy: str


def stamped_bytes(entry: JournalEntry) -> bytes:
    """What a timestamp for an entry is asked for: its canonical JSON without `hash`, whose SHA-256 is `hash`."""
    return canonical.dumps(entry.model_dump(mode="json", exclude={"hash"}))


def authorities(content: bytes) -> list[Certificate]:
    """The certificates to trust, from a PEM file; raises BadInputError."""
    try:
        return load_pem_x509_certificates(content[: MAX_CERTIFICATES_BYTES + 1])
    except ValueError as error:
        raise BadInputError("holds no certificate in PEM that can be read; put the authority's there") from error


def canonical_authorities(content: bytes) -> bytes:
    """The same certificates and nothing else, so that they can be kept: no comments, and no key by mistake."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in authorities(content))


def verify_token(token: bytes, *, digest: str, trusted: list[Certificate], nonce: int | None = None) -> Stamped:
    """What a token says, once it is shown to be for that digest and signed under a trusted certificate.

    `digest`: SHA-256 in lower-case hex. `nonce`: what the request had; None where that is not known any more. The
    certificate must have been valid when it signed; whether it was revoked is not asked. Raises BadInputError, whose
    sentence goes on after the name of the token.
    """
    answer = _decoded(token)
    try:
        if answer.status != _GRANTED:
            raise BadInputError(f"was not granted by the authority (status {answer.status})")
        imprint = answer.tst_info.message_imprint
        if imprint.hash_algorithm != _SHA256 or imprint.message != bytes.fromhex(digest):
            raise BadInputError("is for something else, and not for this entry of the journal")
        if nonce is not None and answer.tst_info.nonce != nonce:
            raise BadInputError("answers another request (its nonce is not the one that was sent)")
        _verified(answer, digest, trusted)
        return Stamped(
            at=answer.tst_info.gen_time,
            tsa=_signer(answer),
            serial=str(answer.tst_info.serial_number),
            policy=answer.tst_info.policy.dotted_string,
        )
    except ValueError as error:
        raise BadInputError("cannot be read: it is no complete answer of a timestamp authority") from error


def _decoded(token: bytes) -> TimeStampResponse:
    if len(token) > MAX_TOKEN_BYTES:
        raise BadInputError(f"is longer than {MAX_TOKEN_BYTES // 1024} KiB")
    try:
        return decode_timestamp_response(token)
    except ValueError as error:
        raise BadInputError("cannot be read: it is no complete answer of a timestamp authority") from error


def _verified(answer: TimeStampResponse, digest: str, trusted: list[Certificate]) -> None:
    builder = VerifierBuilder(roots=list(trusted))
    try:
        builder.build().verify(answer, bytes.fromhex(digest))
    except (VerificationError, ValueError) as error:
        raise BadInputError("is not signed by a trusted timestamp authority, or was changed") from error


def _signer(answer: TimeStampResponse) -> str:
    """The subject of the certificate that signed; `verify` has made sure that there is one."""
    signer = next(iter(answer.signed_data.signer_infos))
    for content in sorted(answer.signed_data.certificates):
        one = load_der_x509_certificate(content)
        if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number):
            return one.subject.rfc4514_string()
    raise ValueError("no certificate of the signer")
