"""Open sources: what matches a keyword rule becomes a report of the centre, once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from leerp.errors import BadInputError, ServiceMissingError
from leerp.journal import JournalKind
from leerp.marking import Level, Tlp
from tests.collecting.cast import NOON, open_centre
from tests.collecting.web_server import WebServer, web_server

RULES = [{"name": "ransom", "any": ["ransomware", "rançongiciel"], "not": ["webinar"]}]


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebServer]:
    """A web server with a certificate."""
    async with web_server(tmp_path) as server:
        yield server


def settings(web: WebServer, **more: Any) -> dict[str, Any]:
    """The feed as sources.yaml has it."""
    return {"advisories": {"kind": "feed", "url": f"{web.address}feed", "keywords": RULES, **web.settings, **more}}


def item(title: str, *, guid: str, at: str = "Sun, 22 Nov 2026 11:00:00 +0000", text: str = "") -> str:
    """An entry of an RSS feed."""
    link = "https://cert.example/1"
    return (
        f"<item><title>{title}</title><guid>{guid}</guid><pubDate>{at}</pubDate><link>{link}</link>"
        f"<description>{text}</description></item>"
    )


def rss(*items: str) -> bytes:
    """An RSS feed."""
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>CERT</title>{''.join(items)}</channel></rss>".encode()
    )


async def test_what_matches_becomes_a_report_of_the_centre(web: WebServer, tmp_path: Path) -> None:
    """With its origin, public, dated as the feed says, with the observables of its text; the rest is passed over."""
    web.says(
        rss(
            item("Ransomware at ports", guid="a", text="Traffic to evil[.]example.com &lt;b&gt;now&lt;/b&gt;"),
            item("Ransomware webinar", guid="b"),
            item("A new printer", guid="c"),
        )
    )
    async with open_centre(tmp_path / "home", settings(web)) as centre:
        assert (await centre.read("advisories")).taken == 1
        (stored,) = await centre.reports()
    report = stored.report
    assert (report.source, report.open_source, report.origin) == ("ec3", True, "CERT")
    assert (report.marking.level, report.marking.tlp) == (Level.PUBLIC, Tlp.CLEAR)
    assert (report.title, report.reported_at) == ("Ransomware at ports", NOON - timedelta(hours=1))
    assert [one.value for one in report.observables] == ["evil.example.com", "https://cert.example/1"]
    assert "https://cert.example/1" in report.narrative
    assert "<b>" not in report.narrative


async def test_an_entry_is_taken_in_once(web: WebServer, tmp_path: Path) -> None:
    """Also when the feed is written anew; only what is new is looked at."""
    web.says(rss(item("Ransomware one", guid="a")), ETag='"1"')
    async with open_centre(tmp_path / "home", settings(web)) as centre:
        assert (await centre.read("advisories")).taken == 1
        web.says(rss(item("Rançongiciel: deux", guid="b"), item("Ransomware one", guid="a")))
        counts = await centre.read("advisories")
        assert (counts.taken, counts.known) == (1, 0)
        assert len(await centre.reports()) == 2


async def test_the_server_is_asked_for_changes_alone(web: WebServer, tmp_path: Path) -> None:
    """With what it said of the former answer; where nothing has changed nothing was heard."""
    web.says(rss(item("Ransomware", guid="a")), ETag='"1"', Last_Modified="Sun, 22 Nov 2026 11:00:00 GMT")
    async with open_centre(tmp_path / "home", settings(web)) as centre:
        await centre.read("advisories")
        heard = (await centre.source("advisories")).last_heard
        web.says(status=304)
        centre.time.later(hours=1)
        await centre.read("advisories")
        source = await centre.source("advisories")
    assert web.seen[1]["if-none-match"] == '"1"'
    assert web.seen[1]["if-modified-since"] == "Sun, 22 Nov 2026 11:00:00 GMT"
    assert (source.last_heard, source.last_ok) == (heard, centre.time())


async def test_the_first_reading_goes_back_so_far_and_no_further(web: WebServer, tmp_path: Path) -> None:
    """An entry from before the lookback is not taken in, then or later."""
    web.says(rss(item("Ransomware, old", guid="a", at="Fri, 20 Nov 2026 11:00:00 +0000")))
    async with open_centre(tmp_path / "home", settings(web)) as centre:
        assert vars(await centre.read("advisories")) == {"taken": 0, "known": 0, "refused": 0, "replies": 0}
        assert (await centre.read("advisories")).taken == 0


@pytest.mark.parametrize(
    ("body", "status", "headers", "sentence"),
    [
        (
            b"<!DOCTYPE a [<!ENTITY x 'y'>]><rss><channel><title>&x;</title></channel></rss>",
            200,
            {},
            "declares entities",
        ),
        (b"<rss><channel>", 200, {}, "not well-formed"),
        (b"<html></html>", 200, {}, "neither RSS nor Atom"),
        (b"<" * 300_000, 200, {}, "more than 5 MiB or 200,000 tags"),
        (b"x" * (6 * 2**20), 200, {}, "sends more than 5 MiB"),
        (b"\x1f\x8b", 200, {"Content_Encoding": "gzip"}, "compressed"),
        (b"", 302, {"Location": "https://elsewhere.example/"}, "redirects elsewhere"),
        (b"", 403, {}, "does not let the centre in"),
        (b"", 500, {}, "has a fault of its own"),
    ],
)
async def test_what_is_no_feed_is_a_failed_reading(
    web: WebServer, tmp_path: Path, body: bytes, status: int, headers: dict[str, str], sentence: str
) -> None:
    """Nothing of it is kept, and the sentence says what is wrong."""
    web.says(body, status=status, **headers)
    async with open_centre(tmp_path / "home", settings(web)) as centre:
        with pytest.raises((BadInputError, ServiceMissingError), match=sentence):
            await centre.read("advisories")
        source = await centre.source("advisories")
        assert (source.failures, source.cursor, source.last_ok) == (1, None, None)
        assert await centre.reports() == []


async def test_a_feed_that_was_read_leniently_is_said_to_be(web: WebServer, tmp_path: Path) -> None:
    """In each report's notes, and with the source, for as long as it is so; it is no failed reading."""
    told = "the feed was read leniently: it does not write & as XML does"
    web.says(rss(item("Ransomware & more", guid="a")), ETag='"1"')
    async with open_centre(tmp_path / "home", settings(web)) as centre:
        assert (await centre.read("advisories")).taken == 1
        (stored,) = await centre.reports()
        assert (stored.report.title, stored.report.notes[1]) == ("Ransomware & more", told)
        web.says(status=304)
        await centre.way("advisories").close()
        centre.forget("advisories")  # as after a restart
        await centre.read("advisories")
        source = await centre.source("advisories")
        assert (source.failures, source.failing_since, source.last_error) == (0, None, told)
        web.says(rss(item("Ransomware &amp; more", guid="a")))
        await centre.read("advisories")
        assert (await centre.source("advisories")).last_error is None


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(web: WebServer, tmp_path: Path) -> None:
    """TLS is always verified."""
    async with open_centre(tmp_path / "home", settings(web, ca_file=None)) as centre:
        with pytest.raises(ServiceMissingError, match="certificate"):
            await centre.read("advisories")
    assert web.seen == []


async def test_no_source_leads_into_the_centre(web: WebServer, tmp_path: Path) -> None:
    """An address inside is refused when the file is read, and a name that leads inside when it is looked up."""
    with pytest.raises(BadInputError, match="leads to this machine itself"):
        async with open_centre(tmp_path / "one", settings(web, exemptions=[])) as centre:
            await centre.read("advisories")
    inside = {"url": "https://localhost.localdomain/feed", "exemptions": []}
    async with open_centre(tmp_path / "two", settings(web, **inside)) as centre:
        with pytest.raises(ServiceMissingError):
            await centre.read("advisories")
    assert web.seen == []


async def test_a_clock_that_is_off_is_told_once_and_once_more_when_it_is_right(web: WebServer, tmp_path: Path) -> None:
    """A source whose clock is trusted says that the centre's runs ahead."""
    async with open_centre(tmp_path / "home", settings(web, trusted_clock=True)) as centre:
        for seconds in (5, 5, 0, 0):
            at = format_datetime(centre.time() - timedelta(seconds=seconds))
            web.says(rss(), Date=at)
            await centre.read("advisories")
            centre.time.later(minutes=5)
        kinds = (JournalKind.DESK_CLOCK_SKEWED, JournalKind.DESK_CLOCK_STEADY)
        told = await centre.desk(*kinds)
    assert [entry.kind for entry in told] == [*kinds]
    assert told[0].data == {"clock": "advisories", "offset_ms": 4500, "within_ms": 500}
