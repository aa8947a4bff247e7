"""The collector as a process of its own that is killed while it collects, and what must hold of it afterwards.

A tap stands between the collector and the mail server. It tells the very word of a session at which the process dies:
before a mail is stored, after it is stored and before it is marked, after it is marked and before that is remembered.
"""

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from desk.assembly import open_house
from desk.collector import sources_of
from desk.collector.process import poll_once
from leerp.journal import DESK, JournalKind, verify
from leerp.protocol import Signal
from leerp.settings import Settings
from records import collecting, incidents, journal, reports
from records.schema import postings
from tests.collecting.imap_server import PASSWORD, USER
from tests.collecting.test_feeds import RULES, item
from tests.collecting.test_mailbox import mail
from tests.collecting.web_server import WebServer
from tests.secret_files import secret_file
from tests.servers import ROOT, free_port

PATIENCE = 90.0
"""Seconds without the thing that is waited for; a source whose reader died is left alone for up to 60 of them."""


class Collector:
    """`leerp collect` on a state folder of its own, started again and again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._process: asyncio.subprocess.Process | None = None
        self.kills = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Whatever happens in the block, none is left running behind it."""
        try:
            yield
        finally:
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
                await self._process.wait()

    async def start(self) -> None:
        """Start it."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LEERP_")}
        environment |= {"LEERP_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        log = (self.home / "collector.log").open("ab")
        with log:
            words = (sys.executable, "-m", "desk", "collect")
            self._process = await asyncio.create_subprocess_exec(
                *words, env=environment, cwd=ROOT, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it with kill -9, at once."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self.kills += 1

    async def died(self) -> None:
        """Wait until it has been killed as was settled."""
        assert self._process is not None
        code = await asyncio.wait_for(self._process.wait(), PATIENCE)
        assert code == -signal.SIGKILL, (self.home / "collector.log").read_text()[-2000:]

    async def stop(self) -> None:
        """Tell it to stop, and see that it does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self._process.wait(), PATIENCE) == 0

    def asked(self, question: str) -> int:
        """What its store answers with one number; 0 while there is none."""
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(self.home / "records.db")) as file:
            return int(file.execute(question).fetchone()[0] or 0)
        return 0

    async def until(self, question: str, least: int) -> None:
        """Wait until its store answers at least that."""
        async with asyncio.timeout(PATIENCE):
            while self.asked(question) < least:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.002)

    def let_the_lease_be_over(self) -> None:
        """Have so much time pass that nobody holds a source any more."""
        with contextlib.closing(sqlite3.connect(self.home / "records.db", timeout=30)) as file, file:
            file.execute("UPDATE collected SET held_until = '2020-01-01T00:00:00.000000+00:00'")


class Tap:
    """Passes on what the collector says to the mail server, and does something before it passes on a certain word."""

    def __init__(self, port: int) -> None:
        self.port = free_port()
        self._behind = port
        self._word = b""
        self._turn = 0
        self._act: Callable[[], None] = lambda: None

    def when(self, word: bytes, turn: int, act: Callable[[], None]) -> None:
        """Do this before that word is passed on for the so-manyth time from now."""
        self._word, self._turn, self._act = word, turn, act

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session."""
        behind, ahead = await asyncio.open_connection("127.0.0.1", self._behind)
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pass(reader, ahead, self._look), self._pass(behind, writer, None))

    def _look(self, said: bytes) -> None:
        if self._turn and self._word in said:
            self._turn -= 1
            if not self._turn:
                self._act()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, look: Callable[[bytes], None] | None
    ) -> None:
        try:
            while said := await reader.readline() if look else await reader.read(65_536):
                if look:
                    look(said)
                writer.write(said)
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def tapped(port: int) -> AsyncIterator[Tap]:
    """The tap before a mail server while the block lasts."""
    tap = Tap(port)
    server = await asyncio.start_server(tap.serve, "127.0.0.1", tap.port)
    try:
        yield tap
    finally:
        server.close()


PLACES = ("Airport", "Bakery", "Canal", "Dairy", "Embassy", "Foundry")
ENTRIES = 40

REPORTS = "SELECT count(*) FROM reports"
READ = "SELECT count(*) FROM collected WHERE named AND last_ok IS NOT NULL AND failures = 0"


def mails(word: str) -> dict[str, bytes]:
    """Mails of which none is like another one, by what they are called as reports. `word`: told in all of them."""
    return {
        f"{word}: {place} is dark": mail(
            f"The {place.lower()} has no telephones; see {place.lower()}.{word.lower()}[.]example",
            Subject=f"{word}: {place} is dark",
            Message_ID=f"<{place}.{word}@csirt-lu.example>",
        ).as_bytes()
        for place in PLACES
    }


def entries(word: str) -> dict[str, str]:
    """Entries of a feed, of which each is a report, by what they are called."""
    titles = [f"{word} ransomware, sector {number:02}" for number in range(ENTRIES)]
    return {title: item(title, guid=title, text=f"{title[-2:]}.{word.lower()}[.]example", at="") for title in titles}


def mailbox_and_feed(tap: Tap, web: WebServer, password: Path) -> dict[str, Any]:
    """Both as sources.yaml has them."""
    place = {"kind": "mailbox", "host": "127.0.0.1", "port": tap.port, "tls": False, "lookback_hours": 8_000}
    sign_in = {"username": USER, "password_file": str(secret_file(password, PASSWORD))}
    feed = {"kind": "feed", "url": f"{web.address}feed", "keywords": RULES, **web.settings}
    return {"reports": {**place, **sign_in}, "advisories": feed}


async def check(home: Path, expected: Iterable[str], names: set[str]) -> None:
    """Each report is there once and noted once, every chain holds, and every source is read to its end."""
    async with open_house(Settings(home=home)) as house:
        async with house.store.reading() as c:
            ids = (await c.exec_driver_sql("SELECT id FROM reports")).scalars().all()
            stored = [await reports.get(c, one) for one in ids]
            assert Counter(one.report.title for one in stored) == Counter(expected)
            noted = await journal.of_kinds(c, (JournalKind.DETECTION_REPORT_RECEIVED,))
            assert sorted(str(entry.data["report"]) for entry in noted) == sorted(ids)
            told = await c.execute(select(postings.c.subject).where(postings.c.signal == Signal.REPORT))
            assert sorted(told.scalars()) == sorted(ids)
            for incident in [one.reference for one in await incidents.listing(c, include_ended=True)]:
                verify(await journal.lines(c, incident))
            assert await journal.entries(c, DESK, kinds=(JournalKind.DESK_INPUT_REFUSED,)) == []
            states = {one.name: one for one in await collecting.everything(c)}
        assert set(states) == names
        for one in states.values():
            assert (one.holder, one.failures, one.last_error, one.failing_since) == (None, 0, None, None), one
            assert one.cursor is not None
            assert one.last_heard is not None
        for name in sorted(names):
            counts = await poll_once(house, sources_of(house.settings), name)
            assert (counts.taken, counts.refused) == (0, 0), name
