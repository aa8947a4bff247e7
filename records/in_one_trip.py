"""Many statements for one trip: a function over a plain connection, inside a write transaction that has begun.

The driver of SQLite hands every call to a thread of the connection's own and waits for the answer, and one statement
takes three such trips. Where many statements belong together, the whole function goes to that thread once. What it is
given there is an ordinary connection of SQLAlchemy over the very connection of the transaction.
"""

import sqlite3
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import PoolProxiedConnection

from records.kept_open import OpenConnection
from records.statements import POSTGRESQL

Answer = TypeVar("Answer")


async def in_one_trip(tx: AsyncConnection, work: Callable[[Connection], Answer]) -> Answer:
    """Do the work in this transaction; what it raises, this raises. It must neither commit nor roll back."""
    if tx.dialect.name == POSTGRESQL or isinstance(tx, OpenConnection):
        return await tx.run_sync(work)
    driver: Any = (await tx.get_raw_connection()).driver_connection
    # The driver offers its own calls only, one trip each; this is how it makes them.
    answer: Answer = await driver._execute(_over, driver._conn, work)  # noqa: SLF001
    return answer


def _over(raw: sqlite3.Connection, work: Callable[[Connection], Answer]) -> Answer:
    _lent.connection = raw
    try:
        with _engine().connect() as connection:
            return work(connection)
    finally:
        del _lent.connection


class _Lent(threading.local):
    """The connection that this thread has been lent."""

    connection: sqlite3.Connection


_lent = _Lent()


class LentDialect(SQLiteDialect_pysqlite):
    """SQLite on a connection that somebody else has opened, whose transaction somebody else ends."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Nothing: it has begun."""

    def do_commit(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Nothing: the owner commits."""

    def do_rollback(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Nothing: the owner rolls back."""

    def do_close(self, dbapi_connection: DBAPIConnection) -> None:
        """Nothing: the owner closes."""


registry.register("sqlite.lent", __name__, LentDialect.__name__)


@cache
def _engine() -> Engine:
    """One for all, so that a statement is put into words once."""
    return create_engine("sqlite+lent://", creator=lambda: _lent.connection, poolclass=NullPool, hide_parameters=True)
