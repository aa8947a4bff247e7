"""A plugin for pytest: every test has its records in a PostgreSQL database of its own, as an operator settles it.

    .venv/bin/python -m pytest -p no:cacheprovider -p tests.on_postgresql -q tests/api

What a test settles itself holds; what goes to the file `records.db` in its state folder would miss the database.
"""

from collections.abc import Iterator

import pytest

from tests.postgresql import Postgres


@pytest.fixture(autouse=True)
def records_on_postgresql(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A migrated database, named by the environment."""
    name = postgres.create(template="migrated")
    monkeypatch.setenv("LEERP_DATABASE_URL", postgres.url(name))
    yield
    postgres.drop(name)
