"""Lines between planning and sending: stopped, withheld, planned after all; and the ledger adds up at every instant."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leerp.consents import ConsentWord, answers
from leerp.consents import consents as standing
from leerp.marking import Consent, Marking, WithheldReason
from leerp.notices import DeliveryState, Variant, VariantFile
from records import consents, ledger, withholding
from records.store import Store
from tests.records.cast import CSIRT, LIAISON, NOON, failed, later, notice, open_one, plan, planned, sent

N = "N-1"
MISSING = WithheldReason.PROVIDER_CONSENT_MISSING.value


async def states(store: Store, identifier: str = N) -> dict[str, tuple[str, str | None]]:
    """State and reason of each line by reader; the sums are checked on the way."""
    async with store.reading() as c:
        sums = await ledger.sums(c, identifier)
        found = await ledger.deliveries(c, notice=identifier)
    assert sums.planned == sums.sent + sums.failed + sums.withheld + sums.pending == len(found)
    return {one.reader: (one.state.value, one.reason) for one in found}


async def stop(store: Store, reason: WithheldReason = WithheldReason.RECALLED, by: str = "N-2") -> list[str]:
    """Stop the notice; the readers whose lines are withheld by it."""
    async with store.writing() as tx:
        return [row.planned.reader.id for row in await withholding.stop(tx, N, reason, by=by, at=later(5))]


async def test_a_stopped_notice_is_sent_to_nobody_more(store: Store, reference: str) -> None:
    """What waits is withheld and cannot be claimed; what was sent stays sent; what is being sent ends as it ends."""
    await plan(store, reference, [planned(name) for name in "abc"])
    async with store.writing() as tx:
        await ledger.claim(tx, N, [("a", "mail"), ("b", "mail")], NOON)
        await ledger.settle(tx, N, [sent("a")])
    assert await stop(store) == ["c"]
    async with store.writing() as tx:
        assert await ledger.claim(tx, N, [("c", "mail")], NOON) == 0
        assert await ledger.settle(tx, N, [sent("b")]) == 1
        assert await withholding.stopped(tx, N) is WithheldReason.RECALLED
        assert await withholding.reached(tx, N) == {"a", "b"}
        assert await ledger.unacknowledged(tx, N) == []
    assert await states(store) == {"a": ("sent", None), "b": ("sent", None), "c": ("withheld", "recalled")}


async def test_the_first_word_stands(store: Store, reference: str) -> None:
    """A notice that was replaced is not recalled by another one afterwards."""
    await plan(store, reference, [planned("a")])
    await stop(store, WithheldReason.SUPERSEDED, "N-2")
    await stop(store, WithheldReason.RECALLED, "N-3")
    async with store.reading() as c:
        assert await withholding.stopped(c, N) is WithheldReason.SUPERSEDED
        assert await withholding.stopped_by(c, "N-2", reason=WithheldReason.SUPERSEDED) == [N]
        assert await withholding.stopped_by(c, "N-2", reason=WithheldReason.RECALLED) == []
        assert await withholding.stopped_by(c, "N-3") == []


async def test_a_line_without_consent_is_planned_once_it_is_there(store: Store, reference: str) -> None:
    """In its place, over the channel that is best now, without the files of a plan that never went out."""
    await plan(store, reference, [planned("a", withheld=MISSING), planned("b", withheld="clearance_too_low")])
    files = (VariantFile(name="n.txt", media_type="text/plain", content=b"old"),)
    variant = Variant(notice=N, reader="a", channel="secure", marking=Marking(), subject="s", files=files)
    async with store.writing() as tx:
        await ledger.store_variants(tx, N, [variant])
        (row,) = await withholding.without_consent(tx, N)
        assert await withholding.reopen(tx, row, planned("a", channel="secure"), at=later(3))
        assert not await withholding.reopen(tx, row, planned("a", channel="secure"), at=later(4))
        assert await ledger.variant(tx, notice=N, reader="a", channel="secure") == ()
        (waiting,) = await ledger.pending(tx, N)
    assert (waiting.position, waiting.planned) == (0, planned("a", channel="secure"))
    assert await states(store) == {"a": ("planned", None), "b": ("withheld", "clearance_too_low")}


async def test_a_line_that_has_moved_is_not_withheld(store: Store, reference: str) -> None:
    """Whoever decides on what was read before it was claimed or sent changes nothing."""
    await plan(store, reference, [planned("a"), planned("b")])
    async with store.writing() as tx:
        rows = await withholding.waiting_in(tx, reference, {"a", "b"})
        await ledger.claim(tx, N, [("a", "mail")], NOON)
        await withholding.withhold(tx, rows, WithheldReason.PROVIDER_CONSENT_MISSING, at=later(1))
    assert await states(store) == {"a": ("sending", None), "b": ("withheld", MISSING)}


steps = st.lists(
    st.tuples(st.sampled_from(["claim", "sent", "failed", "withhold", "reopen", "stop"]), st.sampled_from("abc")),
    max_size=15,
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(done=steps)
async def test_it_adds_up_whatever_is_withheld_and_reopened(store: Store, done: list[tuple[str, str]]) -> None:
    """After each step; nobody who was sent it is ever planned again, and after a stop nobody is begun with."""
    reference = await open_one(store)
    identifier = f"N-{reference}"
    reopened = f"{identifier}-by"
    await plan(store, reference, [planned("a"), planned("b"), planned("c", withheld=MISSING)], identifier=identifier)
    got: set[str] = set()
    for name, reader in done:
        async with store.writing() as tx:
            rows = [row for row in await withholding.waiting_in(tx, reference, {reader}) if row.notice == identifier]
            if name == "claim":
                await ledger.claim(tx, identifier, [(reader, "mail")], NOON)
            elif name == "sent":
                got |= {reader} if await ledger.settle(tx, identifier, [sent(reader)]) else set()
            elif name == "failed":
                await ledger.settle(tx, identifier, [failed(reader)])
            elif name == "withhold":
                await withholding.withhold(tx, rows, WithheldReason.PROVIDER_CONSENT_MISSING, at=NOON)
            elif name == "reopen":
                for row in await withholding.without_consent(tx, identifier):
                    await withholding.reopen(tx, row, planned(row.planned.reader.id), at=NOON)
            else:
                await withholding.stop(tx, identifier, WithheldReason.RECALLED, by=reopened, at=NOON)
                assert not await withholding.waiting_in(tx, reference, set("abc"))
        now = await states(store, identifier)
        assert {one for one, (state, _) in now.items() if state == DeliveryState.SENT.value} == got


def word(reader: str, *, given: bool, of: str | None = None, reference: str = "LEERP-2026-0001") -> ConsentWord:
    """What the CSIRT said."""
    return ConsentWord(
        incident=reference,
        notice=of,
        provider=CSIRT,
        reader=reader,
        given=given,
        at=NOON,
        actor="duty-desk",
        via="telephone",
    )


async def test_the_newest_word_of_a_provider_stands(store: Store, reference: str) -> None:
    """For a notice what was said of it goes first, for all others what was said of the incident."""
    async with store.writing() as tx:
        await consents.put(tx, [word(LIAISON, given=False, reference=reference)])
        await consents.put(tx, [word(LIAISON, given=True, reference=reference)])
        await consents.put(tx, [word(LIAISON, given=False, of=N, reference=reference)])
        words = await consents.of_incident(tx, reference)
    assert answers(words, N) == {(CSIRT, LIAISON): False}
    assert standing(words, N) == ()
    assert standing(words, "N-9") == (Consent(provider=CSIRT, reader=LIAISON),)
    assert notice(reference).id == N
