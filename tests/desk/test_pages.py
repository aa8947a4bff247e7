"""The pages of the desk: who gets in, what they show, and what they never do."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from activities.intake import Arrival
from desk.assembly import open_house
from desk.web.application import build_application
from desk.web.sessions import Sessions, new_link
from leerp.settings import Settings
from notifications.configuration import lay_out_example

TOKEN = "one-time-token"  # noqa: S105 - a token of this test


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at a desk with one incident, not signed in."""
    home = tmp_path / "home"
    lay_out_example(home / "config")
    (home / "run").mkdir()
    (home / "run" / "sign-in").write_text(TOKEN)
    async with open_house(Settings(home=home), migrate=True) as house:
        at = datetime.now(UTC)
        report = {
            "source": "csirt-fr",
            "id": "1",
            "reported_at": at.isoformat(),
            "title": "<script>alert(1)</script>",
        }
        arrival = Arrival(at, "test")
        await house.intake.report(json.dumps(report).encode(), name="r.json", arrival=arrival)
        transport = httpx.ASGITransport(app=build_application(house), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
            yield client


@pytest.mark.parametrize("path", ["/", "/incidents/LEERP-2026-0001", "/api/v1/incidents", "/nowhere"])
async def test_nobody_gets_in_without_a_session(path: str, browser: httpx.AsyncClient) -> None:
    """Every page but health, style and sign-in answers 401 without a session, whether it exists or not."""
    answer = await browser.get(path)
    assert answer.status_code == 401
    assert "LEERP-" not in answer.text


async def test_the_link_signs_in_once(browser: httpx.AsyncClient) -> None:
    """The first use of the link opens a session; the second, and a wrong one, open nothing."""
    wrong = await browser.get("/sign-in/guessed")
    first = await browser.get(f"/sign-in/{TOKEN}")
    cookie = first.headers["set-cookie"].lower()
    again = await browser.get(f"/sign-in/{TOKEN}")
    assert [wrong.status_code, first.status_code, again.status_code] == [401, 303, 401]
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_a_forged_session_opens_nothing(browser: httpx.AsyncClient) -> None:
    """A cookie that this process did not sign is no session."""
    browser.cookies.set("leerp-session", "name.0000")
    assert (await browser.get("/")).status_code == 401


async def test_a_session_ends_after_a_shift_and_survives_a_restart(tmp_path: Path) -> None:
    """Twelve hours later the cookie opens nothing; a desk that was restarted still knows it before."""
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    session = Sessions(tmp_path, clock=lambda: now).begin(new_link(tmp_path))
    restarted = Sessions(tmp_path, clock=lambda: now + timedelta(hours=11))
    next_shift = Sessions(tmp_path, clock=lambda: now + timedelta(hours=12))
    assert [restarted.valid(session), next_shift.valid(session)] == [True, False]


async def test_pages_show_the_case_and_escape_what_a_source_wrote(browser: httpx.AsyncClient) -> None:
    """The title of a report is text on the page, never markup; every page carries the strict headers."""
    await browser.get(f"/sign-in/{TOKEN}")
    board = await browser.get("/")
    reference = next(iter((await browser.get("/api/v1/incidents")).json()))["reference"]
    page = await browser.get(f"/incidents/{reference}")
    assert reference in board.text
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]


async def test_the_journal_can_be_taken_out(browser: httpx.AsyncClient) -> None:
    """The download is the exported journal; an unknown incident is a 404 with a sentence."""
    await browser.get(f"/sign-in/{TOKEN}")
    reference = next(iter((await browser.get("/api/v1/incidents")).json()))["reference"]
    lines = (await browser.get(f"/incidents/{reference}/journal.jsonl")).text.splitlines()
    missing = await browser.get("/api/v1/incidents/LEERP-1999-0001")
    assert json.loads(lines[0])["kind"] == "detection.incident.opened"
    assert missing.status_code == 404
    assert "LEERP-1999-0001" in missing.json()["error"]


async def test_health_needs_no_session_and_tells_no_secret(browser: httpx.AsyncClient) -> None:
    """A health check gets the state and the mode, and nothing of any incident."""
    answer = await browser.get("/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "version", "mode", "notices_stuck", "channels_down"}
