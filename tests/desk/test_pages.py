"""The pages of the desk: who gets in, what they show, and what they never do."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from records import sessions
from tests.desk.browsing import DeskHere, desk_here


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk with one incident."""
    async with desk_here(tmp_path / "home") as here:
        await here.report("<script>alert(1)</script>")
        yield here


@pytest.fixture
async def stranger(desk: DeskHere) -> httpx.AsyncClient:
    """A browser that is not signed in."""
    return await desk.browser()


@pytest.fixture
async def browser(desk: DeskHere) -> httpx.AsyncClient:
    """The browser of the duty officer."""
    return await desk.browser("duty-officer")


@pytest.mark.parametrize("path", ["/", "/incidents/LEERP-2026-0001", "/api/v1/incidents", "/nowhere"])
async def test_nobody_gets_in_without_a_session(path: str, stranger: httpx.AsyncClient) -> None:
    """Every page but health, style and sign-in answers 401 without a session, whether it exists or not."""
    answer = await stranger.get(path)
    assert answer.status_code == 401
    assert "LEERP-" not in answer.text.replace(path, "")  # the form leads back to what was asked for


async def test_the_link_signs_in_once(desk: DeskHere, stranger: httpx.AsyncClient) -> None:
    """The first press of its button opens a session; the second, and a wrong link, open nothing, nor does looking."""
    link = await desk.link("duty-officer")
    wrong = await stranger.get("/sign-in/guessed")
    looked = [await stranger.get(link), await stranger.get(link)]
    first = await stranger.post(link)
    cookie = first.headers["set-cookie"].lower()
    again = await stranger.post(link)
    assert [one.status_code for one in looked] == [200, 200]
    assert "set-cookie" not in looked[0].headers
    assert [wrong.status_code, first.status_code, again.status_code] == [401, 303, 401]
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_a_new_link_takes_the_place_of_the_one_before(desk: DeskHere, stranger: httpx.AsyncClient) -> None:
    """A link that nobody used opens nothing once the same person has a newer one."""
    before, newer = await desk.link("duty-officer"), await desk.link("duty-officer")
    assert [(await stranger.post(link)).status_code for link in (before, newer)] == [401, 303]


async def test_a_forged_session_opens_nothing(stranger: httpx.AsyncClient) -> None:
    """A cookie that no session belongs to is none."""
    stranger.cookies.set("leerp-session", "name.0000")
    assert (await stranger.get("/")).status_code == 401


async def test_a_session_ends_after_a_shift(desk: DeskHere) -> None:
    """Twelve hours later the cookie opens nothing."""
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    async with desk.house.store.writing() as tx:
        secret = await sessions.begin(tx, person="duty-officer", how="link", at=now)
    async with desk.house.store.reading() as c:
        later = [await sessions.find(c, secret, at=now + timedelta(hours=hours)) for hours in (11, 12)]
    assert [one and one.person for one in later] == ["duty-officer", None]


async def test_signing_out_ends_the_session_for_good(desk: DeskHere, browser: httpx.AsyncClient) -> None:
    """The cookie of before opens nothing any more; without the token of the page nobody is signed out."""
    cookie = browser.cookies["leerp-session"]
    page = await browser.get("/")
    token = page.text.partition('data-csrf="')[2].partition('"')[0]
    assert (await browser.post("/sign-out")).status_code == 403
    assert (await browser.post("/sign-out", data={"csrf": token})).status_code == 303
    other = await desk.browser()
    other.cookies.set("leerp-session", cookie)
    assert (await other.get("/")).status_code == 401


async def test_pages_show_the_case_and_escape_what_a_source_wrote(browser: httpx.AsyncClient) -> None:
    """The title of a report is text on the page, never markup; every page carries the strict headers."""
    board = await browser.get("/")
    reference = next(iter((await browser.get("/api/v1/incidents")).json()))["reference"]
    page = await browser.get(f"/incidents/{reference}")
    assert reference in board.text
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]


async def test_the_journal_can_be_taken_out(browser: httpx.AsyncClient) -> None:
    """The download is the exported journal; an unknown incident is a 404 with a sentence."""
    reference = next(iter((await browser.get("/api/v1/incidents")).json()))["reference"]
    lines = (await browser.get(f"/incidents/{reference}/journal.jsonl")).text.splitlines()
    missing = await browser.get("/api/v1/incidents/LEERP-1999-0001")
    assert json.loads(lines[0])["kind"] == "detection.incident.opened"
    assert missing.status_code == 404
    assert "LEERP-1999-0001" in missing.json()["error"]


async def test_health_needs_no_session_and_tells_no_secret(stranger: httpx.AsyncClient) -> None:
    """A health check gets the state and the mode, and nothing of any incident."""
    answer = await stranger.get("/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "version", "mode", "notices_stuck", "channels_down"}
