"""Who asks: the token, what it is good for, and the signature where there has to be one."""

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request
from pydantic import JsonValue

from activities.arriving import Arrival, Manner
from desk.access.rates import Rate, address_of
from desk.api.answering import RefusalError
from desk.api.known_tokens import Tokens
from desk.api.limits import Limits
from desk.api.signatures import TOLERANCE, Headers, SignatureError, Signed, public_key, verify_hmac, verify_rfc9421
from desk.assembly import House, wall_clock
from desk.desk_key import DeskKey
from leerp.machines import Scope, Signing, Token
from leerp.stakeholders import Stakeholder
from records import machines

BEARER: Mapping[str, str] = {"WWW-Authenticate": 'Bearer realm="leerp"'}
BASIC: Mapping[str, str] = {"WWW-Authenticate": 'Basic realm="leerp", charset="UTF-8"'}
"""What readers of TAXII know how to do: the token is the password, the name before it does not count."""

STRANGERS_A_MINUTE = 120
"""Requests without a good token from one address."""

_LONGEST = 512
_NOT_GOOD = "The token is not good here: it is unknown, has expired or was revoked. Ask the centre for a new one."


@dataclass(frozen=True)
class Caller:
    """A token that is good, and whose it is. `signed`: how the request was signed, None if it was not."""

    token: Token
    stakeholder: Stakeholder
    signed: Signing | None = None

    @property
    def id(self) -> str:
        """Who acts, as the journal has it."""
        return self.token.id


class Doorkeeper:
    """Lets machines in, each for what its token is good for, and not more often than it may."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._tokens = Tokens(house.store)
        self._limits = Limits()
        self._strangers = Rate(STRANGERS_A_MINUTE)
        self._key = DeskKey.of(house.settings)

    async def admit(self, request: Request, scope: Scope | None, *, challenge: Mapping[str, str] = BEARER) -> Caller:
        """Who asks, for one scope, or with any token where `scope` is None; asked before anything is read.

        Raises RefusalError: 401 with the challenge, 403 for another scope, 429 for too much.
        """
        secret = _secret(request)
        caller = await self._known(secret) if secret else None
        if caller is None:
            if not self._strangers.allows(address_of(request)):
                raise RefusalError(429, "Too many requests without a good token; wait a minute.", {"Retry-After": "60"})
            raise RefusalError(401, _NOT_GOOD if secret else "Send your token as Authorization: Bearer.", challenge)
        self.count(caller, 1)
        if scope is not None and scope not in caller.token.scopes:
            raise RefusalError(403, f"This token is not for this; it has no scope {scope.value}.")
        return caller

    def count(self, caller: Caller, cost: int) -> None:
        """Count requests; RefusalError 429 with the time to wait when there were too many."""
        token = caller.token
        wait = self._limits.wait(token.id, per_minute=token.per_minute, cost=cost)
        if wait:
            sentence = f"More than the {token.per_minute} requests a minute of this token; wait as Retry-After says."
            raise RefusalError(429, sentence, {"Retry-After": str(math.ceil(wait))})

    async def _known(self, secret: str) -> Caller | None:
        token = await self._tokens.find(secret)
        now = wall_clock()
        if token is None or token.revoked_at is not None or token.until <= now:
            return None
        await self._tokens.used(token, at=now)
        stakeholder = self._house.rooms.directory().stakeholder(token.source)
        return Caller(token, stakeholder) if stakeholder else None

    async def verified(self, request: Request, caller: Caller, body: bytes) -> Caller:
        """The caller with its signature verified and used up; RefusalError 401 where it is missing or wrong."""
        token = caller.token
        signed = self._signed(request, body)
        if not signed.is_signed:
            if token.signed_only:
                raise RefusalError(401, "Requests with this token must be signed; sign it and send it again.", BEARER)
            return caller
        try:
            nonce = self._verify(signed, token)
            await self._use_up(token, nonce)
        except SignatureError as error:
            raise RefusalError(401, error.sentence, BEARER) from error
        return Caller(token, caller.stakeholder, token.signing)

    def _verify(self, signed: Signed, token: Token) -> str:
        now = wall_clock()
        if token.signing is Signing.HMAC and token.sealed_secret:
            return verify_hmac(signed, self._key.open(token.sealed_secret, about=token.id), now=now)
        if token.signing is Signing.RFC9421 and token.public_key:
            key = public_key(token.public_key.encode())
            return verify_rfc9421(signed, key, key_id=token.id, now=now)
        raise SignatureError("No signing was agreed for this token; send the request without a signature.")

    async def _use_up(self, token: Token, nonce: str) -> None:
        now = wall_clock()
        until = now + 2 * TOLERANCE + timedelta(seconds=1)  # past that, its time is refused whatever clock made it
        async with self._house.store.writing() as tx:
            first = await machines.use_nonce(tx, token.id, nonce, at=now, until=until)
        if not first:
            raise SignatureError("This signed request was received before; sign each one anew.")

    def _signed(self, request: Request, body: bytes) -> Signed:
        """The request as who sent it signed it: for the public address of the desk where it has one."""
        base = self._house.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
        path = request.scope.get("raw_path") or request.url.path.encode()
        query = request.scope.get("query_string", b"")
        target = (path.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
        lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        return Signed(method=request.method, url=f"{base}{target}", headers=Headers(lines), body=body)

    def arrival(self, caller: Caller) -> Arrival:
        """How something came in by a call."""
        said: dict[str, JsonValue] = {"way": "api", "signed": caller.signed.value if caller.signed else None}
        return Arrival(self._house.now(), caller.id, Manner(data=said))


def _secret(request: Request) -> str | None:
    """The token: of a Bearer, or as the password of a Basic authorisation; None if there is none."""
    given = request.headers.getlist("authorization")
    if len(given) != 1 or len(given[0]) > _LONGEST:
        return None
    scheme, _, value = given[0].partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2] or None
    except (binascii.Error, ValueError):
        return None
