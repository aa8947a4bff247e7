"""A running leerp, and people in front of it: with a mouse, with the keyboard alone, without JavaScript, on a phone."""

import asyncio
import json
import re
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from activities.intake import Arrival
from desk.access.links import fresh_link
from desk.assembly import open_house
from leerp.incidents import IncidentView
from leerp.journal import JournalEntry
from leerp.settings import Settings
from records import journal
from records.views import incident_view
from tests.drill import report_file
from tests.servers import Leerp

SOON_MS = 20_000
Given = TypeVar("Given")
TABS = 400
"""How often the key is pressed before somebody gives up."""


def apart(work: Coroutine[Any, Any, Given]) -> Given:
    """Do something asynchronous in a thread of its own: Playwright has this one's event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _report(settings: Settings, content: bytes) -> str:
    async with open_house(settings) as house:
        arrival = Arrival(house.now(), "test")
        return (await house.intake.report(content, name="report.json", arrival=arrival)).incident


async def _view(settings: Settings, reference: str) -> IncidentView:
    async with open_house(settings) as house, house.store.reading() as connection:
        return await incident_view(connection, reference)


async def _journal(settings: Settings, reference: str) -> list[JournalEntry]:
    async with open_house(settings) as house, house.store.reading() as connection:
        return await journal.entries(connection, reference)


class Desk:
    """`leerp up`, and the windows of those who have signed in."""

    def __init__(self, home: Path, browser: Browser) -> None:
        self.leerp = Leerp(home)
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    @property
    def address(self) -> str:
        """Where the desk is."""
        return f"http://127.0.0.1:{self.leerp.port}"

    @property
    def _settings(self) -> Settings:
        return Settings(home=self.leerp.home, desk_port=self.leerp.port)

    def report(self, number: int) -> str:
        """Take in a report that shares nothing with others; the reference of its incident, in triage."""
        said = json.loads(report_file(number))
        said["observables"] = [{"kind": "domain", "value": f"n{number}.evil.example"}]
        reference = apart(_report(self._settings, json.dumps(said).encode()))
        deadline = time.monotonic() + SOON_MS / 1000
        while not any("(decide)" in one for one in apart(_view(self._settings, reference)).waiting_for):
            assert time.monotonic() < deadline, "it is not classified"
            time.sleep(0.05)
        return reference

    def journal(self, reference: str) -> list[JournalEntry]:
        """The journal of an incident."""
        return apart(_journal(self._settings, reference))

    def window(self, person: str | None, **how: Any) -> Page:
        """A window of a browser of its own; signed in when a person is named."""
        context = self._browser.new_context(base_url=self.address, **how)
        context.set_default_timeout(SOON_MS)
        self._contexts.append(context)
        page = context.new_page()
        if person:
            page.goto(apart(fresh_link(self._settings, person=person)).address)
            sign_in = page.get_by_role("button", name=re.compile("sign in", re.IGNORECASE))
            sign_in.first.click()
            page.wait_for_url(lambda url: "/sign-in/" not in url)
        return page

    def __enter__(self) -> Self:
        self.leerp.start()
        return self

    def __exit__(self, *_: object) -> None:
        for context in self._contexts:
            context.close()
        self.leerp.stop()


class Mouse:
    """Somebody who clicks, and types only into fields."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, what: Locator) -> None:
        """Press a link or a button."""
        what.click()

    def write(self, field: Locator, text: str) -> None:
        """Write into a field."""
        field.click()
        field.fill(text)

    def choose(self, option: Locator) -> None:
        """Tick a box, or one of several."""
        option.check()


class Keyboard(Mouse):
    """Somebody who has no mouse: everything is reached with the Tab key."""

    def press(self, what: Locator) -> None:
        """Go there and press Enter."""
        self._go(what)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        """Go there and type."""
        self._go(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, option: Locator) -> None:
        """Go there; of several with the arrow keys, of one with the space bar."""
        if option.get_attribute("type") == "radio":
            group = self.page.locator(f'input[name="{option.get_attribute("name")}"]')
            checked = group.locator("xpath=self::*[@checked]")
            self._go(checked.first if checked.count() else group.first)
            self.page.keyboard.press("Space")
            for _ in range(group.count()):
                if option.is_checked():
                    return
                self.page.keyboard.press("ArrowDown")
            raise AssertionError("the arrow keys do not reach it")
        self._go(option)
        self.page.keyboard.press("Space")

    def _go(self, where: Locator) -> None:
        where.wait_for(state="visible")
        for _ in range(TABS):
            if where.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not reach {where}")


def live(page: Page) -> Locator:
    """The part of a page that follows what happens."""
    return page.locator("#live")


def expect_soon(what: Locator, text: str | re.Pattern[str], *, within_ms: float = SOON_MS) -> None:
    """A text comes to stand there by itself."""
    expect(what).to_contain_text(text, timeout=within_ms)
