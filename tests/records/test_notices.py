"""Notices: saved once, released once, and shown with their sums."""

import pytest

from leerp.errors import BadInputError
from records import ledger, notices
from records.store import Store
from tests.records.cast import COMPANY, CSIRT, LIAISON, NOON, failed, later, notice, plan, planned, sent


async def test_a_notice_and_its_audience_stay_as_first_saved(store: Store, reference: str) -> None:
    """Saving again, with another audience or directory, changes nothing."""
    async with store.writing() as tx:
        await notices.save(tx, notice(reference), audience=[CSIRT, LIAISON], directory_version="1", at=NOON)
        await notices.save(tx, notice(reference), audience=[COMPANY], directory_version="2", at=later(1))
        assert await notices.get(tx, "N-1") == notice(reference)
        assert await notices.audience(tx, "N-1") == (CSIRT, LIAISON)


async def test_a_notice_is_released_once(store: Store, reference: str) -> None:
    """The first release stands, and says whether somebody has read the restrictions."""
    async with store.writing() as tx:
        await notices.save(tx, notice(reference), audience=[CSIRT], directory_version="1", at=NOON)
        before = await notices.of_incident(tx, reference)
        await notices.release(tx, "N-1", at=NOON, by="head-of-operations", restrictions_read=True)
        await notices.release(tx, "N-1", at=later(1), by="duty-desk", restrictions_read=False)
        after = await notices.of_incident(tx, reference)
        assert (await notices.get(tx, "N-1")).restrictions_read is True
    assert [view.released for view in (*before, *after)] == [False, True]


async def test_notices_are_shown_with_their_sums(store: Store, reference: str) -> None:
    """In the order of issue, zeros where nothing is planned yet."""
    readers = [planned("a"), planned("b"), planned("c"), planned("d", withheld="clearance_too_low")]
    await plan(store, reference, readers)
    async with store.writing() as tx:
        await notices.save(tx, notice(reference, "N-2"), audience=[], directory_version="1", at=NOON)
        await ledger.settle(tx, "N-1", [sent("a"), failed("b")])
        await ledger.acknowledge(tx, notice="N-1", reader="a", at=later(1))
        first, second = await notices.of_incident(tx, reference)
    assert first.marking.startswith("RESTREINT UE/EU RESTRICTED")
    sums = (first.planned, first.sent, first.failed, first.withheld, first.pending, first.acknowledged)
    assert sums == (4, 1, 1, 1, 1, 1)
    assert (second.id, second.planned, second.released) == ("N-2", 0, False)


async def test_an_unknown_notice_is_bad_input(store: Store) -> None:
    """Whatever is asked of it."""
    async with store.writing() as tx:
        with pytest.raises(BadInputError, match="N-9"):
            await notices.get(tx, "N-9")
        with pytest.raises(BadInputError, match="N-9"):
            await notices.audience(tx, "N-9")
        with pytest.raises(BadInputError, match="N-9"):
            await notices.release(tx, "N-9", at=NOON, by="duty-desk", restrictions_read=False)
