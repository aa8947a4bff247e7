"""The outbox and the documents: what is posted waits until it is done; what is kept is kept once."""

import hashlib

import pytest

from leerp.errors import BadInputError
from leerp.protocol import Signal
from records import documents, outbox
from records.documents import Document
from records.store import Store


async def waiting(store: Store, *, limit: int = 100) -> list[str]:
    """The subjects that wait."""
    async with store.reading() as c:
        return [posting.subject for posting in await outbox.waiting(c, limit=limit)]


async def test_what_is_posted_waits_in_order_until_it_is_done(store: Store) -> None:
    """Posted twice is posted once, and what is done does not come back."""
    for subject in ("R-1", "R-2", "R-1", "R-3"):
        async with store.writing() as tx:
            await outbox.post(tx, incident="LEERP-2026-0001", signal=Signal.REPORT, subject=subject)
    assert await waiting(store) == ["R-1", "R-2", "R-3"]
    assert await waiting(store, limit=2) == ["R-1", "R-2"]
    async with store.writing() as tx:
        first = (await outbox.waiting(tx))[0]
        await outbox.done(tx, [first.id])
        await outbox.done(tx, [first.id])
        await outbox.post(tx, incident=first.incident, signal=first.signal, subject=first.subject)
    assert first[1:] == ("LEERP-2026-0001", Signal.REPORT, "R-1")
    assert await waiting(store) == ["R-2", "R-3"]


async def test_thousands_for_one_incident_hold_up_no_other(store: Store) -> None:
    """The first of each comes first, a few of each at a time, and each incident's in their order."""
    crowd = [("LEERP-2026-0001", Signal.REPORT, f"A-{number:04d}") for number in range(3_000)]
    async with store.writing() as tx:
        await tx.run_sync(outbox.post_all, [*crowd, ("LEERP-2026-0002", Signal.REPORT, "B-1")])
        await outbox.post(tx, incident="LEERP-2026-0003", signal=Signal.REPORT, subject="C-1")
        await outbox.post(tx, incident="LEERP-2026-0003", signal=Signal.REPORT, subject="C-2")
    first = await waiting(store)
    assert first[:5] == ["A-0000", "B-1", "C-1", "A-0001", "C-2"]
    assert first[5:] == [f"A-{number:04d}" for number in range(2, outbox.OF_EACH)]
    async with store.reading() as c:
        only = await outbox.waiting(c, incident="LEERP-2026-0003")
    assert [posting.subject for posting in only] == ["C-1", "C-2"]


async def test_a_document_is_kept_once_under_the_name_of_its_content(store: Store) -> None:
    """The same bytes again change nothing, empty bytes are bytes, and names come back in the order given."""
    contents = [b"\x00\xff", b"", b"\x00\xff", b"third"]
    for _ in range(2):
        async with store.writing() as tx:
            names = await documents.put_all(tx, [Document(content, "text/plain", "BPL") for content in contents])
    assert names == [hashlib.sha256(content).hexdigest() for content in contents]
    async with store.reading() as c:
        assert [await documents.get(c, name) for name in names] == contents


async def test_an_unknown_document_is_bad_input(store: Store) -> None:
    """A name nobody has kept anything under is named."""
    async with store.reading() as c:
        with pytest.raises(BadInputError, match="there is no document feed"):
            await documents.get(c, "feed")
