"""A desk that machines can ask."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from records.store import sqlite_url
from tests.api.machines import Gate, gate_here
from tests.postgresql import migrate, run_apart


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("records") / "migrated.db"

    async def make() -> None:
        await migrate(await sqlite_url(path))

    run_apart(make())
    return path


@pytest.fixture
async def gate(tmp_path: Path, migrated: Path) -> AsyncIterator[Gate]:
    """A desk on an empty store; no engine runs."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(migrated, home / "records.db")
    async with gate_here(home) as here:
        yield here
