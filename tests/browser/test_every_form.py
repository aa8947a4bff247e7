"""Every act of the protocol by a plain form, and nothing serious in any of them for who uses a screen reader."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route

from desk.web.acting.all_forms import FORMS
from desk.web.pages import TEMPLATES
from tests.browser.desk import apart
from tests.browser.test_every_page import AXE, found_by_axe, sideways
from tests.desk.acting import officers, working_desk
from tests.desk.whole_incident import Looker, from_report_to_closure

STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
PUT = """html => {
  const there = new DOMParser().parseFromString(html, "text/html");
  document.querySelector("main").replaceWith(there.querySelector("main"));
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
}"""
"""What a page shows takes the place of what the one before has shown, with everything open that can be opened."""

TYPES = {".css": "text/css", ".js": "text/javascript"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every page of one incident from the report to the closure, as two officers have seen it, by its path."""
    return apart(_walked(tmp_path_factory.mktemp("walk")))


async def _walked(folder: Path) -> dict[str, str]:
    seen: dict[str, str] = {}
    async with working_desk(folder) as desk:
        people = await officers(desk, "duty-officer", "head-of-operations")
        await from_report_to_closure(*(Looker(one, seen) for one in people))
    return seen


def test_an_incident_from_report_to_closure_by_forms_alone(seen: dict[str, str]) -> None:
    """No form of the menu is missing on the way, and each could be filled in when its time was."""
    shown = {name for name in FORMS if f'id="act-{name}"' in seen.get(f"/acts/{name}", "")}
    assert FORMS.keys() - shown == {"release"}, "each draft is released on a page of its own"
    assert "/acts/release" in seen


def test_nothing_serious_stands_in_any_form(seen: dict[str, str], chromium: Browser) -> None:
    """axe-core finds nothing serious, and a phone shows each form without scrolling sideways."""
    context = chromium.new_context(viewport={"width": 390, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.route("**/*", lambda route: _answer(route, seen))
    faults: list[str] = []
    styles: list[str] = []
    for path in forms_of(seen):
        wanted = STYLE.findall(seen[path])
        if wanted != styles:
            page.goto(f"http://desk.test{path}", wait_until="load")
            page.evaluate(AXE)
            styles = wanted
        page.evaluate(PUT, seen[path])
        faults += [f"{path}: {fault}" for fault in (*sideways(page), *found_by_axe(page, "main"))]
    context.close()
    assert not faults, "\n".join(faults)


def forms_of(seen: dict[str, str]) -> list[str]:
    """The forms, one of them refused, and the pages of drafts and of evidence."""
    refused = [path for path in seen if path.endswith("?refused")]
    return [path for path in seen if path.startswith(("/acts/", "/notices/", "/evidence")) and path not in refused[1:]]


def _answer(route: Route, seen: dict[str, str]) -> None:
    """A page as it was seen, and the static files beside it."""
    there = urlsplit(route.request.url)
    if there.path.startswith("/static/"):
        file = TEMPLATES.parent / there.path.removeprefix("/")
        route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
    else:
        path = f"{there.path}?{there.query}" if there.query else there.path
        route.fulfill(body=seen.get(path, ""), content_type="text/html; charset=utf-8")
