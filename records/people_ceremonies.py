"""What the desk remembers between the two halves of a ceremony: a challenge, a nonce. Each is used once, and soon."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from records.schema_people import ceremonies
from records.sessions import digest

LIFETIME = timedelta(minutes=10)


class Ceremony(NamedTuple):
    """What was begun: for whom, if that is known, and what has to come back."""

    person: str | None
    data: dict[str, JsonValue]


async def begin(
    tx: AsyncConnection, kind: str, *, data: dict[str, JsonValue], at: datetime, person: str | None = None
) -> str:
    """Begin a ceremony; the token that whoever began it keeps. What is over is thrown away."""
    token = secrets.token_urlsafe(32)
    await tx.execute(delete(ceremonies).where(ceremonies.c.until < at))
    row = {"token_sha256": digest(token), "kind": kind, "person": person, "data": data, "until": at + LIFETIME}
    await tx.execute(ceremonies.insert(), row)
    return token


async def take(
    tx: AsyncConnection, kind: str, token: str, *, at: datetime, person: str | None = None
) -> Ceremony | None:
    """What was begun with this token, once; None when there is nothing, it is too old, or it is somebody else's."""
    mine = (ceremonies.c.token_sha256 == digest(token), ceremonies.c.kind == kind)
    row = (await tx.execute(select(ceremonies).where(*mine))).one_or_none()
    if row is None or row.person != person:
        return None
    gone = await tx.execute(delete(ceremonies).where(*mine))
    return Ceremony(row.person, row.data) if gone.rowcount and row.until > at else None


async def look(c: AsyncConnection, kind: str, token: str, *, at: datetime, person: str) -> Ceremony | None:
    """What was begun with this token, and stays begun: for what a person may have to try again."""
    mine = (ceremonies.c.token_sha256 == digest(token), ceremonies.c.kind == kind, ceremonies.c.person == person)
    row = (await c.execute(select(ceremonies).where(*mine, ceremonies.c.until > at))).one_or_none()
    return Ceremony(row.person, row.data) if row else None
