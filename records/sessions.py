"""Sessions at the desk and the one-time links that begin them. Secrets are kept as their SHA-256 alone."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from records.schema_people import sessions, sign_in_links

LIFETIME = timedelta(hours=12)
"""How long a session lasts: a shift."""

LINK_LIFETIME = timedelta(hours=12)

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was last used."""


class Session(NamedTuple):
    """Whose session it is, how and from where it was begun, when it was last used, and until when it lasts.

    `name`: what it is called where somebody ends it; it opens nothing.
    """

    name: str
    person: str
    how: str
    address: str
    begun_at: datetime
    seen_at: datetime
    until: datetime


class OpenedLink(NamedTuple):
    """Whom a one-time link signs in, and the page it leads to."""

    person: str
    leads_to: str


_FIELDS = (
    sessions.c.id_sha256,
    *(sessions.c.person, sessions.c.how, sessions.c.address),
    *(sessions.c.begun_at, sessions.c.seen_at, sessions.c.until),
)


async def begin(tx: AsyncConnection, *, person: str, how: str, at: datetime, address: str = "") -> str:
    """Begin a session; the secret that the browser keeps. What is over is thrown away."""
    secret = secrets.token_urlsafe(32)
    await tx.execute(delete(sessions).where(sessions.c.until < at - LIFETIME))
    row = {"id_sha256": digest(secret), "person": person, "how": how, "address": address}
    times = {"begun_at": at, "seen_at": at, "until": at + LIFETIME}
    await tx.execute(sessions.insert(), {**row, **times})
    return secret


async def find(c: AsyncConnection, secret: str, *, at: datetime, idle: timedelta = LIFETIME) -> Session | None:
    """The session that this secret belongs to, if it has not ended and was used within `idle`."""
    query = select(*_FIELDS).where(sessions.c.id_sha256 == digest(secret), *_alive(at, idle))
    row = (await c.execute(query)).one_or_none()
    return Session(*row) if row else None


async def seen(tx: AsyncConnection, secret: str, *, at: datetime) -> None:
    """Keep that a session is being used."""
    await tx.execute(sessions.update().where(sessions.c.id_sha256 == digest(secret)).values(seen_at=at))


async def of_person(c: AsyncConnection, person: str, *, at: datetime, idle: timedelta = LIFETIME) -> list[Session]:
    """The sessions of a person that still open something, the newest first."""
    query = select(*_FIELDS).where(sessions.c.person == person, *_alive(at, idle))
    return [Session(*row) for row in await c.execute(query.order_by(sessions.c.begun_at.desc()))]


async def counts(c: AsyncConnection, *, at: datetime) -> dict[str, int]:
    """How many sessions each person has that have not ended."""
    query = select(sessions.c.person, func.count()).where(sessions.c.until > at, sessions.c.ended_at.is_(None))
    return {person: number for person, number in await c.execute(query.group_by(sessions.c.person))}  # noqa: C416


async def end(tx: AsyncConnection, secret: str, *, at: datetime) -> Session | None:
    """End a session; the one that was ended, None if it had ended before."""
    session = await find(tx, secret, at=at)
    return session if session and await end_named(tx, session.name, person=session.person, at=at) else None


async def end_named(tx: AsyncConnection, name: str, *, person: str, at: datetime) -> bool:
    """End the session of that name, if it is this person's and has not ended."""
    mine = (sessions.c.id_sha256 == name, sessions.c.person == person, sessions.c.ended_at.is_(None))
    return bool((await tx.execute(sessions.update().where(*mine).values(ended_at=at))).rowcount)


async def end_all(tx: AsyncConnection, person: str, *, at: datetime) -> int:
    """End every session of a person; how many there were."""
    change = sessions.update().where(sessions.c.person == person, sessions.c.ended_at.is_(None), sessions.c.until > at)
    return (await tx.execute(change.values(ended_at=at))).rowcount


def _alive(at: datetime, idle: timedelta) -> tuple[ColumnElement[bool], ...]:
    return sessions.c.until > at, sessions.c.seen_at > at - idle, sessions.c.ended_at.is_(None)


async def make_link(tx: AsyncConnection, *, person: str, at: datetime, leads_to: str = "") -> str:
    """A fresh one-time token for a person; those before it that nobody used open nothing any more."""
    token = secrets.token_urlsafe(24)
    await drop_links(tx, person)
    row = {"token_sha256": digest(token), "person": person, "leads_to": leads_to, "until": at + LINK_LIFETIME}
    await tx.execute(sign_in_links.insert(), row)
    return token


async def drop_links(tx: AsyncConnection, person: str) -> None:
    """Make every link of a person worthless that nobody has used."""
    await tx.execute(delete(sign_in_links).where(sign_in_links.c.person == person))


async def is_link(c: AsyncConnection, token: str, *, at: datetime) -> bool:
    """Whether a one-time token would sign somebody in; asking uses nothing up."""
    found = await c.scalar(select(sign_in_links.c.until).where(sign_in_links.c.token_sha256 == digest(token)))
    return found is not None and found > at


async def use_link(tx: AsyncConnection, token: str, *, at: datetime) -> OpenedLink | None:
    """Whom a one-time token signs in; it does so once."""
    mine = sign_in_links.c.token_sha256 == digest(token)
    query = select(sign_in_links.c.person, sign_in_links.c.leads_to, sign_in_links.c.until).where(mine)
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None
    gone = await tx.execute(delete(sign_in_links).where(mine))
    return OpenedLink(row.person, row.leads_to) if gone.rowcount and row.until > at else None


def digest(secret: str) -> str:
    """How a secret is kept: nobody gets it back from this."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
