"""The store: transactions that are whole or nothing, and plain words when the database is not there."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError, ServiceMissingError
from records import documents, incidents
from records.schema import documents as table
from records.store import Store, sqlite_url
from tests.records.cast import open_one


async def count(c: AsyncConnection) -> int:
    """How many documents there are."""
    return await c.scalar(select(func.count()).select_from(table)) or 0


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return [path.name for path in folder.iterdir()]


async def keep(tx: AsyncConnection, content: bytes) -> str:
    """Keep a document."""
    return await documents.put(tx, content, media_type="text/plain", marking="BPL")


async def _fill(store: Store) -> None:
    async with store.writing() as tx:
        await tx.exec_driver_sql("PRAGMA max_page_count=1")
        await keep(tx, b"x" * 10_000_000)


async def _keep_as(store: Store, role: str) -> None:
    async with store.writing() as tx:
        await tx.execute(text(f"SET LOCAL ROLE {role}"))
        await keep(tx, b"lost")


async def _keep_and_fail(store: Store) -> None:
    async with store.writing() as tx:
        await keep(tx, b"gone")
        raise KeyError


async def test_a_write_is_whole_or_nothing(store: Store) -> None:
    """An exception inside `writing()` leaves nothing of it, and passes through."""
    with pytest.raises(KeyError):
        await _keep_and_fail(store)
    async with store.reading() as c:
        assert await count(c) == 0


async def test_a_cancelled_write_leaves_nothing_and_the_store_usable(store: Store) -> None:
    """An activity that is cancelled in a transaction has written nothing, and the next one is not kept waiting."""
    begun = asyncio.Event()

    async def work() -> None:
        async with store.writing() as tx:
            await keep(tx, b"gone")
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.writing() as tx:
        await keep(tx, b"kept")
        assert await count(tx) == 1


async def test_a_write_cancelled_at_any_instant_leaves_the_store_usable(store: Store) -> None:
    """Wherever a cancellation strikes, the write is whole or nothing and the next one has its turn."""

    async def work(number: int) -> None:
        async with store.writing() as tx:
            await keep(tx, b"first of %d" % number)
            await keep(tx, b"second of %d" % number)

    for number in range(60):
        task = asyncio.create_task(work(number))
        await asyncio.sleep(number * 0.0001)
        task.cancel()
        await asyncio.wait([task])
    async with store.writing() as tx:
        assert await count(tx) % 2 == 0
        await keep(tx, b"last")


async def test_a_read_sees_one_moment(store: Store) -> None:
    """What is committed while a read is open appears in the next read only."""
    async with store.reading() as c:
        assert await count(c) == 0
        async with store.writing() as tx:
            await keep(tx, b"new")
        assert await count(c) == 0
    async with store.reading() as c:
        assert await count(c) == 1


async def test_a_read_cannot_write(store: Store) -> None:
    """Both engines refuse a write in `reading()`."""
    with pytest.raises(DBAPIError, match=r"read-?only"):
        async with store.reading() as c:
            await keep(c, b"no")


async def test_what_is_stored_is_there_after_reopening(store: Store, url: str) -> None:
    """A second store on the same database reads what the first one wrote."""
    reference = await open_one(store)
    other = await Store.open(url, migrate=False)
    async with other.reading() as c:
        assert (await incidents.get(c, reference)).reference == reference
    await other.close()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://localhost/records",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "postgresql://x/y",
    ],
)
async def test_an_unusable_url_is_bad_input(url: str) -> None:
    """A url of another kind is refused with the form it must have."""
    with pytest.raises(BadInputError, match=r"postgresql\+psycopg://"):
        await Store.open(url)


async def test_a_server_that_is_not_there_is_a_missing_service(tmp_path: Path) -> None:
    """The sentence names the database without its password."""
    with pytest.raises(ServiceMissingError) as refused:
        await Store.open(f"postgresql+psycopg://leerp:hunter2@/records?host={tmp_path}")
    assert "do not answer" in refused.value.sentence
    assert "hunter2" not in refused.value.sentence


async def _lose(store: Store) -> None:
    async with store.writing() as tx:
        await keep(tx, b"lost")
        await tx.execute(select(func.pg_terminate_backend(func.pg_backend_pid())))


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_server_that_goes_away_is_a_missing_service_until_it_is_back(store: Store) -> None:
    """A transaction that loses its connection leaves nothing, and the next one connects again."""
    with pytest.raises(ServiceMissingError, match="do not answer"):
        await _lose(store)
    async with store.writing() as tx:
        assert await count(tx) == 0


async def test_a_folder_or_file_that_is_not_there_is_a_missing_service(tmp_path: Path) -> None:
    """A folder is never made, and without leave to migrate no file either."""
    with pytest.raises(ServiceMissingError, match="does not exist"):
        await Store.open(await sqlite_url(tmp_path / "no" / "records.db"))
    with pytest.raises(ServiceMissingError, match="there are no records"):
        await Store.open(await sqlite_url(tmp_path / "records.db"), migrate=False)
    assert names(tmp_path) == []


async def test_a_file_that_is_no_database_is_bad_input(tmp_path: Path) -> None:
    """Somebody's notes are not overwritten."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    with pytest.raises(BadInputError, match="is not a database"):
        await Store.open(await sqlite_url(path))
    assert path.read_text().startswith("not a database")


async def test_a_table_that_is_gone_is_a_missing_service(store: Store) -> None:
    """Whatever way one comes: by reading, in a transaction, or in one trip."""
    async with store.writing() as tx:
        await tx.execute(text("DROP TABLE journal"))
    gone = text("SELECT count(*) FROM journal")
    with pytest.raises(ServiceMissingError, match=r"do not answer .*journal"):
        async with store.reading() as c:
            await c.execute(gone)
    with pytest.raises(ServiceMissingError, match=r"do not answer .*journal"):
        async with store.writing() as tx:
            await tx.execute(gone)
    with pytest.raises(ServiceMissingError, match=r"do not answer .*journal"):
        await store.write(lambda tx: tx.execute(gone))


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_right_that_was_taken_away_is_a_missing_service(store: Store) -> None:
    """An operator is told what PostgreSQL says, and nothing is half written."""
    async with store.writing() as tx:
        await tx.execute(text("CREATE ROLE of_no_rights"))
    with pytest.raises(ServiceMissingError, match="permission denied"):
        await _keep_as(store, "of_no_rights")
    async with store.writing() as tx:
        assert await count(tx) == 0
        await tx.execute(text("DROP ROLE of_no_rights"))


async def test_a_database_that_stays_locked_is_a_missing_service(
    migrated_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that cannot get its turn says so in one sentence."""
    monkeypatch.setattr("records.files.BUSY_MILLISECONDS", 50)
    store = await Store.open(await sqlite_url(migrated_file))
    with closing(sqlite3.connect(migrated_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ServiceMissingError, match="locked"):
            async with store.writing():
                pass
    await store.close()


async def test_a_database_that_fails_in_the_middle_is_a_missing_service(migrated_file: Path) -> None:
    """What it cannot do is said in one sentence, and nothing of the transaction stays."""
    store = await Store.open(await sqlite_url(migrated_file))
    with pytest.raises(ServiceMissingError, match="full"):
        await _fill(store)
    async with store.reading() as connection:
        assert await count(connection) == 0
    await store.close()


async def test_a_file_belongs_to_its_owner_and_survives_odd_names(tmp_path: Path) -> None:
    """The file holds secrets, so it is made for its owner alone; its name may hold anything a name may."""
    path = tmp_path / "re cords#?%20.db"
    store = await Store.open(await sqlite_url(path))
    await open_one(store)
    await store.close()
    assert names(tmp_path) == [path.name]
    assert path.stat().st_mode & 0o777 == 0o600
