"""Signatures of incoming requests: what they must cover, whether they are right, and what makes each one its own.

`hmac` is Standard Webhooks 1.0.0 (headers webhook-id, webhook-timestamp, webhook-signature): it covers the body and the
time. `rfc9421` is HTTP Message Signatures with Ed25519: it covers the method, the address, the digest of the body
(RFC 9530), the time and a nonce. Pure functions: the time is given, and whether a nonce was used is asked elsewhere.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from leerp.errors import BadInputError, LeerpError
from leerp.model import iso

TOLERANCE = timedelta(seconds=300)
"""How far the clock of who signs may be from the desk's; a signature is good for that long."""

SECRET_PREFIX = "whsec_"  # noqa: S105 - how Standard Webhooks writes secrets
LONGEST_NONCE = 256
_COVERED = ("@method", "@target-uri")
_WEBHOOK = ("webhook-id", "webhook-timestamp", "webhook-signature")


class SignatureError(LeerpError):
    """A request that is not signed as it must be; the sentence says what to do about it."""

    code = "signature"


class Headers:
    """The header lines of a request, in their order; asked by lower-case name."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._lines = lines

    def items(self) -> Iterator[tuple[str, str]]:
        """Every line."""
        return iter(self._lines)

    def one(self, name: str) -> str:
        """The value of a header that stands once; SignatureError where it is missing or stands twice."""
        found = [value for given, value in self._lines if given.lower() == name]
        if len(found) != 1:
            raise SignatureError(f"This request must have the header {name} once; sign it anew.")
        return found[0]

    def __contains__(self, name: str) -> bool:
        return any(given.lower() == name for given, _ in self._lines)


@dataclass(frozen=True)
class Signed:
    """A request as a signature covers it. `url`: the address as who signs it knows it."""

    method: str
    url: str
    headers: Headers
    body: bytes

    @property
    def is_signed(self) -> bool:
        """Whether it has a signature of either kind, right or wrong."""
        return any(name in self.headers for name in ("signature", "signature-input", "webhook-signature"))


def verify_hmac(request: Signed, secret: bytes, *, now: datetime) -> str:
    """Verify a signature with a shared secret; what makes it one of its own. Raises SignatureError."""
    identifier, timestamp, given = (request.headers.one(name) for name in _WEBHOOK)
    if not identifier or len(identifier) > LONGEST_NONCE or not timestamp.isascii() or not timestamp.isdecimal():
        raise SignatureError("webhook-id or webhook-timestamp cannot be read; see the Standard Webhooks specification.")
    _check_time(int(timestamp[:12]), now)
    content = b".".join((identifier.encode("latin-1"), timestamp.encode(), request.body))
    wanted = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest())
    signatures = (one.removeprefix("v1,") for one in given.split(" ")[:8] if one.startswith("v1,"))
    if not any(hmac.compare_digest(wanted, one.encode("latin-1")) for one in signatures):
        raise SignatureError("The signature does not match this body; sign exactly the bytes that you send.")
    return f"{identifier} {timestamp}"  # sent again later, it has another time, and is no replay


def verify_rfc9421(request: Signed, key: Ed25519PublicKey, *, key_id: str, now: datetime) -> str:
    """Verify an HTTP message signature; its nonce. Raises SignatureError."""
    verifier = _Verifier(now, key, key_id)
    try:
        results = verifier.verify(request, max_age=None, require_components=_COVERED, body=request.body)
    except (HTTPMessageSignaturesException, ValueError) as error:
        raise SignatureError(
            "The signature does not match this request; it must cover @method, @target-uri and, with a body,"
            f" content-digest, with keyid {key_id}, for the address {request.url.partition('?')[0]}."
        ) from error
    nonce = results[0].nonce if len(results) == 1 else None
    if not nonce or len(nonce) > LONGEST_NONCE:
        raise SignatureError("The signature must have a nonce of its own, such as 16 random bytes in base64.")
    return nonce


class _Verifier(HTTPMessageVerifier):
    """The library's verifier with the desk's clock: it would read the machine's own."""

    def __init__(self, now: datetime, key: Ed25519PublicKey, key_id: str) -> None:
        keys = MappingKeyResolver(public_keys={key_id: key}, private_keys={})
        super().__init__(signature_algorithm=ED25519, key_resolver=keys)
        self._now = now

    def validate_created_and_expires(self, sig_input: object, max_age: timedelta | None = None) -> None:  # noqa: ARG002
        """Refuse what was made too long ago, in the future, or at no time at all."""
        parameters: Mapping[str, object] = sig_input.params  # type: ignore[attr-defined]  # the library is not typed here
        created, expires = parameters.get("created"), parameters.get("expires")
        if type(created) is not int:
            raise SignatureError("The signature must say when it was created, in seconds since 1970.")
        _check_time(created, self._now)
        if expires is not None and (type(expires) is not int or expires < self._now.timestamp()):
            raise SignatureError(f"The signature has expired; the desk's time is {iso(self._now)}.")


def _check_time(seconds: int, now: datetime) -> None:
    """The clock of who signs, against the desk's; the sentence helps whoever has to set one."""
    if abs(seconds - now.timestamp()) <= TOLERANCE.total_seconds():
        return
    try:
        made = iso(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        made = "no time that there is"
    raise SignatureError(
        f"The signature was made at {made}, and the desk's time is {iso(now)}: more than"
        f" {TOLERANCE.total_seconds():.0f} seconds apart; set the clock right and sign anew."
    )


def public_key(pem: bytes) -> Ed25519PublicKey:
    """The public key that a stakeholder has handed over (PEM); BadInputError when it is none or of another kind."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInputError("the public key cannot be read; it must be an Ed25519 key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadInputError("the public key is of another kind; leerp verifies Ed25519")
    return key
