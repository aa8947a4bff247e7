"""Showing what was found of what the centre holds: read again with its marking, and only what the searcher may see."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.marking import Marking, join_all
from leerp.search_passages import around, flat, whole
from leerp.search_terms import Wanted, digest_in
from leerp.search_things import thing_name
from leerp.searching import Found, Passage, Searcher, SearchKind
from records.schema import sightings
from records.schema_searching import search_parts
from records.search_matching import Match
from records.statements import chunks

_FIELDS = [search_parts.c[name] for name in ("thing", "level", "incident", "at", "marking", "title", "text")]
_HEADS = [search_parts.c[name] for name in ("thing", "level", "incident", "at", "marking")]


async def shown(c: AsyncConnection, page: Sequence[Match], wanted: Sequence[Wanted], searcher: Searcher) -> list[Found]:
    """One page, in its order."""
    things = [thing_name(one.kind, one.id) for one in page if one.kind is not SearchKind.OBSERVABLE]
    parts = await _parts(c, things, searcher, _FIELDS)
    holders = await _parts(c, {thing for one in page for thing in one.held_by}, searcher, _HEADS)
    values = await _long_values(c, [one.id for one in page])
    found = []
    for one in page:
        if one.kind is SearchKind.OBSERVABLE:
            held = [part for thing in one.held_by for part in holders.get(thing, [])]
            found += [_observable(one, held, values.get(one.id, one.id))] if held else []
        elif thing_name(one.kind, one.id) in parts:
            found.append(_thing(one, parts[thing_name(one.kind, one.id)], wanted))
    return found


async def _parts(
    c: AsyncConnection, things: Iterable[str], searcher: Searcher, fields: Sequence[Any]
) -> dict[str, list[Row[Any]]]:
    """What the searcher may see of these things, by level; the marking is asked once more."""
    found: dict[str, list[Row[Any]]] = {}
    levels = searcher.levels
    for some in chunks(sorted(things)):
        query = select(*fields).where(search_parts.c.thing.in_(some), search_parts.c.level.in_(levels))
        for row in await c.execute(query):
            if searcher.may_read(row.marking):
                found.setdefault(row.thing, []).append(row)
    return {thing: sorted(rows, key=lambda row: levels.index(row.level)) for thing, rows in found.items()}


def _thing(one: Match, parts: Sequence[Row[Any]], wanted: Sequence[Wanted]) -> Found:
    title = " ".join(part.title for part in parts if part.title)
    passages = [passage for part in parts if (passage := around(part.text, wanted))]
    return Found(
        kind=one.kind,
        id=one.id,
        incident=parts[0].incident,
        at=parts[0].at,
        title=whole(title[:_LONGEST_TITLE], wanted) if title else None,
        snippet=_best(passages),
        marking=_banner(parts),
        why=one.why,
    )


_LONGEST_TITLE = 1_000


def _best(passages: Sequence[Passage]) -> Passage | None:
    """The first piece with a word in it, or the first one."""
    return next((passage for passage in passages if passage.marks), passages[0] if passages else None)


def _observable(one: Match, held: Sequence[Row[Any]], named: str) -> Found:
    newest = held[0]
    return Found(
        kind=one.kind,
        id=flat(named),
        incident=newest.incident,
        at=newest.at,
        title=Passage(text=flat(named.partition(":")[2])),
        marking=_banner(held),
        why=one.why,
        holders=one.holders,
        held_by=tuple(dict.fromkeys(part.thing[2:] for part in held)),
    )


def _banner(parts: Sequence[Row[Any]]) -> str:
    markings: list[Marking] = [part.marking for part in parts]
    return join_all(markings).banner


async def _long_values(c: AsyncConnection, identifiers: Iterable[str]) -> dict[str, str]:
    """The values of observables that the index names by a digest."""
    digests = {digest: one for one in identifiers if (digest := digest_in(one))}
    found: dict[str, str] = {}
    for digest, one in sorted(digests.items()):
        query = select(sightings.c.observable).where(sightings.c.digest == digest).limit(1)
        found[one] = await c.scalar(query) or one.partition(":")[0] + ":"
    return found
