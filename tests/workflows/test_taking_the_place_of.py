"""What officers say when they draft: the next update, the earlier notice it takes the place of; what they are told."""

import json
from datetime import timedelta
from typing import Any

import pytest

from activities.personal_data import PersonalDataInside, personal_data_in
from desk.assembly import wall_clock
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.model import iso
from leerp.notices import DeliveryState, Notice, NoticeKind, PrivatePartyGround, Relation, VariantFile
from leerp.protocol import ActName, MeetAct, PlanAddAct, PlanDraftAct, ReleaseAct, WarnAct
from records import journal, ledger, notices
from tests.conftest import OpenDrill
from tests.drill import APPROVER, Drill

LIAISON = "liaison-de"
PRIVATE = ("partner-antivirus",)
"""The private party of the example directory that is warned without being named."""


async def stored(drill: Drill, notice: str | None) -> Notice:
    """A notice as it is kept."""
    async with drill.house.store.reading() as connection:
        return await notices.get(connection, str(notice))


async def inside(drill: Drill, notice: Notice) -> PersonalDataInside | None:
    """What the officer is told of the personal data in it."""
    async with drill.house.store.reading() as connection:
        return await personal_data_in(connection, notice, drill.house.rooms.directory())


async def files(drill: Drill, notice: str, reader: str) -> dict[str, VariantFile]:
    """What a reader was sent, by the names of the files."""
    await drill.until(lambda view: any(one.id == notice and one.sent for one in view.notices), f"{notice} sent")
    async with drill.house.store.reading() as connection:
        lines = await ledger.deliveries(connection, notice=notice)
        (line,) = [one for one in lines if one.reader == reader and one.state is not DeliveryState.WITHHELD]
        found = await ledger.variant(connection, notice=notice, reader=reader, channel=line.channel)
    return {file.name: file for file in found}


async def launched(drill: Drill) -> None:
    """A launched incident whose early warning is drafted."""
    await drill.classified()
    await drill.launched()
    await drill.until(lambda view: any("(early_warning)" in line for line in view.waiting_for), "the draft")


async def test_the_next_update_is_told_to_the_readers_and_lies_ahead(open_drill: OpenDrill) -> None:
    """It stands in the draft and in the journal; one that has passed is refused in one sentence, and drafts nothing."""
    async with open_drill() as drill:
        await launched(drill)
        ahead, passed = wall_clock() + timedelta(hours=3), wall_clock() - timedelta(minutes=1)
        before = (await drill.kinds())["warning.notice.drafted"]
        with pytest.raises(RefusedError) as refused:
            await drill.act(ActName.WARN, WarnAct, kind="early_warning", next_update_at=passed)
        sentence = f"The next update is announced for {iso(passed)}, which has passed; give a later time."
        assert sentence in str(refused.value)
        assert before == (await drill.kinds())["warning.notice.drafted"]
        drafted = await drill.act(ActName.WARN, WarnAct, kind="early_warning", next_update_at=ahead)
        said = [one.said for one in (await stored(drill, drafted.notice)).portions if one.said]
        assert [ahead] == [one.next_update_at for one in said if one.next_update_at]
        async with drill.house.store.reading() as connection:
            entries = await journal.entries(connection, drill.reference, kinds={JournalKind.WARNING_NOTICE_DRAFTED})
        assert [None, iso(ahead)] == [entry.data.get("next_update_at") for entry in entries]


async def add_action(drill: Drill, number: int, **more: Any) -> None:
    """Add an action to the plan."""
    at = wall_clock() + timedelta(hours=2)
    document = {
        "id": f"A{number}",
        "title": f"Take down {number}",
        "type": "takedown",
        "owner": "liaison-fr",
        "country": "FR",
        "starts_at": at.isoformat(),
        "ends_at": (at + timedelta(hours=3)).isoformat(),
        **more,
    }
    content = json.dumps(document).encode()
    sha256 = await drill.house.intake.keep_document(content, media_type="application/json", marking="BPL")
    await drill.act(ActName.PLAN_ADD, PlanAddAct, action=sha256)


async def let_go(drill: Drill, notice: str) -> None:
    """Release a draft on the word of two people."""
    await drill.act(ActName.RELEASE, ReleaseAct, notice=notice)
    await drill.act(ActName.RELEASE, ReleaseAct, notice=notice, who=APPROVER)


async def test_the_second_version_of_a_plan_says_which_one_it_replaces(open_drill: OpenDrill) -> None:
    """To whoever was sent the first; it knows when that was issued. Only a plan can take the place of a plan."""
    async with open_drill() as drill:
        await launched(drill)
        await add_action(drill, 1)
        first = str((await drill.act(ActName.PLAN_DRAFT, PlanDraftAct)).notice)
        await let_go(drill, first)
        await files(drill, first, LIAISON)
        await add_action(drill, 2)
        launch = next(one.id for one in (await drill.view()).notices if one.kind is NoticeKind.LAUNCH_EXTERNAL)
        with pytest.raises(RefusedError, match="only one of that kind can take its place"):
            await drill.act(ActName.PLAN_DRAFT, PlanDraftAct, relation="replaces", earlier=launch)
        second = str((await drill.act(ActName.PLAN_DRAFT, PlanDraftAct, relation="replaces", earlier=first)).notice)
        await let_go(drill, second)
        text = (await files(drill, second, LIAISON))["message.txt"].content.decode()
        assert f"This notice replaces the earlier notice {first}." in text
        kept = await stored(drill, second)
        earlier = (await stored(drill, first)).issued_at
        assert (Relation.REPLACES, first, earlier) == (kept.relation, kept.earlier, kept.earlier_at)
        with pytest.raises(RefusedError, match="already; name the one that stands"):
            await drill.act(ActName.PLAN_DRAFT, PlanDraftAct, relation="corrects", earlier=first)


async def test_a_meeting_that_is_moved_moves_in_the_calendars(open_drill: OpenDrill) -> None:
    """The second call replaces the first, with the same event at the new time and of the length that was said."""
    async with open_drill() as drill:
        await launched(drill)
        at = (wall_clock() + timedelta(hours=2)).replace(microsecond=0)
        first = await drill.act(ActName.MEET, MeetAct, at=at, place="Bridge 1")
        before = await files(drill, str(first.notice), LIAISON)
        related: dict[str, Any] = {"relation": "replaces", "earlier": first.notice}
        second = await drill.act(
            ActName.MEET, MeetAct, at=at + timedelta(hours=1), place="Bridge 2", minutes=30, **related
        )
        assert second.sentence.endswith(f" The call replaces {first.notice}.")
        after = await files(drill, str(second.notice), LIAISON)
        assert f"This notice replaces the earlier notice {first.notice}." in after["message.txt"].content.decode()
        (uid,) = [line for line in before["meeting.ics"].content.splitlines() if line.startswith(b"UID:")]
        ends = (at + timedelta(hours=1, minutes=30)).strftime("DTEND:%Y%m%dT%H%M%SZ").encode()
        assert {uid, ends} <= set(after["meeting.ics"].content.splitlines())
        with pytest.raises(RefusedError, match="already; name the one that stands"):
            await drill.act(ActName.MEET, MeetAct, at=at, place="Bridge 3", **related)


async def test_the_officer_is_told_who_does_not_get_the_personal_data(open_drill: OpenDrill) -> None:
    """The private parties among its readers; with a ground, that they get it; nothing where there is no such data."""
    async with open_drill() as drill:
        await launched(drill)
        drafted = await drill.act(ActName.WARN, WarnAct, kind="early_warning")
        assert await inside(drill, await stored(drill, drafted.notice)) is None
        shared = {"kind": "domain", "value": "kill-switch.example"}
        await drill.report(2, observables=[shared, {"kind": "ipv4", "value": "198.51.100.23"}], source="csirt-ee")
        await drill.classified_again()
        drafted = await drill.act(ActName.WARN, WarnAct, kind="early_warning")
        notice = await stored(drill, drafted.notice)
        told = await inside(drill, notice)
        assert told is not None
        assert told.private_parties == PRIVATE
        assert told.sentence == (
            f"{notice.id} holds personal data; these private parties do not get it, "
            "unless the release names a ground (--ground): partner-antivirus."
        )
        ground = PrivatePartyGround.IMMINENT_CRIME
        told = await inside(drill, notice.model_copy(update={"personal_data_ground": ground}))
        assert told is not None
        assert told.sentence.endswith(
            "these private parties get it too, on the ground imminent_crime: partner-antivirus."
        )
