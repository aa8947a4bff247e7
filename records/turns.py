"""Whose turn it is to write a SQLite file, where several processes do.

SQLite has one writer at a time. Who waits for it sleeps ever longer and looks again, up to a tenth of a second apart,
so that a process which writes one transaction after another keeps one out that has waited for seconds. Here whoever
wants to write first gets in line, and holds the only place at its head until it is the writer: who has just written
comes after it. https://www.sqlite.org/c3ref/busy_timeout.html
"""

import fcntl
import os
import sqlite3
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from records import files

_LOOK_AGAIN_SECONDS = 0.00025


class Turns:
    """The line of those who want to write one file: a lock on its folder, which ends with the process that holds it.

    One writer of this process at a time; its calls block, so they belong into the driver's thread.
    """

    def __init__(self, path: Path) -> None:
        # Not the file itself: closing it here would let go of the locks that SQLite has on it.
        self._folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        self.close = weakref.finalize(self, os.close, self._folder)

    def begin(self, connection: sqlite3.Connection) -> None:
        """Begin a write transaction; sqlite3.OperationalError when it stays locked."""
        if not self.close.alive:
            raise sqlite3.ProgrammingError("the store was closed")
        until = time.monotonic() + files.BUSY_MILLISECONDS / 1000
        _when_free(self._take_place, until=until)
        try:
            connection.execute("PRAGMA busy_timeout=0")
            _when_free(lambda: _begun(connection), until=until)
        finally:
            fcntl.flock(self._folder, fcntl.LOCK_UN)
            connection.execute(f"PRAGMA busy_timeout={files.BUSY_MILLISECONDS}")

    def _take_place(self) -> bool:
        try:
            fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _begun(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _when_free(attempt: Callable[[], bool], *, until: float) -> None:
    while not attempt():
        if time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")
        time.sleep(_LOOK_AGAIN_SECONDS)
