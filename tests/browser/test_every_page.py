"""Every page: nothing serious for who uses a screen reader, nothing beside a narrow screen, nothing in the console."""

import json
from importlib import resources

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.desk import Desk

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
OFFICERS = (
    *("/", "/?ended=true", "/report", "/search?q=evil", "/directory", "/exercises", "/journal", "/state", "/account"),
    *("/incidents/{ref}", "/incidents/{ref}/journal", "/incidents/{ref}/hits", "/incidents/{ref}/evidence"),
    *("/incidents/{ref}/team", "/incidents/{ref}/questions", "/incidents/{ref}/what-if", "/incidents/{ref}/circle"),
    *("/incidents/{ref}/acts/decide", "/incidents/{ref}/acts/assess", "/incidents/{ref}/acts/grade", "/nowhere"),
)


@pytest.fixture(scope="module")
def reference(desk: Desk) -> str:
    """An incident in triage."""
    return desk.report(905)


def grave_faults(page: Page, part: str = "html") -> list[str]:
    """What axe-core finds in a part of a page that is serious or worse."""
    page.evaluate(AXE)
    return found_by_axe(page, part)


def found_by_axe(page: Page, part: str) -> list[str]:
    """The same where axe-core is in the page already."""
    found = page.evaluate("part => axe.run(part, {resultTypes: ['violations']})", part)
    return [
        f"{page.url}: {one['id']}: {one['help']}: {json.dumps([node['html'][:160] for node in one['nodes'][:3]])}"
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]


def sideways(page: Page) -> list[str]:
    """Whether a page is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [f"{page.url}: wider than a phone"] if wide else []


def test_officers_pages(desk: Desk, reference: str) -> None:
    """axe-core finds nothing serious, a phone shows each without scrolling sideways, and no script complains."""
    narrow = desk.window("head-of-operations", viewport={"width": 390, "height": 800}, bypass_csp=True)
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 404" not in message.text and "favicon" not in message.text:
            complaints.append(f"{narrow.url}: {message.text}")

    narrow.on("console", heard)
    narrow.on("pageerror", lambda error: complaints.append(f"{narrow.url}: {error}"))
    for path in OFFICERS:
        narrow.goto(path.format(ref=reference))
        complaints += [*sideways(narrow), *grave_faults(narrow)]
    assert not complaints, "\n".join(complaints)


def test_the_sign_in_page(desk: Desk) -> None:
    """Also before anybody has signed in."""
    page = desk.window(None, bypass_csp=True)
    page.goto("/")
    assert not grave_faults(page)


def test_a_stakeholders_pages(desk: Desk) -> None:
    """The page of a member of a stakeholder, and the form for a report."""
    page = desk.window("liaison-officer-be", bypass_csp=True, viewport={"width": 390, "height": 800})
    faults = []
    for path in ("/own", "/report", "/search?q=evil", "/account"):
        page.goto(path)
        faults += grave_faults(page)
    assert not faults, "\n".join(faults)


def test_an_operators_pages(desk: Desk) -> None:
    """Accounts, tokens, a token that was made just now, and the picture that an authenticator takes its key from."""
    page = desk.window("desk-operator", bypass_csp=True, viewport={"width": 390, "height": 800})
    faults = []
    for path in ("/accounts", "/accounts/duty-officer", "/tokens"):
        page.goto(path)
        faults += [*grave_faults(page), *sideways(page)]
    page.get_by_label("Whose it is").select_option("csirt-fr")
    page.get_by_label("hand reports in").check()
    page.get_by_role("button", name="Make the token").click()
    page.locator(".secret").wait_for()
    faults += [*grave_faults(page), *sideways(page)]
    page.goto("/account")
    page.get_by_role("button", name="Set them up").click()
    page.get_by_role("img", name="QR code").wait_for()
    faults += [*grave_faults(page), *sideways(page)]
    assert not faults, "\n".join(faults)


def test_a_planners_pages(desk: Desk) -> None:
    """The exercises, with the forms for who plays and stops them."""
    page = desk.window("exercise-planner", bypass_csp=True, viewport={"width": 390, "height": 800})
    page.goto("/exercises")
    faults = [*grave_faults(page), *sideways(page)]
    assert not faults, "\n".join(faults)
