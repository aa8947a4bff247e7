"""Who needs to know: an incident with a circle is not there for anybody else, on no page and in no call."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from desk.access.acts import DeskAct
from desk.access.principals import principal_of
from desk.access.reading import HIDDEN
from desk.access.routes import OWN
from desk.access.sight import sight_of
from desk.assembly import wall_clock
from leerp.journal import JournalKind
from records import incidents, journal
from tests.desk.browsing import DeskHere, desk_here
from tests.desk.people_here import press

INSIDE, OUTSIDE, APPROVER = "duty-officer", "duty-officer-2", "head-of-operations"
TITLE = "Wiper at a ministry"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk with two incidents, the first of which the duty officer has closed to all but herself and an analyst."""
    async with desk_here(tmp_path / "home") as here:
        first = await here.report(TITLE)
        await here.report("Spam run", number=2)
        inside = await here.browser(INSIDE)
        done = await press(
            inside, f"/incidents/{first}/circle", change="restrict", person=["malware-analyst-1"], reason="a source"
        )
        assert done.status_code == 303
        yield here


@pytest.fixture
async def closed(desk: DeskHere) -> str:
    """The reference of the closed incident."""
    browser = await desk.browser(INSIDE)
    found = (await browser.get("/api/v1/incidents")).json()
    return str(min(one["reference"] for one in found))


async def restricted(desk: DeskHere, reference: str) -> list[dict[str, object]]:
    """What the incident's journal says of its circle."""
    async with desk.house.store.reading() as c:
        kinds = [JournalKind.DESK_CIRCLE_CHANGED]
        return [{"by": one.actor, **one.data} for one in await journal.entries(c, reference, kinds=kinds)]


def paths_of(desk: DeskHere, reference: str) -> list[tuple[str, str]]:
    """Everything at the desk that names an incident, but the page of its circle."""
    table: dict[tuple[str, str], object] = desk.application.state.routes.table
    return [
        (method, re.sub(r"\{[^}]+\}", "x-1", path.replace("{reference}", reference)))
        for (method, path), act in table.items()
        if "{reference}" in path and act is not DeskAct.ADMIT
    ]


async def test_whoever_is_not_admitted_finds_nothing_anywhere(desk: DeskHere, closed: str) -> None:
    """Each page and call of it answers as for an incident that there is not; no list and no count has it."""
    for person in (OUTSIDE, APPROVER, "malware-analyst-2"):
        browser = await desk.browser(person)
        for method, path in paths_of(desk, closed):
            answer = await browser.request(method, path)
            none = await browser.request(method, path.replace(closed, "LEERP-1999-0042"))
            assert answer.status_code in (401, 403, 404), (person, method, path)
            assert same(answer, closed) == same(none, "LEERP-1999-0042"), (person, method, path)
        board = await browser.get("/")
        listed = (await browser.get("/api/v1/incidents")).json()
        assert (TITLE in board.text, closed in board.text) == (False, False)
        assert closed not in json.dumps(listed)


def same(answer: httpx.Response, reference: str) -> tuple[int, str]:
    """An answer, whatever incident was asked for."""
    return answer.status_code, answer.text.replace(reference, "REFERENCE")


async def test_the_circle_still_works_on_it(desk: DeskHere, closed: str) -> None:
    """Whoever drew it stays in, whoever was named is in, and the journal of the incident has it with the reason."""
    for person in (INSIDE, "malware-analyst-1"):
        browser = await desk.browser(person)
        assert TITLE in (await browser.get(f"/incidents/{closed}")).text
        assert closed in (await browser.get("/")).text
    drawn = {"by": INSIDE, "change": "restricted", "people": [INSIDE, "malware-analyst-1"], "reason": "a source"}
    assert await restricted(desk, closed) == [drawn]


async def test_an_approver_sees_that_there_is_one_and_goes_in_with_a_reason(desk: DeskHere, closed: str) -> None:
    """The page says nothing but that; without a reason nobody goes in, and going in is in the incident's journal."""
    browser, path = await desk.browser(APPROVER), f"/incidents/{closed}/circle"
    page = await browser.get(path)
    told = [word for word in (TITLE, INSIDE, "malware-analyst-1", "Back to the incident") if word in page.text]
    assert (page.status_code, told) == (200, [])
    without = await press(browser, path, change="go-in", reason=" ")
    sly = await press(browser, path, change="open", reason="curious")
    assert (without.status_code, sly.status_code) == (422, 422)
    assert (await browser.get(f"/incidents/{closed}")).status_code == 404
    assert (await press(browser, path, change="go-in", reason="supervision")).status_code == 303
    assert TITLE in (await browser.get(f"/incidents/{closed}")).text
    entered = {"by": APPROVER, "change": "admitted", "people": [APPROVER], "reason": "supervision"}
    assert (await restricted(desk, closed))[-1] == entered


async def test_an_officer_outside_does_not_even_see_that(desk: DeskHere, closed: str) -> None:
    """To an officer who is no approver the page of the circle is not there either, and changes nothing."""
    browser, path = await desk.browser(OUTSIDE), f"/incidents/{closed}/circle"
    tried = [await browser.get(path), await press(browser, path, change="go-in", reason="x")]
    assert [one.status_code for one in tried] == [404, 404]
    assert len(await restricted(desk, closed)) == 1


async def test_it_can_be_opened_again(desk: DeskHere, closed: str) -> None:
    """Then everybody finds it as before."""
    inside, outside = await desk.browser(INSIDE), await desk.browser(OUTSIDE)
    assert (await press(inside, f"/incidents/{closed}/circle", change="open", reason="public now")).status_code == 303
    assert TITLE in (await outside.get(f"/incidents/{closed}")).text
    assert (await restricted(desk, closed))[-1] == {"by": INSIDE, "change": "opened", "reason": "public now"}


async def test_only_people_whose_roles_reach_incidents_can_be_named(desk: DeskHere, closed: str) -> None:
    """Strangers, members and operators who were put into the form are not let in by it."""
    inside = await desk.browser(INSIDE)
    named = ["nobody", "csirt-fr-desk", "desk-operator", "records-auditor"]
    await press(inside, f"/incidents/{closed}/circle", change="restrict", person=named, reason="audit")
    assert (await restricted(desk, closed))[-1]["people"] == [INSIDE, "records-auditor"]


async def test_a_form_that_is_none_changes_nothing(desk: DeskHere, closed: str) -> None:
    """An unknown change, or an unknown incident."""
    inside = await desk.browser(INSIDE)
    odd = await press(inside, f"/incidents/{closed}/circle", change="burn", reason="x")
    none = await press(inside, "/incidents/LEERP-1999-0001/circle", change="restrict", person=[], reason="x")
    assert (odd.status_code, none.status_code) == (400, 404)
    assert len(await restricted(desk, closed)) == 1


async def test_what_somebody_sees_follows_the_circle(desk: DeskHere, closed: str) -> None:
    """The sight of a person at this moment knows the closed incidents, and a member is admitted to none at all."""
    directory = desk.house.rooms.directory()
    seen = {}
    async with desk.house.store.reading() as c:
        stored = await incidents.get(c, closed)
    for person in (INSIDE, OUTSIDE, "csirt-fr-desk"):
        principal = principal_of(directory, person)
        assert principal is not None
        seen[person] = (await sight_of(desk.house, principal)).title(stored)
    assert seen == {INSIDE: TITLE, OUTSIDE: HIDDEN, "csirt-fr-desk": HIDDEN}


async def test_people_of_stakeholders_reach_no_incident(desk: DeskHere) -> None:
    """Whether it is open or closed, no page and no call of an incident is for them."""
    for person in ("liaison-officer-be", "csirt-fr-desk"):
        browser = await desk.browser(person)
        for method, path in paths_of(desk, f"LEERP-{wall_clock().year}-0002"):
            if path.startswith(OWN):
                continue
            assert (await browser.request(method, path)).status_code in (401, 403, 404), (person, method, path)
