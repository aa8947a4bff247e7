"""Whoever is cancelled while it waits for PostgreSQL, at any moment, leaves no connection behind."""

import asyncio
import contextlib
import gc
import random
from pathlib import Path

import pytest

from leerp.errors import ServiceMissingError
from records.store import Store
from tests.doorkeeper import Doorkeeper, unix
from tests.postgresql import Postgres


async def work(store: Store, *, writing: bool) -> None:
    """A transaction of a few milliseconds, which may find the database away."""
    with contextlib.suppress(ServiceMissingError):
        async with store.writing() if writing else store.reading() as connection:
            await connection.exec_driver_sql("select pg_sleep(0.003)")
            await connection.exec_driver_sql("select 1")


@pytest.mark.parametrize("seed", range(1, 6))
async def test_nothing_is_found_open_as_garbage(postgres: Postgres, seed: int) -> None:
    """Cut off, given up, or both in turn; a connection that is found open as garbage fails the test as a warning."""
    name = postgres.create(template="migrated")
    socket = Path(postgres.url(name).partition("host=")[2]) / ".s.PGSQL.5432"
    drawn = random.Random(seed)  # noqa: S311 - which moment, and nothing secret
    async with Doorkeeper(unix(socket)) as door:
        store = await Store.open(f"postgresql+psycopg://postgres@127.0.0.1:{door.port}/{name}", migrate=False)
        for turn in range(150):
            working = [asyncio.create_task(work(store, writing=bool(number % 2))) for number in range(6)]
            await asyncio.sleep(drawn.random() * 0.03)
            if turn % 3 != 1:
                door.shut()
            if turn % 3 != 0:
                for one in working:
                    one.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            door.open()
        await store.close()
    gc.collect()
    postgres.drop(name)
