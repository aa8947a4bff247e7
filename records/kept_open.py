"""The connections of a passing store: kept open, and their statements carried out where they are called.

SQLAlchemy runs what it does for a coroutine in a greenlet of its own, so that the driver can wait there, and takes a
connection from the pool for every transaction. Over a connection that never waits (`records.at_once`) neither is of
any use, and together they take longer than most statements.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

Answer = TypeVar("Answer")
Given = ParamSpec("Given")

LONGEST_WAIT_SECONDS = 30.0
"""How long one writer waits for another, as for the pool of a store that is not passing."""


class OpenConnection(AsyncConnection):
    """A connection over `records.at_once`: what is asked of it is done at once, and never waits."""

    async def execute(
        self,
        statement: Executable,
        parameters: Any = None,  # noqa: ANN401 - as theirs
        *,
        execution_options: Mapping[str, Any] | None = None,
    ) -> CursorResult[Any]:
        """Execute a statement."""
        return self._plain.execute(statement, parameters, execution_options=execution_options)

    async def run_sync(
        self, fn: Callable[Concatenate[Connection, Given], Answer], *arg: Given.args, **kw: Given.kwargs
    ) -> Answer:
        """Do what works over a plain connection."""
        return fn(self._plain, *arg, **kw)

    async def get_raw_connection(self) -> PoolProxiedConnection:
        """The connection of the driver."""
        return self._plain.connection

    @property
    def _plain(self) -> Connection:
        if self.sync_connection is None:
            raise AssertionError("a connection is started before it is handed out")
        return self.sync_connection


async def plain_of(connection: AsyncConnection) -> sqlite3.Connection | None:
    """The very connection of SQLite, where calls to it are made at once; None where they are handed to a thread."""
    if not isinstance(connection, OpenConnection):
        return None
    driver: Any = (await connection.get_raw_connection()).driver_connection
    plain: sqlite3.Connection = driver.plain
    return plain


class KeptOpen:
    """The connections of one engine. `alone`: one transaction at a time, for writers."""

    def __init__(self, engine: AsyncEngine, *, alone: bool) -> None:
        self._engine = engine
        self._turn = asyncio.Lock() if alone else None
        self._idle: list[OpenConnection] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back by any exception.

        Raises sqlalchemy.exc.TimeoutError when another writer does not come to an end.
        """
        if self._turn is not None:
            await _take(self._turn)
        try:
            connection = self._idle.pop() if self._idle else await self._opened()
            try:
                with connection._plain.begin():  # noqa: SLF001 - of this module
                    yield connection
            finally:
                self._idle.append(connection)
        finally:
            if self._turn is not None:
                self._turn.release()

    async def _opened(self) -> OpenConnection:
        connection = OpenConnection(self._engine)
        await connection.start()
        return connection

    async def close(self) -> None:
        """Give the connections back to the engine, which closes them."""
        while self._idle:
            await self._idle.pop().close()


async def _take(turn: asyncio.Lock) -> None:
    if not turn.locked():
        await turn.acquire()
        return
    try:
        await asyncio.wait_for(turn.acquire(), LONGEST_WAIT_SECONDS)
    except TimeoutError as error:
        raise PoolTimeoutError("another writer does not come to an end") from error
