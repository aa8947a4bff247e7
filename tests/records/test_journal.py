"""The journal: appended once, chained, refused to whoever would change it, verified from a file alone."""

import asyncio
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from leerp.errors import BadInputError
from leerp.journal import DESK, GENESIS, JournalEntry, JournalKind, verify
from leerp.notices import Mode
from records import contributions, journal, pool
from records.journal import Draft
from records.store import Store
from tests.records.cast import COMPANY, LIAISON, NOON, OFFICER, REFERENCE, contribution, open_one

ROOT = Path(__file__).resolve().parents[2]


async def add(store: Store, key: str, *, incident: str = REFERENCE, note: str = "") -> JournalEntry:
    """Append one entry in a transaction of its own."""
    async with store.writing() as tx:
        return await journal.append(
            tx,
            incident=incident,
            at=NOON,
            actor=OFFICER,
            kind=JournalKind.TRIAGE_DECISION_MADE,
            data={
                "choice": "launch",
                "reason": note,
                "share": 1.0,
                "deep": {"no": None, "nul": "\0", "list": [1, 2.5]},
            },
            key=key,
        )


async def exported(store: Store, incident: str = REFERENCE) -> list[str]:
    """The lines of a chain."""
    async with store.reading() as c:
        return await journal.lines(c, incident)


async def test_a_chain_verifies_from_its_exported_lines(store: Store) -> None:
    """What was appended counts from 1, links, and verifies with nothing but the lines."""
    made = [await add(store, f"k{number}", note="é≠\N{GRINNING FACE}") for number in range(3)]
    assert [entry.seq for entry in made] == [1, 2, 3]
    assert [entry.prev for entry in made] == [GENESIS, made[0].hash, made[1].hash]
    assert verify(await exported(store)) == 3


async def test_one_changed_byte_is_found_and_placed(store: Store) -> None:
    """Any one character of an entry changed is reported with its line."""
    for number in range(3):
        await add(store, f"k{number}")
    lines = await exported(store)
    for place in range(0, len(lines[1]), 7):
        character = "x" if lines[1][place] != "x" else "y"
        changed = [lines[0], lines[1][:place] + character + lines[1][place + 1 :], lines[2]]
        with pytest.raises(BadInputError, match=r"line 2"):
            verify(changed)


async def test_the_same_key_is_one_entry(store: Store) -> None:
    """A second append with a key returns the first entry and writes nothing, whatever it says."""
    first = await add(store, "decision/1", note="first")
    again = await add(store, "decision/1", note="second")
    assert again.line == first.line
    assert len(await exported(store)) == 1


async def test_each_incident_and_the_desk_has_a_chain_of_its_own(store: Store) -> None:
    """Keys and numbers of one chain are free in another."""
    await add(store, "k")
    await add(store, "k", incident=DESK)
    assert verify(await exported(store)) == 1
    assert verify(await exported(store, DESK)) == 1


async def test_entries_are_read_in_order_after_a_number_and_by_kind(store: Store) -> None:
    """`after`, `limit` and `kinds` narrow what is read; the head is the last entry."""
    for number in range(4):
        await add(store, f"k{number}")
    async with store.reading() as c:
        some = await journal.entries(c, REFERENCE, after=1, limit=2)
        none = await journal.entries(c, REFERENCE, kinds=[JournalKind.CLOSURE_INCIDENT_CLOSED])
        last = await journal.head(c, REFERENCE)
        nobody = await journal.head(c, "LEERP-2026-0002")
    assert [entry.seq for entry in some] == [2, 3]
    assert none == []
    assert last is not None
    assert last.seq == 4
    assert nobody is None


async def _hold_something_everywhere(store: Store) -> None:
    reference = await open_one(store)
    await add(store, "k")
    async with store.writing() as tx:
        for contributor in (LIAISON, COMPANY):
            given = contribution(contributor, names=["sinkhole"])
            kept = await contributions.store(
                tx, contribution=given, raw=b"{}", received_at=NOON, incident=reference, silent={}
            )
        await pool.match(tx, kept.id, mode=Mode.ACTUAL, at=NOON)


@pytest.mark.parametrize("table", ["journal", "documents", "contributions", "hits"])
async def test_the_database_refuses_to_change_a_record_of_fact(store: Store, engine: str, table: str) -> None:
    """UPDATE and DELETE fail in the database itself, and so does TRUNCATE where there is one."""
    await _hold_something_everywhere(store)
    column = {"journal": "actor", "documents": "marking", "contributions": "mode", "hits": "observable"}[table]
    changes = [f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"]  # noqa: S608 - names of our own
    for change in [*changes, f"TRUNCATE {table} CASCADE"] if engine == "postgresql" else changes:
        with pytest.raises(DBAPIError, match=f"{table} is append-only"):
            async with store.writing() as tx:
                await tx.execute(text(change))


async def test_an_entry_cannot_be_put_in_place_of_another(store: Store, engine: str) -> None:
    """SQLite's INSERT OR REPLACE, which fires no trigger on DELETE, is refused; PostgreSQL's form is an UPDATE."""
    await add(store, "k")
    before = await exported(store)
    fields = "incident, seq, at, actor, kind, data, prev, hash, key"
    values = fields.replace("actor", "'x'")
    again = f"INTO journal ({fields}) SELECT {values} FROM journal"  # noqa: S608 - names of our own
    upsert = f"INSERT {again} ON CONFLICT (incident, seq) DO UPDATE SET actor = 'x'"
    statements = [f"INSERT OR REPLACE {again}", f"REPLACE {again}"] if engine == "sqlite" else [upsert]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"):
            async with store.writing() as tx:
                await tx.execute(text(statement))
    assert await exported(store) == before


async def _append_and_fail(store: Store) -> None:
    async with store.writing() as tx:
        kind = JournalKind.DESK_ACT_REFUSED
        await journal.append(tx, incident=REFERENCE, at=NOON, actor=OFFICER, kind=kind, data={}, key="never")
        raise KeyError


async def test_what_fails_in_a_transaction_leaves_no_entry(store: Store) -> None:
    """An exception after an append rolls it back, and the number is free again."""
    with pytest.raises(KeyError):
        await _append_and_fail(store)
    assert (await add(store, "k")).seq == 1


async def test_appends_of_many_tasks_keep_the_chain(store: Store) -> None:
    """Tasks that append at once, some of them the same fact, leave one unbroken chain with each fact once."""

    async def work(name: str) -> None:
        for number in range(10):
            await add(store, f"{name}/{number}")
            await add(store, f"shared/{number}")

    await asyncio.gather(*(work(name) for name in ("a", "b", "c", "d")))
    assert verify(await exported(store)) == 50


async def test_appends_of_two_processes_keep_the_chain(store: Store, url: str) -> None:
    """Another process and this one append at the same time and share one unbroken chain."""
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.records.appender", url, "60", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout is not None
    assert await other.stdout.readline() == b"begun\n"
    for number in range(60):
        await add(store, f"here/{number}")
    assert await other.wait() == 0
    assert verify(await exported(store)) == 120


async def test_many_entries_are_one_chain_and_each_is_written_once(store: Store) -> None:
    """Entries added together follow each other and what was there; a key that is there already adds nothing."""
    await add(store, "k")
    drafts = [
        Draft(JournalKind.INVESTIGATION_HIT_FOUND, {"number": number % 900}, f"hit/{number % 900}")
        for number in range(1_000)
    ]
    async with store.writing() as tx:
        written = await journal.append_all(tx, drafts, incident=REFERENCE, at=NOON, actor=OFFICER)
        again = await journal.append_all(tx, drafts, incident=REFERENCE, at=NOON, actor=OFFICER)
    assert [entry.seq for entry in written] == list(range(2, 902))
    assert again == []
    async with store.reading() as c:
        assert verify(await journal.lines(c, REFERENCE)) == 901
