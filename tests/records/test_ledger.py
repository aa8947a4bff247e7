"""The ledger: planned once, claimed, settled, acknowledged once."""

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from leerp.errors import RefusedError
from leerp.marking import Marking
from leerp.notices import Delivery, DeliveryState, NoticeKind, Variant, VariantFile
from records import documents, ledger, notices
from records.ledger import LedgerRow, Outcome, claiming, settling
from records.store import Store
from tests.records.cast import CSIRT, NOON, failed, later, notice, open_one, plan, planned, sent

N = "N-1"


async def states(store: Store, identifier: str = N) -> dict[str, str]:
    """The state of each line by reader."""
    async with store.reading() as c:
        return {line.reader: line.state.value for line in await ledger.deliveries(c, notice=identifier)}


async def acknowledge(store: Store, reader: str, *, minutes: int = 5) -> bool:
    """Acknowledge in a transaction of its own."""
    async with store.writing() as tx:
        return await ledger.acknowledge(tx, notice=N, reader=reader, at=later(minutes))


async def pending(store: Store, *, limit: int = 100) -> list[LedgerRow]:
    """What still has to be sent."""
    async with store.reading() as c:
        return await ledger.pending(c, N, limit=limit)


async def test_what_is_planned_is_fixed_for_good(store: Store, reference: str) -> None:
    """Planning again with another address or clearance leaves the line as it was; new readers come behind."""
    await plan(store, reference, [planned("b"), planned("a"), planned("b", address="twice@desk.example")])
    await plan(store, reference, [planned("c"), planned("a", address="moved@desk.example")], at=later(9))
    lines = await pending(store)
    assert [(line.position, line.planned.reader.id, line.planned_at) for line in lines] == [
        (0, "b", NOON),
        (1, "a", NOON),
        (2, "c", later(9)),
    ]
    assert [line.planned for line in lines] == [planned("b"), planned("a"), planned("c")]


async def test_a_withheld_line_is_planned_with_its_reason(store: Store, reference: str) -> None:
    """It is in the ledger and never pending, claimed or sent."""
    await plan(store, reference, [planned("a", withheld="no_channel"), planned("b")])
    async with store.writing() as tx:
        assert await ledger.claim(tx, N, [("a", "mail"), ("b", "mail")], NOON) == 1
        assert await ledger.settle(tx, N, [sent("a")]) == 0
        withheld = (await ledger.deliveries(tx, notice=N))[0]
    assert (withheld.state, withheld.reason, withheld.attempts) == (DeliveryState.WITHHELD, "no_channel", 0)


async def test_a_notice_must_be_saved_before_it_is_planned(store: Store, reference: str) -> None:
    """A ledger of a notice that nobody knows is refused by the database."""
    with pytest.raises(IntegrityError):
        async with store.writing() as tx:
            await ledger.plan(
                tx, incident=reference, notice="N-9", kind=NoticeKind.UPDATE, planned=[planned("a")], at=NOON
            )


async def test_pending_lines_come_by_position_until_they_are_settled(store: Store, reference: str) -> None:
    """A line somebody died over (sending) still has to be sent; a settled one has not."""
    await plan(store, reference, [planned(name) for name in "edcba"])
    async with store.writing() as tx:
        await ledger.claim(tx, N, [("e", "mail"), ("d", "mail")], NOON)
        await ledger.settle(tx, N, [sent("e")])
    lines = await pending(store, limit=3)
    assert [(line.planned.reader.id, line.state.value, line.attempts) for line in lines] == [
        ("d", "sending", 1),
        ("c", "planned", 0),
        ("b", "planned", 0),
    ]


async def test_settling_one_and_claiming_the_next_is_one_step(store: Store, reference: str) -> None:
    """`advance` settles and claims in the order given, as one transaction."""
    await plan(store, reference, [planned("a"), planned("b")])
    one, two = await pending(store)
    assert await ledger.advance(store, [claiming(one, NOON)]) == [True]
    assert await ledger.advance(store, [settling(N, sent("a", at=later(1))), claiming(two, later(2))]) == [True, True]
    assert await ledger.advance(store, [settling(N, failed("b", at=later(3)))]) == [True]
    async with store.reading() as c:
        first, second = await ledger.deliveries(c, notice=N)
    assert (first.state, first.sent_at, first.attempts, first.reason) == (DeliveryState.SENT, later(1), 1, None)
    assert (second.state, second.sent_at, second.attempts) == (DeliveryState.FAILED, None, 1)
    assert second.reason == "unreachable"


async def test_a_line_that_somebody_else_has_begun_is_not_claimed_again(store: Store, reference: str) -> None:
    """Of two who have read the same line, one gets it; the other's further moves stand."""
    await plan(store, reference, [planned("a"), planned("b")])
    one, two = await pending(store)
    assert await ledger.advance(store, [claiming(one, NOON)]) == [True]
    assert await ledger.advance(store, [claiming(one, NOON), claiming(two, NOON)]) == [False, True]
    assert [line.attempts for line in await pending(store)] == [1, 1]
    again, _ = await pending(store)
    assert await ledger.advance(store, [claiming(again, NOON)]) == [True]


async def test_what_is_settled_stays_settled(store: Store, reference: str) -> None:
    """A late claim or failure does not undo a sending; only what failed and was sent after all is sent."""
    await plan(store, reference, [planned("a"), planned("b")])
    async with store.writing() as tx:
        await ledger.settle(tx, N, [sent("a", at=later(1)), failed("b")])
        assert await ledger.claim(tx, N, [("a", "mail"), ("b", "mail")], NOON) == 0
        assert await ledger.settle(tx, N, [failed("a"), sent("a", at=later(2)), failed("b", reason="gave_up")]) == 0
        assert await ledger.settle(tx, N, [sent("b", at=later(3))]) == 1
        lines = await ledger.deliveries(tx, notice=N)
    assert [(line.state.value, line.sent_at, line.reason) for line in lines] == [
        ("sent", later(1), None),
        ("sent", later(3), None),
    ]


async def test_a_line_can_be_given_back_to_be_tried_again(store: Store, reference: str) -> None:
    """It is planned again with its reason, and each claim counts as an attempt."""
    await plan(store, reference, [planned("a")])
    async with store.writing() as tx:
        await ledger.claim(tx, N, [("a", "mail")], NOON)
        await ledger.settle(tx, N, [Outcome("a", "mail", DeliveryState.PLANNED, "rate_limited", NOON)])
        given_back = (await ledger.pending(tx, N, limit=1))[0]
        await ledger.claim(tx, N, [("a", "mail")], NOON)
        claimed = (await ledger.pending(tx, N, limit=1))[0]
    assert (given_back.state, given_back.reason, given_back.attempts) == (DeliveryState.PLANNED, "rate_limited", 1)
    assert (claimed.state, claimed.reason, claimed.attempts) == (DeliveryState.SENDING, None, 2)


async def test_an_acknowledgement_counts_once(store: Store, reference: str) -> None:
    """True the first time, False ever after, and the first time stays in the ledger."""
    await plan(store, reference, [planned("a")])
    async with store.writing() as tx:
        await ledger.settle(tx, N, [sent("a", at=later(1))])
    assert await acknowledge(store, "a") is True
    assert await acknowledge(store, "a", minutes=9) is False
    async with store.writing() as tx:
        assert await ledger.settle(tx, N, [sent("a", at=later(7))]) == 0
        line = (await ledger.deliveries(tx, notice=N))[0]
    assert (line.state, line.sent_at, line.acknowledged_at) == (DeliveryState.ACKNOWLEDGED, later(1), later(5))


async def test_of_acknowledgements_at_once_one_is_the_first(store: Store, reference: str) -> None:
    """A doubled click is one acknowledgement, over however many channels the notice went."""
    await plan(store, reference, [planned("a"), planned("a", channel="chat")])
    async with store.writing() as tx:
        await ledger.settle(tx, N, [sent("a"), sent("a", channel="chat")])
    answers = await asyncio.gather(*(acknowledge(store, "a") for _ in range(5)))
    assert sorted(answers) == [False, False, False, False, True]


async def test_a_second_channel_sent_later_is_no_first_acknowledgement(store: Store, reference: str) -> None:
    """Who has confirmed over one channel has confirmed, and is not asked after again."""
    await plan(store, reference, [planned("a"), planned("a", channel="chat"), planned("b")])
    async with store.writing() as tx:
        await ledger.settle(tx, N, [sent("a"), sent("b")])
    assert await acknowledge(store, "a") is True
    async with store.writing() as tx:
        await ledger.settle(tx, N, [sent("a", channel="chat")])
        waited_for = await ledger.unacknowledged(tx, N)
    assert [line.planned.reader.id for line in waited_for] == ["b"]
    assert await acknowledge(store, "a") is False


@pytest.mark.parametrize("reader", ["planned-only", "failed-one", "withheld-one", "stranger"])
async def test_nobody_acknowledges_what_was_not_sent(store: Store, reference: str, reader: str) -> None:
    """It is refused as an unknown subject, and nothing changes."""
    lines = [planned("planned-only"), planned("failed-one"), planned("withheld-one", withheld="no_channel")]
    await plan(store, reference, lines)
    async with store.writing() as tx:
        await ledger.settle(tx, N, [failed("failed-one")])
    before = await states(store)
    with pytest.raises(RefusedError) as refused:
        await acknowledge(store, reader)
    assert refused.value.reason == "unknown_subject"
    assert await states(store) == before


async def test_who_confirms_before_the_sender_has_settled_has_got_it(store: Store, reference: str) -> None:
    """A crash between sending and settling must not refuse the reader, nor send the notice again."""
    await plan(store, reference, [planned("a")])
    async with store.writing() as tx:
        await ledger.claim(tx, N, [("a", "mail")], NOON)
    assert await acknowledge(store, "a") is True
    assert await pending(store) == []
    async with store.writing() as tx:
        await ledger.settle(tx, N, [failed("a")])
    assert await states(store) == {"a": "acknowledged"}


async def test_readers_are_those_who_got_it(store: Store, reference: str) -> None:
    """Of the kinds asked for, sent or acknowledged, each once, sorted; of this incident only."""
    other = await open_one(store)
    await plan(store, reference, [planned(name) for name in ("d", "c", "b", "a")])
    await plan(store, other, [planned("z")], identifier="N-2")
    async with store.writing() as tx:
        await ledger.settle(tx, N, [sent("d"), sent("c"), failed("b")])
        await ledger.settle(tx, "N-2", [sent("z")])
        await ledger.acknowledge(tx, notice=N, reader="d", at=NOON)
        launch = await ledger.readers(tx, reference, [NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL])
        meeting = await ledger.readers(tx, reference, [NoticeKind.MEETING])
    assert (launch, meeting) == (("c", "d"), ())


async def test_the_ledger_is_exported_by_notice_and_by_incident(store: Store, reference: str) -> None:
    """Every line in the order of planning, with its marking as people read it."""
    await plan(store, reference, [planned("b"), planned("a")])
    await plan(store, reference, [planned("c")], identifier="N-2", at=later(1))
    async with store.reading() as c:
        of_incident = await ledger.deliveries(c, incident=reference)
        of_notice = await ledger.deliveries(c, notice="N-2")
        of_nothing = await ledger.deliveries(c, incident="LEERP-1999-0001")
    assert [(line.notice, line.reader) for line in of_incident] == [(N, "b"), (N, "a"), ("N-2", "c")]
    assert of_notice == [
        Delivery(
            notice="N-2",
            kind=NoticeKind.LAUNCH_EXTERNAL,
            reader="c",
            channel="mail",
            state=DeliveryState.PLANNED,
            marking="Europol Unclassified - Basic Protection Level | TLP:CLEAR | PAP:CLEAR",
            planned_at=later(1),
        )
    ]
    assert of_nothing == []


async def test_variants_are_kept_byte_for_byte(store: Store, reference: str) -> None:
    """Files come back in order; equal bytes are kept once; a variant that is kept is not replaced."""
    text = VariantFile(name="body.txt", media_type="text/plain", content=b"\xe2\x82\xac\x00")
    page = VariantFile(name="body.html", media_type="text/html", content=b"<p>")
    other = text.model_copy(update={"content": b"other"})
    await plan(store, reference, [planned("a"), planned("b"), planned("c")])
    many = [
        Variant(notice=N, reader=reader, channel="mail", marking=Marking(), subject="s", files=(text, page))
        for reader in ("b", "c")
    ]
    for _ in range(2):
        async with store.writing() as tx:
            await ledger.store_variants(tx, N, [kept_for_a(N, page, text)])
            await ledger.store_variants(tx, N, many)
    async with store.writing() as tx:
        await ledger.store_variants(tx, N, [kept_for_a(N, other)])
        assert await ledger.variant(tx, notice=N, reader="a", channel="mail") == (page, text)
        assert await ledger.variant(tx, notice=N, reader="a", channel="chat") == ()
        found = await ledger.variants(tx, N, [("b", "mail"), ("c", "mail"), ("z", "mail")])
    assert found == {("b", "mail"): (text, page), ("c", "mail"): (text, page)}


def kept_for_a(notice: str, *files: VariantFile) -> Variant:
    """The variant that one reader gets over one channel."""
    return Variant(notice=notice, reader="a", channel="mail", marking=Marking(), subject="s", files=files)


async def test_a_line_keeps_the_snapshot_when_the_notice_is_saved_again(store: Store, reference: str) -> None:
    """Closure goes by what stood at planning: neither the directory nor a later save reaches it."""
    await plan(store, reference, [planned("a")])
    async with store.writing() as tx:
        await notices.save(tx, notice(reference), audience=[CSIRT], directory_version="9", at=later(60))
        assert (await ledger.pending(tx, N, limit=1))[0].planned == planned("a")


async def test_nothing_of_a_variant_is_kept_when_its_transaction_fails(store: Store, reference: str) -> None:
    """Files and documents go together."""
    await plan(store, reference, [planned("a")])
    file = VariantFile(name="body.txt", media_type="text/plain", content=b"gone")
    with pytest.raises(IntegrityError):
        async with store.writing() as tx:
            await ledger.store_variants(tx, "N-9", [kept_for_a("N-9", file)])
    async with store.reading() as c:
        assert await documents.get_all(c, []) == {}
        assert await ledger.variant(c, notice="N-9", reader="a", channel="mail") == ()
