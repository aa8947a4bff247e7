"""The page of a stakeholder: what was sent to it, and nothing of anyone else's."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from desk.assembly import open_house
from leerp.journal import JournalKind
from leerp.marking import Level
from leerp.settings import Settings
from leerp.stakeholders import Directory, Member
from notifications.configuration import load_directory
from records import contributions, journal, questions
from tests.correspondents import Post, lay_out, reader
from tests.desk.browsing import DeskHere

NAMES = ("csirt-a", "csirt-b")


def member(stakeholder: str, *, clearance: Level | None = Level.BPL) -> Member:
    """Somebody of a stakeholder."""
    return Member(id=f"desk-{stakeholder}", name=f"Desk of {stakeholder}", stakeholder=stakeholder, clearance=clearance)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A centre that has sent one notice to both readers, and another one to the second alone."""
    await asyncio.to_thread(lay_out_members, tmp_path)
    async with open_house(Settings(home=tmp_path), migrate=True) as house:
        post = await Post.open(house)
        await post.send("N-1", *NAMES)
        await post.send("N-2", "csirt-b")
        here = DeskHere(house)
        yield here
        await here.close()


def lay_out_members(home: Path) -> None:
    """A centre whose readers have somebody each who may sign in."""
    lay_out(home, *(reader(name, ("email", f"{name}@x.example")) for name in NAMES), channels={})
    path = home / "config" / "directory.yaml"
    directory = load_directory(path)
    members = [member(name) for name in NAMES]
    unknown = member("csirt-a", clearance=None).model_copy(update={"id": "unknown-a"})
    changed = Directory.model_validate({**directory.model_dump(), "members": [*members, unknown]})
    path.write_text(changed.model_dump_json(indent=1))


def token(page: httpx.Response) -> str:
    """What the forms of a page carry."""
    return page.text.partition('data-csrf="')[2].partition('"')[0]


async def send(browser: httpx.AsyncClient, what: str, *, notice: str = "N-1", **form: str) -> httpx.Response:
    """Send a form of the page of a notice."""
    csrf = token(await browser.get("/own"))
    return await browser.post(f"/own/notices/{notice}/{what}", data={"csrf": csrf, **form})


async def test_each_sees_what_was_sent_to_it(desk: DeskHere) -> None:
    """The first reader sees one notice, the second two; each file is what was sent."""
    first, second = await desk.browser("desk-csirt-a"), await desk.browser("desk-csirt-b")
    assert ["N-1" in (await first.get("/own")).text, "N-2" in (await first.get("/own")).text] == [True, False]
    listing = (await second.get("/own")).text
    assert all(name in listing for name in ("N-1", "N-2"))
    page = await first.get("/own/notices/N-1")
    path = page.text.partition("/own/notices/N-1/files/")[2].partition('"')[0]
    file = await first.get(f"/own/notices/N-1/files/{path}")
    assert file.status_code == 200
    assert "sandbox" in file.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["", "/files/notice.html", "/confirm", "/ask", "/propose", "/contribute"])
async def test_what_was_never_sent_is_not_there(desk: DeskHere, path: str) -> None:
    """The notice of another is answered like one that does not exist, by every page and every form."""
    browser = await desk.browser("desk-csirt-a")
    csrf = token(await browser.get("/own"))
    method = "GET" if path in ("", "/files/notice.html") else "POST"
    answers = [
        await browser.request(method, f"/own/notices/{name}{path}", data={"csrf": csrf} if method == "POST" else None)
        for name in ("N-2", "N-404")
    ]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].text.replace("N-2", "") == answers[1].text.replace("N-404", "")


async def test_a_confirmation_counts_once(desk: DeskHere) -> None:
    """The button confirms for this stakeholder; pressed twice, the journal has it once, with who pressed it."""
    browser = await desk.browser("desk-csirt-a")
    assert [(await send(browser, "confirm")).status_code for _ in range(2)] == [303, 303]
    async with desk.house.store.reading() as c:
        incident = (await journal.of_kinds(c, {JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED}))[0].incident
        entries = await journal.entries(c, incident, kinds={JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED})
    assert [(one.actor, one.data["reader"], one.data["via"]) for one in entries] == [
        ("desk-csirt-a", "csirt-a", "desk")
    ]


async def test_a_question_is_answered_to_who_asked_alone(desk: DeskHere) -> None:
    """The officer sees the question, the reader the answer, and the other reader neither."""
    browser, other = await desk.browser("desk-csirt-a"), await desk.browser("desk-csirt-b")
    await send(browser, "ask", question="Is port 445 meant?", act="A-1")
    await send(browser, "ask", question="Is port 445 meant?", act="A-1")
    async with desk.house.store.reading() as c:
        incident = (await journal.of_kinds(c, {JournalKind.DELIVERY_QUESTION_ASKED}))[0].incident
        asked = await questions.of_incident(c, incident)
        waits = await questions.waits(c, incident)
    assert (len(asked), len(waits)) == (1, 1)
    officer = await desk.browser("duty-officer")
    page = await officer.get(f"/incidents/{incident}/questions")
    assert "Is port 445 meant?" in page.text
    form = {"csrf": token(page), "question": asked[0].id, "answer": "It is, and 139.", "act": "A-2"}
    assert (await officer.post(f"/incidents/{incident}/questions", data=form)).status_code == 303
    again = await officer.post(f"/incidents/{incident}/questions", data={**form, "act": "A-3"})
    assert again.status_code == 409
    assert "It is, and 139." in (await browser.get("/own/notices/N-1")).text
    assert "445" not in (await other.get("/own/notices/N-1")).text


async def test_a_file_is_a_contribution_of_the_stakeholder(desk: DeskHere) -> None:
    """What is uploaded comes in under the stakeholder's name, whatever the file says."""
    browser = await desk.browser("desk-csirt-a")
    csrf = token(await browser.get("/own"))
    said = {"id": "c1", "title": "What we saw", "contributed_at": "2026-11-22T03:00:00+00:00", "observables": []}
    files = {"file": ("c.json", json.dumps(said).encode(), "application/json")}
    answer = await browser.post("/own/notices/N-1/contribute", data={"csrf": csrf}, files=files)
    assert answer.status_code == 303, answer.text
    async with desk.house.store.reading() as c:
        incident = (await journal.of_kinds(c, {JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED}))[0].incident
        stored = await contributions.of_incident(c, incident)
    assert [one.contribution.contributor for one in stored] == ["csirt-a"]


async def test_who_is_not_cleared_sees_no_word_of_it(desk: DeskHere) -> None:
    """With an unknown clearance one learns that there is a notice, and nothing of it; confirming still works."""
    browser = await desk.browser("unknown-a")
    listing, page = await browser.get("/own"), await browser.get("/own/notices/N-1")
    assert "[not for your clearance]" in listing.text
    assert "/files/" not in page.text
    assert (await browser.get("/own/notices/N-1/files/notice.html")).status_code == 404
    assert (await send(browser, "confirm")).status_code == 303


async def test_nobody_of_a_stakeholder_gets_to_the_centres_pages(desk: DeskHere) -> None:
    """Board, incidents, journal, directory and health are not for them."""
    browser = await desk.browser("desk-csirt-a")
    paths = ("/", "/incidents/LEERP-2026-0001", "/journal", "/directory", "/state", "/exercises", "/live")
    assert {(await browser.get(path)).status_code for path in paths} <= {403, 404}
