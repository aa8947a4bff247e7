"""The table of attacks on the desk's pages, a test each. Those on sign-in and on machines have tables of their own."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from activities.intake import Arrival
from records import people
from tests.desk.browsing import DeskHere, desk_here

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk with two incidents of different sources."""
    async with desk_here(tmp_path / "home") as here:
        await _evil_report(here)
        await here.report("Another one", number=2, observables=[{"kind": "domain", "value": "two.evil.example"}])
        yield here


async def _evil_report(desk: DeskHere) -> None:
    """A report that says the same in every field that takes words."""
    at = datetime.now(UTC)
    said = {
        "source": "csirt-fr",
        "id": "evil-1",
        "reported_at": at.isoformat(),
        "title": EVIL,
        "narrative": EVIL,
        "origin": EVIL,
        "notes": [EVIL],
        "marking": {"handling": [{"code": "H3", "provider": "csirt-fr", "text": EVIL}]},
        "observables": [
            {"kind": "filename", "value": EVIL},
            {"kind": "domain", "value": "one.evil.example"},
            {"kind": "url", "value": "https://one.evil.example/" + EVIL.replace(" ", "%20")},
            {"kind": "registry_key", "value": EVIL},
            {"kind": "mutex", "value": EVIL},
        ],
    }
    await desk.intake.report(json.dumps(said).encode(), name="evil.json", arrival=Arrival(at, "test"))


async def _ids(browser: httpx.AsyncClient) -> list[tuple[str, str]]:
    """The incidents, each with a report of it; the evil one first."""
    found = []
    for row in sorted((await browser.get("/api/v1/incidents")).json(), key=lambda one: str(one["reference"])):
        view = (await browser.get(f"/api/v1/incidents/{row['reference']}")).json()
        found.append((row["reference"], view["reports"][0]["id"]))
    return found


class Handlers(HTMLParser):
    """Reads a page as a browser does, and finds what would run at an event."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note attributes such as onerror, and addresses that are scripts."""
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}")


def assert_harmless(page: httpx.Response) -> None:
    """Nothing that somebody wrote is markup."""
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    handlers = Handlers()
    handlers.feed(page.text)
    assert not handlers.found


async def test_what_a_source_wrote_is_text_on_every_page(desk: DeskHere) -> None:
    """Stored XSS: title, narrative, origin, notes, restriction, observables; on every page that shows an incident."""
    browser = await desk.browser("duty-officer")
    (reference, report), *_ = await _ids(browser)
    base = f"/incidents/{reference}"
    paths = ["/", base, f"{base}/reports/{report}", f"{base}/journal", f"{base}/hits", f"{base}/evidence", "/journal"]
    paths += [f"{base}/acts/{name}" for name in ("decide", "assess", "grade", "move", "split")]
    paths += [f"{base}/what-if", f"{base}/questions", "/search?q=alert", "/search?q=one.evil.example"]
    for path in paths:
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert_harmless(page)
    assert "&lt;script&gt;alert(1)" in (await browser.get(f"{base}/reports/{report}")).text


async def test_what_comes_in_an_address_is_text_too(desk: DeskHere) -> None:
    """Reflected XSS: in the query, in ids, in what was typed into a form that is shown again."""
    browser = await desk.browser("duty-officer")
    for path in ("/search", "/directory", "/", "/nowhere"):
        assert_harmless(await browser.get(path, params={"q": EVIL, "name": EVIL, "phase": EVIL, "done": EVIL}))
    assert_harmless(await browser.get(f"/incidents/{EVIL}"))
    csrf = (await browser.get("/report")).text.partition('data-csrf="')[2].partition('"')[0]
    form = {"csrf": csrf, "source": EVIL, "title": EVIL, "narrative": EVIL, "observables": EVIL, "level": EVIL}
    again = await browser.post("/report", data=form)
    assert again.status_code == 422
    assert_harmless(again)


async def test_an_id_of_another_incident_opens_nothing(desk: DeskHere) -> None:
    """IDOR: a report, a notice or a file is looked for in the incident of the address alone."""
    browser = await desk.browser("duty-officer")
    (first, mine), (second, other) = (await _ids(browser))[:2]
    wrong = [f"/incidents/{first}/reports/{other}", f"/incidents/{second}/reports/{mine}"]
    wrong += [f"/incidents/{first}/notices/{name}" for name in (mine, "N-1", "..%2F..%2Fetc")]
    wrong += [f"/incidents/{first}/reports/{name}" for name in ("R-0", "..%2F..%2Fetc%2Fpasswd", "%00")]
    wrong += ["/exercises/played/..%2F..%2Fconfig/directory.yaml", "/exercises/played/x/..%2Fconfig"]
    wrong += ["/incidents/EXERCISE-2026-0001", "/incidents/desk", "/incidents/desk/journal"]
    for path in wrong:
        assert (await browser.get(path)).status_code == 404, path


async def test_an_incident_that_is_closed_to_somebody_is_nowhere(desk: DeskHere) -> None:
    """Every page and call about it, its stream included, answers as for what there is not; so do board and search."""
    officer, shut_out = await desk.browser("duty-officer"), await desk.browser("duty-officer-2")
    (reference, report), *_ = await _ids(officer)
    async with desk.house.store.writing() as tx:
        await people.restrict(tx, reference, people=["duty-officer"], by="duty-officer", at=datetime.now(UTC))
    routes = [path for method, path in desk.application.state.routes.table if method == "GET" and "{reference}" in path]
    assert any(path.endswith("/live") for path in routes)
    places = {"report": report, "notice": "N-1", "reader": "csirt-fr", "channel": "email", "file": "x", "item": "E-1"}
    for path in routes:
        asked = [path.format(reference=name, **places) for name in (reference, "LEERP-1999-0001")]
        answers = [await shut_out.get(one) for one in asked]
        # 403 where the act is another role's; then too for both the same
        assert answers[0].status_code == answers[1].status_code, path
        assert answers[0].status_code in (403, 404), path
        same = [one.text.replace(reference, "").replace("LEERP-1999-0001", "") for one in answers]
        assert same[0] == same[1], path
    for path in ("/", "/search?q=alert", "/api/v1/incidents"):
        assert reference not in (await shut_out.get(path)).text, path


async def test_files_are_walled_off(desk: DeskHere) -> None:
    """Every answer forbids scripts from elsewhere, frames and sniffing; pages of the desk allow none inline."""
    browser = await desk.browser("duty-officer")
    for path in ("/", "/search", "/static/desk.js", "/nowhere", "/health"):
        headers = (await browser.get(path)).headers
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_no_page_has_script_or_style_within(desk: DeskHere) -> None:
    """The policy would stop them, and the page would be broken: no script without a file, no style attribute."""
    browser = await desk.browser("duty-officer")
    (reference, _), *_ = await _ids(browser)
    for path in ("/", f"/incidents/{reference}", f"/incidents/{reference}/acts/decide", "/report", "/exercises"):
        text = (await browser.get(path)).text
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path
        assert not re.search(r"<[^>]+\sstyle=", text), path
        assert "<style" not in text, path


async def test_a_form_is_bounded(desk: DeskHere) -> None:
    """More than the desk takes is refused while it is being read."""
    browser = await desk.browser("duty-officer")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 1_048_576

    answer = await browser.post(
        "/report", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code in (400, 413)
