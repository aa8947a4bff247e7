"""A burst that has ended: the journal says how far it came, once, without waiting for another report."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from activities.settling import settle_bursts
from activities.watching import Watch
from leerp.errors import ServiceMissingError
from leerp.journal import JournalEntry, JournalKind, verify
from matrices.bursts import load_rules, shipped_rules
from matrices.tables import content_of
from records import bursts, journal
from tests.activities.test_intake import Gate, alert, gate
from tests.records.cast import NOON

__all__ = ["gate"]

QUIET = shipped_rules().quiet


async def settle(gate: Gate, at: datetime) -> int:
    """Settle at a time."""
    return await settle_bursts(replace(gate.house.rooms, wall_clock=lambda: at))


async def told(gate: Gate) -> list[JournalEntry]:
    """What the journal says of bursts; it verifies."""
    async with gate.house.store.reading() as c:
        found = []
        for reference in await gate.incidents():
            verify(await journal.lines(c, reference))
            found += await journal.entries(c, reference, kinds={JournalKind.DETECTION_BURST_COUNTED})
        return found


async def test_the_end_of_a_burst_is_told_when_nothing_more_comes(gate: Gate) -> None:
    """With all that was counted and the chain of their bytes; not before its time, and not twice, whoever looks."""
    receipts = await gate.take(*(alert(number) for number in range(40)))
    last = (await told(gate))[-1]
    assert last.data["counted"] == 10
    assert await settle(gate, NOON + QUIET - timedelta(seconds=1)) == 0
    at = NOON + QUIET
    assert sorted(await asyncio.gather(*(settle(gate, at) for _ in range(3)))) == [0, 0, 1]
    assert await settle(gate, at + timedelta(hours=1)) == 0
    (burst,) = await gate.bursts(receipts[0].incident)
    entries = await told(gate)
    assert len(entries) == 3
    assert (entries[-1].data["counted"], entries[-1].data["chain_sha256"]) == (36, burst.chain)
    assert (burst.told, burst.told_at) == (36, at)


async def test_a_burst_that_goes_on_after_its_end_is_told_again(gate: Gate) -> None:
    """What comes later is counted on, and settled once more; a key that is there is not written a second time."""
    await gate.take(*(alert(number) for number in range(40)))
    await settle(gate, NOON + QUIET)
    later = NOON + QUIET + timedelta(minutes=1)
    await gate.take(*(alert(number) for number in range(40, 43)), at=later)
    assert [entry.data["counted"] for entry in await told(gate)] == [1, 10, 36]
    async with gate.house.store.writing() as tx:  # as if the entry had been written and the burst not
        await tx.exec_driver_sql("UPDATE bursts SET told = 10")
    assert await settle(gate, later + QUIET) == 1
    assert [entry.data["counted"] for entry in await told(gate)] == [1, 10, 36, 39]
    async with gate.house.store.writing() as tx:
        await tx.exec_driver_sql("UPDATE bursts SET told = 10")
    assert await settle(gate, later + QUIET) == 1
    assert [entry.data["counted"] for entry in await told(gate)] == [1, 10, 36, 39]


async def test_repeats_of_one_content_are_told_as_well(gate: Gate) -> None:
    """Of which none is kept, and only their number is."""
    await gate.take(*(alert(number) for number in range(5)))
    await gate.take(*({**alert(4), "id": f"again-{number}"} for number in range(30)))
    await settle(gate, NOON + QUIET)
    assert {key: (await told(gate))[-1].data[key] for key in ("counted", "duplicates")} == {
        "counted": 1,
        "duplicates": 30,
    }


async def test_the_watch_settles(gate: Gate) -> None:
    """It runs in every worker and every desk, and needs no engine for it."""

    async def nobody() -> None:
        raise ServiceMissingError("no engine")

    await gate.take(*(alert(number) for number in range(40)))
    rooms = replace(gate.house.rooms, wall_clock=lambda: NOON + QUIET)
    watch = Watch(rooms, connect=nobody, stuck_after=timedelta(minutes=10))  # type: ignore[arg-type]
    await watch.look()
    assert (await told(gate))[-1].data["counted"] == 36


async def test_nothing_is_due_where_nothing_was_counted(gate: Gate) -> None:
    """Reports that are each handed on are no burst."""
    await gate.take(*(alert(number) for number in range(3)))
    assert await settle(gate, NOON + timedelta(days=1)) == 0
    async with gate.house.store.reading() as c:
        assert await c.run_sync(bursts.untold, mode=gate.house.rooms.mode, before=NOON + QUIET, limit=10) == []


def test_a_table_from_before_has_the_shipped_time() -> None:
    """An operator's own file need not be changed."""
    own = content_of("bursts")
    before = own.replace(b"settle_minutes: 5\n", b"")
    assert before != own
    assert load_rules(before, name="bursts.yaml").quiet == QUIET == timedelta(minutes=5)
    assert load_rules(own.replace(b"settle_minutes: 5", b"settle_minutes: 9"), name="b").quiet == timedelta(minutes=9)
