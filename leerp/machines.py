"""Machines: programs of a stakeholder that hand things in at the desk, or fetch what was sent, with a token."""

from enum import StrEnum

from pydantic import Field

from leerp.model import Identifier, Instant, Line, Message


class Scope(StrEnum):
    """What a token is good for."""

    REPORT = "report"
    CONTRIBUTE = "contribute"
    FEED = "feed"


class Signing(StrEnum):
    """How requests with a token are signed.

    `hmac`: Standard Webhooks 1.0.0, with a secret that both sides hold. `rfc9421`: HTTP Message Signatures with an
    Ed25519 key, of which the desk holds the public half alone.
    """

    HMAC = "hmac"
    RFC9421 = "rfc9421"


DEFAULT_PER_MINUTE = 6_000
"""Requests with one token: what a busy source needs many times over (project assumption)."""


class Token(Message):
    """A token as it is kept: everything but the secret itself.

    `source`: whose it is. `signed_only`: a request without a signature is refused; without it, one that has a signature
    is verified all the same. `sealed_secret`: the secret that both sides hold, sealed with the key of the desk.
    `used_at`: when a request with it was last let in, to the minute.
    """

    id: Identifier
    source: Identifier
    scopes: tuple[Scope, ...] = Field(min_length=1)
    note: Line | None = None
    made_at: Instant
    made_by: Identifier
    until: Instant
    revoked_at: Instant | None = None
    revoked_by: Identifier | None = None
    per_minute: int = Field(default=DEFAULT_PER_MINUTE, ge=1, le=10_000_000)
    signing: Signing | None = None
    signed_only: bool = False
    public_key: str | None = None
    sealed_secret: str | None = Field(default=None, repr=False)
    used_at: Instant | None = None
