"""Sources that are read, on both engines: one reader at a time, what is remembered, and what has changed told once."""

from datetime import timedelta

import pytest

from records import collecting
from records.collecting import Change, Declared
from records.collecting_alarms import ClockSeen, alarms, compare, seen_clocks
from records.store import Store
from tests.records.cast import NOON

FEED = Declared("feed", "feed", 300, 3_600, 2)
MISP = Declared("misp", "misp", 300, None, 3)


@pytest.fixture
async def declared(store: Store) -> Store:
    """A store with two sources."""
    async with store.writing() as tx:
        await collecting.declare(tx, [FEED, MISP], at=NOON)
    return store


async def test_a_source_has_one_reader_until_its_time_is_over(declared: Store) -> None:
    """Whoever reads it may say so again; another one only after it was let go, or not said again in time."""
    until = NOON + timedelta(seconds=30)
    async with declared.writing() as tx:
        assert await collecting.take(tx, "feed", holder="a", at=NOON, until=until)
        assert await collecting.take(tx, "feed", holder="a", at=NOON, until=until)
        assert not await collecting.take(tx, "feed", holder="b", at=NOON, until=until)
        assert not await collecting.advance(tx, "feed", "x", holder="b")
        assert await collecting.advance(tx, "feed", "x", holder="a")
        await collecting.let_go(tx, "feed", holder="b")
        assert not await collecting.take(tx, "feed", holder="b", at=NOON, until=until)
        late = until + timedelta(seconds=1)
        assert await collecting.take(tx, "feed", holder="b", at=late, until=late)
        assert not await collecting.advance(tx, "feed", "y", holder="a")
        await collecting.let_go(tx, "feed", holder="b")
        assert await collecting.take(tx, "feed", holder="c", at=NOON, until=until)
        found = await collecting.get(tx, "feed")
    assert found is not None
    assert (found.cursor, found.holder) == ("x", "c")


async def test_a_change_is_told_once(declared: Store) -> None:
    """The failure after which it counts, and the reading that ends it; silence, and the first word after it."""
    async with declared.writing() as tx:
        told = [await collecting.note_failure(tx, "feed", "why", at=NOON) for _ in range(3)]
        assert told == [[], [Change.FAILED], []]
        assert "(3 times): why" in (await alarms(tx, NOON))[0]
        assert [await collecting.note_read(tx, "feed", at=NOON) for _ in range(2)] == [[Change.RECOVERED], []]
        late = NOON + timedelta(hours=2)
        assert [len(await collecting.note_silence(tx, at=late)) for _ in range(2)] == [1, 0]
        assert [await collecting.note_heard(tx, "feed", at=late) for _ in range(2)] == [[Change.HEARD], []]
        assert await collecting.note_failure(tx, "nobody", "why", at=NOON) == []


async def test_a_source_of_another_kind_begins_anew(declared: Store) -> None:
    """What one way has remembered says nothing to another; the same way goes on, also after a pause."""
    async with declared.writing() as tx:
        for name in ("feed", "misp"):
            await collecting.take(tx, name, holder="a", at=NOON, until=NOON)
            await collecting.advance(tx, name, "x", holder="a")
        await collecting.declare(tx, [FEED._replace(kind="taxii")], at=NOON)
        await collecting.declare(tx, [MISP, FEED._replace(kind="taxii")], at=NOON + timedelta(days=1))
        found = {one.name: one for one in await collecting.everything(tx)}
    assert {name: one.cursor for name, one in found.items()} == {"feed": None, "misp": "x"}
    assert found["misp"].since == NOON + timedelta(days=1)


async def test_a_clock_is_told_when_it_comes_apart_and_when_it_agrees_again(store: Store) -> None:
    """True once, False once, and nothing in between; an old comparison raises no alarm."""
    offsets = (0, 1_500, 1_600, -1_500, 100, 50)
    clocks = [ClockSeen(name="db", offset_ms=offset, within_ms=1, at=NOON) for offset in offsets]
    async with store.writing() as tx:
        assert [await compare(tx, one) for one in clocks] == [None, True, None, None, False, None]
        await compare(tx, clocks[1])
        assert len(await alarms(tx, NOON)) == 1
        assert await alarms(tx, NOON + timedelta(hours=2)) == []
        assert [one.offset_ms for one in await seen_clocks(tx)] == [1_500]
