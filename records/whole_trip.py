"""A whole write transaction of SQLite for one trip to the driver's thread: its begin, all its statements, its commit.

A statement takes trips between the loop and the driver's thread, and in a process that is busy each of them waits for
whatever else the loop has to do. All the while the transaction is open, and no other process can write. Here the
coroutine that works in the transaction is carried out where the driver is, over a connection that makes its calls at
once; so nothing that it awaits may be anything else than the store.
"""

import sqlite3
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from functools import cache, partial
from typing import Any, ParamSpec, TypeVar, cast

from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

from records.at_once import Adapted
from records.statements import WRITES, Begin, in_transaction

Answer = TypeVar("Answer")
Given = ParamSpec("Given")
Work = Callable[[AsyncConnection], Awaitable[Answer]]
"""What is done in a transaction. It awaits the store alone."""


async def whole_trip(connection: AsyncConnection, work: Work[Answer], *, begin: Begin) -> Answer:
    """Do the work as a transaction of its own on a connection that is in none; what it raises, this raises."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    whole = partial(in_transaction, driver._conn, lambda raw: _at_once(_over(raw, work)), begin)  # noqa: SLF001
    there = partial(copy_context().run, whole)
    answer: Answer = await driver._execute(there)  # noqa: SLF001 - how the driver makes its calls
    return answer


async def _over(raw: sqlite3.Connection, work: Work[Answer]) -> Answer:
    _lent.connection = _Lent(raw)
    try:
        connection = await AsyncEngine(_engine()).connect()
        try:
            return await work(connection)
        finally:
            await connection.close()
    finally:
        del _lent.connection


def _at_once(coroutine: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        coroutine.send(None)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    coroutine.close()
    raise RuntimeError("a transaction that is one trip awaits something else than the store; use Store.writing")


class _Lent:
    """The driver's connection as it is used here: lent, and called at once."""

    def __init__(self, plain: sqlite3.Connection) -> None:
        self.plain = self._conn = self._connection = plain

    async def _execute(self, call: Callable[Given, Answer], *args: Given.args, **more: Given.kwargs) -> Answer:
        return call(*args, **more)

    async def executemany(self, text: str, rows: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as the driver has it
        return self.plain.executemany(text, rows)


class _OfThread(threading.local):
    """What this thread has been lent."""

    connection: _Lent


_lent = _OfThread()


class WholeTripDialect(SQLiteDialect_aiosqlite):
    """SQLite on a connection that somebody else has opened, whose transaction somebody else ends."""

    supports_statement_cache = True

    def on_connect(self) -> Callable[[DBAPIConnection], None]:
        """Nothing: whoever opened it has made it what it is."""
        return lambda _: None

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Nothing: it has begun."""

    def do_commit(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Nothing: the owner commits."""

    def do_rollback(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Nothing: the owner rolls back."""

    def do_close(self, dbapi_connection: DBAPIConnection) -> None:
        """Nothing: the owner closes."""

    def do_terminate(self, dbapi_connection: DBAPIConnection) -> None:
        """Nothing: the owner closes."""


registry.register("sqlite.whole_trip", __name__, WholeTripDialect.__name__)


def _adapted() -> DBAPIConnection:
    lent: Any = _lent.connection
    adapted: Any = Adapted(SQLiteDialect_aiosqlite.import_dbapi(), lent)
    return cast("DBAPIConnection", adapted)


@cache
def _engine() -> Engine:
    """One for all, so that a statement is put into words once."""
    engine = create_engine("sqlite+whole_trip://", creator=_adapted, poolclass=NullPool, hide_parameters=True)
    return engine.execution_options(**{WRITES: True})
