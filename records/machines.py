"""Tokens of machines, the requests that are remembered so that each counts once, and who took part in what."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, exists, false, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.incidents import Status
from leerp.machines import Token
from leerp.model import Instant, Message
from records.ledger import GOT
from records.schema import contributions, incidents, ledger, reports
from records.schema_correlating import repeats
from records.schema_machines import keyed_requests, tokens, used_nonces
from records.statements import hold, insert_once

KEPT = timedelta(hours=24)
"""How long the answer to a request with an idempotency key is kept."""

USED_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a token was last used."""

_TOKEN = [tokens.c[name] for name in Token.model_fields]


async def add(tx: AsyncConnection, token: Token, secret: str) -> None:
    """Keep a token that was just made; of its secret only the SHA-256."""
    await tx.execute(tokens.insert(), {**dict(token), "secret_sha256": _digest(secret)})


async def by_secret(c: AsyncConnection, secret: str) -> Token | None:
    """The token with this secret, whether or not it is still good."""
    return _one(await c.execute(select(*_TOKEN).where(tokens.c.secret_sha256 == _digest(secret))))


async def get(c: AsyncConnection, identifier: str) -> Token:
    """The token with this id; raises BadInputError when there is none."""
    found = _one(await c.execute(select(*_TOKEN).where(tokens.c.id == identifier)))
    if found is None:
        raise BadInputError(f"there is no token {identifier!r}; `leerp token list` names them")
    return found


async def listing(c: AsyncConnection) -> list[Token]:
    """All tokens, in the order of their making."""
    query = select(*_TOKEN).order_by(tokens.c.made_at, tokens.c.id)
    return [_token(row) for row in await c.execute(query)]


async def revoke(tx: AsyncConnection, identifier: str, *, at: datetime, by: str) -> bool:
    """Let a token be good for nothing any more; False when it was so before."""
    standing = (tokens.c.id == identifier, tokens.c.revoked_at.is_(None))
    return bool((await tx.execute(tokens.update().where(*standing).values(revoked_at=at, revoked_by=by))).rowcount)


async def used(tx: AsyncConnection, identifier: str, *, at: datetime) -> None:
    """Keep that a token was used."""
    await tx.execute(tokens.update().where(tokens.c.id == identifier).values(used_at=at))


def _one(found: Any) -> Token | None:  # noqa: ANN401 - a result of the fields
    row = found.one_or_none()
    return _token(row) if row else None


def _token(row: Row[Any]) -> Token:
    return Token.model_validate(row._asdict())


async def use_nonce(tx: AsyncConnection, token: str, nonce: str, *, at: datetime, until: datetime) -> bool:
    """Use up what makes a signed request one of its own; False when it was used before. Old ones are thrown away."""
    await tx.execute(delete(used_nonces).where(used_nonces.c.until < at))
    await hold(tx, f"nonces/{token}")
    row = {"token": token, "nonce_sha256": _digest(nonce), "until": until}
    mine = (used_nonces.c.token == token, used_nonces.c.nonce_sha256 == row["nonce_sha256"])
    if await tx.scalar(select(used_nonces.c.until).where(*mine)) is not None:
        return False
    await tx.execute(used_nonces.insert(), row)
    return True


class KeyedRequest(NamedTuple):
    """A request with an idempotency key, as it was first made. `status` is None while it has no answer."""

    request_sha256: str
    begun_at: datetime
    status: int | None
    media_type: str | None
    answer: str | None


async def begin(tx: AsyncConnection, token: str, key: str, *, request_sha256: str, at: datetime) -> KeyedRequest:
    """The request that was begun with this key before, else this one, begun now. Old ones are thrown away."""
    await tx.execute(delete(keyed_requests).where(keyed_requests.c.begun_at < at - KEPT))
    row = {"token": token, "key_sha256": _digest(key), "request_sha256": request_sha256, "begun_at": at}
    await insert_once(tx, keyed_requests, [row])
    shown = [keyed_requests.c[name] for name in KeyedRequest._fields]
    return KeyedRequest(*(await tx.execute(select(*shown).where(*_keyed(token, key)))).one())


async def answer(tx: AsyncConnection, token: str, key: str, *, status: int, media_type: str, text: str) -> None:
    """Keep the answer to a request that was begun; the first one stands."""
    unanswered = (*_keyed(token, key), keyed_requests.c.status.is_(None))
    change = keyed_requests.update().where(*unanswered)
    await tx.execute(change.values(status=status, media_type=media_type, answer=text))


async def give_back(tx: AsyncConnection, token: str, key: str) -> None:
    """Forget a request that was begun and came to nothing, so that its key can be used again."""
    await tx.execute(delete(keyed_requests).where(*_keyed(token, key), keyed_requests.c.status.is_(None)))


def _keyed(token: str, key: str) -> tuple[Any, Any]:
    return keyed_requests.c.token == token, keyed_requests.c.key_sha256 == _digest(key)


class Taken(Message):
    """How a report came in: whose it is, when it came, and whether the incident was opened for it."""

    source: str
    received_at: Instant
    opened: bool


async def taken(c: AsyncConnection, report: str) -> Taken:
    """How the report with this id came in, also one that was counted with those like it.

    Raises BadInputError when there is none.
    """
    opened = (incidents.c.opened_at == reports.c.received_at).label("opened")
    query = select(reports.c.report, reports.c.received_at, opened).join(incidents).where(reports.c.id == report)
    counted = select(repeats.c.report, repeats.c.received_at, false().label("opened")).where(repeats.c.id == report)
    row = (await c.execute(query)).one_or_none() or (await c.execute(counted)).one_or_none()
    if row is None:
        raise BadInputError(f"there is no report {report!r}")
    return Taken(source=row.report.source, received_at=row.received_at, opened=bool(row.opened))


async def contributed_at(c: AsyncConnection, contribution: str) -> datetime | None:
    """When the contribution with this id came in; None if there is none."""
    at: datetime | None = await c.scalar(select(contributions.c.received_at).where(contributions.c.id == contribution))
    return at


async def took_part(c: AsyncConnection, reference: str, stakeholder: str) -> Status | None:
    """How an incident stands, for a stakeholder that was sent a notice of it; None for everybody else."""
    sent = exists().where(ledger.c.incident == reference, ledger.c.reader == stakeholder, ledger.c.state.in_([*GOT]))
    status: Status | None = await c.scalar(select(incidents.c.status).where(incidents.c.reference == reference, sent))
    return status


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
