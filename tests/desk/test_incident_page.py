"""The page of an incident: what it asks the records for, and what it says was done."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event

from records import journal
from tests.desk.acting import officers
from tests.desk.browsing import DeskHere, desk_here


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk; no engine runs."""
    async with desk_here(tmp_path / "home") as here:
        yield here


async def test_the_kinds_of_a_journal_are_asked_for_once(desk: DeskHere) -> None:
    """Within a block that knows them, another one for the same chain asks nothing, and one for another chain does."""
    (one,) = await officers(desk, "duty-officer")
    asked: list[str] = []
    async with desk.house.store.reading() as connection:
        engine = connection.sync_connection.engine if connection.sync_connection else None
        assert engine is not None

        def note(*said: object) -> None:
            asked.extend(str(text) for text in said[2:3] if "DISTINCT" in str(text))

        event.listen(engine, "before_cursor_execute", note)
        async with journal.remembering_kinds(connection, one.reference):
            async with journal.remembering_kinds(connection, one.reference):
                assert await journal.entries(connection, one.reference)
            assert len(asked) == 1
            async with journal.remembering_kinds(connection, "LEERP-1999-0001"):
                assert len(asked) == 2
    asked.clear()
    await one.page()
    event.remove(engine, "before_cursor_execute", note)
    assert len([text for text in asked if "journal.kind" in text]) == 1


async def test_what_was_done_is_said_to_whoever_sees_inside(desk: DeskHere) -> None:
    """By the number of the entry, in the words that every page uses; a number that is none says nothing."""
    (one,) = await officers(desk, "duty-officer")
    await one.act("plan-key", what="first")
    async with desk.house.store.reading() as connection:
        last = (await journal.entries(connection, one.reference))[-1]
    page = await one.page(f"?done={last.seq}")
    assert f"is the key now. (journal entry {last.seq}, duty-officer" in page
    for other in ("0", "999999", "x", "-1", "1" * 30):
        assert 'class="receipt"' not in await one.page(f"?done={other}"), other
