"""A desk whose forms are filled in and sent, with an engine behind it where one is needed."""

import asyncio
import contextlib
import html
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from activities.engine import Engine, keep_relaying
from desk.worker import build_worker
from leerp.incidents import IncidentView
from records.views import incident_view
from tests.desk.browsing import DeskHere, desk_here
from tests.drill import PATIENCE
from tests.servers import running_engine

HOSPITALS = {
    "root_cause": "malicious-actions",
    "activity": "effect",
    "sectors": ["health"],
    "countries": ["ES", "FR"],
    "victims_min": 40,
    "service_impact": "lost",
    "spread": "fast",
    "outlook": "worsening",
}


@contextlib.asynccontextmanager
async def working_desk(folder: Path, **settings: Any) -> AsyncIterator[DeskHere]:
    """A desk with an engine and a worker."""
    async with running_engine(folder) as client:
        address = client.service_client.config.target_host
        here = desk_here(folder / "home", temporal_address=address, **settings)
        async with here as desk, build_worker(client, desk.house.rooms):
            relay = asyncio.create_task(keep_relaying(Engine(client, desk.house.store), every=0.05))
            try:
                yield desk
            finally:
                relay.cancel()


class Officer:
    """Somebody at a browser, at the forms of one incident."""

    def __init__(self, desk: DeskHere, browser: httpx.AsyncClient, reference: str) -> None:
        self.desk = desk
        self.browser = browser
        self.reference = reference

    @property
    def path(self) -> str:
        """The incident's page."""
        return f"/incidents/{self.reference}"

    async def page(self, path: str = "") -> str:
        """The text of a page, which must be there."""
        answer = await self.browser.get(self.path + path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text

    async def form(self, path: str) -> dict[str, str]:
        """What a fresh form brings along."""
        return hidden(await self.page(path))

    async def send(self, path: str, fresh: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """Fill in the form at a path and send it."""
        carried = fresh if fresh is not None else await self.form(path)
        files = {name: value for name, value in fields.items() if isinstance(value, tuple)}
        data = {name: value for name, value in fields.items() if name not in files}
        return await self.browser.post(self.path + path, data=carried | data, files=files or None)

    async def act(self, name: str, **fields: Any) -> str:
        """Make an act that must be made; the sentence that tells of it afterwards."""
        answer = await self.send(f"/acts/{name}", **{"reason": "as the test says", **fields})
        return self.after(answer, name)

    def after(self, answer: httpx.Response, what: str) -> str:
        """Where the answer to an act leads; the number of the entry that it names."""
        assert answer.status_code == 303, (what, answer.status_code, problem_in(answer.text))
        there = urlsplit(answer.headers["location"])
        assert there.path.startswith(self.path)
        return parse_qs(there.query).get("done", [""])[0]

    async def release(self, notice: str, **fields: Any) -> str:
        """Release a draft on its page."""
        answer = await self.send(f"/notices/{notice}", **{"reason": "read it", **fields})
        return self.after(answer, notice)

    async def refused(self, name: str, **fields: Any) -> tuple[int, str]:
        """Make an act that must not be made; the status and the sentence."""
        answer = await self.send(f"/acts/{name}", **{"reason": "as the test says", **fields})
        return answer.status_code, problem_in(answer.text)

    async def view(self) -> IncidentView:
        """Where the incident stands."""
        async with self.desk.house.store.reading() as connection:
            return await incident_view(connection, self.reference)

    async def until(self, condition: Callable[[IncidentView], bool], what: str) -> IncidentView:
        """Wait until the incident has come so far."""
        deadline = time.monotonic() + PATIENCE
        while True:
            view = await self.view()
            if condition(view):
                return view
            assert time.monotonic() < deadline, f"{what} did not come: {view.phase}, {view.waiting_for}"
            await asyncio.sleep(0.05)

    async def draft(self, kind: str) -> str:
        """The id of the draft of a kind that waits for release."""

        def waiting(view: IncidentView) -> str:
            lines = [line for line in view.waiting_for if line.startswith("notice ") and f"({kind})" in line]
            return lines[0].split()[1] if lines else ""

        return waiting(await self.until(lambda view: bool(waiting(view)), f"a draft of {kind}"))


async def officers(desk: DeskHere, *people: str, **report: Any) -> tuple[Officer, ...]:
    """People at the forms of a fresh incident."""
    reference = await desk.report(**{"title": "Hospitals encrypted", "facts": HOSPITALS, **report})
    return tuple([Officer(desk, await desk.browser(one), reference) for one in people])


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the form of an act."""
    forms = [form for form in re.findall(r"<form.*?</form>", text, re.DOTALL) if 'id="act-' in form]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', forms[0]) if forms else []
    return {name: html.unescape(value) for name, value in found}


def problem_in(text: str) -> str:
    """The sentence that says why an act was not made."""
    found = re.search(r'id="problem"[^>]*>(.*?)</p>', text, re.DOTALL)
    return html.unescape(found[1]) if found else text[:2_000]
