"""A migrated database of each engine for every test: a file under `tmp_path`, and a real PostgreSQL server."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from records.store import Store, sqlite_url
from tests.postgresql import Postgres, migrate, run_apart
from tests.records.cast import open_one


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("records") / "migrated.db"

    async def make() -> None:
        await migrate(await sqlite_url(path))

    run_apart(make())
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """The engine a test runs against."""
    return str(request.param)


@pytest.fixture
def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database."""
    yield from _fresh(engine, tmp_path, request, migrated=False)


@pytest.fixture
def url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated database."""
    yield from _fresh(engine, tmp_path, request, migrated=True)


def _fresh(engine: str, tmp_path: Path, request: pytest.FixtureRequest, *, migrated: bool) -> Iterator[str]:
    if engine == "sqlite":
        path = tmp_path / "records.db"
        if migrated:
            shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create(template="migrated" if migrated else "template1")
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An open store."""
    opened = await Store.open(url)
    yield opened
    await opened.close()


@pytest.fixture
async def reference(store: Store) -> str:
    """The reference of an open incident."""
    return await open_one(store)
