"""`leerp token`: what programs of a stakeholder hand things in with, and fetch what was sent."""

from typing import Annotated

from cyclopts import App, Parameter

from desk.assembly import open_house
from desk.cli.common import AsOfficer, Reason, who_acts
from desk.cli.running import SMALL_FILE, Answer, read_file
from desk.token_keeping import MadeToken, TokenKeeping, Wish, signing_of, state_of, told
from leerp.machines import DEFAULT_PER_MINUTE, Scope, Signing
from leerp.settings import Settings


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="token", help="Tokens of machines: make, list, revoke.")
    group.command(make)
    group.command(listing, name="list")
    group.command(revoke)
    app.command(group)


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
    key = read_file(public_key_file, limit=SMALL_FILE) if public_key_file else None
    wish = Wish(source, tuple(scope), days, per_minute, hmac, key, signed_only, note)
    async with open_house(Settings()) as house:
        made = await TokenKeeping(house).make(wish, actor=who_acts(house, officer))
    return _shown(made)


def _shown(made: MadeToken) -> Answer:
    token = made.token
    scopes = ", ".join(token.scopes)
    lines = [
        f"{token.id} of {token.source}, for {scopes}, until {token.until:%Y-%m-%d %H:%M UTC}",
        f"token: {made.secret}",
        *([f"signing secret: {made.signing_secret}"] if made.signing_secret else []),
        *([f"keyid for signatures: {token.id}"] if token.signing is Signing.RFC9421 else []),
        "Hand it over by a way that is safe; it is not shown again.",
    ]
    data = {**told(token), "secret": made.secret, "signing_secret": made.signing_secret}
    return Answer(data=data, lines=lines)


async def listing() -> Answer:
    """List the tokens, also those that are good for nothing any more. Secrets are not kept, and not shown."""
    async with open_house(Settings()) as house:
        now = house.rooms.wall_clock()
        found = await TokenKeeping(house).listing()
    hidden = {"sealed_secret", "public_key"}
    data = [one.model_dump(mode="json", exclude=hidden) | {"state": state_of(one, now)} for one in found]
    rows = [
        (
            *(one.id, one.source, ", ".join(one.scopes), signing_of(one), f"{one.until:%Y-%m-%d}"),
            *(f"{one.used_at:%Y-%m-%d %H:%M}" if one.used_at else "never", state_of(one, now), one.note),
        )
        for one in found
    ]
    header = ("id", "source", "for", "signed", "until", "used", "state", "note")
    return Answer(data=data, header=header, rows=rows)


async def revoke(identifier: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Revoke a token: it is good for nothing from now on."""
    async with open_house(Settings()) as house:
        token, done = await TokenKeeping(house).revoke(identifier, reason=reason, actor=who_acts(house, officer))
    said = "revoked" if done else "was revoked before"
    return Answer(data={"token": token.id, "revoked": done}, lines=[f"{token.id} of {token.source}: {said}"])
