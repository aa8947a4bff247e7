"""DESIGN rule 12 for what leerp reads by itself: the collector is killed while it collects, and nothing is lost."""

from pathlib import Path

import pytest

from tests.collecting.cast import lay_out
from tests.collecting.imap_server import running
from tests.collecting.killed import (
    READ,
    Collector,
    check,
    entries,
    mailbox_and_feed,
    mails,
    tapped,
)
from tests.collecting.test_feeds import rss
from tests.collecting.web_server import web_server

BEFORE = ((b"BODY.PEEK", 2), (b"+FLAGS.SILENT", 2))
"""A mail is not stored yet; another one is stored, and neither marked nor remembered. The feed is under way in both."""


@pytest.mark.timeout(300)
async def test_a_collector_killed_while_it_collects_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The next one collects all the rest, and every source is where it would have been without a kill."""
    collector = Collector(tmp_path / "home")
    with running(tmp_path) as server:
        async with web_server(tmp_path) as web, tapped(server.port) as tap:
            by_mail, by_feed = mails("Alpha"), entries("Alpha")
            server.deliver(*by_mail.values())
            web.says(rss(*by_feed.values()))
            lay_out(collector.home, mailbox_and_feed(tap, web, tmp_path / "password"))
            async with collector.running():
                for word, turn in BEFORE:
                    tap.when(word, turn, collector.kill)
                    await collector.start()
                    await collector.died()
                    collector.let_the_lease_be_over()
                await collector.start()
                await collector.until(READ, 2)
                await collector.stop()
            await check(collector.home, [*by_mail, *by_feed], {"reports", "advisories"})
        assert collector.kills == len(BEFORE)
        assert server.flags() == [{r"\Seen"}] * len(by_mail)
