"""The pool: what different owners hold of the same. Found by one statement, told by counts; values stay where they are.

A hit joins a contribution with a contribution or a report. Reports among themselves are joined at intake, by the
incident they go to.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.hits import Meeting
from leerp.notices import Mode
from records.columns import UtcText
from records.schema import hits
from records.schema import sightings as seen
from records.sightings import CONTRIBUTION
from records.statements import POSTGRESQL, chunks, hold, insert_selected


async def match(tx: AsyncConnection, item: str, *, mode: Mode, at: datetime) -> list[Meeting]:
    """Find what an item shares with items of other owners in all incidents of its mode, and store each hit once.

    What is silent makes none, and neither does what nobody has judged yet. Returns everything this item stands in, also
    what was found before, from either side.
    """
    await hold(tx, f"pool/{mode}")  # two that meet each other must not each insert half of what both insert
    await insert_selected(tx, hits, _shared(item, at=at))
    return await _meetings(tx, or_(hits.c.first == item, hits.c.second == item))


async def meeting(c: AsyncConnection, items: Collection[str]) -> set[str]:
    """Which of several items `match` would return anything for."""
    mine, theirs = seen.alias("mine"), seen.alias("theirs")
    found: set[str] = set()
    for some in chunks(sorted(items)):
        sharing = (
            select(mine.c.item).select_from(_joined(mine, theirs)).where(mine.c.item.in_(some), *_meets(mine, theirs))
        )
        found.update(await c.scalars(sharing.distinct()))
        for side in (hits.c.first, hits.c.second):
            found.update(await c.scalars(select(side).where(side.in_(some)).distinct()))
    return found


def _shared(item: str, *, at: datetime) -> Select[Any]:
    """One row for each hit, in the columns of `hits`: whoever's id is smaller stands first, from whichever side."""
    mine, theirs = seen.alias("mine"), seen.alias("theirs")
    mine_first = mine.c.item < theirs.c.item

    def pair(column: str) -> tuple[Any, Any]:
        ours, others = mine.c[column], theirs.c[column]
        return case((mine_first, ours), else_=others), case((mine_first, others), else_=ours)

    items, owners, places = pair("item"), pair("owner"), pair("incident")
    columns = (*items, mine.c.digest, mine.c.observable, *owners, *places, literal(at, UtcText))
    return select(*columns).select_from(_joined(mine, theirs)).where(mine.c.item == item, *_meets(mine, theirs))


def _joined(mine: FromClause, theirs: FromClause) -> FromClause:
    return mine.join(theirs, (mine.c.digest == theirs.c.digest) & (mine.c.mode == theirs.c.mode))


def _meets(mine: FromClause, theirs: FromClause) -> tuple[ColumnElement[bool], ...]:
    """What makes a hit of two that hold the same."""
    return (
        mine.c.silent == "",
        or_(theirs.c.silent.is_(None), theirs.c.silent == ""),
        theirs.c.owner != mine.c.owner,
        or_(mine.c.origin == CONTRIBUTION, theirs.c.origin == CONTRIBUTION),
    )


async def meetings(c: AsyncConnection, reference: str) -> list[Meeting]:
    """Which items meet, where one of them belongs to this incident, in the order in which they were found."""
    return await _meetings(c, _of_incident(reference))


def _of_incident(reference: str) -> ColumnElement[bool]:
    return or_(hits.c.first_incident == reference, hits.c.second_incident == reference)


async def _meetings(c: AsyncConnection, which: ColumnElement[bool]) -> list[Meeting]:
    """Hits, counted by the engine: there may be many thousands between two items."""
    names = ("first", "second", "first_owner", "second_owner", "first_incident", "second_incident")
    fixed = [hits.c[name] for name in names]
    place = func.strpos if c.dialect.name == POSTGRESQL else func.instr
    kind = func.substr(hits.c.observable, 1, place(hits.c.observable, ":") - 1).label("kind")
    counted = (func.count().label("times"), func.min(hits.c.at).label("found_at"))
    rows = await c.execute(select(*fixed, kind, *counted).where(which).group_by(*fixed, kind).order_by(*fixed, kind))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault((row.first, row.second), {name: getattr(row, name) for name in names} | {"kinds": {}})
        one["kinds"][row.kind] = row.times
        one["at"] = min(one.get("at", row.found_at), row.found_at)
    return sorted(map(Meeting.model_validate, found.values()), key=lambda one: (one.at, one.first, one.second))


async def hits_per_item(c: AsyncConnection, reference: str) -> dict[str, int]:
    """In how many hits each item stands, of those that concern this incident."""
    counts: dict[str, int] = {}
    for column in (hits.c.first, hits.c.second):
        rows = await c.execute(select(column, func.count()).where(_of_incident(reference)).group_by(column))
        for item, times in rows:
            counts[item] = counts.get(item, 0) + times
    return counts


async def shared(c: AsyncConnection, first: str, second: str, *, limit: int) -> list[str]:
    """The `kind:value` that two items share, sorted, at most `limit`."""
    query = select(hits.c.observable).where(hits.c.first == first, hits.c.second == second)
    return list(await c.scalars(query.order_by(hits.c.observable).limit(limit)))
