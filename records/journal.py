"""The journal: entries are added and read, never changed. Each incident has a chain of its own, and so has the desk."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import JsonValue
from sqlalchemy import Connection, Row, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import GENESIS, JournalEntry, JournalKind, seal
from records.schema import journal
from records.statements import chunks, hold, hold_all

_FIELDS = [column for column in journal.c if column.name != "key"]
_OF_CHAIN = journal.c.incident == bindparam("of_incident")
_BY_KEY = select(*_FIELDS).where(_OF_CHAIN, journal.c.key == bindparam("of_key"))
_HEAD = select(*_FIELDS).where(_OF_CHAIN).order_by(journal.c.seq.desc()).limit(1)
_END = select(journal.c.seq, journal.c.hash).where(_OF_CHAIN).order_by(journal.c.seq.desc()).limit(1)
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
    first = await _one(tx, _BY_KEY, {"of_incident": incident, "of_key": key})
    if first:
        return first
    last = (await tx.execute(_END, {"of_incident": incident})).one_or_none()
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
    chains = sorted({one.incident for one in due})
    hold_all(connection, [f"journal/{incident}" for incident in chains])
    ends = _ends(connection, chains)
    known = _known(connection, [one for one in due if not one.new and one.incident in ends])
    rows, written = [], []
    for incident, at, actor, draft, _ in due:
        if (incident, draft.key) in known:
            continue
        known.add((incident, draft.key))
        seq, prev = ends.get(incident, (0, GENESIS))
        entry = seal(seq=seq + 1, incident=incident, at=at, actor=actor, kind=draft.kind, data=draft.data, prev=prev)
        ends[incident] = (entry.seq, entry.hash)
        written.append(entry)
        rows.append({**dict(entry), "key": draft.key})
    if rows:
        connection.execute(journal.insert(), rows)
    return written


def _ends(connection: Connection, chains: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The number and the hash of the last entry of each chain that has one."""
    found: dict[str, tuple[int, str]] = {}
    for some in chunks(chains):
        last = select(journal.c.incident, func.max(journal.c.seq).label("seq"))
        last_of = last.where(journal.c.incident.in_(some)).group_by(journal.c.incident).subquery()
        same = (journal.c.incident == last_of.c.incident) & (journal.c.seq == last_of.c.seq)
        query = select(journal.c.incident, journal.c.seq, journal.c.hash).join(last_of, same)
        found.update({row.incident: (row.seq, row.hash) for row in connection.execute(query)})
    return found


def _known(connection: Connection, due: Sequence[Due]) -> set[tuple[str, str]]:
    """Which of these facts stand in their chains already."""
    keys: dict[str, list[str]] = {}
    for one in due:
        keys.setdefault(one.incident, []).append(one.draft.key)
    found: set[tuple[str, str]] = set()
    for incident, wanted in keys.items():
        for some in chunks(wanted):
            query = select(journal.c.key).where(journal.c.incident == incident, journal.c.key.in_(some))
            found.update((incident, key) for key in connection.scalars(query))
    return found


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
    query = select(*_FIELDS).where(journal.c.incident == incident, journal.c.seq > after)
    if kinds is not None:
        query = query.where(journal.c.kind.in_(sorted(kinds)))
    return [_entry(row) for row in await c.execute(query.order_by(journal.c.seq).limit(limit))]


@asynccontextmanager
async def remembering_kinds(c: AsyncConnection, incident: str) -> AsyncIterator[None]:
    """While the block lasts, entries of kinds that this chain has none of are not asked for on this connection.

    For a read, which sees one moment of the database: a view asks for twenty sets of kinds, and most are empty.
    """
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
