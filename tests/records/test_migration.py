"""Migrations: from nothing to the schema of the code, on both engines, and never past a newer one."""

import asyncio
from argparse import Namespace
from io import StringIO

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from leerp.errors import BadInputError, ServiceMissingError
from records.migration import FOLDER
from records.schema import HEAD, metadata
from records.store import Store


def differences(connection: Connection) -> object:
    """How the migrated schema differs from the tables in the code."""
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


def described(connection: Connection) -> dict[str, object]:
    """What a comparison does not look at: primary keys, and which columns may be null."""
    inspector = inspect(connection)
    return {
        table: (
            inspector.get_pk_constraint(table)["constrained_columns"],
            {column["name"]: column["nullable"] for column in inspector.get_columns(table)},
        )
        for table in metadata.tables
    }


async def test_an_empty_database_is_migrated_to_the_schema_of_the_code(empty_url: str) -> None:
    """After opening, the database has every table, key and index that the code names, and no other."""
    store = await Store.open(empty_url)
    async with store.reading() as c:
        assert await c.run_sync(differences) == []
        found = await c.run_sync(described)
    await store.close()
    expected = {
        name: (
            [column.name for column in table.primary_key],
            {column.name: bool(column.nullable) for column in table.columns},
        )
        for name, table in metadata.tables.items()
    }
    assert found == expected


async def test_stores_that_open_at_once_migrate_once(empty_url: str) -> None:
    """Of three that find an empty database, one migrates it and the others wait for that."""
    stores = await asyncio.gather(*(Store.open(empty_url) for _ in range(3)))
    for store in stores:
        async with store.reading() as c:
            assert await c.run_sync(differences) == []
        await store.close()


async def test_a_migrated_database_is_opened_as_it_is(url: str) -> None:
    """Opening again, with or without leave to migrate, changes nothing."""
    for migrate in (True, False):
        store = await Store.open(url, migrate=migrate)
        async with store.reading() as c:
            assert (await c.execute(text("SELECT version_num FROM alembic_version"))).scalars().all() == [HEAD]
        await store.close()


async def test_a_database_that_is_behind_is_not_opened_without_leave_to_migrate(empty_url: str) -> None:
    """Whoever may not migrate is told to."""
    await _make(empty_url)
    with pytest.raises(ServiceMissingError, match="not prepared for this version"):
        await Store.open(empty_url, migrate=False)


async def test_records_of_a_newer_version_are_left_alone(url: str) -> None:
    """An older leerp does not touch what a newer one has migrated."""
    await _make(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadInputError, match="newer version"):
        await Store.open(url)


async def _make(url: str, *statements: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in statements or ("SELECT 1",):
            await connection.execute(text(statement))
    await engine.dispose()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql+psycopg"])
def test_a_migration_can_be_read_before_it_is_run(engine: str) -> None:
    """Without a connection Alembic writes the SQL, triggers included."""
    written = StringIO()
    config = Config(output_buffer=written, cmd_opts=Namespace(x=[f"url={engine}://"]))
    config.set_main_option("script_location", str(FOLDER))
    command.upgrade(config, "head", sql=True)
    assert "CREATE TABLE journal" in written.getvalue()
    assert "is append-only" in written.getvalue()


def test_the_code_names_the_newest_revision() -> None:
    """`HEAD` is the one head of the packaged migrations."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]
