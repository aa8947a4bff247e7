"""Tokens of machines: made, listed and revoked, each in the desk's journal; a secret is shown once and not kept."""

import base64
import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.access.acts import DeskAct, may
from desk.api.signatures import SECRET_PREFIX, public_key
from desk.assembly import House
from desk.desk_key import DeskKey
from leerp.errors import BadInputError, RefusedError
from leerp.journal import DESK, JournalKind
from leerp.machines import DEFAULT_PER_MINUTE, Scope, Signing, Token
from leerp.protocol import Actor, RefusalReason
from records import journal, machines

TOKEN_PREFIX = "leerp-"  # noqa: S105 - so that a token is known for one where it should not be
LONGEST_DAYS = 1_100
_ID = re.compile(r"token-[0-9a-f]{10}")
_SECRET_BYTES = 32


class Wish(NamedTuple):
    """What a token shall be. `source`: a stakeholder's id or name. `days`: for how long.

    `hmac`: with a secret to sign with; `key`: with this Ed25519 public key in PEM; with neither it is not signed.
    """

    source: str
    scopes: tuple[Scope, ...]
    days: int = 365
    per_minute: int = DEFAULT_PER_MINUTE
    hmac: bool = False
    key: bytes | None = None
    signed_only: bool = False
    note: str | None = None


class MadeToken(NamedTuple):
    """A token with its secrets, which are shown this once."""

    token: Token
    secret: str
    signing_secret: str | None


def new_token_id() -> str:
    """An id for a token that is still to be made; it is no secret."""
    return f"token-{secrets.token_hex(5)}"


def state_of(token: Token, now: datetime) -> str:
    """How a token stands: good, expired or revoked."""
    if token.revoked_at:
        return "revoked"
    return "good" if token.until > now else "expired"


def signing_of(token: Token) -> str:
    """How its requests are signed, in words."""
    if token.signing is None:
        return "no"
    return f"{token.signing.value}, {'always' if token.signed_only else 'if it is'}"


def told(token: Token) -> dict[str, JsonValue]:
    """What the journal has of a token: no secret, and no digest of one."""
    return {
        "token": token.id,
        "source": token.source,
        "scopes": [one.value for one in token.scopes],
        "until": token.until.isoformat(),
        "signing": token.signing.value if token.signing else None,
        "signed_only": token.signed_only,
    }


class TokenKeeping:
    """What an operator does with tokens; RefusedError for anybody else."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def listing(self) -> list[Token]:
        """Every token, the oldest first, also those that are good for nothing any more."""
        async with self._house.store.reading() as connection:
            return await machines.listing(connection)

    async def make(self, wish: Wish, *, actor: Actor, identifier: str = "") -> MadeToken:
        """Make a token for a stakeholder's program. `identifier`: of `new_token_id`, so that it is made once.

        Raises BadInputError for what no token can be.
        """
        self._need_operator(actor)
        at = self._house.rooms.wall_clock()
        token = Token(
            id=_checked(identifier) if identifier else new_token_id(),
            source=self._stakeholder(wish.source),
            scopes=tuple(sorted(set(wish.scopes))),
            note=wish.note,
            made_at=at,
            made_by=actor.id,
            until=at + _lasting(wish.days),
            per_minute=wish.per_minute,
            signed_only=wish.signed_only,
        )
        made = self._with_signing(token, wish)
        async with self._house.store.writing() as tx:
            if identifier and any(one.id == identifier for one in await machines.listing(tx)):
                raise BadInputError(f"{identifier} was made already, and its secret was shown then; revoke it if lost")
            await machines.add(tx, made.token, made.secret)
            await _note(tx, JournalKind.DESK_TOKEN_MADE, told(made.token), at=at, actor=actor)
        return made

    async def revoke(self, identifier: str, *, reason: str, actor: Actor) -> tuple[Token, bool]:
        """Let a token be good for nothing from now on; the token, and whether it was good for something before."""
        self._need_operator(actor)
        if not reason.strip():
            raise RefusedError("This act needs a reason; say why.", reason=RefusalReason.REASON_MISSING)
        at = self._house.rooms.wall_clock()
        async with self._house.store.writing() as tx:
            token = await machines.get(tx, identifier)
            done = await machines.revoke(tx, identifier, at=at, by=actor.id)
            if done:
                data: dict[str, JsonValue] = {"token": token.id, "source": token.source, "reason": reason[:500]}
                await _note(tx, JournalKind.DESK_TOKEN_REVOKED, data, at=at, actor=actor)
        return token, done

    def _with_signing(self, token: Token, wish: Wish) -> MadeToken:
        """The token with what its requests are signed with, and its secrets."""
        secret = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        if wish.hmac and wish.key:
            raise BadInputError(
                "requests are signed with a secret (--hmac) or with a key (--public-key), not with both"
            )
        if token.signed_only and not (wish.hmac or wish.key):
            raise BadInputError(
                "only signed requests are taken where a secret (--hmac) or a key (--public-key) is agreed; name one"
            )
        if wish.key:
            public_key(wish.key)
            changes = {"signing": Signing.RFC9421, "public_key": wish.key.decode("ascii", "replace")}
            return MadeToken(token.model_copy(update=changes), secret, None)
        if wish.hmac:
            shared = secrets.token_bytes(_SECRET_BYTES)
            sealed = DeskKey.of(self._house.settings).seal(shared, about=token.id)
            changes = {"signing": Signing.HMAC, "sealed_secret": sealed}
            return MadeToken(
                token.model_copy(update=changes), secret, SECRET_PREFIX + base64.b64encode(shared).decode()
            )
        return MadeToken(token, secret, None)

    def _stakeholder(self, name: str) -> str:
        known = self._house.rooms.directory().named(name)
        if known is None:
            raise BadInputError(f"{name!r} is not in the directory; add the stakeholder there first")
        return known.id

    def _need_operator(self, actor: Actor) -> None:
        if not may(actor.roles, DeskAct.KEEP_TOKENS):
            raise RefusedError(
                f"{actor.id} may not make or revoke tokens; somebody with the role operator in directory.yaml may.",
                reason=RefusalReason.NOT_AUTHORISED,
            )


def _checked(identifier: str) -> str:
    if not _ID.fullmatch(identifier):
        raise BadInputError("this form is not one of the desk's; load the page again")
    return identifier


def _lasting(days: int) -> timedelta:
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInputError(f"a token lasts from 1 to {LONGEST_DAYS} days, not {days}")
    return timedelta(days=days)


async def _note(
    tx: AsyncConnection, kind: JournalKind, data: dict[str, JsonValue], *, at: datetime, actor: Actor
) -> None:
    key = f"{kind.value}/{data['token']}"
    await journal.append(tx, incident=DESK, at=at, actor=actor.id, kind=kind, data=data, key=key)
