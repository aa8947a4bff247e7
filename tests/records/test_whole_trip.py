"""A write transaction that is one trip: as whole and as isolated as any other, and nobody's while it is not written."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.incidents import IncidentPatch, Phase
from records import incidents, journal
from records.statements import hold
from records.store import Store
from tests.records.cast import open_one


async def counted(store: Store) -> int:
    """How many incidents there are."""
    async with store.reading() as c:
        return int((await c.execute(text("SELECT count(*) FROM incidents"))).scalar_one())


async def test_what_it_writes_is_there_and_its_answer_comes_back(store: Store, reference: str) -> None:
    """Statements, rows and the answer are those of any transaction."""

    async def work(tx: AsyncConnection) -> Phase:
        await incidents.patch(tx, reference, IncidentPatch(phase=Phase.TRIAGE))
        return (await incidents.get(tx, reference)).phase

    assert await store.write(work) is Phase.TRIAGE
    async with store.reading() as c:
        assert (await incidents.get(c, reference)).phase is Phase.TRIAGE


async def test_an_error_leaves_nothing_and_passes_through(store: Store, reference: str) -> None:
    """Whatever it is, and the next transaction begins anew."""

    async def work(tx: AsyncConnection, error: Exception) -> None:
        await incidents.patch(tx, reference, IncidentPatch(phase=Phase.PLAN))
        raise error

    for error in (ValueError("no"), BadInputError("no")):
        with pytest.raises(type(error)):
            await store.write(partial(work, error=error))
    with pytest.raises(IntegrityError):
        await store.write(_twice)
    async with store.reading() as c:
        assert (await incidents.get(c, reference)).phase is Phase.DETECTION
    await store.write(partial(incidents.patch, reference=reference, patch=IncidentPatch(phase=Phase.TRIAGE)))


async def _twice(tx: AsyncConnection) -> None:
    row = dict((await tx.execute(text("SELECT * FROM incidents"))).mappings().one())
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    await tx.execute(text(f"INSERT INTO incidents ({names}) VALUES ({values})"), row)  # noqa: S608 - our own columns


async def test_both_ways_of_writing_take_turns(store: Store, reference: str) -> None:
    """Twenty writers at once, each reads and writes: no change is lost."""

    async def one_more(tx: AsyncConnection) -> None:
        await hold(tx, "title")
        title = (await incidents.get(tx, reference)).title
        change = text("UPDATE incidents SET title = :title WHERE reference = :reference")
        await tx.execute(change, {"title": f"{title}.", "reference": reference})

    async def in_trips() -> None:
        async with store.writing() as tx:
            await one_more(tx)

    async with store.reading() as c:
        before = (await incidents.get(c, reference)).title
    await asyncio.gather(*(store.write(one_more) if number % 2 else in_trips() for number in range(20)))
    async with store.reading() as c:
        assert (await incidents.get(c, reference)).title == before + 20 * "."


async def test_the_ways_of_the_driver_are_there_too(store: Store, reference: str) -> None:
    """A function over a plain connection answers, and what it writes is written."""

    async def work(tx: AsyncConnection) -> int:
        found = await tx.run_sync(lambda connection: connection.execute(text("SELECT 7")).scalar_one())
        await tx.run_sync(lambda connection: connection.execute(text("UPDATE incidents SET phase = 'plan'")))
        return int(found)

    assert await store.write(work) == 7
    async with store.reading() as c:
        assert (await incidents.get(c, reference)).phase is Phase.PLAN


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_to_await_anything_else_is_a_fault_that_is_seen(store: Store) -> None:
    """It would hold up every writer; nothing of it is written."""

    async def work(tx: AsyncConnection) -> None:
        await open_one_in(tx)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="awaits something else than the store"):
        await store.write(work)
    assert await counted(store) == 0
    await open_one(store)


async def open_one_in(tx: AsyncConnection) -> None:
    """Any write."""
    await tx.execute(text("DELETE FROM incidents"))
    assert await journal.head(tx, "LEERP-2026-0001") is None


async def test_who_is_cancelled_leaves_the_store_as_it_was_or_as_it_should_be(store: Store, reference: str) -> None:
    """The connection is not lost to those who come after."""
    patch = partial(incidents.patch, reference=reference, patch=IncidentPatch(phase=Phase.TRIAGE))
    for _ in range(5):
        task = asyncio.create_task(store.write(patch))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await store.write(patch)
