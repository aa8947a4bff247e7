"""DESIGN rule 6: the life-threat override is a named person's act with a reason; the provider is told in one breath."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.marking import SET_BY_PROVIDER, Consent, Level, Marking, Reader, WithheldReason, refusal
from leerp.notices import Delivery, DeliveryState, NoticeKind
from leerp.protocol import ActName, Receipt, RefusalReason
from leerp.restrictions import ConsentAct, OverrideAct
from records import journal, ledger
from tests.conftest import OpenDrill, WritePolicy
from tests.drill import APPROVER, OFFICER, Drill
from tests.notifications import strategies
from tests.notifications.cast import AT

PROVIDER, READER, COMPANY = "csirt-fr", "liaison-it", "partner-bank"
NEVER = (
    WithheldReason.CLEARANCE_UNKNOWN,
    WithheldReason.CLEARANCE_TOO_LOW,
    WithheldReason.CLEARANCE_EXPIRED,
    WithheldReason.CHANNEL_UNKNOWN,
    WithheldReason.CHANNEL_BELOW_MARKING,
)
WHY = "patients of two intensive care units would lose their ventilation within the hour"
H2: dict[str, object] = {"level": "BPL", "tlp": "TLP:AMBER", "handling": [{"code": "H2", "provider": PROVIDER}]}


async def warned(drill: Drill, marking: dict[str, object]) -> str:
    """An early warning of a report under that marking has gone out; its id."""
    await drill.report(1, marking=marking)
    await drill.classified_again()
    return await released(drill)


async def released(drill: Drill) -> str:
    """The early warning of a classified incident has gone out; its id."""
    await drill.launched()
    await drill.release(NoticeKind.EARLY_WARNING)
    await drill.sent(NoticeKind.EARLY_WARNING)
    return next(one.id for one in (await drill.view()).notices if one.kind is NoticeKind.EARLY_WARNING)


async def lines(drill: Drill, notice: str) -> dict[str, Delivery]:
    """The ledger of a notice, by reader."""
    async with drill.house.store.reading() as connection:
        return {one.reader: one for one in await ledger.deliveries(connection, notice=notice)}


async def overridden(drill: Drill, notice: str, *readers: str, who: str = APPROVER, why: str = WHY) -> Receipt:
    """The act."""
    return await drill.act(ActName.OVERRIDE, OverrideAct, who=who, notice=notice, readers=readers, reason=why)


class Entry(NamedTuple):
    """Who did what, as the journal has it."""

    actor: str
    data: dict[str, Any]


async def entries(drill: Drill, kind: JournalKind) -> list[Entry]:
    """The journal entries of a kind."""
    async with drill.house.store.reading() as connection:
        found = await journal.entries(connection, drill.reference, kinds={kind})
    return [Entry(one.actor, dict(one.data)) for one in found]


async def text(drill: Drill, notice: str, reader: str) -> str:
    """What a reader got of a notice, as text."""
    line = (await lines(drill, notice))[reader]
    async with drill.house.store.reading() as connection:
        files = await ledger.variant(connection, notice=notice, reader=reader, channel=line.channel)
    return next(file.content.decode() for file in files if file.name.endswith(".txt"))


async def test_the_override_reaches_its_readers_and_tells_the_provider(open_drill: OpenDrill) -> None:
    """What H2 withheld goes to the Member State named and to nobody else; the provider gets who, and why."""
    async with open_drill() as drill:
        notice = await warned(drill, H2)
        before = (await lines(drill, notice))[READER]
        assert (before.state, before.reason) == (DeliveryState.WITHHELD, "provider_consent_missing")
        receipt = await overridden(drill, notice, READER)
        copy = str(receipt.notice)
        await drill.until(lambda view: not any(one.pending for one in view.notices if one.id == copy), "the copy")
        assert {name: one.state.value for name, one in (await lines(drill, copy)).items()} == {READER: "sent"}
        received = await text(drill, copy, READER)
        assert "the worm moves by itself" in received
        assert "H2 set by csirt-fr" in received
        assert "Article 22(2)" in received
        assert (await lines(drill, notice))[READER].state is DeliveryState.WITHHELD

        (entry,) = await entries(drill, JournalKind.DELIVERY_RESTRICTION_LIFTED)
        assert (entry.actor, entry.data["reason"], entry.data["readers"]) == (APPROVER, WHY, [READER])
        (told,) = entry.data["providers"]
        assert (told["provider"], told["readers"]) == (PROVIDER, [READER])
        await drill.until(
            lambda view: any(one.id == told["told_by"] and one.sent for one in view.notices), "the word to the provider"
        )
        assert list(await lines(drill, told["told_by"])) == [PROVIDER]
        justified = await text(drill, told["told_by"], PROVIDER)
        assert WHY in justified
        assert READER in justified


async def test_the_provider_is_told_in_the_same_breath(open_drill: OpenDrill, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the word to the provider cannot be planned, nothing is planned for the reader either."""
    planned = ledger.plan

    async def failing(tx: object, **fields: object) -> None:
        if fields["kind"] is NoticeKind.PROVIDER:
            raise RefusedError("not now", reason=RefusalReason.NOTHING_TO_DO)
        await planned(tx, **fields)  # type: ignore[arg-type]

    async with open_drill() as drill:
        notice = await warned(drill, H2)
        notices_before = len((await drill.view()).notices)
        monkeypatch.setattr(ledger, "plan", failing)
        with pytest.raises(RefusedError, match="not now"):
            await overridden(drill, notice, READER)
        monkeypatch.undo()
        assert len((await drill.view()).notices) == notices_before
        assert await entries(drill, JournalKind.DELIVERY_RESTRICTION_LIFTED) == []


async def test_who_may_not_and_for_whom_it_may_not_be(open_drill: OpenDrill) -> None:
    """An officer who is no approver, no reason, a company, a third country, nothing to lift: each is refused."""
    async with open_drill() as drill:
        notice = await warned(drill, H2)
        for who, readers, why, reason in (
            (OFFICER, [READER], WHY, RefusalReason.NOT_AUTHORISED),
            (APPROVER, [READER], " ", RefusalReason.REASON_MISSING),
            (APPROVER, [COMPANY], WHY, RefusalReason.UNKNOWN_SUBJECT),
            (APPROVER, ["poc-us"], WHY, RefusalReason.UNKNOWN_SUBJECT),
            (APPROVER, [PROVIDER], WHY, RefusalReason.NOTHING_TO_DO),
        ):
            with pytest.raises(RefusedError) as refused:
                await overridden(drill, notice, *readers, who=who, why=why)
            assert refused.value.reason == reason
        assert await entries(drill, JournalKind.DELIVERY_RESTRICTION_LIFTED) == []


async def test_clearance_and_channel_stay_closed(open_drill: OpenDrill) -> None:
    """What no channel of a reader may carry does not go by an override either, and the officer is told."""
    async with open_drill() as drill:
        notice = await warned(drill, H2 | {"level": "CONFIDENTIEL"})
        with pytest.raises(RefusedError, match=rf"nothing was lifted.*{READER} \(channel_below_marking\)"):
            await overridden(drill, notice, READER)


async def test_two_approvers_where_the_centre_wants_two(open_drill: OpenDrill, policy: WritePolicy) -> None:
    """With `override` under four eyes the first word proposes; the same person twice is one; the second lets it go."""
    policy("four_eyes: [decide, release, close, override]\n")
    async with open_drill() as drill:
        notice = await warned(drill, H2)
        assert (await overridden(drill, notice, READER)).pending_approval
        assert any("(override)" in line for line in (await drill.view()).waiting_for)
        with pytest.raises(RefusedError, match="a second person"):
            await overridden(drill, notice, READER)
        receipt = await overridden(drill, notice, READER, who="deputy-head", why="I confirm")
        assert not receipt.pending_approval
        (entry,) = await entries(drill, JournalKind.DELIVERY_RESTRICTION_LIFTED)
        assert [entry.data[key] for key in ("proposed_by", "approved_by", "reason")] == [APPROVER, "deputy-head", WHY]


async def test_what_is_permitted_needs_no_override(open_drill: OpenDrill) -> None:
    """Once the provider permits it, there is nothing to be lifted for this reader."""
    async with open_drill() as drill:
        notice = await warned(drill, H2)
        await drill.act(
            ActName.CONSENT, ConsentAct, notice=notice, provider=PROVIDER, readers=[READER], given=True, via="telephone"
        )
        with pytest.raises(RefusedError, match="nothing was lifted"):
            await overridden(drill, notice, READER)


everything = (strategies.markings, strategies.readers, strategies.maxima, strategies.consents, st.booleans())


@given(*everything)
def test_an_override_never_lifts_a_clearance_or_a_channel(
    marking: Marking, reader: Reader, maximum: Level | None, consents: tuple[Consent, ...], read: bool
) -> None:
    """What clearance or channel keeps back stays back, what a provider set is lifted, and what was open stays open."""
    arguments: dict[str, Any] = {"channel_maximum": maximum, "consents": consents, "restrictions_read": read, "at": AT}
    usually = refusal(marking, reader, **arguments)
    lifted = refusal(marking, reader, **arguments, lifted=True)
    assert lifted == (usually if usually in NEVER else None)
    assert usually is None or usually in NEVER or usually in SET_BY_PROVIDER


@given(*everything, st.sampled_from(strategies.NAMES))
def test_the_consent_of_one_never_opens_what_another_restricts(
    marking: Marking, reader: Reader, maximum: Level | None, consents: tuple[Consent, ...], read: bool, provider: str
) -> None:
    """One provider's permission changes nothing where another's is missing, and nothing for another reader."""
    arguments: dict[str, Any] = {"channel_maximum": maximum, "restrictions_read": read, "at": AT}
    before = refusal(marking, reader, consents=consents, **arguments)
    after = refusal(marking, reader, consents=(*consents, Consent(provider=provider, reader=reader.id)), **arguments)
    others = {one.provider for one in marking.handling if one.code.value == "H2"} - {provider, reader.id}
    others -= {one.provider for one in consents if one.reader == reader.id}
    if others or before is not WithheldReason.PROVIDER_CONSENT_MISSING:
        assert after == before
    other = Consent(provider=provider, reader="somebody-else")
    assert refusal(marking, reader, consents=(*consents, other), **arguments) == before
