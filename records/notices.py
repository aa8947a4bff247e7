"""Notices as drafted: whole, with the readers chosen for them. Who got what of one is in the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.incidents import NoticeView
from leerp.notices import Notice, NoticeKind, PrivatePartyGround
from leerp.search_things import of_notice
from records import ledger, search_filling
from records.schema import notices
from records.statements import insert_once

_NAMED = notices.c.id == bindparam("of_notice")
_ONE = select(notices).where(_NAMED)
_AUDIENCE = select(notices.c.audience).where(_NAMED)
_OF_KIND = (
    select(notices.c.id)
    .where(notices.c.incident == bindparam("of_incident"), notices.c.kind == bindparam("of_kind"))
    .order_by(notices.c.issued_at.desc(), notices.c.id.desc())
)


async def save(
    tx: AsyncConnection, notice: Notice, *, audience: Sequence[str], directory_version: str, at: datetime
) -> None:
    """Keep a drafted notice and the ids of its readers; a notice that was saved before stays as it was."""
    row = {
        "id": notice.id,
        "incident": notice.incident,
        "kind": notice.kind,
        "marking": notice.marking.banner,
        "issued_at": notice.issued_at,
        "notice": notice,
        "audience": tuple(audience),
        "directory_version": directory_version,
        "saved_at": at,
        "restrictions_read": notice.restrictions_read,
    }
    known = await tx.scalar(select(notices.c.id).where(notices.c.id == notice.id))
    await insert_once(tx, notices, [row])
    if known is None:
        await search_filling.add(tx, of_notice(notice))


async def get(c: AsyncConnection, identifier: str) -> Notice:
    """The notice, with `restrictions_read` as its release left it; raises BadInputError when there is none."""
    row = await _one(c, identifier)
    notice: Notice = row.notice
    return notice.model_copy(update={"restrictions_read": row.restrictions_read})


async def audience(c: AsyncConnection, identifier: str) -> tuple[str, ...]:
    """The ids of the readers chosen when it was drafted; raises BadInputError when there is no such notice."""
    chosen: tuple[str, ...] = (await _one(c, identifier, _AUDIENCE)).audience
    return chosen


async def of_kind(c: AsyncConnection, reference: str, kind: NoticeKind) -> list[str]:
    """The ids of the notices of a kind of an incident, the newest first."""
    return [*await c.scalars(_OF_KIND, {"of_incident": reference, "of_kind": kind})]


async def release(
    tx: AsyncConnection,
    identifier: str,
    *,
    at: datetime,
    by: str,
    restrictions_read: bool,
    ground: PrivatePartyGround | None = None,
) -> None:
    """Mark a notice as released; the first release stands. Raises BadInputError when there is no such notice.

    `ground`: on what ground private parties get the personal data in it.
    """
    row = await _one(tx, identifier)
    notice: Notice = row.notice
    changes = {
        "released_at": at,
        "released_by": by,
        "restrictions_read": restrictions_read or row.restrictions_read,
        "notice": notice.model_copy(update={"personal_data_ground": ground}),
    }
    unreleased = (notices.c.id == identifier, notices.c.released_at.is_(None))
    await tx.execute(notices.update().where(*unreleased).values(changes))


async def of_incident(c: AsyncConnection, reference: str) -> list[NoticeView]:
    """The notices of an incident with their sums, in the order of issue."""
    sums = await ledger.sums_of_incident(c, reference)
    shown: tuple[Any, ...] = (
        notices.c.id,
        notices.c.kind,
        notices.c.marking,
        notices.c.issued_at,
        notices.c.released_at,
    )
    query = select(*shown).where(notices.c.incident == reference).order_by(notices.c.issued_at, notices.c.id)
    return [_view(row, sums.get(row.id, ledger.Sums())) for row in await c.execute(query)]


def _view(row: Row[*tuple[Any, ...]], sums: ledger.Sums) -> NoticeView:
    return NoticeView(
        id=row.id,
        kind=row.kind,
        marking=row.marking,
        issued_at=row.issued_at,
        released=row.released_at is not None,
        **dict(sums),
    )


async def _one(c: AsyncConnection, identifier: str, query: Select[Any] = _ONE) -> Row[Any]:
    row: Row[Any] | None = (await c.execute(query, {"of_notice": identifier})).one_or_none()
    if row is None:
        raise BadInputError(f"there is no notice {identifier!r}; `leerp incident show` names those of an incident")
    return row
