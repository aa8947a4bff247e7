"""A centre that collects: its state folder, its sources, and one reading after another."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from activities.collecting import Counts, Hands
from activities.collecting.polling import Poller
from activities.collecting.ways import declared, way_of
from desk.assembly import House, open_house
from leerp.journal import DESK, JournalEntry, JournalKind
from leerp.settings import Settings
from notifications.configuration import lay_out_example, load_sources
from records import collecting, journal, reports
from records.collecting import Collected
from records.reports import StoredReport

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Time:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class Centre:
    """A house with sources. `read` reads one of them as the collector does."""

    def __init__(self, house: House, time: Time) -> None:
        self.house = house
        self.time = time
        self._ways: dict[str, Any] = {}

    async def read(self, name: str, *, holder: str = "test") -> Counts:
        """Read a source once, over the session it has."""
        file = load_sources(self.house.settings.config / "sources.yaml")
        async with self.house.store.writing() as tx:
            await collecting.declare(tx, [declared(*one) for one in file.sources.items()], at=self.time())
        if name not in self._ways:
            self._ways[name] = way_of(name, file.sources[name], self.house.rooms)
        hands = Hands(self.house.rooms, self.house.intake, by="collector")
        return await Poller(name, self._ways[name], hands, holder=holder).once()

    def way(self, name: str) -> Any:
        """How a source is read."""
        return self._ways[name]

    def forget(self, name: str) -> None:
        """Read this source as a process would that has just been started."""
        del self._ways[name]

    async def close(self) -> None:
        """End every session."""
        for way in self._ways.values():
            await way.close()

    async def reports(self) -> list[StoredReport]:
        """Every report there is, in the order in which they came."""
        async with self.house.store.reading() as c:
            rows = (await c.exec_driver_sql("SELECT id FROM reports ORDER BY received_at, id")).scalars().all()
            return [await reports.get(c, row) for row in rows]

    async def desk(self, *kinds: JournalKind) -> list[JournalEntry]:
        """The desk's own entries of these kinds."""
        async with self.house.store.reading() as c:
            return await journal.entries(c, DESK, kinds=kinds)

    async def entries(self, *kinds: JournalKind) -> list[JournalEntry]:
        """The entries of these kinds in all chains."""
        async with self.house.store.reading() as c:
            return await journal.of_kinds(c, kinds)

    async def source(self, name: str) -> Collected:
        """How a source does."""
        async with self.house.store.reading() as c:
            found = await collecting.get(c, name)
        assert found is not None
        return found


@asynccontextmanager
async def open_centre(
    home: Path, sources: Mapping[str, Any], *, directory: Any = None, database: str | None = None
) -> AsyncIterator[Centre]:
    """A centre with these sources. `directory`: changes the example directory, as JSON, before it is read."""
    lay_out(home, sources, directory=directory)
    time = Time()
    more = {"database_url": database} if database else {}
    settings = Settings.model_validate({"home": home, **more})
    async with open_house(settings, migrate=True, clock=time) as house:
        centre = Centre(house, time)
        try:
            yield centre
        finally:
            await centre.close()


def lay_out(home: Path, sources: Mapping[str, Any], *, directory: Any = None) -> None:
    """Write the configuration."""
    config = home / "config"
    lay_out_example(config)
    (config / "sources.yaml").write_text(json.dumps({"sources": sources}, default=str))
    if directory is not None:
        (config / "directory.yaml").write_text(json.dumps(directory))
