"""Rows for the driver itself: put into words and into the driver's values as SQLAlchemy would, without it at each row.

What a column is written as stands in its table alone. It is asked for once for each statement, and not for each value.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.types import TypeDecorator

PIECE = 250
"""Many go in pieces: what the engine is handed is in memory a second time, and a third time as text."""

Columns = dict[str, Any]
"""A row by the names of its columns."""

Writing = Callable[[Any], Any] | None
"""What makes the driver's value of one; None where it is that already."""


class _Plan(NamedTuple):
    """How rows with these columns are inserted: the statement, and of each value in it the column and its writing."""

    text: str
    names: tuple[str, ...]
    writing: tuple[Writing, ...]


def written(table: Table, row: Mapping[str, Any]) -> Columns:
    """A row, or some columns of one, with times, words and models as the text that either engine is given."""
    writing = _writing(table)
    return {name: writing[name](value) if name in writing else value for name, value in row.items()}


def execute_each(
    connection: Connection, insert: Insert, rows: Sequence[Mapping[str, Any]], *, is_written: bool = False
) -> None:
    """Carry out an insert for each of these rows. All have the same columns, two or more; `insert` is made once.

    `is_written`: the rows are as `written` makes them.
    """
    if rows:
        plan = _plan(connection.dialect, insert, tuple(rows[0]), is_written=is_written)
        _execute(connection, plan, rows, itemgetter(*plan.names))


def execute_tuples(
    connection: Connection, insert: Insert, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """The same for many small rows that are written already: their values in the order of the columns."""
    if rows:
        plan = _plan(connection.dialect, insert, columns, is_written=True)
        _execute(connection, plan, rows, itemgetter(*map(columns.index, plan.names)))


def _execute(connection: Connection, plan: _Plan, rows: Sequence[Any], values: Callable[[Any], Any]) -> None:
    for start in range(0, len(rows), PIECE):
        some = map(values, rows[start : start + PIECE])
        connection.exec_driver_sql(plan.text, _with(plan.writing, some) if any(plan.writing) else list(some))


def _with(writing: Iterable[Writing], rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    columns = zip(writing, zip(*rows, strict=True), strict=True)
    return list(zip(*(map(one, column) if one else column for one, column in columns), strict=True))


@cache
def _writing(table: Table) -> dict[str, Callable[[Any], Any]]:
    """How the types of our own write; they write alike for either engine."""
    return {
        column.name: partial(column.type.process_bind_param, dialect=DefaultDialect())
        for column in table.c
        if isinstance(column.type, TypeDecorator)
    }


@lru_cache(maxsize=256)
def _plan(dialect: Dialect, insert: Insert, columns: tuple[str, ...], *, is_written: bool) -> _Plan:
    kind: Any = type(dialect)
    by_place = dialect if dialect.positional else kind(paramstyle="format")
    compiled: Any = insert.compile(dialect=by_place, column_keys=columns, for_executemany=True)
    names, table = tuple(compiled.positiontup), compiled.statement.table
    done = _writing(table) if is_written else ()
    kinds = (table.c[name].type.dialect_impl(dialect) for name in names)
    writing = (None if name in done else kind.bind_processor(dialect) for name, kind in zip(names, kinds, strict=True))
    return _Plan(str(compiled), names, tuple(writing))
