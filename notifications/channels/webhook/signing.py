"""Signatures of requests, and of the answers in which a reader acknowledges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, SigningKey
from http_message_signatures.algorithms import ED25519, HMAC_SHA256
from standardwebhooks import Webhook, WebhookVerificationError

from leerp.errors import BadInputError
from leerp.formats.strict import json_of
from notifications.channels.secrets import secret_bytes
from notifications.channels.webhook.settings import Rfc9421, Standard

COVERED = ("@method", "@target-uri", "content-type", "webhook-id", "webhook-timestamp")
"""What an RFC 9421 signature covers besides the Content-Digest of the body (RFC 9530)."""

TAG = "leerp-notice"
"""What the signature is for (RFC 9421 §2.3), so that it cannot stand for another use of the same key."""


@dataclass(frozen=True, kw_only=True)
class _Request:
    """A request as the signing library sees it."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"


def signed_headers(
    signature: Rfc9421 | Standard, body: bytes, *, url: str, webhook_id: str, reader: str, at: datetime
) -> dict[str, str]:
    """The headers of a request. `at`: the time of this attempt. BadInputError if key or secret cannot be used."""
    headers = {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
    }
    if isinstance(signature, Standard):
        text = body.decode()
        signatures = [Webhook(secret).sign(webhook_id, at, text) for secret in signature.secrets.of(reader)]
        return headers | {"webhook-signature": " ".join(signatures)}
    request = _Request(url=url, headers=headers)
    keys = MappingKeyResolver(public_keys={}, private_keys={signature.key_id: _key(signature, reader)})
    algorithm = ED25519 if signature.key_file else HMAC_SHA256
    signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=keys)
    # The body is given each time: without it the signature would not cover what is said.
    signer.sign(
        request,
        key_id=signature.key_id,
        created=at,
        label="leerp",
        tag=TAG,
        covered_component_ids=COVERED,
        body=body,
    )
    return request.headers


def _key(signature: Rfc9421, reader: str) -> SigningKey:
    if signature.secrets is not None:
        return signature.secrets.of(reader)[0]
    return private_key(signature.key_file or Path())


def private_key(file: Path) -> Ed25519PrivateKey:
    """The key, read anew each time so that it can be changed; BadInputError if it is not there or no such key."""
    try:
        key = load_pem_private_key(secret_bytes(file), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInputError(f"the file {file} holds no private key that can be read; put one there (PEM)") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInputError(f"the file {file} holds a private key of another kind; leerp signs with Ed25519")
    return key


def acknowledges(body: bytes, headers: Mapping[str, str], *, webhook_id: str, secrets: Sequence[bytes]) -> bool:
    """Whether an answer is a signed acknowledgement of that very message (Standard Webhooks 1.0.0).

    Its signature must be by one of the secrets, no older than five minutes, and the message be named in what is
    signed, in the header and in the body. Whatever else an answer says is no acknowledgement.
    """
    given = {name.lower(): value for name, value in headers.items() if name.lower().startswith("webhook-")}
    if given.get("webhook-id") != webhook_id or not any(_verifies(body, given, secret) for secret in secrets):
        return False
    try:
        said = json_of(body, name="the answer")
    except BadInputError:
        return False
    return isinstance(said, dict) and said.get("acknowledged") is True and said.get("webhook-id") == webhook_id


def _verifies(body: bytes, headers: dict[str, str], secret: bytes) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: not base64, not UTF-8, or not of the form v1,…
        return False
    return True
