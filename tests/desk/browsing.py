"""Browsers of people at a desk, without a browser: its application is asked directly."""

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from activities.intake import Arrival, Intake
from desk.access.links import fresh_link
from desk.assembly import House, open_house
from desk.web.application import build_application
from leerp.settings import Settings
from notifications.configuration import lay_out_example

ADDRESS = "http://desk.test"


class DeskHere:
    """A desk on a state folder of its own; no engine runs."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.application = build_application(house)
        self._open = contextlib.AsyncExitStack()

    @property
    def intake(self) -> Intake:
        """The way in."""
        return self.house.intake

    async def browser(self, person: str | None = None) -> httpx.AsyncClient:
        """A browser; signed in when a person is named."""
        transport = httpx.ASGITransport(app=self.application, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=ADDRESS)
        await self._open.enter_async_context(client)
        if person:
            answer = await client.get(await self.link(person))
            assert answer.status_code == 303
        return client

    async def link(self, person: str) -> str:
        """A fresh one-time link, as a path."""
        link = await fresh_link(self.house.settings, person=person)
        return link.address[link.address.index("/sign-in/") :]

    async def report(self, title: str = "Attack", *, number: int = 1, **more: object) -> str:
        """Take a report in; the reference of its incident."""
        at = datetime.now(UTC)
        said = {"source": "csirt-fr", "id": str(number), "reported_at": at.isoformat(), "title": title, **more}
        arrival = Arrival(at, "test")
        return (await self.intake.report(json.dumps(said).encode(), name="r.json", arrival=arrival)).incident

    async def close(self) -> None:
        """Close the browsers."""
        await self._open.aclose()


@contextlib.asynccontextmanager
async def desk_here(home: Path, **settings: object) -> AsyncIterator[DeskHere]:
    """A desk with the example configuration on an empty store."""
    lay_out_example(home / "config")
    (home / "run").mkdir(parents=True, exist_ok=True)
    async with open_house(Settings.model_validate({"home": home, **settings}), migrate=True) as house:
        desk = DeskHere(house)
        try:
            yield desk
        finally:
            await desk.close()
