"""Evidence at the desk: a file comes in by a form, its custody is told, and nobody is shown or given what is not so."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from desk.assembly import wall_clock
from leerp.evidence import EvidenceItem, EvidenceStatus
from leerp.journal import DESK, JournalKind
from leerp.marking import Level
from records import evidence, journal
from tests.desk.acting import Officer, hidden, officers, problem_in
from tests.desk.browsing import DeskHere, desk_here
from tests.desk.people_here import press
from tests.evidence_cast import described

IMAGE = b"\x00\x1b[2J the image <b>\xff"
SHA256 = hashlib.sha256(IMAGE).hexdigest()
BASIS = {
    "basis_kind": "order",
    "basis_authority": "Investigating judge <i>",
    "basis_given_at": "2026-02-01T09:00",
    "source": "csirt-fr",
    "tlp": "TLP:AMBER",
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk; no engine runs."""
    async with desk_here(tmp_path / "home") as here:
        yield here


async def items(one: Officer) -> tuple[EvidenceItem, ...]:
    """The items of the incident, the report first."""
    async with one.desk.house.store.reading() as connection:
        return await evidence.of_incident(connection, one.reference)


async def take_in(one: Officer, **more: Any) -> EvidenceItem:
    """Give a file in with the form; the item."""
    await one.act("evidence-add", file=("disk.img", IMAGE, "application/octet-stream"), **{**BASIS, **more})
    return (await items(one))[-1]


async def kinds(desk: DeskHere, reference: str, kind: JournalKind) -> list[dict[str, Any]]:
    """What the entries of a kind say."""
    async with desk.house.store.reading() as connection:
        return [one.data for one in await journal.entries(connection, reference, kinds={kind})]


async def test_from_a_file_to_a_hand_over_by_forms(desk: DeskHere) -> None:
    """Take in, describe, check, set a status, hand over: each is in the custody that the item's page tells."""
    (one,) = await officers(desk, "duty-officer")
    item = await take_in(one, level="BPL")
    assert (item.sha256, item.source, item.size_bytes) == (SHA256, "csirt-fr", len(IMAGE))
    known = described(SHA256).model_dump_json(exclude_none=True).encode()
    await one.act("evidence-describe", item=item.id, file=("known.json", known, "application/json"))
    await one.act("evidence-check")
    refused = await one.refused("evidence-status", item=item.id, status="evidential")
    assert (refused[0], "independently-verified" in refused[1]) == (409, True)
    await one.act("evidence-status", item=item.id, status="candidate")
    await one.act("evidence-hand-over", items=[item.id], to="eurojust", via="courier")
    found = (await items(one))[-1]
    actions = [step.action.value for step in found.custody]
    assert actions == ["acquired", "described", "described", "verified", "status_set", "transferred"]
    assert found.status is EvidenceStatus.CANDIDATE
    page = await one.page(f"/evidence/{item.id}")
    for words in ("Laboratory record 12/26", "to eurojust", "via courier", "found so at the last look", SHA256):
        assert words in page
    assert "The image" not in page
    assert f"/evidence/{item.id}" in await one.page("/evidence")


async def test_what_is_typed_of_an_item_is_what_is_recorded(desk: DeskHere) -> None:
    """Field by field; what was left empty stays unknown, and what was said before stands until it is said anew."""
    (one,) = await officers(desk, "malware-analyst-1")
    item = await take_in(one)
    capture = {"capture_at": "2026-02-02T10:00", "capture_tool": "imager", "capture_sha256": SHA256}
    await one.act("evidence-describe", item=item.id, original="yes", limits="For this case\nNot abroad", **capture)
    consent = {
        "consent_given": "no",
        "consent_by": "Its head",
        "consent_via": "letter",
        "consent_at": "2026-02-03T08:00",
    }
    await one.act("evidence-describe", item=item.id, no_limits="yes", **consent)
    async with desk.house.store.reading() as connection:
        told = await evidence.description(connection, (await items(one))[-1])
    assert (told.original, told.limits, told.nothing_left_out) == (True, (), None)
    assert told.capture is not None
    assert (told.capture.tool, told.capture.place) == ("imager", None)
    assert told.owner_consent is not None
    assert told.owner_consent.given is False
    assert told.basis is not None
    page = await one.page(f"/evidence/{item.id}")
    assert "Investigating judge &lt;i&gt;" in page


CARELESS: tuple[tuple[str, dict[str, str], str], ...] = (
    ("evidence-add", {}, "give the file"),
    ("evidence-describe", {}, "says nothing"),
    ("evidence-describe", {"capture_tool": "imager"}, "Capture: say when"),
    ("evidence-describe", {"limits": "one", "no_limits": "yes"}, "either there are some"),
    ("evidence-describe", {"capture_at": "2026-02-02T10:00", "capture_sha256": "short"}, "match"),
    ("evidence-status", {}, "Choose what it may be used as"),
    ("evidence-hand-over", {"to": "eurojust"}, "at least one item"),
    ("evidence-hand-over", {"items": "ITEM", "to": "eurojust"}, "over which way"),
    ("evidence-hand-over", {"items": "E-none", "to": "eurojust", "via": "x"}, "has no evidence"),
    ("evidence-hand-over", {"items": "ITEM", "to": "partner-bank", "via": "x"}, "may not have"),
)


async def test_careless_input_is_one_sentence_and_leaves_nothing(desk: DeskHere) -> None:
    """What is missing is named, the form keeps what was typed, and custody is as it was."""
    (one,) = await officers(desk, "duty-officer")
    await take_in(one)
    before = await items(one)
    for name, typed, said in CARELESS:
        fields = {key: before[-1].id if value == "ITEM" else value for key, value in typed.items()}
        status, sentence = await one.refused(name, **{"item": before[-1].id, **fields})
        assert (status in (409, 422), said in sentence) == (True, True), (name, typed, sentence)
    no_basis = await one.refused("evidence-add", file=("x", b"x", "text/plain"), source="csirt-fr")
    assert (no_basis[0], "lawful basis" in no_basis[1]) == (422, True)
    assert await items(one) == before


async def test_a_form_sent_twice_is_one_entry_of_custody(desk: DeskHere) -> None:
    """A doubled click hands nothing over twice, and takes nothing in twice."""
    (one,) = await officers(desk, "duty-officer")
    item = await take_in(one)
    sent: dict[str, dict[str, Any]] = {
        "evidence-hand-over": {"items": [each.id for each in await items(one)], "to": "eurojust", "via": "by hand"},
        "evidence-describe": {"item": item.id, "original": "yes"},
        "evidence-check": {},
    }
    for name, typed in sent.items():
        fresh = await one.form(f"/acts/{name}")
        answers = [await one.send(f"/acts/{name}", fresh, reason="twice", **typed) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303], (name, problem_in(answers[0].text))
    assert len(await kinds(desk, one.reference, JournalKind.INVESTIGATION_EVIDENCE_TRANSFERRED)) == 2
    assert len(await kinds(desk, one.reference, JournalKind.INVESTIGATION_EVIDENCE_VERIFIED)) == 1
    described_twice = await kinds(desk, one.reference, JournalKind.INVESTIGATION_EVIDENCE_DESCRIBED)
    assert len(described_twice) == 2, "one of its basis, one of this"


async def content(browser: httpx.AsyncClient, path: str, reason: str) -> httpx.Response:
    """Ask for the bytes of an item."""
    return await press(browser, f"{path}/content", reason=reason)


async def test_whoever_takes_the_content_is_recorded_first(desk: DeskHere) -> None:
    """With a reason the bytes come as a file that nothing runs; without one nothing comes, and the refusal stays."""
    (one,) = await officers(desk, "duty-officer")
    item = await take_in(one)
    path = f"{one.path}/evidence/{item.id}"
    kind = JournalKind.INVESTIGATION_EVIDENCE_ACCESSED
    empty = await content(one.browser, path, "  ")
    assert (empty.status_code, "needs a reason" in empty.text, IMAGE in empty.content) == (409, True, False)
    assert await kinds(desk, one.reference, kind) == []
    given = await content(one.browser, path, "the laboratory asks")
    assert (given.status_code, given.content) == (200, IMAGE)
    assert given.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in given.headers["content-security-policy"]
    assert given.headers["cache-control"] == "no-store"
    (entry,) = await kinds(desk, one.reference, kind)
    assert (entry["item"], entry["reason"]) == (item.id, "the laboratory asks")
    read = await kinds(desk, DESK, JournalKind.DESK_CONTENT_READ)
    await one.page(f"/evidence/{item.id}")
    assert len(await kinds(desk, DESK, JournalKind.DESK_CONTENT_READ)) == len(read) + 1


async def test_who_may_handle_and_who_may_hand_over(desk: DeskHere) -> None:
    """An analyst handles and hands nothing over; the auditor looks, is offered nothing and gets no bytes."""
    officer, analyst = await officers(desk, "duty-officer", "malware-analyst-1")
    item = await take_in(officer)
    path = f"{officer.path}/evidence/{item.id}"
    page = (await analyst.browser.get(path)).text
    assert ("evidence-describe" in page, "evidence-hand-over" in page) == (True, False)
    sent = hidden(await officer.page("/acts/evidence-hand-over"))
    token = hidden(await analyst.page("/acts/evidence-describe"))["csrf"]
    typed = {"items": [item.id], "to": "eurojust", "via": "x", "reason": "y"}
    refused = await analyst.browser.post(
        f"{officer.path}/acts/evidence-hand-over", data={**sent, "csrf": token, **typed}
    )
    assert refused.status_code == 403
    auditor = await desk.browser("records-auditor")
    seen = await auditor.get(path)
    assert (seen.status_code, "/acts/" in seen.text, "<button>Record that" in seen.text) == (200, False, False)
    assert (await content(auditor, path, "curious")).status_code == 403
    assert (await items(officer))[-1].custody[-1].action.value == "described"


async def test_an_item_is_where_it_belongs_and_nowhere_else(desk: DeskHere) -> None:
    """Under another incident, under no id, and above a clearance, there is neither a page nor bytes."""
    (one,) = await officers(desk, "duty-officer")
    (other,) = await officers(desk, "duty-officer", title="Another", number=2, observables=[])
    item = await take_in(one, level=Level.CONFIDENTIEL.value)
    for path in (f"{other.path}/evidence/{item.id}", f"{one.path}/evidence/E-none"):
        assert (await one.browser.get(path)).status_code == 404
        assert (await content(one.browser, path, "x")).status_code == 404
    auditor = await desk.browser("records-auditor")
    assert (await auditor.get(f"{one.path}/evidence")).status_code == 403
    assert (await auditor.get(f"{one.path}/evidence/{item.id}")).status_code == 403


async def test_a_basis_needs_its_three_parts_before_anything_comes_in(desk: DeskHere) -> None:
    """Ground, authority and time; and one that ends before it began is refused."""
    (one,) = await officers(desk, "duty-officer")
    ended = f"{wall_clock() - timedelta(days=900):%Y-%m-%dT%H:%M}"
    for typed, said in (
        ({"basis_authority": ""}, "say authority"),
        ({"basis_given_at": ""}, "say since when"),
        ({"basis_valid_until": ended}, "ends after it was given"),
    ):
        status, sentence = await one.refused(
            "evidence-add", file=("disk.img", IMAGE, "text/plain"), **{**BASIS, **typed}
        )
        assert (status, said in sentence) == (422, True), sentence
    assert len(await items(one)) == 1
