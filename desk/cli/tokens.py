"""`leerp token`: what programs of a stakeholder hand things in with, and fetch what was sent."""

import base64
import secrets
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from cyclopts import App, Parameter
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.access.acts import DeskAct, may
from desk.api.signatures import SECRET_PREFIX, public_key
from desk.assembly import House, open_house
from desk.cli.common import AsOfficer, Reason, who_acts
from desk.cli.running import SMALL_FILE, Answer, read_file
from desk.desk_key import DeskKey
from leerp.errors import BadInputError, RefusedError
from leerp.journal import DESK, JournalKind
from leerp.machines import DEFAULT_PER_MINUTE, Scope, Signing, Token
from leerp.protocol import Actor, RefusalReason
from leerp.settings import Settings
from records import journal, machines

TOKEN_PREFIX = "leerp-"  # noqa: S105 - so that a token is known for one where it should not be
LONGEST_DAYS = 1_100
_SECRET_BYTES = 32


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="token", help="Tokens of machines: make, list, revoke.")
    group.command(make)
    group.command(listing, name="list")
    group.command(revoke)
    app.command(group)


class _Made(NamedTuple):
    """A token with its secrets, which are shown this once."""

    token: Token
    secret: str
    signing_secret: str | None


async def make(  # noqa: PLR0913 - all that is settled of a token
    *,
    source: Annotated[str, Parameter(help="Whose it is: a stakeholder's id or name.")],
    scope: Annotated[list[Scope], Parameter(help="What it is good for; may be given more than once.")],
    days: Annotated[int, Parameter(help="For how long.")] = 365,
    per_minute: Annotated[
        int, Parameter(help="How many requests; each report of a batch counts.")
    ] = DEFAULT_PER_MINUTE,
    hmac: Annotated[bool, Parameter(help="Make a secret to sign with too (Standard Webhooks).", negative="")] = False,
    public_key_file: Annotated[
        str | None, Parameter(name="--public-key", help="Its Ed25519 public key in PEM, to sign by RFC 9421.")
    ] = None,
    signed_only: Annotated[bool, Parameter(help="Refuse requests without a signature.", negative="")] = False,
    note: Annotated[str | None, Parameter(help="What it is for, for the list.")] = None,
    officer: AsOfficer = None,
) -> Answer:
    """Make a token for a stakeholder's program. It is shown once; only its SHA-256 is kept."""
    async with open_house(Settings()) as house:
        actor = _operator(house, officer)
        at = house.rooms.wall_clock()
        token = Token(
            id=f"token-{secrets.token_hex(5)}",
            source=_stakeholder(house, source),
            scopes=tuple(sorted(set(scope))),
            note=note,
            made_at=at,
            made_by=actor.id,
            until=at + _lasting(days),
            per_minute=per_minute,
            signed_only=signed_only,
        )
        made = _with_signing(house.settings, token, hmac=hmac, key_file=public_key_file)
        async with house.store.writing() as tx:
            await machines.add(tx, made.token, made.secret)
            await _note(tx, JournalKind.DESK_TOKEN_MADE, _said(made.token), at=at, actor=actor)
    return _shown(made)


def _with_signing(settings: Settings, token: Token, *, hmac: bool, key_file: str | None) -> _Made:
    """The token with what its requests are signed with, and its secrets."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    if hmac and key_file:
        raise BadInputError("give --hmac or --public-key, not both")
    if token.signed_only and not (hmac or key_file):
        raise BadInputError("--signed-only needs --hmac or --public-key, or no request could be signed")
    if key_file:
        pem = read_file(key_file, limit=SMALL_FILE)
        public_key(pem)
        changes = {"signing": Signing.RFC9421, "public_key": pem.decode("ascii", "replace")}
        return _Made(token.model_copy(update=changes), secret, None)
    if hmac:
        shared = secrets.token_bytes(_SECRET_BYTES)
        sealed = DeskKey.of(settings).seal(shared, about=token.id)
        changes = {"signing": Signing.HMAC, "sealed_secret": sealed}
        return _Made(token.model_copy(update=changes), secret, SECRET_PREFIX + base64.b64encode(shared).decode())
    return _Made(token, secret, None)


def _lasting(days: int) -> timedelta:
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInputError(f"--days {days}: a token lasts from 1 to {LONGEST_DAYS} days")
    return timedelta(days=days)


def _stakeholder(house: House, name: str) -> str:
    known = house.rooms.directory().named(name)
    if known is None:
        raise BadInputError(f"--source {name}: not in the directory; add the stakeholder there first")
    return known.id


def _operator(house: House, officer: str | None) -> Actor:
    actor = who_acts(house, officer)
    if not may(actor.roles, DeskAct.KEEP_TOKENS):
        raise RefusedError(
            f"{actor.id} may not make or revoke tokens; somebody with the role operator in directory.yaml may.",
            reason=RefusalReason.NOT_AUTHORISED,
        )
    return actor


async def _note(
    tx: AsyncConnection, kind: JournalKind, data: dict[str, JsonValue], *, at: datetime, actor: Actor
) -> None:
    key = f"{kind.value}/{data['token']}"
    await journal.append(tx, incident=DESK, at=at, actor=actor.id, kind=kind, data=data, key=key)


def _said(token: Token) -> dict[str, JsonValue]:
    """What the journal has of a token: no secret, and no digest of one."""
    return {
        "token": token.id,
        "source": token.source,
        "scopes": [one.value for one in token.scopes],
        "until": token.until.isoformat(),
        "signing": token.signing.value if token.signing else None,
        "signed_only": token.signed_only,
    }


def _shown(made: _Made) -> Answer:
    token = made.token
    scopes = ", ".join(token.scopes)
    lines = [
        f"{token.id} of {token.source}, for {scopes}, until {token.until:%Y-%m-%d %H:%M UTC}",
        f"token: {made.secret}",
        *([f"signing secret: {made.signing_secret}"] if made.signing_secret else []),
        *([f"keyid for signatures: {token.id}"] if token.signing is Signing.RFC9421 else []),
        "Hand it over by a way that is safe; it is not shown again.",
    ]
    data = {**_said(token), "secret": made.secret, "signing_secret": made.signing_secret}
    return Answer(data=data, lines=lines)


async def listing() -> Answer:
    """List the tokens, also those that are good for nothing any more. Secrets are not kept, and not shown."""
    async with open_house(Settings()) as house:
        now = house.rooms.wall_clock()
        async with house.store.reading() as connection:
            found = await machines.listing(connection)
    hidden = {"sealed_secret", "public_key"}
    data = [one.model_dump(mode="json", exclude=hidden) | {"state": _state(one, now)} for one in found]
    rows = [
        (one.id, one.source, ", ".join(one.scopes), _signing(one), f"{one.until:%Y-%m-%d}", _state(one, now), one.note)
        for one in found
    ]
    return Answer(data=data, header=("id", "source", "for", "signed", "until", "state", "note"), rows=rows)


def _state(token: Token, now: datetime) -> str:
    if token.revoked_at:
        return "revoked"
    return "good" if token.until > now else "expired"


def _signing(token: Token) -> str:
    if token.signing is None:
        return "no"
    return f"{token.signing.value}, {'always' if token.signed_only else 'if it is'}"


async def revoke(identifier: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Revoke a token: it is good for nothing from now on."""
    async with open_house(Settings()) as house:
        actor = _operator(house, officer)
        if not reason.strip():
            raise RefusedError("This act needs a reason; say why.", reason=RefusalReason.REASON_MISSING)
        at = house.rooms.wall_clock()
        async with house.store.writing() as tx:
            token = await machines.get(tx, identifier)
            done = await machines.revoke(tx, identifier, at=at, by=actor.id)
            if done:
                data: dict[str, JsonValue] = {"token": token.id, "source": token.source, "reason": reason[:500]}
                await _note(tx, JournalKind.DESK_TOKEN_REVOKED, data, at=at, actor=actor)
    said = "revoked" if done else "was revoked before"
    return Answer(data={"token": token.id, "revoked": done}, lines=[f"{token.id} of {token.source}: {said}"])
