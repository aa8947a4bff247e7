"""The journal: entries are added and read, never changed. Each incident has a chain of its own, and so has the desk."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import JsonValue
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import GENESIS, JournalEntry, JournalKind, seal
from records.schema import journal
from records.statements import chunks, hold

_FIELDS = [column for column in journal.c if column.name != "key"]


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
    first = await _one(tx, select(*_FIELDS).where(journal.c.incident == incident, journal.c.key == key))
    if first:
        return first
    last = await head(tx, incident)
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


async def append_all(
    tx: AsyncConnection, drafts: Sequence[Draft], *, incident: str, at: datetime, actor: str
) -> list[JournalEntry]:
    """Add many entries at the end of one chain, in their order; returned are those that were not there before.

    It is `append` for each of them in a few statements.
    """
    await hold(tx, f"journal/{incident}")
    known: set[str] = set()
    for some in chunks([draft.key for draft in drafts]):
        query = select(journal.c.key).where(journal.c.incident == incident, journal.c.key.in_(some))
        known.update(await tx.scalars(query))
    last = await head(tx, incident)
    seq, prev = (last.seq, last.hash) if last else (0, GENESIS)
    rows, written = [], []
    for draft in drafts:
        if draft.key in known:
            continue
        known.add(draft.key)
        seq += 1
        entry = seal(seq=seq, incident=incident, at=at, actor=actor, kind=draft.kind, data=draft.data, prev=prev)
        prev = entry.hash
        written.append(entry)
        rows.append({**entry.model_dump(), "key": draft.key})
    if rows:
        await tx.execute(journal.insert(), rows)
    return written


async def entries(
    c: AsyncConnection,
    incident: str,
    *,
    after: int = 0,
    limit: int | None = None,
    kinds: Collection[JournalKind] | None = None,
) -> list[JournalEntry]:
    """The entries after seq `after` in order, at most `limit`, of the given kinds only if there are any given."""
    query = select(*_FIELDS).where(journal.c.incident == incident, journal.c.seq > after)
    if kinds is not None:
        query = query.where(journal.c.kind.in_(sorted(kinds)))
    return [_entry(row) for row in await c.execute(query.order_by(journal.c.seq).limit(limit))]


async def of_kinds(c: AsyncConnection, kinds: Collection[JournalKind]) -> list[JournalEntry]:
    """The entries of these kinds in all chains, each chain in order. It reads the whole journal: not for every page."""
    query = select(*_FIELDS).where(journal.c.kind.in_(sorted(kinds)))
    return [_entry(row) for row in await c.execute(query.order_by(journal.c.incident, journal.c.seq))]


async def head(c: AsyncConnection, incident: str) -> JournalEntry | None:
    """The last entry of a chain; None when nothing has happened yet."""
    query = select(*_FIELDS).where(journal.c.incident == incident)
    return await _one(c, query.order_by(journal.c.seq.desc()).limit(1))


async def lines(c: AsyncConnection, incident: str) -> list[str]:
    """The chain as the lines of `journal.jsonl`, without line ends; `leerp.journal.verify` checks them."""
    return [entry.line for entry in await entries(c, incident)]


async def _one(c: AsyncConnection, query: Any) -> JournalEntry | None:  # noqa: ANN401 - a select of the fields
    row = (await c.execute(query)).one_or_none()
    return _entry(row) if row else None


def _entry(row: Row[Any]) -> JournalEntry:
    return JournalEntry.model_validate(row._asdict())
