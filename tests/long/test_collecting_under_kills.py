"""Mails, a feed, a MISP server and a TAXII collection, while the collector is killed again and again as it reads them.

    .venv/bin/pytest -p no:cacheprovider -q tests/long/test_collecting_under_kills.py

It takes about three minutes. Every round brings something new from each source and ends with a kill at another moment.
LEERP_TEST_SEED: the moments that are drawn, 1 if nothing is said.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web

from tests.collecting.cast import lay_out
from tests.collecting.imap_server import MailServer
from tests.collecting.imap_server import running as imap_running
from tests.collecting.killed import (
    READ,
    REPORTS,
    Collector,
    Tap,
    check,
    entries,
    mailbox_and_feed,
    mails,
    tapped,
)
from tests.collecting.misp_server import KEY, MispServer
from tests.collecting.taxii_server import COLLECTION, PASSWORD, USER, TaxiiServer
from tests.collecting.taxii_server import running as taxii_running
from tests.collecting.test_feeds import rss
from tests.collecting.test_misp_source import event
from tests.collecting.test_taxii_source import report as stix_report
from tests.collecting.web_server import WebServer, web_server
from tests.secret_files import secret_file

WORDS = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima")
NAMES = {"reports", "advisories", "misp", "taxii"}
SEED = int(os.environ.get("LEERP_TEST_SEED", "1"))

IN_A_SESSION = (b" LOGIN ", b" SELECT ", b" SEARCH ", b"RFC822.SIZE", b"BODY.PEEK", b"+FLAGS.SILENT")
"""What the collector says to the mail server; the last three for every mail."""


class Sources:
    """What the four sources hold, and what all of it is called as reports."""

    def __init__(self, mailbox: MailServer, feed: WebServer, misp: WebServer, taxii: TaxiiServer) -> None:
        self.expected: list[str] = []
        self._mailbox = mailbox
        self._feed = feed
        self._entries: list[str] = []
        self._misp = MispServer()
        self._taxii = taxii
        self._before_misp: Callable[[], None] | None = None
        misp.answer = self._misp_answer

    def before_misp(self, act: Callable[[], None]) -> None:
        """Do this when the MISP server is next asked for an event."""
        self._before_misp = act

    async def _misp_answer(self, request: web.Request) -> web.StreamResponse:
        if self._before_misp is not None and "/events/view/" in request.path:
            act, self._before_misp = self._before_misp, None
            act()
        return await self._misp.answer(request)

    def bring(self, number: int, word: str) -> None:
        """Something new from each."""
        by_mail, by_feed = mails(word), entries(word)
        self._mailbox.deliver(*by_mail.values())
        self._entries += by_feed.values()
        self._feed.says(rss(*self._entries))
        events = [number * 10 + one for one in range(3)]
        for one in events:
            self._misp.put(event(one, info=f"{word} {one}: wiper", value=f"{one}.misp.example"))
        for one in events:
            title = f"{word} {one}: worm"
            self._taxii.add(stix_report(one, name=title), at=f"2026-11-22T09:{number:02}:{one % 10:02}.000Z")
        self.expected += [*by_mail, *by_feed]
        self.expected += [f"{word} {one}: {what}" for one in events for what in ("wiper", "worm")]


def prepare(collector: Collector, tap: Tap, sources: Sources, drawn: Random, number: int) -> asyncio.Task[None] | None:
    """Settle when the collector is killed in this round."""
    match number % 3:
        case 0:
            word = drawn.choice(IN_A_SESSION)
            tap.when(word, drawn.randint(1, 5) if word in IN_A_SESSION[3:] else 1, collector.kill)
        case 1:
            return asyncio.create_task(_kill_at(collector, collector.asked(REPORTS) + drawn.randint(1, 50)))
        case _:
            sources.before_misp(collector.kill)
    return None


async def _kill_at(collector: Collector, reports: int) -> None:
    await collector.until(REPORTS, reports)
    collector.kill()


@pytest.mark.timeout(1_200)
async def test_nothing_is_lost_or_doubled_by_kills_during_collecting(tmp_path: Path) -> None:
    """Every report of every source is there once; a source whose reader was killed is read again by itself."""
    collector, drawn = Collector(tmp_path / "home"), Random(SEED)  # noqa: S311 - no secret
    (tmp_path / "misp").mkdir()
    with imap_running(tmp_path) as mailbox, taxii_running() as taxii:
        async with web_server(tmp_path) as feed, web_server(tmp_path / "misp") as misp, tapped(mailbox.port) as tap:
            sources = Sources(mailbox, feed, misp, taxii)
            lay_out(collector.home, settings(tmp_path, tap, feed, misp, taxii))
            async with collector.running():
                for number, word in enumerate(WORDS):
                    sources.bring(number, word)
                    killing = prepare(collector, tap, sources, drawn, number)
                    await collector.start()
                    await collector.died()
                    if killing is not None:
                        await killing
                    if number + 1 < len(WORDS):
                        collector.let_the_lease_be_over()
                await collector.start()  # the last lease runs out by itself
                await collector.until(REPORTS, len(sources.expected))
                await collector.until(f"{READ} AND holder IS NULL", len(NAMES))
                await collector.stop()
            await check(collector.home, sources.expected, NAMES)
    assert collector.kills == len(WORDS)


def settings(folder: Path, tap: Tap, feed: WebServer, misp: WebServer, taxii: TaxiiServer) -> dict[str, Any]:
    """The four as sources.yaml has them."""
    key, password = secret_file(folder / "key", KEY), secret_file(folder / "taxii-password", PASSWORD)
    place = {"kind": "misp", "url": misp.address, "key_file": str(key), "tags": ["ec3:report"], **misp.settings}
    reach = {"exemptions": [{"host": "127.0.0.1", "networks": ["127.0.0.0/8"], "ports": [taxii.port]}]}
    collection: dict[str, Any] = {"kind": "taxii", "api_root": taxii.api_root, "collection": COLLECTION, **reach}
    collection |= {"username": USER, "password_file": str(password), "lookback_hours": 8_000}
    return {
        **mailbox_and_feed(tap, feed, folder / "password"),
        "misp": {**place, "source": "csirt-lu", "lookback_hours": 8_000},
        "taxii": {**collection, "source": "csirt-lu"},
    }
