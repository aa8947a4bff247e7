"""Turns among processes: who waits to write a SQLite file is next, however busily another one writes."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

import pytest

from records.store import Store, sqlite_url
from records.turns import Turns
from tests.records.cast import open_one
from tests.servers import ROOT

BUSY = """
import sqlite3, sys, time
from pathlib import Path
from records.turns import Turns
path = Path(sys.argv[1])
turns, connection = Turns(path), sqlite3.connect(path, isolation_level=None)
print("here", flush=True)
while True:
    turns.begin(connection)
    connection.execute("INSERT INTO written (who) VALUES ('busy')")
    time.sleep(0.01)
    connection.execute("COMMIT")
"""
"""Writes again and again, with nothing in between: whoever waits as SQLite does is locked out by it for seconds."""

HOLDING = """
import sqlite3, sys, time
from pathlib import Path
from records.turns import Turns
path = Path(sys.argv[1])
turns, connection = Turns(path), sqlite3.connect(path, isolation_level=None)
print("here", flush=True)
turns.begin(connection)
connection.execute("DELETE FROM postings")
print("at work", flush=True)
time.sleep(600)
"""
"""Begins to write and never ends."""

MINE = 20
WORK_SECONDS = 0.01


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database in which every transaction leaves a row."""
    made = tmp_path / "turns.db"
    connection = sqlite3.connect(made)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE written (number INTEGER PRIMARY KEY, who TEXT)")
    connection.close()
    return made


@contextmanager
def another(code: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, from when it is there until the end."""
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == "here\n"
        try:
            yield process
        finally:
            process.kill()


def test_who_waits_is_next(path: Path) -> None:
    """Two that never pause take turns: neither writes again and again while the other waits."""
    connection = sqlite3.connect(path, isolation_level=None)
    turns = Turns(path)
    with another(BUSY, path):
        for _ in range(MINE):
            turns.begin(connection)
            connection.execute("INSERT INTO written (who) VALUES ('me')")
            time.sleep(WORK_SECONDS)  # the work: meanwhile the other one waits
            connection.execute("COMMIT")
    who = [row[0] for row in connection.execute("SELECT who FROM written ORDER BY number")]
    connection.close()
    mine_in_a_row = [len([*row]) for one, row in groupby(who) if one == "me"]
    assert len(mine_in_a_row) > MINE / 2, who


async def test_who_is_killed_in_line_or_at_work_leaves_the_way_free(tmp_path: Path) -> None:
    """The lock ends with the process: nobody has to clear anything away."""
    path = tmp_path / "records.db"
    store = await Store.open(await sqlite_url(path))
    with another(HOLDING, path) as process:
        assert process.stdout
        assert process.stdout.readline() == "at work\n"
        process.kill()
        process.wait()
        assert await open_one(store)
    await store.close()


def test_who_stays_too_long_is_a_locked_database(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both who is at the head of the line and who is behind it give up in time, and leave their place."""
    monkeypatch.setattr("records.files.BUSY_MILLISECONDS", 200)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    outcomes: list[str] = []

    def wait() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        with suppress(sqlite3.OperationalError):
            Turns(path).begin(connection)
            outcomes.append("began")
        connection.close()

    waiting = [threading.Thread(target=wait) for _ in range(3)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    assert outcomes == []
    holder.execute("COMMIT")
    Turns(path).begin(holder)
    holder.execute("COMMIT")
    holder.close()


def test_a_closed_line_is_nobodys(path: Path) -> None:
    """Whoever writes after the end is told so, instead of holding whatever has that number now."""
    turns = Turns(path)
    turns.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        turns.begin(sqlite3.connect(path))
