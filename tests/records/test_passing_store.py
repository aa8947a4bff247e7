"""A passing store: one that an event loop has to itself, and that nobody needs after a loss of power."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from leerp.errors import ServiceMissingError
from records.store import Store, sqlite_url


async def test_it_keeps_what_is_written_and_starts_no_thread(tmp_path: Path) -> None:
    """Another store finds what was committed, and nothing of what was not."""
    url = await sqlite_url(tmp_path / "records.db")
    before = set(threading.enumerate())
    store = await Store.open(url, passing=True)
    async with store.writing() as tx:
        await tx.execute(text("CREATE TABLE kept (one INTEGER)"))
        await tx.execute(text("INSERT INTO kept VALUES (1)"))
    with pytest.raises(ServiceMissingError, match="no such table: other"):
        await broken(store)
    started = {one.name for one in set(threading.enumerate()) - before}
    await store.close()
    assert [name for name in started if not name.startswith("asyncio_")] == []
    ordinary = await Store.open(url)
    async with ordinary.reading() as connection:
        assert list(await connection.scalars(text("SELECT one FROM kept"))) == [1]
    await ordinary.close()


async def broken(store: Store) -> None:
    """A transaction whose second statement fails."""
    async with store.writing() as tx:
        await tx.execute(text("INSERT INTO kept VALUES (2)"))
        await tx.execute(text("INSERT INTO other VALUES (2)"))


async def test_writers_wait_for_one_another_and_readers_for_nobody(tmp_path: Path) -> None:
    """A write transaction that is open holds up the next one and no reader."""
    store = await Store.open(await sqlite_url(tmp_path / "records.db"), passing=True)
    order = []

    async def write(name: str, *, pause: asyncio.Event) -> None:
        async with store.writing() as tx:
            order.append(f"{name} begins")
            await pause.wait()
            await tx.execute(text("SELECT 1"))
            order.append(f"{name} ends")

    go = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(write("first", pause=go))
        await asyncio.sleep(0)
        group.create_task(write("second", pause=go))
        async with store.reading() as connection:
            await connection.execute(text("SELECT 1"))
        order.append("read")
        go.set()
    await store.close()
    assert order == ["first begins", "read", "first ends", "second begins", "second ends"]


async def test_a_failed_transaction_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    """The connection is kept; the next finds nothing of the failed one open or written. A reader writes nothing."""
    store = await Store.open(await sqlite_url(tmp_path / "records.db"), passing=True)
    async with store.writing() as tx:
        await tx.execute(text("CREATE TABLE kept (one INTEGER)"))
    with pytest.raises(ServiceMissingError, match="no such table: other"):
        await broken(store)
    async with store.writing() as tx:
        await tx.execute(text("INSERT INTO kept VALUES (3)"))
    with pytest.raises(DBAPIError, match="readonly"):
        await written_by_a_reader(store)
    async with store.reading() as connection:
        assert list(await connection.scalars(text("SELECT one FROM kept"))) == [3]
    await store.close()


async def written_by_a_reader(store: Store) -> None:
    """A write where one only reads."""
    async with store.reading() as connection:
        await connection.execute(text("INSERT INTO kept VALUES (4)"))
