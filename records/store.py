"""The store of record: one database, SQLite or PostgreSQL, and its transactions."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Update, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from leerp.errors import BadInputError, ServiceMissingError
from records import at_once, files, migration
from records.kept_open import KeptOpen, plain_of
from records.statements import (
    POSTGRESQL,
    WRITES,
    Begin,
    PlainRow,
    begin_writing,
    change_each,
    change_each_at_once,
    change_each_plainly,
    hold,
)
from records.turns import Turns
from records.whole_trip import Answer, Work, whole_trip

_SQLITE = "sqlite+aiosqlite"
_POSTGRESQL = "postgresql+psycopg"
_CONNECT_SECONDS = 10
_OF_THE_DATABASE = frozenset({"42P01", "42501", "3F000"})
"""States of PostgreSQL that count as failing although statements of ours bring them up: a table or a schema that is
gone, a right that was taken away (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
_POOL = {"pool_size": 10, "max_overflow": 10, "pool_use_lifo": True}


async def sqlite_url(path: Path) -> str:
    """The url of a SQLite file, made absolute."""
    absolute = await asyncio.to_thread(path.absolute)
    return URL.create(_SQLITE, database=str(absolute)).render_as_string()


class Store:
    """One open database.

    `writing()` is one transaction: all of it or nothing, and on SQLite the only one. Never open one inside another.
    `reading()` sees one moment of the database and cannot write.
    """

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, *, turns: Turns | None = None) -> None:
        self._writer = writer
        self._reader = reader
        self._turns = turns
        shared = turns is not None or writer.dialect.name == POSTGRESQL
        # Who has the file to itself keeps its connections, and never waits half way.
        self._kept = None if shared else {writer: KeptOpen(writer, alone=True), reader: KeptOpen(reader, alone=False)}

    @classmethod
    async def open(cls, url: str, *, migrate: bool = True, passing: bool = False) -> Self:
        """Open the database, and bring its schema to this version; two processes may do so at once.

        `passing`: a SQLite file that this event loop has to itself and that nobody needs after a loss of power, as in
        an exercise. It is several times as fast.

        Raises BadInputError when the url cannot be used or the records were written by a newer leerp, and
        ServiceMissingError when the database is not there or, without `migrate`, has not been prepared.
        """
        parsed = _parsed(url)
        if parsed.drivername == _SQLITE:
            path = Path(parsed.database or "")
            await asyncio.to_thread(files.prepare, path, create=migrate)
            turns = None if passing else Turns(path)
            store = cls(*_sqlite_engines(parsed, turns=turns), turns=turns)
        else:
            store = cls(*_postgresql_engines(parsed))
        try:
            await store._bring_up(migrate=migrate)
        except BaseException:
            await store.close()
            raise
        return store

    async def _bring_up(self, *, migrate: bool) -> None:
        async with self.reading() as c:
            current = await c.run_sync(migration.is_current)
        if current:
            return
        if not migrate:
            raise ServiceMissingError(
                f"the records in {self._name} are not prepared for this version; let leerp migrate them first"
            )
        async with self.writing() as tx:
            await hold(tx, "migration")
            await tx.run_sync(migration.upgrade)

    @property
    def _name(self) -> str:
        return self._writer.url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One write transaction: committed at the end, rolled back by any exception.

        Raises ServiceMissingError when the database does not answer, or stays locked.
        """
        async with self._transaction(self._writer) as tx:
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One consistent read. Raises ServiceMissingError when the database does not answer."""
        async with self._transaction(self._reader) as c:
            yield c

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            async with AsyncExitStack() as stack:
                try:
                    if self._kept:
                        connection = await stack.enter_async_context(self._kept[engine].transaction())
                    else:
                        connection = await _connected(engine)
                        stack.push_async_callback(connection.close)
                        await stack.enter_async_context(connection.begin())
                except (OperationalError, sqlite3.OperationalError, PoolTimeoutError) as error:
                    raise self._missing(error) from error
                yield connection
        except DBAPIError as error:  # gone, or there and not doing its work: locked for long, full, unreadable
            if not error.connection_invalidated and not _is_at_fault(error):
                raise
            raise self._missing(error) from error

    async def write(self, work: Work[Answer]) -> Answer:
        """Do what `work` does with a connection as one write transaction; it awaits nothing but the store.

        What is written often, and beside others who write, is written so: on SQLite it holds them up for as long as it
        takes, and for nothing that this process does beside it. Raises as `writing` does.
        """
        if self._turns is None:
            async with self.writing() as tx:
                return await work(tx)
        try:
            connection = await _connected(self._writer)
            try:
                return await whole_trip(connection, work, begin=self._turns.begin)
            finally:
                await connection.close()
        except (OperationalError, sqlite3.OperationalError, PoolTimeoutError) as error:
            if isinstance(error, OperationalError) and not _is_at_fault(error):
                raise
            raise self._missing(error) from error

    async def change_each(self, statement: Update, rows: Sequence[PlainRow]) -> list[int]:
        """One update for each row of plain values, as a write transaction of its own; how many lines each changed.

        The cheapest way to write, for what is written very often. Raises as `writing` does.
        """
        if self._turns is None:
            async with self.writing() as tx:
                plain = await plain_of(tx)
                return change_each_plainly(plain, statement, rows) if plain else await change_each(tx, statement, rows)
        try:
            async with self._writer.connect() as connection:
                return await change_each_at_once(connection, statement, rows, begin=self._turns.begin)
        except (OperationalError, sqlite3.OperationalError, PoolTimeoutError) as error:
            raise self._missing(error) from error

    def _missing(self, error: Exception) -> ServiceMissingError:
        cause = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
        return ServiceMissingError(f"the records in {self._name} do not answer ({cause}); check that the database runs")

    async def close(self) -> None:
        """Close every connection."""
        for one in self._kept.values() if self._kept else ():
            await one.close()
        await self._reader.dispose()
        await self._writer.dispose()
        if self._turns:
            self._turns.close()


async def _connected(engine: AsyncEngine) -> AsyncConnection:
    """A connection. One that is being made is made to the end, and put back, when whoever asked is cancelled.

    The pool keeps no hold of a connection that is given up half way.
    """
    making = asyncio.ensure_future(_made(engine))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        with suppress(Exception):
            await (await making).close()
        raise


async def _made(engine: AsyncEngine) -> AsyncConnection:
    return await engine.connect()


def _is_at_fault(error: DBAPIError) -> bool:
    """Whether it is the database that cannot; a write where one only reads is a fault of whoever tries it."""
    if getattr(error.orig, "sqlstate", None) in _OF_THE_DATABASE:
        return True
    forbidden = getattr(error.orig, "sqlite_errorname", None) == "SQLITE_READONLY"
    return isinstance(error, OperationalError) and not forbidden


def _parsed(url: str) -> URL:
    forms = f"{_SQLITE}:////absolute/path/records.db or {_POSTGRESQL}://user@host/database"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadInputError(f"the database url cannot be read; it must look like {forms}") from error
    if parsed.drivername not in (_SQLITE, _POSTGRESQL):
        raise BadInputError(f"{parsed.drivername} is not a database that leerp keeps records in; use {forms}")
    if not parsed.database or parsed.database == ":memory:":
        raise BadInputError(f"the database url names no database; it must look like {forms}")
    return parsed


def _sqlite_engines(url: URL, *, turns: Turns | None) -> tuple[AsyncEngine, AsyncEngine]:
    """A writer with one connection, which queues the writers of this process in order, and readers beside it.

    Without `turns` it has the file to itself, and it is passing.
    """
    passing = turns is None
    how: dict[str, Any] = {"creator": partial(at_once.connect, Path(url.database or ""))} if passing else {}
    writer = create_async_engine(url, pool_size=1, max_overflow=0, execution_options={WRITES: True}, **how)
    reader = create_async_engine(url, **_POOL, **how)
    synchronous = "synchronous=OFF" if passing else "synchronous=FULL"
    _dress(writer, pragmas=(synchronous, "foreign_keys=ON"), begin=_begin_by(turns))
    _dress(reader, pragmas=("query_only=ON",), begin=_begin_reading)
    return writer, reader


def _begin_by(turns: Turns | None) -> Begin:
    return turns.begin if turns else begin_writing


def _begin_reading(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")


def _dress(engine: AsyncEngine, *, pragmas: tuple[str, ...], begin: Begin) -> None:
    """Take transactions into our own hands: the driver would begin late, and never IMMEDIATE.

    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#pysqlite-transactions
    """

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={files.BUSY_MILLISECONDS}", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Connection) -> None:
        adapted: Any = connection.connection.dbapi_connection
        if isinstance(adapted, at_once.Adapted):
            begin(adapted.driver_connection.plain)
            return
        # The driver offers its own calls only; this is how it makes them.
        adapted.run_async(lambda driver: driver._execute(begin, driver._conn))  # noqa: SLF001


def _postgresql_engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    defaults = {"connect_timeout": _CONNECT_SECONDS, "application_name": "leerp"}
    writer = create_async_engine(
        url,
        **_POOL,
        pool_pre_ping=True,
        connect_args={name: value for name, value in defaults.items() if name not in url.query},
        execution_options={WRITES: True},
    )
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True, **{WRITES: False})
    return writer, reader
