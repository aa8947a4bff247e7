"""The journal: entries are added and read, never changed. Each incident has a chain of its own, and so has the desk."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from pydantic import JsonValue
from sqlalchemy import Connection, Row, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import GENESIS, JournalEntry, JournalKind, seal, sealed
from records.plain_rows import execute_each
from records.schema import journal
from records.statements import as_list, hold, hold_all, listed

_INSERT = journal.insert()
_FIELDS = [column for column in journal.c if column.name != "key"]
_OF_CHAIN = journal.c.incident == bindparam("of_incident")
_BY_KEY = select(*_FIELDS).where(_OF_CHAIN, journal.c.key == bindparam("of_key"))
_HEAD = select(*_FIELDS).where(_OF_CHAIN).order_by(journal.c.seq.desc()).limit(1)
_LATER = journal.alias("later")
_LAST = select(func.max(_LATER.c.seq)).where(_LATER.c.incident == bindparam("of_incident")).scalar_subquery()
_SAME_AND_END = select(journal.c.seq, journal.c.hash, journal.c.key).where(
    _OF_CHAIN, (journal.c.key == bindparam("of_key")) | (journal.c.seq == _LAST)
)
_AFTER = select(*_FIELDS).where(_OF_CHAIN, journal.c.seq > bindparam("after")).order_by(journal.c.seq)
_OF_KINDS = _AFTER.where(journal.c.kind.in_(bindparam("kinds", expanding=True)))
"""Made once: to make a statement takes longer than to carry it out, and these are carried out for every fact."""


async def append(  # noqa: PLR0913 - what an entry holds, and its key
    tx: AsyncConnection,
    *,
    incident: str,
    at: datetime,
    actor: str,
    kind: JournalKind,
    data: dict[str, JsonValue],
    key: str,
) -> JournalEntry:
    """Add an entry at the end of the chain of `incident` (or `leerp.journal.DESK`).

    `key` names the fact: a second append with the same key writes nothing and returns the first entry.
    """
    await hold(tx, f"journal/{incident}")
    found = (await tx.execute(_SAME_AND_END, {"of_incident": incident, "of_key": key})).all()
    if any(row.key == key for row in found):
        return _entry((await tx.execute(_BY_KEY, {"of_incident": incident, "of_key": key})).one())
    last = found[0] if found else None
    entry = seal(
        seq=last.seq + 1 if last else 1,
        incident=incident,
        at=at,
        actor=actor,
        kind=kind,
        data=data,
        prev=last.hash if last else GENESIS,
    )
    await tx.execute(journal.insert(), {**entry.model_dump(), "key": key})
    return entry


class Draft(NamedTuple):
    """An entry that is still to be written: what happened, and the key that names the fact."""

    kind: JournalKind
    data: dict[str, JsonValue]
    key: str


class Due(NamedTuple):
    """A draft with its chain, and when and by whom it happened. `new`: nobody can have written that fact before."""

    incident: str
    at: datetime
    actor: str
    draft: Draft
    new: bool = False


async def append_all(
    tx: AsyncConnection, drafts: Sequence[Draft], *, incident: str, at: datetime, actor: str
) -> list[JournalEntry]:
    """Add many entries at the end of one chain, in their order; returned are those that were not there before.

    It is `append` for each of them in a few statements.
    """
    return await tx.run_sync(append_due, [Due(incident, at, actor, draft) for draft in drafts])


def append_due(connection: Connection, due: Sequence[Due]) -> list[JournalEntry]:
    """Add many entries at the ends of many chains, in their order; returned are those that were not there before."""
    return [JournalEntry.model_validate(row) for row in write_due(connection, due)]


def write_due(connection: Connection, due: Sequence[Due]) -> list[dict[str, object]]:
    """The same for whoever needs no more of them than their rows."""
    chains = {one.incident for one in due}
    hold_all(connection, [f"journal/{incident}" for incident in chains])
    ends = _ends(connection, chains)
    known = _known(connection, [one for one in due if not one.new and one.incident in ends])
    rows: list[dict[str, object]] = []
    for incident, at, actor, draft, _ in due:
        if (incident, draft.key) in known:
            continue
        known.add((incident, draft.key))
        seq, prev = ends.get(incident, (0, GENESIS))
        sealed_one = sealed(
            seq=seq + 1, incident=incident, at=at, actor=actor, kind=draft.kind, data=draft.data, prev=prev
        )
        ends[incident] = (seq + 1, str(sealed_one["hash"]))
        rows.append({**sealed_one, "kind": draft.kind, "key": draft.key})
    execute_each(connection, _INSERT, rows)
    return rows


def _ends(connection: Connection, chains: Collection[str]) -> dict[str, tuple[int, str]]:
    """The number and the hash of the last entry of each chain that has one."""
    found = connection.execute(_ends_of(connection.dialect.name), {"chains": as_list(chains)})
    return {row.incident: (row.seq, row.hash) for row in found}


@cache
def _ends_of(dialect: str) -> Select[tuple[str, int, str]]:
    """One step into the index for each chain, however long that is."""
    asked, entry = listed(dialect, "chains"), journal.alias()
    last = select(func.max(entry.c.seq)).where(entry.c.incident == asked.c.value).scalar_subquery()
    same = (journal.c.incident == asked.c.value) & (journal.c.seq == last)
    return select(journal.c.incident, journal.c.seq, journal.c.hash).select_from(asked.join(journal, same))


def _known(connection: Connection, due: Sequence[Due]) -> set[tuple[str, str]]:
    """Which of these facts stand in their chains already."""
    keys: dict[str, list[str]] = {}
    for one in due:
        keys.setdefault(one.incident, []).append(one.draft.key)
    query = _known_of(connection.dialect.name)
    found: set[tuple[str, str]] = set()
    for incident, wanted in keys.items():
        given = {"of_incident": incident, "keys": as_list(wanted)}
        found.update((incident, row.key) for row in connection.execute(query, given))
    return found


@cache
def _known_of(dialect: str) -> Select[tuple[str]]:
    asked = select(listed(dialect, "keys").c.value)
    return select(journal.c.key).where(_OF_CHAIN, journal.c.key.in_(asked))


async def entries(
    c: AsyncConnection,
    incident: str,
    *,
    after: int = 0,
    limit: int | None = None,
    kinds: Collection[JournalKind] | None = None,
) -> list[JournalEntry]:
    """The entries after seq `after` in order, at most `limit`, of the given kinds only if there are any given."""
    if kinds is not None and _is_known_to_have_none(c, incident, kinds):
        return []
    values: dict[str, object] = {"of_incident": incident, "after": after}
    query = _AFTER
    if kinds is not None:
        query, values["kinds"] = _OF_KINDS, sorted(kinds)
    return [_entry(row) for row in await c.execute(query.limit(limit) if limit is not None else query, values)]


@asynccontextmanager
async def remembering_kinds(c: AsyncConnection, incident: str) -> AsyncIterator[None]:
    """While the block lasts, entries of kinds that this chain has none of are not asked for on this connection.

    For a read, which sees one moment of the database: a view asks for twenty sets of kinds, and most are empty.
    Within such a block, another one for the same chain asks nothing.
    """
    known = _PRESENT.get()
    if known is not None and known[0] is c and known[1] == incident:
        yield
        return
    query = select(journal.c.kind).where(journal.c.incident == incident).distinct()
    token = _PRESENT.set((c, incident, frozenset(await c.scalars(query))))
    try:
        yield
    finally:
        _PRESENT.reset(token)


_PRESENT: ContextVar[tuple[AsyncConnection, str, frozenset[JournalKind]] | None] = ContextVar("present", default=None)


def _is_known_to_have_none(c: AsyncConnection, incident: str, kinds: Collection[JournalKind]) -> bool:
    known = _PRESENT.get()
    return known is not None and known[0] is c and known[1] == incident and known[2].isdisjoint(kinds)


async def of_kinds(c: AsyncConnection, kinds: Collection[JournalKind]) -> list[JournalEntry]:
    """The entries of these kinds in all chains, each chain in order. It reads the whole journal: not for every page."""
    query = select(*_FIELDS).where(journal.c.kind.in_(sorted(kinds)))
    return [_entry(row) for row in await c.execute(query.order_by(journal.c.incident, journal.c.seq))]


async def head(c: AsyncConnection, incident: str) -> JournalEntry | None:
    """The last entry of a chain; None when nothing has happened yet."""
    return await _one(c, _HEAD, {"of_incident": incident})


async def lines(c: AsyncConnection, incident: str) -> list[str]:
    """The chain as the lines of `journal.jsonl`, without line ends; `leerp.journal.verify` checks them."""
    return [entry.line for entry in await entries(c, incident)]


async def _one(c: AsyncConnection, query: Select[Any], values: Mapping[str, str]) -> JournalEntry | None:
    row = (await c.execute(query, values)).one_or_none()
    return _entry(row) if row else None


def _entry(row: Row[Any]) -> JournalEntry:
    return JournalEntry.model_validate(row._asdict())
