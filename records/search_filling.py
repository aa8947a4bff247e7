"""Filling the index: in the transaction that stores what is found by it, so that the two always agree."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Self

from sqlalchemy import Connection, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.marking import Level
from leerp.notices import Mode
from leerp.search_terms import LAST
from leerp.search_things import Part
from records.plain_rows import Columns, written
from records.schema_searching import search_parts, search_terms
from records.statements import chunks, insert_new, insert_new_tuples

_SHELVES = {Level.PUBLIC: 1, Level.BPL: 2, Level.RESTREINT: 3, Level.CONFIDENTIEL: 4, Level.SECRET: 5}
_HIGHEST, _OF_EXERCISES = 6, 8
TERM_COLUMNS = ("shelf", "term", "age", "thing", "place")


def shelf(mode: Mode, level: Level) -> int:
    """The number of a shelf: everything of one mode and one level."""
    return _SHELVES.get(level, _HIGHEST) + (_OF_EXERCISES if mode is Mode.EXERCISE else 0)


def age(at: datetime) -> int:
    """A time as a number that is smaller the later it is."""
    return -int(at.timestamp())


async def add(tx: AsyncConnection, parts: Sequence[Part], *, may_change: bool = False) -> None:
    """Put parts in that are not there yet. `may_change`: what they are made of is noted, for `replace_all`."""
    await tx.run_sync(add_all, parts, may_change=may_change)


def add_all(connection: Connection, parts: Sequence[Part], *, may_change: bool = False) -> None:
    """`add` for a function that works over a plain connection."""
    put(connection, [written_as(one, may_change=may_change) for one in parts])


class WrittenAs(NamedTuple):
    """A part as the index has it: its row, and the rows of its terms in the order of `TERM_COLUMNS`."""

    row: Columns
    terms: list[tuple[int, str, int, str, int]]

    def of(self, incident: str) -> Self:
        """The same, belonging to an incident."""
        return self._replace(row={**self.row, "incident": incident})


def written_as(part: Part, *, may_change: bool = False) -> WrittenAs:
    """A part made ready, for which no transaction is needed. `may_change`: as in `add`."""
    row = written(search_parts, {**_row(part), "made_of": part.made_of if may_change else ""})
    fixed, age_of, thing = shelf(part.mode, part.marking.level), age(part.at), part.thing
    return WrittenAs(row, [(fixed, term, age_of, thing, int(place)) for term, place in sorted(part.terms().items())])


def put(connection: Connection, parts: Iterable[WrittenAs]) -> None:
    """Put parts in that are not there yet."""
    parts = list(parts)
    insert_new(connection, search_parts, [one.row for one in parts], is_written=True)
    insert_new_tuples(connection, search_terms, TERM_COLUMNS, [row for one in parts for row in one.terms])


def replace_all(connection: Connection, parts: Sequence[Part], *, gone: Collection[str] = ()) -> None:
    """Put parts in, each in the place of what there was of its thing; what has not changed is left.

    `gone`: the names of things that are no more.
    """
    wanted: dict[str, list[Part]] = {}
    for one in parts:
        wanted.setdefault(one.thing, []).append(one)
    stands = _made_of(connection, [*wanted, *gone])
    changed = [thing for thing in wanted if stands.get(thing, set()) != {one.made_of for one in wanted[thing]}]
    for some in chunks([thing for thing in (*changed, *gone) if thing in stands]):
        connection.execute(delete(search_terms).where(search_terms.c.thing.in_(some)))
        connection.execute(delete(search_parts).where(search_parts.c.thing.in_(some)))
    add_all(connection, [one for thing in changed for one in wanted[thing]], may_change=True)


async def move(tx: AsyncConnection, things: Collection[str], incident: str) -> None:
    """Say of things that they belong to another incident now."""
    for some in chunks(sorted(things)):
        await tx.execute(search_parts.update().where(search_parts.c.thing.in_(some)).values(incident=incident))


def names(connection: Connection, *, beginning: str) -> set[str]:
    """The names of the things that begin so."""
    thing = search_parts.c.thing
    return set(connection.scalars(select(thing).where(thing >= beginning, thing < beginning + LAST)))


def _made_of(connection: Connection, things: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for some in chunks(things):
        query = select(search_parts.c.thing, search_parts.c.made_of).where(search_parts.c.thing.in_(some))
        for row in connection.execute(query):
            found.setdefault(row.thing, set()).add(row.made_of)
    return found


def _row(part: Part) -> dict[str, object]:
    return {
        "thing": part.thing,
        "level": part.marking.level,
        "kind": part.kind,
        "mode": part.mode,
        "incident": part.incident,
        "at": part.at,
        "marking": part.marking,
        "title": _storable(part.title) if part.title else None,
        "text": _storable(part.text),
    }


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL in text; character for character, so that places stay what they are."""
    return text.replace("\0", " ")
