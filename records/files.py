"""The SQLite file itself: made for its owner alone, and in write-ahead mode before anybody connects."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from leerp.errors import BadInputError, ServiceMissingError

BUSY_MILLISECONDS = 10_000
"""How long a process waits for another one's write."""


def prepare(path: Path, *, create: bool) -> None:
    """Make sure of the file; blocks, so call it in a thread.

    Raises ServiceMissingError when the file or its folder is not there or cannot be written, BadInputError when the
    file is not a database.
    """
    if not path.parent.is_dir():
        raise ServiceMissingError(f"the folder {path.parent} for the records does not exist; make it first")
    if not create and not path.exists():
        raise ServiceMissingError(f"there are no records at {path}; start leerp once to make them")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        _write_ahead(path)
    except (OSError, sqlite3.OperationalError) as error:
        raise ServiceMissingError(f"the records at {path} cannot be opened ({error}); check its permissions") from error
    except sqlite3.DatabaseError as error:
        raise BadInputError(f"{path} is not a database of leerp ({error}); move it away or restore a backup") from error


def _write_ahead(path: Path) -> None:
    """Write-ahead mode stays with the file. SQLite does not wait for others when it changes it, so this does."""
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            with closing(sqlite3.connect(path, timeout=BUSY_MILLISECONDS / 1000)) as connection:
                mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    if mode != "wal":
        raise sqlite3.OperationalError(f"this file system offers the mode {mode}, not write-ahead logging")
