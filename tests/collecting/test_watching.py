"""Watching the watchers: a silent source, a reading that fails, a clock that is off; each told once."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.collecting.noting import note_clock, note_silence
from activities.collecting.watching import EngineClock, look
from leerp.errors import ServiceMissingError
from leerp.journal import JournalKind
from records.collecting_alarms import ClockSeen, alarms
from records.store import Store
from tests.collecting.cast import NOON, Centre, Time, open_centre
from tests.collecting.web_server import WebServer, web_server

FEED = b"<rss><channel><item><title>A</title><guid>%d</guid></item></channel></rss>"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebServer]:
    """A web server with a certificate."""
    async with web_server(tmp_path) as server:
        yield server


@pytest.fixture
async def centre(web: WebServer, tmp_path: Path) -> AsyncIterator[Centre]:
    """A centre with a feed that is expected every hour."""
    rules = [{"name": "all", "any": ["ransomware"]}]
    settings: dict[str, Any] = {"kind": "feed", "url": web.address, "keywords": rules, **web.settings}
    async with open_centre(tmp_path / "home", {"feed": {**settings, "expected_every_minutes": 60}}) as opened:
        yield opened


async def sentences(centre: Centre) -> list[str]:
    """What the desk says is wrong."""
    async with centre.house.store.reading() as c:
        return await alarms(c, centre.time())


async def test_a_source_that_has_gone_silent_is_told_once(centre: Centre, web: WebServer) -> None:
    """It answers, and has nothing new: after its time the desk says so, until something new comes."""
    kinds = (JournalKind.DESK_SOURCE_SILENT, JournalKind.DESK_SOURCE_HEARD)
    store = centre.house.store
    web.says(FEED % 1)
    await centre.read("feed")
    centre.time.later(minutes=50)
    await centre.read("feed")
    await note_silence(store, at=centre.time())
    assert await sentences(centre) == []
    centre.time.later(minutes=11)
    await centre.read("feed")
    for _ in range(2):
        await note_silence(store, at=centre.time())
    assert "source feed is silent since 2026-11-22T12:00:00" in (await sentences(centre))[0]
    web.says(FEED % 2)
    await centre.read("feed")
    assert await sentences(centre) == []
    assert [entry.kind for entry in await centre.desk(*kinds)] == [*kinds]


async def test_a_source_that_fails_is_told_after_three_times(centre: Centre, web: WebServer) -> None:
    """Once, with why; and once more when it can be read again."""
    kinds = (JournalKind.DESK_POLL_FAILED, JournalKind.DESK_POLL_RECOVERED)
    web.says(status=500)
    for failures in range(1, 5):
        with pytest.raises(ServiceMissingError):
            await centre.read("feed")
        assert bool(await sentences(centre)) is (failures >= 3)
    assert (
        "could not be read so far (4 times): source feed: has a fault of its own (500)" in (await sentences(centre))[0]
    )
    web.says(FEED % 1)
    await centre.read("feed")
    assert await sentences(centre) == []
    assert [entry.kind for entry in await centre.desk(*kinds)] == [*kinds]


async def test_a_source_that_nobody_reads_is_told(centre: Centre, web: WebServer) -> None:
    """The collector itself may be what is missing."""
    web.says(FEED % 1)
    await centre.read("feed")
    centre.time.later(minutes=26)
    assert "has not been read since" in (await sentences(centre))[0]


async def test_what_is_no_longer_named_raises_no_alarm(centre: Centre, web: WebServer) -> None:
    """Taken out of sources.yaml it is forgotten; put back it is watched from then on, and goes on where it was."""
    web.says(FEED % 1)
    await centre.read("feed")
    file = centre.house.settings.config / "sources.yaml"
    before = file.read_text()
    other = json.loads(before)["sources"]["feed"]
    file.write_text(json.dumps({"sources": {"other": other}}))
    await centre.read("other")
    centre.time.later(days=3)
    assert all("source feed" not in one for one in await sentences(centre))
    file.write_text(before)
    assert vars(await centre.read("feed"))["taken"] == 0
    assert all("source feed" not in one for one in await sentences(centre))
    assert (await centre.source("feed")).cursor is not None


@pytest.mark.parametrize(
    ("offset", "off"), [(900, False), (-1_000, False), (1_400, False), (1_600, True), (-2_000, True)]
)
async def test_a_clock_is_off_by_more_than_a_second_for_certain_or_not_at_all(
    centre: Centre, offset: int, off: bool
) -> None:
    """What may be the delay of an answer is not held against a clock."""
    seen = ClockSeen(name="x", offset_ms=offset, within_ms=500, at=NOON)
    await note_clock(centre.house.store, seen)
    assert bool(await sentences(centre)) is off
    assert bool(await centre.desk(JournalKind.DESK_CLOCK_SKEWED)) is off


async def test_the_engines_clock_is_compared_over_several_tasks(centre: Centre) -> None:
    """The quickest of three tasks tells how far the clocks are apart; a slow one alone tells nothing."""
    time = Time()
    engine = EngineClock(time)
    for delay in (30.0, 0.02):
        engine.began(NOON - timedelta(seconds=delay))
    assert engine.seen() is None
    engine.began(NOON - timedelta(seconds=4))
    assert engine.seen() == ClockSeen(name="the engine", offset_ms=20, within_ms=0, at=NOON)
    for delay in (-3.0, -2.9, -2.0):
        engine.began(NOON - timedelta(seconds=delay))
    await look(centre.house.rooms, engine)
    assert "3.0 s behind that of the engine" in (await sentences(centre))[0]


class TestDatabase:
    """A database on another machine has a clock of its own."""

    async def test_its_clock_is_compared(self, postgres: Any, tmp_path: Path) -> None:
        """The centre's clock of the test stands at noon, and the database's does not."""
        url = postgres.url(postgres.create(template="template1"))
        async with open_centre(tmp_path / "home", {}, database=url) as centre:
            assert isinstance(centre.house.store, Store)
            await look(centre.house.rooms)
            (entry,) = await centre.desk(JournalKind.DESK_CLOCK_SKEWED)
            assert entry.data["clock"] == "the database"
