"""Putting into the index what was stored before there was one, or all of it anew: in batches, so that nobody waits.

While it is put in anew, everything stays to be found: each thing takes its own place in one transaction.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, Text, func, literal, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.search_things import of_contribution, of_notice, of_report, thing_name
from leerp.searching import SearchKind
from records import search_filling, search_standing
from records.schema import contributions, incidents, notices, reports
from records.schema_searching import search_parts
from records.statements import hold
from records.store import Store

BATCH = 50
BATCH_CHARACTERS = 100_000
"""A batch ends with the thing that reaches either."""


class _Source(NamedTuple):
    """A table of things. `content`: the column that says how large one is. `put`: how some of them are put in."""

    kind: SearchKind
    key: Column[str]
    content: Column[Any]
    put: Callable[[AsyncConnection, Sequence[str]], Awaitable[None]]


async def fill(store: Store, *, anew: bool = False, told: Callable[[int], None] | None = None) -> int:
    """Put in what is not there, or with `anew` everything; return how many things were put in.

    `told`: is given the number so far after each batch. It may be broken off at any moment, and run by several
    processes at once. Raises ServiceMissingError as a store does.
    """
    done = 0
    for source in _SOURCES:
        after = ""
        while batch := await _batch(store, source, after=after, anew=anew):
            after = batch[-1]
            done += len(batch)
            if told:
                told(done)
    return done


async def _batch(store: Store, source: _Source, *, after: str, anew: bool) -> list[str]:
    """Put the next ones in; their ids, none at the end."""
    async with store.reading() as c:
        if not await _next(c, source, after=after, anew=anew):
            return []
    async with store.writing() as tx:
        await hold(tx, "search/filling")
        batch = await _next(tx, source, after=after, anew=anew)
        await source.put(tx, batch)
        return batch


async def _next(c: AsyncConnection, source: _Source, *, after: str, anew: bool) -> list[str]:
    size = func.length(type_coerce(source.content, Text)).label("size")
    query = select(source.key, size).where(source.key > after).order_by(source.key).limit(BATCH)
    if not anew:
        named = literal(thing_name(source.kind, "")) + source.key
        query = query.where(~select(search_parts.c.thing).where(search_parts.c.thing == named).exists())
    batch: list[str] = []
    characters = 0
    for row in await c.execute(query):
        if batch and characters >= BATCH_CHARACTERS:
            break
        batch.append(row[0])
        characters += row.size
    return batch


async def _reports(tx: AsyncConnection, some: Sequence[str]) -> None:
    query = select(reports).where(reports.c.id.in_(some))
    parts = [
        of_report(row.report, identifier=row.id, incident=row.incident, mode=row.mode, at=row.received_at)
        for row in await tx.execute(query)
    ]
    await tx.run_sync(search_filling.replace_all, parts)


async def _contributions(tx: AsyncConnection, some: Sequence[str]) -> None:
    query = select(contributions).where(contributions.c.id.in_(some))
    parts = [
        of_contribution(row.contribution, identifier=row.id, incident=row.incident, mode=row.mode, at=row.received_at)
        for row in await tx.execute(query)
    ]
    await tx.run_sync(search_filling.replace_all, parts)


async def _notices(tx: AsyncConnection, some: Sequence[str]) -> None:
    query = select(notices.c.notice).where(notices.c.id.in_(some))
    parts = [part for notice in await tx.scalars(query) for part in of_notice(notice)]
    await tx.run_sync(search_filling.replace_all, parts)


async def _incidents(tx: AsyncConnection, some: Sequence[str]) -> None:
    await tx.run_sync(search_standing.changed, some)


_SOURCES = (
    _Source(SearchKind.INCIDENT, incidents.c.reference, incidents.c.plan, _incidents),
    _Source(SearchKind.REPORT, reports.c.id, reports.c.report, _reports),
    _Source(SearchKind.CONTRIBUTION, contributions.c.id, contributions.c.contribution, _contributions),
    _Source(SearchKind.NOTICE, notices.c.id, notices.c.notice, _notices),
)
