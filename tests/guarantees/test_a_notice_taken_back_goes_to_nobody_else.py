"""Replacing, correcting, recalling: whoever has the earlier notice is told so, and it reaches nobody after that."""

import asyncio
from pathlib import Path

import pytest

from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.notices import DeliveryState, NoticeKind
from leerp.protocol import ActName, Receipt, RefusalReason, ReleaseAct, WarnAct
from leerp.restrictions import RecallAct
from records import ledger
from tests.conftest import OpenDrill, WritePolicy
from tests.drill import APPROVER, OFFICER, Drill
from tests.guarantees.test_a_provider_is_asked_before_others_are_told import cut_off_mail, until_settled
from tests.guarantees.test_the_life_threat_override import H2, entries, lines, overridden, text, warned

BY_MAIL, CLEARED = "csirt-lu", "liaison-de"


async def cut_off(drill: Drill) -> str:
    """An early warning has been tried at everybody while the mail server is away; its id.

    A part of it goes by mail, and the whole over another channel to those who are cleared for it.
    """
    await drill.report(1, marking={"level": "BPL"})
    await drill.report(2, marking={"level": "CONFIDENTIEL"})
    await drill.classified_again()
    await drill.launched()
    await drill.release(NoticeKind.EARLY_WARNING)

    def tried(view: object) -> bool:
        return any(one.kind is NoticeKind.EARLY_WARNING and one.sent for one in view.notices)  # type: ignore[attr-defined]

    view = await drill.until(tried, "the early warning over the channels that work")
    notice = next(one.id for one in view.notices if one.kind is NoticeKind.EARLY_WARNING)
    await until_settled(drill, notice, DeliveryState.SENDING)
    return notice


async def let_go(drill: Drill, notice: str) -> Receipt:
    """Release a draft on the word of two people."""
    await drill.act(ActName.RELEASE, ReleaseAct, notice=notice)
    return await drill.act(ActName.RELEASE, ReleaseAct, notice=notice, who=APPROVER)


async def planned_for(drill: Drill, notice: str) -> set[str]:
    """The readers whom a notice is planned for, once it is."""
    await drill.until(
        lambda view: any(one.id == notice and one.planned for one in view.notices), f"the plan of {notice}"
    )
    return set(await lines(drill, notice))


async def adds_up(drill: Drill, notice: str) -> None:
    """The sum holds: planned = sent + failed + withheld + pending."""
    async with drill.house.store.reading() as connection:
        sums = await ledger.sums(connection, notice)
    assert sums.planned == sums.sent + sums.failed + sums.withheld + sums.pending


async def test_a_recall_goes_to_exactly_those_who_got_it(open_drill: OpenDrill, tmp_path: Path) -> None:
    """After an outage the earlier notice reaches nobody any more, and the recall only those whom it had reached."""
    await asyncio.to_thread(cut_off_mail, tmp_path / "home")
    async with open_drill() as drill:
        notice = await cut_off(drill)
        before = await lines(drill, notice)
        got = {name for name, one in before.items() if one.state is DeliveryState.SENT}
        assert CLEARED in got
        assert before[BY_MAIL].state is DeliveryState.PLANNED
        proposed = await drill.act(ActName.RECALL, RecallAct, notice=notice, reason="the sector is wrong")
        recall = str(proposed.notice)
        assert proposed.pending_approval
        assert (await lines(drill, notice))[BY_MAIL].state is DeliveryState.PLANNED
        with pytest.raises(RefusedError) as refused:
            await drill.act(ActName.RELEASE, ReleaseAct, notice=recall)
        assert refused.value.reason == RefusalReason.SAME_PERSON
        await drill.act(ActName.RELEASE, ReleaseAct, notice=recall, who=APPROVER)

        after = await lines(drill, notice)
        assert {name for name, one in after.items() if one.state is DeliveryState.SENT} == got
        assert (after[BY_MAIL].state, after[BY_MAIL].reason) == (DeliveryState.WITHHELD, "recalled")
        assert not {one.state for one in after.values()} & {DeliveryState.PLANNED, DeliveryState.SENDING}
        await adds_up(drill, notice)
        assert await planned_for(drill, recall) == got
        await drill.until(lambda view: any(one.id == recall and one.sent for one in view.notices), "the recall")
        said = await text(drill, recall, CLEARED)
        assert f"This notice recalls the earlier notice {notice}." in said
        assert "Do not act on the earlier notice any more" in said
        assert "the sector is wrong" in said
        assert "ransom" not in said
        (stopped,) = await entries(drill, JournalKind.DELIVERY_NOTICE_STOPPED)
        assert (stopped.data["notice"], stopped.data["by"], stopped.data["reason"]) == (notice, recall, "recalled")
        assert BY_MAIL in stopped.data["readers"]


async def test_who_got_the_first_is_told_and_who_did_not_is_not(open_drill: OpenDrill, tmp_path: Path) -> None:
    """The second says to its reader that it replaces the first; to one whom the first never reached it says nothing."""
    await asyncio.to_thread(cut_off_mail, tmp_path / "home")
    async with open_drill() as drill:
        notice = await cut_off(drill)
        drafted = await drill.act(ActName.WARN, WarnAct, kind="early_warning", relation="replaces", earlier=notice)
        second = str(drafted.notice)
        await let_go(drill, second)
        first = await lines(drill, notice)
        assert (first[BY_MAIL].state, first[BY_MAIL].reason) == (DeliveryState.WITHHELD, "superseded")
        await adds_up(drill, notice)
        await planned_for(drill, second)
        assert f"This notice replaces the earlier notice {notice}." in await text(drill, second, CLEARED)
        assert notice not in await text(drill, second, BY_MAIL)

        # The second never reached the reader by mail, and the third says to each of them what it has.
        drafted = await drill.act(ActName.WARN, WarnAct, kind="early_warning", relation="corrects", earlier=second)
        third = str(drafted.notice)
        await let_go(drill, third)
        await planned_for(drill, third)
        assert f"This notice corrects the earlier notice {second}." in await text(drill, third, CLEARED)
        unreached = await text(drill, third, BY_MAIL)
        assert second not in unreached
        assert notice not in unreached


async def test_only_one_that_stands_can_be_replaced(open_drill: OpenDrill) -> None:
    """An unknown one, one of another kind, one that was replaced, a second recall: each is refused with the reason."""
    async with open_drill() as drill:
        notice = await warned(drill, {"level": "BPL"})
        launch = next(one.id for one in (await drill.view()).notices if one.kind is NoticeKind.LAUNCH_EXTERNAL)
        for earlier in ("N-0", launch):
            with pytest.raises(RefusedError) as refused:
                await drill.act(ActName.WARN, WarnAct, kind="early_warning", relation="replaces", earlier=earlier)
            assert refused.value.reason == RefusalReason.UNKNOWN_SUBJECT
        await drill.act(ActName.RECALL, RecallAct, notice=notice)
        with pytest.raises(RefusedError, match=r"recalls .* already, and waits for release"):
            await drill.act(ActName.RECALL, RecallAct, notice=notice)
        drafted = await drill.act(ActName.WARN, WarnAct, kind="early_warning", relation="replaces", earlier=notice)
        await let_go(drill, str(drafted.notice))
        with pytest.raises(RefusedError, match=f"{drafted.notice} replaces {notice} already"):
            await drill.act(ActName.WARN, WarnAct, kind="early_warning", relation="corrects", earlier=notice)
        recall = next(line.split()[1] for line in (await drill.view()).waiting_for if f"recalls {notice}" in line)
        with pytest.raises(RefusedError, match="already; name the one that stands"):
            await drill.act(ActName.RELEASE, ReleaseAct, notice=recall, who=APPROVER)


async def test_what_an_override_sent_is_recalled_with_it(open_drill: OpenDrill) -> None:
    """Whoever got the content against a provider's restriction is told of the recall, and of the copy it got."""
    async with open_drill() as drill:
        notice = await warned(drill, H2)
        copy = str((await overridden(drill, notice, "liaison-it")).notice)
        await drill.until(lambda view: any(one.id == copy and one.sent for one in view.notices), "the copy")
        recall = str((await drill.act(ActName.RECALL, RecallAct, notice=notice)).notice)
        await drill.act(ActName.RELEASE, ReleaseAct, notice=recall, who=APPROVER)
        assert "liaison-it" in await planned_for(drill, recall)
        assert f"This notice recalls the earlier notice {copy}." in await text(drill, recall, "liaison-it")


@pytest.mark.parametrize(
    ("threshold", "people"), [("RESTREINT", 1), ("BPL", 2)], ids=["below the level", "at the level"]
)
async def test_from_a_level_upwards_a_release_takes_two(
    open_drill: OpenDrill, policy: WritePolicy, threshold: str, people: int
) -> None:
    """With `four_eyes_from` the level of the notice decides, whatever `four_eyes` says of releases."""
    named = "[decide, release, close]" if people == 1 else "[decide, close]"
    policy(f"four_eyes: {named}\nfour_eyes_from: {{release: {threshold}}}\n")
    async with open_drill() as drill:
        await drill.report(1, marking={"level": "BPL"})
        await drill.classified_again()
        await drill.launched()
        view = await drill.until(lambda view: any("(early_warning)" in one for one in view.waiting_for), "the draft")
        notice = next(one.split()[1] for one in view.waiting_for if "(early_warning)" in one)
        receipt = await drill.act(ActName.RELEASE, ReleaseAct, notice=notice)
        assert receipt.pending_approval is (people == 2)


async def test_the_officer_is_told_what_nobody_has_read(open_drill: OpenDrill) -> None:
    """A restriction in words (H3) is named when the release is proposed, and again when it goes without."""
    async with open_drill() as drill:
        handling = [{"code": "H3", "provider": "csirt-fr", "text": "call us first"}]
        await drill.report(1, marking={"level": "BPL", "handling": handling})
        await drill.classified_again()
        await drill.launched()
        view = await drill.until(lambda view: any("(early_warning)" in one for one in view.waiting_for), "the draft")
        notice = next(one.split()[1] for one in view.waiting_for if "(early_warning)" in one)
        proposed = await drill.act(ActName.RELEASE, ReleaseAct, notice=notice, who=OFFICER)
        assert "(H3) of csirt-fr: whoever has read them says --restrictions-read" in proposed.sentence
        gone = await drill.act(ActName.RELEASE, ReleaseAct, notice=notice, who=APPROVER)
        assert "Withheld from everybody: what csirt-fr restricted in words (H3)" in gone.sentence
        await planned_for(drill, notice)
        assert (await lines(drill, notice))[CLEARED].reason == "restriction_not_read"
