"""SQLite without a thread beside it: for a store that one event loop has to itself.

The driver hands every call to a thread of the connection's own and waits for the answer, so that a slow disk holds
nobody up. That costs several times what the call itself takes. Where nobody else could work meanwhile, as in an
exercise whose clock stands while something is under way, the call is made at once.
"""

import sqlite3
from asyncio import Future
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, cast

import aiosqlite


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


async def connect(path: Path) -> aiosqlite.Connection:
    """A connection to a SQLite file."""
    return await ConnectionAtOnce(lambda: sqlite3.connect(path))
