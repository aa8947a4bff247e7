"""Statements that the two engines spell differently, or that are worth a shorter way."""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Select, Table, Update, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

POSTGRESQL = "postgresql"
WRITES = "leerp_writes"
"""The execution option that tells a write transaction from a read."""

_CHUNK = 500
_PIECE = 250
Item = TypeVar("Item")
PlainRow = Mapping[str, str | int | None]
"""Values that both drivers take as they are."""


async def insert_once(tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows that are not there yet; a row that collides with any unique key is left as it stands.

    Many go in pieces: what the engine is handed is in memory a second time, and a third time as text.
    """
    statement = _insert(tx, table).on_conflict_do_nothing()
    for start in range(0, len(rows), _PIECE):
        await tx.execute(statement, [dict(row) for row in rows[start : start + _PIECE]])


async def insert_selected(tx: AsyncConnection, table: Table, query: Select[Any]) -> None:
    """Insert what a query gives, in the order of the table's columns; what collides is left as it stands."""
    insert = _insert(tx, table).from_select([column.name for column in table.c], query)
    await tx.execute(insert.on_conflict_do_nothing())


def _insert(tx: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if tx.dialect.name == POSTGRESQL else sqlite.insert(table)


async def hold(tx: AsyncConnection, name: str) -> None:
    """Let one write transaction at a time past this point for `name`, until it ends.

    SQLite has one writer anyway; a read holds nobody up.
    """
    if tx.dialect.name == POSTGRESQL and _writes(tx):
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        await tx.execute(select(func.pg_advisory_xact_lock(number)))


def _writes(tx: AsyncConnection) -> bool:
    return bool(tx.sync_connection and tx.sync_connection.get_execution_options().get(WRITES))


async def update_many(tx: AsyncConnection, statement: Update, rows: Sequence[PlainRow]) -> int:
    """Run one update for each row of plain values; return how many lines changed.

    On SQLite the driver is called directly: one trip to its thread instead of three, which is what each message
    that is sent waits for.
    """
    if not rows:
        return 0
    if tx.dialect.name == POSTGRESQL:
        return (await tx.execute(statement, [dict(row) for row in rows])).rowcount
    text, names = _sqlite_text(statement)
    driver = (await tx.get_raw_connection()).driver_connection
    cursor: Any = await driver.executemany(text, [[row[name] for name in names] for row in rows])  # type: ignore[union-attr]
    changed: int = cursor.rowcount
    return changed


async def change_each(tx: AsyncConnection, statement: Update, rows: Sequence[PlainRow]) -> list[int]:
    """Run one update for each row of plain values; how many lines each of them changed."""
    return [(await tx.execute(statement, dict(row))).rowcount for row in rows]


async def change_each_at_once(connection: AsyncConnection, statement: Update, rows: Sequence[PlainRow]) -> list[int]:
    """`change_each` as a whole transaction, on SQLite and outside any other: one trip to the driver's thread.

    It is what each message that is sent waits for, and takes half as long as the same transaction in four trips.
    """
    text, names = _sqlite_text(statement)
    values = [[row[name] for name in names] for row in rows]
    driver: Any = (await connection.get_raw_connection()).driver_connection
    # The driver offers its own calls only, one trip each; this is how it makes them.
    changed: list[int] = await driver._execute(_change_each, driver._conn, text, values)  # noqa: SLF001
    return changed


def _change_each(connection: sqlite3.Connection, text: str, values: list[list[str | int | None]]) -> list[int]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        changed = [connection.execute(text, one).rowcount for one in values]
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return changed


@cache
def _sqlite_text(statement: Update) -> tuple[str, tuple[str, ...]]:
    compiled = statement.compile(dialect=sqlite.dialect())
    return str(compiled), tuple(compiled.positiontup or ())


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in pieces that fit the number of parameters an engine takes."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
