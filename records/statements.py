"""Statements that the two engines spell differently, or that are worth a shorter way."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, TypeVar

from sqlalchemy import Connection, FromClause, Select, Table, Text, Update, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from records.kept_open import plain_of
from records.plain_rows import PIECE, execute_each, execute_tuples

POSTGRESQL = "postgresql"
WRITES = "leerp_writes"
"""The execution option that tells a write transaction from a read."""

_CHUNK = 500
Item = TypeVar("Item")
Answer = TypeVar("Answer")
Begin = Callable[[sqlite3.Connection], None]
"""Begins a transaction of SQLite, in the driver's thread."""

PlainRow = Mapping[str, str | int | None]
"""Values that both drivers take as they are."""


async def insert_once(tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows that are not there yet; a row that collides with any unique key is left as it stands.

    Many go in pieces (`plain_rows.PIECE`).
    """
    statement = _insert(tx, table).on_conflict_do_nothing()
    for start in range(0, len(rows), PIECE):
        await tx.execute(statement, [dict(row) for row in rows[start : start + PIECE]])


def insert_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], *, is_written: bool = False
) -> None:
    """`insert_once` for a function that works over a plain connection. `is_written`: as in `execute_each`."""
    execute_each(connection, _insert_of_new(connection.dialect.name, table), rows, is_written=is_written)


def insert_new_tuples(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """The same for `execute_tuples`."""
    execute_tuples(connection, _insert_of_new(connection.dialect.name, table), columns, rows)


def insert_or_change(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert whole rows; one whose primary key is there takes the place of what stands there."""
    execute_each(connection, _insert_or_change(connection.dialect.name, table), rows)


@cache
def _insert_of_new(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return _insert_into(dialect, table).on_conflict_do_nothing()


@cache
def _insert_or_change(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    statement = _insert_into(dialect, table)
    keys = [column.name for column in table.primary_key]
    changed = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


async def insert_selected(tx: AsyncConnection, table: Table, query: Select[Any]) -> None:
    """Insert what a query gives, in the order of the table's columns; what collides is left as it stands."""
    insert = _insert(tx, table).from_select([column.name for column in table.c], query)
    await tx.execute(insert.on_conflict_do_nothing())


def _insert(tx: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return _insert_into(tx.dialect.name, table)


def _insert_into(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == POSTGRESQL else sqlite.insert(table)


async def hold(tx: AsyncConnection, name: str) -> None:
    """Let one write transaction at a time past this point for `name`, until it ends.

    SQLite has one writer anyway; a read holds nobody up.
    """
    if tx.dialect.name == POSTGRESQL:
        await tx.run_sync(hold_all, [name])


def hold_all(connection: Connection, names: Iterable[str]) -> None:
    """`hold` for several names and a plain connection, always in the same order, so that no two wait for each other."""
    if connection.dialect.name == POSTGRESQL and connection.get_execution_options().get(WRITES):
        for name in sorted(set(names)):
            number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
            connection.execute(select(func.pg_advisory_xact_lock(number)))


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
    values = [[row[name] for name in names] for row in rows]
    plain = await plain_of(tx)
    if plain is not None:
        return plain.executemany(text, values).rowcount
    driver = (await tx.get_raw_connection()).driver_connection
    cursor: Any = await driver.executemany(text, values)  # type: ignore[union-attr]
    changed: int = cursor.rowcount
    return changed


async def change_each(tx: AsyncConnection, statement: Update, rows: Sequence[PlainRow]) -> list[int]:
    """Run one update for each row of plain values; how many lines each of them changed."""
    return [(await tx.execute(statement, dict(row))).rowcount for row in rows]


def change_each_plainly(connection: sqlite3.Connection, statement: Update, rows: Sequence[PlainRow]) -> list[int]:
    """`change_each` over a connection of SQLite whose calls are made at once, in a transaction that has begun."""
    text, names = _sqlite_text(statement)
    return [connection.execute(text, [row[name] for name in names]).rowcount for row in rows]


async def change_each_at_once(
    connection: AsyncConnection, statement: Update, rows: Sequence[PlainRow], *, begin: Begin
) -> list[int]:
    """`change_each` as a whole transaction, on SQLite and outside any other: one trip to the driver's thread.

    It is what each message that is sent waits for, and takes half as long as the same transaction in four trips.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    work = partial(change_each_plainly, statement=statement, rows=rows)
    # The driver offers its own calls only, one trip each; this is how it makes them.
    changed: list[int] = await driver._execute(in_transaction, driver._conn, work, begin)  # noqa: SLF001
    return changed


def begin_writing(connection: sqlite3.Connection) -> None:
    """Begin a write transaction of SQLite as it is."""
    connection.execute("BEGIN IMMEDIATE")


def in_transaction(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Answer], begin: Begin
) -> Answer:
    """Do the work as a write transaction of its own; what it raises is raised, and nothing of it is written."""
    begin(connection)
    try:
        answer = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return answer


def listed(dialect: str, parameter: str) -> FromClause:
    """Texts as a table with one column, `value`: as many as there are, in one parameter, which `as_list` gives."""
    given = bindparam(parameter, type_=Text)
    if dialect == POSTGRESQL:
        return func.jsonb_array_elements_text(cast(given, postgresql.JSONB)).table_valued("value").alias(parameter)
    return func.json_each(given).table_valued("value").alias(parameter)


def as_list(values: Iterable[str]) -> str:
    """What a parameter of `listed` is given."""
    return json.dumps(sorted(set(values)))


@cache
def _sqlite_text(statement: Update) -> tuple[str, tuple[str, ...]]:
    compiled = statement.compile(dialect=sqlite.dialect())
    return str(compiled), tuple(compiled.positiontup or ())


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in pieces that fit the number of parameters an engine takes."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
