"""Browsers of people at a desk, without a browser: its application is asked directly."""

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from activities.intake import Arrival, Intake
from desk.assembly import House, open_house, wall_clock
from desk.web.application import build_application
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records.sessions import make_link
from records.store import Store, sqlite_url

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
            answer = await client.post(await self.link(person))
            assert answer.status_code == 303
        return client

    async def link(self, person: str) -> str:
        """A fresh one-time link, as a path."""
        async with self.house.store.writing() as tx:
            return f"/sign-in/{await make_link(tx, person=person, at=wall_clock())}"

    async def report(self, title: str = "Attack", *, number: int = 1, **more: object) -> str:
        """Take a report in; the reference of its incident."""
        at = datetime.now(UTC)
        said = {"source": "csirt-fr", "id": str(number), "reported_at": at.isoformat(), "title": title, **more}
        arrival = Arrival(at, "test")
        return (await self.intake.report(json.dumps(said).encode(), name="r.json", arrival=arrival)).incident

    async def close(self) -> None:
        """Close the browsers."""
        await self._open.aclose()


_EMPTY: list[bytes] = []


async def _migrated(home: Path) -> bytes:
    """An empty store; it is made once for all desks of this process."""
    if not _EMPTY:
        store = await Store.open(await sqlite_url(home / "empty.db"))
        await store.close()
        _EMPTY.append((home / "empty.db").read_bytes())
    return _EMPTY[0]


@contextlib.asynccontextmanager
async def desk_here(home: Path, **settings: object) -> AsyncIterator[DeskHere]:
    """A desk with the example configuration on an empty store."""
    lay_out_example(home / "config")
    (home / "run").mkdir(parents=True, exist_ok=True)
    if not (home / "records.db").exists():
        (home / "records.db").write_bytes(await _migrated(home))
    async with open_house(Settings.model_validate({"home": home, **settings}), migrate=True) as house:
        desk = DeskHere(house)
        try:
            yield desk
        finally:
            await desk.close()
