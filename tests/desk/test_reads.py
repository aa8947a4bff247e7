"""Who has read what: it is in the desk's journal before anything is shown, and few transactions carry much of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from desk.access import reads
from desk.access.principals import Principal, principal_of
from leerp.errors import ServiceMissingError
from leerp.journal import DESK, JournalKind, verify
from leerp.marking import Level, Marking
from records import journal
from records.store import Store
from tests.desk.browsing import DeskHere, desk_here

MARKING = Marking(level=Level.RESTREINT)
KINDS = [JournalKind.DESK_CONTENT_READ]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk."""
    async with desk_here(tmp_path / "home") as here:
        yield here


def person(desk: DeskHere, identifier: str = "duty-officer") -> Principal:
    """Somebody who has signed in."""
    found = principal_of(desk.house.rooms.directory(), identifier)
    assert found is not None
    return found


async def read(desk: DeskHere, what: str, *, by: str = "duty-officer", incident: str = "LEERP-2026-0001") -> None:
    """Read something."""
    await reads.note(desk.house, person(desk, by), what=what, incident=incident, marking=MARKING)


async def test_each_reading_is_in_the_journal_once(desk: DeskHere) -> None:
    """Who, what, of which incident and under which marking; the same again soon after is the same reading."""
    for _ in range(3):
        await read(desk, "report R-1")
    await read(desk, "report R-1", by="deputy-head")
    await read(desk, "report R-2")
    async with desk.house.store.reading() as c:
        entries = await journal.entries(c, DESK, kinds=KINDS)
    assert [(one.actor, one.data["what"]) for one in entries] == [
        ("duty-officer", "report R-1"),
        ("deputy-head", "report R-1"),
        ("duty-officer", "report R-2"),
    ]
    expected = {
        "person": "duty-officer",
        "what": "report R-1",
        "incident": "LEERP-2026-0001",
        "marking": MARKING.banner,
    }
    assert entries[0].data == expected


async def test_many_who_read_at_once_wait_for_few_transactions(desk: DeskHere, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred readings at once take a handful of transactions, and each is there when it returns."""
    begun = 0
    whole = Store.writing

    def counted(store: Store) -> object:
        nonlocal begun
        begun += 1
        return whole(store)

    monkeypatch.setattr(Store, "writing", counted)
    await asyncio.gather(*(read(desk, f"report R-{number % 100}", by=by) for number in range(100) for by in PEOPLE))
    async with desk.house.store.reading() as c:
        assert len(await journal.entries(c, DESK, kinds=KINDS)) == 200
        assert verify(await journal.lines(c, DESK)) >= 200
    assert begun <= 5


PEOPLE = ("duty-officer", "deputy-head")


async def test_what_cannot_be_written_down_is_not_shown(desk: DeskHere) -> None:
    """Whoever waits gets the error, each of them; and when the journal is back, the reading is written."""
    async with desk.house.store.writing() as tx:
        await tx.execute(text("ALTER TABLE journal RENAME TO elsewhere"))
    done = await asyncio.gather(*(read(desk, f"report R-{number}") for number in range(3)), return_exceptions=True)
    assert [type(one) for one in done] == [ServiceMissingError] * 3
    async with desk.house.store.writing() as tx:
        await tx.execute(text("ALTER TABLE elsewhere RENAME TO journal"))
    await read(desk, "report R-1")
    async with desk.house.store.reading() as c:
        assert len(await journal.entries(c, DESK, kinds=KINDS)) == 1


async def test_somebody_who_goes_away_stops_nobody_else(desk: DeskHere) -> None:
    """A page that was closed meanwhile is forgotten; those that were read at the same time are written."""
    first, second = (asyncio.create_task(read(desk, f"report R-{number}")) for number in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await second
    async with desk.house.store.reading() as c:
        assert "report R-1" in {one.data["what"] for one in await journal.entries(c, DESK, kinds=KINDS)}
