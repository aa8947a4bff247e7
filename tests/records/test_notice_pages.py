"""What the page of a notice reads: a page of its lines, counts by reason, who was asked again."""

import pytest

from leerp.errors import BadInputError
from leerp.notices import DeliveryState
from records import ledger, notice_pages
from records.store import Store
from tests.records.cast import NOON, failed, plan, planned, sent

N = "N-1"


async def test_each_line_stands_on_one_page_and_counts_tell_why(store: Store, reference: str) -> None:
    """Pages follow the order of planning, of all lines or of those in one state; the counts add up to all of them."""
    low = [planned(f"low-{number}", withheld="clearance_too_low") for number in range(4)]
    lines = [planned("a"), *low, planned("b"), planned("a", channel="telephone")]
    await plan(store, reference, lines)
    async with store.writing() as tx:
        await ledger.claim(tx, N, [("a", "mail"), ("b", "mail")], NOON)
        await ledger.settle(tx, N, [sent("a"), failed("b")])
    async with store.reading() as c:
        pages = [await notice_pages.lines(c, N, page=number, size=3) for number in (1, 2, 3, 4)]
        withheld = await notice_pages.lines(c, N, page=2, size=3, state=DeliveryState.WITHHELD)
        counts = await notice_pages.counts(c, N)
        again = await notice_pages.asked_again(c, N)
        one = await notice_pages.line(c, N, reader="a", channel="telephone")
        none = await notice_pages.line(c, N, reader="b", channel="telephone")
    assert [[row.position for row in page] for page in pages] == [[0, 1, 2], [3, 4, 5], [6], []]
    assert [row.planned.reader.id for row in withheld] == ["low-3"]
    assert counts[0] == (DeliveryState.WITHHELD, "clearance_too_low", 4)
    assert sum(count.times for count in counts) == len(lines)
    assert again == 1
    assert one is not None
    assert one.planned.channel == "telephone"
    assert none is None


async def test_a_notice_says_who_has_released_it_or_that_there_is_none(store: Store, reference: str) -> None:
    """A draft has nobody; an unknown notice is refused in a sentence."""
    await plan(store, reference, [planned("a")])
    async with store.reading() as c:
        assert await notice_pages.stands(c, N) == (None, None, None, None, 1)
        with pytest.raises(BadInputError, match="N-9"):
            await notice_pages.stands(c, "N-9")
