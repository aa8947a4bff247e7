"""Rows of the index: where the words of a query stand, on the shelves that a searcher may see and nowhere else.

Each shelf is walked by itself and in its own order, so what stands on another one changes neither what is found nor
where looking ends.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Integer,
    String,
    Text,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.search_terms import NEXT, WORD, Wanted
from leerp.searching import MOST_ROWS, SearchKind
from records.schema_searching import TERM, search_parts, search_terms
from records.statements import POSTGRESQL

_T = search_terms.c
_FIELDS = (_T.thing, _T.term, _T.place, _T.age)
_VALUES = "=<>"


class Shown(NamedTuple):
    """What a search may look at. `shelves`: those of the searcher's levels. `only`: what else must hold of a row."""

    shelves: tuple[int, ...]
    only: tuple[ColumnElement[bool], ...]


class Place(NamedTuple):
    """One place of one word."""

    thing: str
    term: str
    place: int
    age: int


class Places(NamedTuple):
    """The places of a word, the best kind of match first. `cut`: there are more than were looked at."""

    rows: list[Place]
    cut: bool


def closed_to(c: AsyncConnection, references: Iterable[str]) -> ColumnElement[bool]:
    """That a thing does not belong to one of these incidents, however many they are."""
    listed = json.dumps(sorted(references))
    if c.dialect.name == POSTGRESQL:
        names = select(func.jsonb_array_elements_text(cast(literal(listed, Text), JSONB)).column_valued("name"))
    else:
        names = select(func.json_each(listed).table_valued("value").c.value)
    return _T.thing.not_in(select(search_parts.c.thing).where(search_parts.c.incident.in_(names)))


def of_incident(reference: str) -> ColumnElement[bool]:
    """That a thing belongs to an incident."""
    return _T.thing.in_(select(search_parts.c.thing).where(search_parts.c.incident == reference))


def of_kinds(kinds: Iterable[SearchKind]) -> ColumnElement[bool]:
    """That a thing is of one of these kinds, or an observable stands there if these are asked for."""
    letters = sorted({kind.value[0] for kind in kinds if kind is not SearchKind.OBSERVABLE})
    named = func.substr(_T.thing, 1, 1, type_=String).in_(letters)
    if SearchKind.OBSERVABLE not in kinds:
        return named
    return or_(named, func.substr(_T.term, 1, 1, type_=String).in_(list(_VALUES)))


async def places(c: AsyncConnection, wanted: Wanted, shown: Shown) -> Places:
    """Where a word stands: what is exactly it first, the newest of that first; then values; then longer words."""
    rows: list[Place] = []
    for first, end in _steps(wanted):
        if len(rows) <= MOST_ROWS:
            rows += await _range(c, first, end, shown, most=MOST_ROWS + 1 - len(rows))
    return Places(rows[:MOST_ROWS], cut=len(rows) > MOST_ROWS)


def _steps(wanted: Wanted) -> Iterator[tuple[str, str]]:
    words = [one for one in wanted.ranges if one.why == WORD]
    yield from ((one.whole, one.whole + NEXT) for one in words)
    yield from ((one.first, one.end) for one in wanted.ranges if one.why != WORD)
    yield from ((one.whole + NEXT, one.end) for one in words if one.end > one.whole + NEXT)


async def _range(c: AsyncConnection, first: str, end: str, shown: Shown, *, most: int) -> list[Place]:
    """The rows between two terms, the newest of each term first, of all shelves that may be seen."""
    if not shown.shelves:
        return []
    shelves = {f"shelf_{number}": shelf for number, shelf in enumerate(shown.shelves)}
    query = _walk(len(shelves)) if not shown.only else _walk_of(len(shelves), shown.only)
    found = await c.execute(query, {"first": first, "end": end, "most": most, **shelves})
    return [Place(*row) for row in found.all()]


def _walk_of(shelves: int, only: Sequence[ColumnElement[bool]]) -> Executable:
    """Each shelf in its own order, and together no more than `most`; made once where nothing else is asked."""
    order = (_T.term, _T.age, _T.thing)
    between = (_T.term >= bindparam("first", type_=TERM), _T.term < bindparam("end", type_=TERM), *only)
    most: BindParameter[int] = bindparam("most", type_=Integer())
    walks = [
        select(*_FIELDS)
        .where(_T.shelf == bindparam(f"shelf_{number}", type_=Integer()), *between)
        .order_by(*order)
        .limit(most)
        for number in range(shelves)
    ]
    if len(walks) == 1:
        return walks[0]
    return union_all(*(select(walk.subquery()) for walk in walks)).order_by("term", "age", "thing").limit(most)


@cache
def _walk(shelves: int) -> Executable:
    return _walk_of(shelves, ())


async def also(c: AsyncConnection, wanted: Wanted, things: Sequence[str], shown: Shown) -> list[Place]:
    """The places of a word in these things alone: for a word that stands in too many others."""
    rows: list[Place] = []
    fixed = {"shelves": list(shown.shelves), "things": list(things)}  # never more than MOST_ROWS
    for one in wanted.ranges:
        found = await c.execute(_OF_THINGS, {"first": one.first, "end": one.end, **fixed})
        rows += [Place(*row) for row in found.all()]
    return rows


# Nothing is added to the shelf; it only keeps the engines from walking along the shelves, where the word is common.
_OF_THINGS = select(*_FIELDS).where(
    _T.thing.in_(bindparam("things", expanding=True)),
    _T.term >= bindparam("first", type_=TERM),
    _T.term < bindparam("end", type_=TERM),
    (_T.shelf + 0).in_(bindparam("shelves", expanding=True)),
)
