"""DESIGN rule 5, handling code H2: the provider is asked, nobody else waits, and a permission can be taken back."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.intake import Arrival, Intake
from activities.messages import RecordConsent
from activities.permissions import PermissionActivities
from desk.assembly import wall_clock
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.notices import DeliveryState, NoticeKind
from leerp.protocol import ActName, Clock, Policy, Receipt, RefusalReason, WarnAct
from leerp.restrictions import ConsentAct
from records import ledger
from tests.conftest import OpenDrill
from tests.drill import Drill, report_file
from tests.guarantees.test_the_life_threat_override import H2, PROVIDER, entries, lines, released, text, warned
from tests.servers import free_port

READER, OTHER = "liaison-it", "liaison-es"


async def said(drill: Drill, notice: str | None, *, given: bool, readers: tuple[str, ...] = ()) -> Receipt:
    """What the provider says on the telephone, written down."""
    fields: dict[str, Any] = {
        "notice": notice,
        "provider": PROVIDER,
        "readers": readers,
        "given": given,
        "via": "duty desk, telephone",
    }
    return await drill.act(ActName.CONSENT, ConsentAct, **fields)


async def waits_for_consent(drill: Drill) -> list[str]:
    """What the incident waits for from providers."""
    return [line for line in (await drill.view()).waiting_for if line.endswith("(consent)")]


async def test_the_provider_is_asked_and_whoever_it_permits_is_told(open_drill: OpenDrill) -> None:
    """The provider has its own at once, it alone is asked, and its yes for one reader sends it to that one."""
    async with open_drill() as drill:
        notice = await warned(drill, H2)
        first = await lines(drill, notice)
        assert first[PROVIDER].state is DeliveryState.SENT
        waiting = {name for name, one in first.items() if one.reason == "provider_consent_missing"}
        assert {READER, OTHER} <= waiting
        (question,) = await entries(drill, JournalKind.DELIVERY_CONSENT_ASKED)
        assert set(question.data["readers"]) == waiting
        assert await waits_for_consent(drill) == [
            f"consent of {PROVIDER} for {len(waiting)} readers of {notice} (consent)"
        ]
        asked = str(question.data["asked_by"])
        await drill.until(lambda view: any(one.id == asked and one.sent for one in view.notices), "the question")
        assert list(await lines(drill, asked)) == [PROVIDER]
        assert READER in await text(drill, asked, PROVIDER)

        await said(drill, notice, given=True, readers=(READER,))
        await drill.until(
            lambda view: (
                any(one.id == notice and one.sent == first_sent + 1 for one in view.notices)
                if (first_sent := sum(one.state is DeliveryState.SENT for one in first.values()))
                else False
            ),
            "the permitted one",
        )
        after = await lines(drill, notice)
        assert {name for name in after if after[name].state is not first[name].state} == {READER}
        assert "H2 set by csirt-fr" in await text(drill, notice, READER)
        assert await waits_for_consent(drill) == [
            f"consent of {PROVIDER} for {len(waiting) - 1} readers of {notice} (consent)"
        ]

        await said(drill, notice, given=False)
        assert await waits_for_consent(drill) == []
        assert {one.reason for one in (await lines(drill, notice)).values() if one.reader == OTHER} == {
            "provider_consent_missing"
        }


async def test_a_permission_in_advance_needs_no_question(open_drill: OpenDrill) -> None:
    """Given for the incident before anything is drafted, it counts for the notice; the others are asked for."""
    async with open_drill() as drill:
        await drill.report(1, marking=H2)
        await drill.classified_again()
        await said(drill, None, given=True, readers=(READER,))
        notice = await released(drill)
        found = await lines(drill, notice)
        assert (found[READER].state, found[OTHER].state) == (DeliveryState.SENT, DeliveryState.WITHHELD)
        (question,) = await entries(drill, JournalKind.DELIVERY_CONSENT_ASKED)
        assert READER not in question.data["readers"]


async def test_after_the_deadline_nobody_waits_any_more(open_drill: OpenDrill) -> None:
    """Without an answer those readers get nothing, the journal says so, and the officer still sees whom to call."""
    async with open_drill() as drill:
        now = wall_clock()
        policy = Policy(consent_within_minutes=1)  # of a clock on which a minute lasts a second
        clock = Clock(engine_origin=now, scenario_origin=now, speed=60)
        intake = Intake(drill.house.rooms, policy=policy, clock=clock)
        content = report_file(1, marking=H2)
        receipt = await intake.report(content, name="report.json", arrival=Arrival(now, "drill"))
        drill.reference = receipt.incident
        await drill.classified_again()
        notice = await released(drill)
        await drill.until(lambda view: any("overdue" in line for line in view.waiting_for), "the end of the time")
        assert len(await entries(drill, JournalKind.DELIVERY_CONSENT_OVERDUE)) == 1
        assert (await lines(drill, notice))[READER].state is DeliveryState.WITHHELD
        assert len(await waits_for_consent(drill)) == 1
        await said(drill, notice, given=True, readers=(READER,))
        assert (await lines(drill, notice))[READER].state is DeliveryState.WITHHELD


async def until_settled(drill: Drill, notice: str, state: DeliveryState) -> None:
    """Wait until no line of a notice is in that state."""
    async with asyncio.timeout(20):
        while state in {one.state for one in (await lines(drill, notice)).values()}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def cut_off_mail(home: Path) -> None:
    """Configure the channel `email` as a mail server that nobody answers at; the others write into the outbox."""
    mail = {"type": "smtp", "maximum": "BPL", "host": "127.0.0.1", "port": free_port(), "starttls": False}
    mail |= {"from_address": "ecc@centre.example", "timeout_seconds": 2}
    outbox = {"type": "outbox", "maximum": "CONFIDENTIEL"}
    config = home / "config"
    config.mkdir(parents=True)
    channels = {"channels": {"email": mail, "secure": outbox, "outbox": outbox | {"maximum": "BPL"}}}
    (config / "channels.yaml").write_text(json.dumps(channels))


async def test_a_permission_taken_back_stops_what_has_not_been_sent(open_drill: OpenDrill, tmp_path: Path) -> None:
    """While the mail server is away the provider says no: what was planned is withheld, and can be permitted again."""
    cut_off_mail(tmp_path / "home")
    async with open_drill() as drill:
        await drill.report(1, marking=H2)
        await drill.classified_again()
        await said(drill, None, given=True, readers=("csirt-ee", "csirt-lu"))
        await drill.launched()
        await drill.release(NoticeKind.EARLY_WARNING)
        view = await drill.until(
            lambda view: any(one.kind is NoticeKind.EARLY_WARNING and one.planned for one in view.notices), "the plan"
        )
        notice = next(one.id for one in view.notices if one.kind is NoticeKind.EARLY_WARNING)
        states = {DeliveryState.PLANNED, DeliveryState.SENDING}
        await until_settled(drill, notice, DeliveryState.SENDING)
        receipt = await said(drill, notice, given=False, readers=("csirt-lu",))
        assert "1 deliveries that had not begun are not made" in receipt.sentence
        after = await lines(drill, notice)
        assert (after["csirt-lu"].state, after["csirt-lu"].reason) == (
            DeliveryState.WITHHELD,
            "provider_consent_missing",
        )
        assert after["csirt-ee"].state in states
        async with drill.house.store.reading() as connection:
            sums = await ledger.sums(connection, notice)
        assert sums.planned == sums.sent + sums.failed + sums.withheld + sums.pending


async def test_what_cannot_be_written_down_is_refused(open_drill: OpenDrill) -> None:
    """A provider or reader whom nobody knows, a question that was not asked, an incident without readers."""
    async with open_drill() as drill:
        notice = await warned(drill, {"level": "BPL"})
        for fields, reason in (
            ({"provider": "nobody", "readers": [READER]}, RefusalReason.UNKNOWN_SUBJECT),
            ({"provider": PROVIDER, "readers": ["nobody"]}, RefusalReason.UNKNOWN_SUBJECT),
            ({"provider": PROVIDER, "notice": notice}, RefusalReason.NOTHING_TO_DO),
            ({"provider": PROVIDER}, RefusalReason.UNKNOWN_SUBJECT),
        ):
            with pytest.raises(RefusedError) as refused:
                await drill.act(ActName.CONSENT, ConsentAct, given=True, via="telephone", **fields)
            assert refused.value.reason == reason
        assert await entries(drill, JournalKind.DELIVERY_CONSENT_GIVEN) == []


async def test_one_word_is_written_down_once(open_drill: OpenDrill) -> None:
    """The same request twice, as after a crash, is one entry and one word."""
    async with open_drill() as drill:
        await drill.classified()
        request = RecordConsent(
            incident=drill.reference,
            at=wall_clock(),
            key="act/1",
            actor="duty-officer",
            provider=PROVIDER,
            readers=(READER,),
            given=True,
            notice=None,
            via="telephone",
            reason="",
        )
        activities = PermissionActivities(drill.house.rooms)
        first, second = [await ActivityEnvironment().run(activities.record, request) for _ in range(2)]
        assert first == second
        assert len(await entries(drill, JournalKind.DELIVERY_CONSENT_GIVEN)) == 1


async def test_a_draft_afresh_counts_what_was_permitted(open_drill: OpenDrill) -> None:
    """A permission for one notice is none for the next: its provider is asked again."""
    async with open_drill() as drill:
        notice = await warned(drill, H2)
        await said(drill, notice, given=True, readers=(READER,))
        await drill.act(ActName.WARN, WarnAct, kind="update")
        await drill.release(NoticeKind.UPDATE)
        await drill.sent(NoticeKind.UPDATE)
        questions = await entries(drill, JournalKind.DELIVERY_CONSENT_ASKED)
        assert len(questions) == 2
        assert READER in questions[-1].data["readers"]
