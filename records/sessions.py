"""Sessions at the desk and the one-time links that begin them. Secrets are kept as their SHA-256 alone."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from records.schema_people import sessions, sign_in_links

LIFETIME = timedelta(hours=12)
"""How long a session lasts: a shift."""

LINK_LIFETIME = timedelta(hours=12)


class Session(NamedTuple):
    """Whose session it is, how it was begun, and until when it lasts."""

    person: str
    how: str
    until: datetime


async def begin(tx: AsyncConnection, *, person: str, how: str, at: datetime) -> str:
    """Begin a session; the secret that the browser keeps. What is over is thrown away."""
    secret = secrets.token_urlsafe(32)
    await tx.execute(delete(sessions).where(sessions.c.until < at - LIFETIME))
    row = {"id_sha256": _digest(secret), "person": person, "how": how, "begun_at": at, "until": at + LIFETIME}
    await tx.execute(sessions.insert(), row)
    return secret


async def find(c: AsyncConnection, secret: str, *, at: datetime) -> Session | None:
    """The session that this secret belongs to, if it has not ended."""
    query = select(sessions.c.person, sessions.c.how, sessions.c.until).where(
        sessions.c.id_sha256 == _digest(secret), sessions.c.until > at, sessions.c.ended_at.is_(None)
    )
    row = (await c.execute(query)).one_or_none()
    return Session(*row) if row else None


async def end(tx: AsyncConnection, secret: str, *, at: datetime) -> None:
    """End a session."""
    change = sessions.update().where(sessions.c.id_sha256 == _digest(secret), sessions.c.ended_at.is_(None))
    await tx.execute(change.values(ended_at=at))


async def end_all(tx: AsyncConnection, person: str, *, at: datetime) -> int:
    """End every session of a person; how many there were."""
    change = sessions.update().where(sessions.c.person == person, sessions.c.ended_at.is_(None), sessions.c.until > at)
    return (await tx.execute(change.values(ended_at=at))).rowcount


async def make_link(tx: AsyncConnection, *, person: str, at: datetime) -> str:
    """A fresh one-time token for a person; those before it that nobody used open nothing any more."""
    token = secrets.token_urlsafe(24)
    await tx.execute(delete(sign_in_links).where(sign_in_links.c.person == person))
    row = {"token_sha256": _digest(token), "person": person, "until": at + LINK_LIFETIME}
    await tx.execute(sign_in_links.insert(), row)
    return token


async def use_link(tx: AsyncConnection, token: str, *, at: datetime) -> str | None:
    """Whom a one-time token signs in; it does so once."""
    mine = sign_in_links.c.token_sha256 == _digest(token)
    row = (await tx.execute(select(sign_in_links.c.person, sign_in_links.c.until).where(mine))).one_or_none()
    if row is None:
        return None
    gone = await tx.execute(delete(sign_in_links).where(mine))
    return row.person if gone.rowcount and row.until > at else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
