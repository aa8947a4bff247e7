"""SQLite without a thread beside it: for a store that one event loop has to itself.

The driver hands every call to a thread of the connection's own and waits for the answer, so that a slow disk holds
nobody up. That costs several times what the call itself takes. Where nobody else could work meanwhile, as in an
exercise whose clock stands while something is under way, the call is made at once.
"""

import sqlite3
from asyncio import Future
from collections import deque
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, cast

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet


class _AtOnce:
    """Stands where the driver queues calls for its thread, and makes them."""

    def put_nowait(self, queued: "tuple[Future[Any] | None, Callable[[], Any]]") -> None:
        """Make the call and give its answer, or its error, to whoever awaits it."""
        future, call = queued
        try:
            answer = call()
        except Exception as error:  # whatever it is: whoever awaits it gets it
            if future is None:
                raise
            future.set_exception(error)
        else:
            if future is not None:
                future.set_result(answer)


class ConnectionAtOnce(aiosqlite.Connection):
    """A connection of the driver's that starts no thread."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._tx = cast("Any", _AtOnce())  # all that the driver does with its queue is put_nowait

    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        """Connect, without the thread that the driver would start here."""
        return self._connect().__await__()

    @property
    def plain(self) -> sqlite3.Connection:
        """The connection itself; ValueError once it is closed."""
        return self._conn


class _Nothing:
    """What is there at once: awaiting it waits for nothing."""

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor as the dialect wants it, over a plain one."""

    __slots__ = ()
    _awaitable_cursor_close = False

    def _make_new_cursor(self, connection: Any) -> Any:  # noqa: ANN401 - the dialect's names
        return connection.plain.cursor()

    def _aenter_cursor(self, cursor: Any) -> Any:  # noqa: ANN401 - likewise
        return cursor

    def execute(self, operation: Any, parameters: Any = None) -> Any:  # noqa: ANN401 - likewise
        _wait_for_nothing()
        cursor = cast("sqlite3.Cursor", self._cursor)
        answer = cursor.execute(operation, parameters or ())
        if cursor.description:
            self._rows = deque(cursor.fetchall())
        return answer

    def executemany(self, operation: Any, seq_of_parameters: Sequence[Any]) -> Any:  # noqa: ANN401 - likewise
        _wait_for_nothing()
        return cast("sqlite3.Cursor", self._cursor).executemany(operation, seq_of_parameters)


_NOTHING = _Nothing()


def _wait_for_nothing() -> None:
    """Where a statement is carried out for a coroutine of SQLAlchemy's own, the dialect insists that it waits."""
    if in_greenlet():
        await_only(_NOTHING)


class Adapted(AsyncAdapt_aiosqlite_connection):
    """A connection as the dialect wants it."""

    __slots__ = ()
    _cursor_cls = _Cursor

    def commit(self) -> None:
        """Commit."""
        cast("ConnectionAtOnce", self._connection).plain.commit()

    def rollback(self) -> None:
        """Roll back, where the connection is still open."""
        if cast("ConnectionAtOnce", self._connection)._connection:  # noqa: SLF001 - as the dialect looks
            cast("ConnectionAtOnce", self._connection).plain.rollback()


def connect(path: Path) -> DBAPIConnection:
    """A connection to a SQLite file, for an engine's `creator`."""
    connected: Any = await_only(ConnectionAtOnce(lambda: sqlite3.connect(path)))
    adapted: Any = Adapted(SQLiteDialect_aiosqlite.import_dbapi(), connected)
    return cast("DBAPIConnection", adapted)
