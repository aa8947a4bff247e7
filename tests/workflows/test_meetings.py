"""Meetings: called, answered, moved, cancelled, short of a quorum, and what they decide."""

import asyncio
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from activities.acts import actor_of, new_act_id
from activities.meetings import MeetingAnswers, look
from activities.messages import Look
from desk.assembly import wall_clock
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.meeting_acts import CancelMeetingAct, MinutesAct
from leerp.meetings import Answer, Meeting, MeetingKind, MeetingState, Minutes
from leerp.notices import NoticeKind
from leerp.protocol import ActName, MeetAct, Receipt
from notifications.forms.calendar_form import event_uid
from notifications.invitation_replies import read_invitation_reply
from records import journal, meetings
from tests.conftest import OpenDrill
from tests.drill import OFFICER, Drill


async def launched(drill: Drill) -> None:
    """Launched, with those outside told."""
    await drill.classified()
    await drill.launched()
    await drill.sent(NoticeKind.LAUNCH_EXTERNAL)


async def called(drill: Drill, **more: Any) -> Meeting:
    """A meeting in two days, to which Norway and Luxembourg are called and Norway is needed."""
    fields = {"kind": MeetingKind.OPERATIONAL, "needed": ("NO",), "invite": ("poc-no", "csirt-lu"), **more}
    at = fields.pop("at", wall_clock() + timedelta(days=2))
    await drill.act(ActName.MEET, MeetAct, at=at.isoformat(), place="Bridge", **fields)
    return (await stored(drill))[-1]


async def stored(drill: Drill) -> list[Meeting]:
    """The meetings as they are stored."""
    async with drill.house.store.reading() as connection:
        return await meetings.of_incident(connection, drill.reference)


async def answered(drill: Drill, meeting: Meeting, reader: str, answer: Answer) -> Meeting:
    """What a reader says on the telephone."""
    actor = actor_of(drill.house.rooms.directory(), OFFICER)
    answers = MeetingAnswers(drill.house.rooms)
    return await answers.by_officer(
        drill.reference, meeting.id, reader=reader, answer=answer, via="telephone", actor=actor
    )


async def looked(drill: Drill, meeting: Meeting, *, before: timedelta, key: str) -> list[str]:
    """Look at the agenda so long before the meeting; the notices that come of it."""
    request = Look(incident=drill.reference, at=meeting.at - before, key=key)
    async with drill.house.store.writing() as tx:
        return [one.notice for one in (await look(tx, drill.house.rooms, request)).notices]


async def entries(drill: Drill, kind: JournalKind) -> list[dict[str, Any]]:
    """What the journal says of a kind."""
    async with drill.house.store.reading() as connection:
        return [dict(one.data) for one in await journal.entries(connection, drill.reference, kinds={kind})]


async def told(drill: Drill, *, calls: int) -> None:
    """Wait until so many calls have been tried at everybody."""

    def done(view: Any) -> bool:
        sent = [one for one in view.notices if one.kind is NoticeKind.MEETING]
        return len(sent) == calls and all(one.planned and not one.pending for one in sent)

    await drill.until(done, f"call {calls}")


def calendars(home: Path) -> list[Any]:
    """Every event that was sent, in the order of its SEQUENCE."""
    files = sorted((home / "outbox").rglob("meeting.ics"))
    events = [(Calendar.from_ical(file.read_bytes()), file) for file in files]
    return sorted(events, key=lambda one: int(one[0].walk("VEVENT")[0]["SEQUENCE"]))


async def test_a_meeting_is_called_answered_moved_and_cancelled(open_drill: OpenDrill, tmp_path: Path) -> None:
    """One event in the readers' calendars all the way; an answer to the first time does not count for another."""
    async with open_drill() as drill:
        await launched(drill)
        meeting = await called(drill)
        await told(drill, calls=1)
        meeting = await answered(drill, meeting, "poc-no", Answer.ACCEPTED)
        assert meeting.promised == {"NO"}
        assert meeting.not_promised == ()
        later = meeting.at + timedelta(hours=3)
        moved = await called(drill, at=later, relation="replaces", earlier=meeting.notices[-1])
        assert (moved.id, moved.at, moved.replies, len(moved.notices)) == (meeting.id, later, (), 2)
        await told(drill, calls=2)
        await drill.act(ActName.MEETING_CANCEL, CancelMeetingAct, meeting=meeting.id)
        [off] = await stored(drill)
        assert off.state is MeetingState.CANCELLED
        await told(drill, calls=3)
        found = calendars(tmp_path / "home")
        assert Counter(str(calendar["METHOD"]) for calendar, _ in found) == {"REQUEST": 4, "CANCEL": 2}
        uids = {str(calendar.walk("VEVENT")[0]["UID"]) for calendar, _ in found}
        assert uids == {event_uid(drill.reference, meeting.id)}
        with pytest.raises(RefusedError) as caught:
            await drill.act(ActName.MEETING_CANCEL, CancelMeetingAct, meeting=meeting.id)
        assert caught.value.reason == "nothing_to_do"


async def test_two_meetings_are_two_events_and_the_internal_one_stays_inside(open_drill: OpenDrill) -> None:
    """The second call does not move the first meeting; the internal one goes to those inside alone."""
    async with open_drill() as drill:
        await launched(drill)
        first = await called(drill)
        inside = await called(drill, kind=MeetingKind.INTERNAL, invite=(), at=first.at + timedelta(hours=1))
        assert first.id != inside.id
        launch = await drill.readers(NoticeKind.LAUNCH_INTERNAL)

        def told(view: Any) -> bool:
            return any(one.id == inside.notices[-1] and one.planned and not one.pending for one in view.notices)

        view = await drill.until(told, "the call inside")
        [sent] = [one for one in view.notices if one.id == inside.notices[-1]]
        assert sent.planned == len(launch)


async def test_who_has_not_answered_is_reminded_once(open_drill: OpenDrill) -> None:
    """A day and an hour before; a look that is repeated names the same notice, another look none."""
    async with open_drill() as drill:
        await launched(drill)
        meeting = await answered(drill, await called(drill), "poc-no", Answer.TENTATIVE)
        day, hour = timedelta(hours=23), timedelta(minutes=50)
        assert await looked(drill, meeting, before=timedelta(hours=25), key="a") == []
        [reminder] = await looked(drill, meeting, before=day, key="b")
        assert await looked(drill, meeting, before=day, key="b") == [reminder]
        assert await looked(drill, meeting, before=day, key="c") == []
        assert [one["readers"] for one in await entries(drill, JournalKind.PLAN_MEETING_REMINDED)] == [["csirt-lu"]]
        assert await entries(drill, JournalKind.PLAN_MEETING_SHORT) == []
        await answered(drill, meeting, "csirt-lu", Answer.DECLINED)
        assert await looked(drill, meeting, before=hour, key="d") == []
        short = await entries(drill, JournalKind.PLAN_MEETING_SHORT)
        assert [one["missing"] for one in short] == [["NO"]]


async def test_a_meeting_that_is_near_is_not_reminded_of_at_once(open_drill: OpenDrill) -> None:
    """Called half an hour before: the call itself was the reminder."""
    async with open_drill() as drill:
        await launched(drill)
        meeting = await called(drill, at=wall_clock() + timedelta(minutes=30))
        assert await looked(drill, meeting, before=timedelta(minutes=20), key="a") == []


async def test_without_the_countries_that_are_needed_nothing_is_decided(open_drill: OpenDrill) -> None:
    """But for a reason, which stands with the decision; it is in the plan, and its words are not in the journal."""
    async with open_drill() as drill:
        await launched(drill)
        meeting = await called(drill)
        with pytest.raises(RefusedError) as caught:
            await decided(drill, meeting, attended=("csirt-lu",), reason=" ")
        assert caught.value.reason == "reason_missing"
        assert (await drill.view()).plan.version == 0
        await decided(drill, meeting, attended=("csirt-lu",), reason="Norway agreed on the telephone")
        [held] = await stored(drill)
        assert (held.state, held.attended) == (MeetingState.HELD, ("csirt-lu",))
        assert [one.id for one in (await drill.view()).plan.actions] == ["A7"]
        [decision] = await entries(drill, JournalKind.PLAN_DECISION_TAKEN)
        assert decision["without_quorum"] == "Norway agreed on the telephone"
        assert not [line for line in await drill.lines() if "Take the server" in line]


async def test_minutes_name_people_of_the_directory(open_drill: OpenDrill) -> None:
    """Whoever is not in it was not there; with the country that is needed no reason is."""
    async with open_drill() as drill:
        await launched(drill)
        meeting = await called(drill)
        with pytest.raises(RefusedError) as caught:
            await decided(drill, meeting, attended=("nobody",), reason="so")
        assert caught.value.reason == "unknown_subject"
        await decided(drill, meeting, attended=("poc-no",), reason="")
        [decision] = await entries(drill, JournalKind.PLAN_DECISION_TAKEN)
        assert "without_quorum" not in decision


async def decided(drill: Drill, meeting: Meeting, *, attended: tuple[str, ...], reason: str) -> Receipt:
    """Keep minutes with one decision and its action."""
    action = {
        "id": "A7",
        "title": "Take the server",
        "type": "seizure",
        "owner": "poc-no",
        "country": "NO",
        "starts_at": (meeting.at + timedelta(days=1)).isoformat(),
        "ends_at": (meeting.at + timedelta(days=2)).isoformat(),
    }
    written = Minutes.model_validate(
        {"attended": attended, "decisions": [{"text": "Take the server", "action": action}]}
    )
    content = written.model_dump_json().encode()
    sha256 = await drill.house.intake.keep_document(content, media_type="application/json", marking="BPL")
    return await drill.act(ActName.MEETING_MINUTES, MinutesAct, meeting=meeting.id, minutes=sha256, reason=reason)


async def test_an_answer_by_mail_is_proven_or_said_not_to_be(open_drill: OpenDrill) -> None:
    """Anybody can write one: it takes the place of no proven one, and who was not called counts for nothing."""
    async with open_drill() as drill:
        await launched(drill)
        meeting = await called(drill)
        answers = MeetingAnswers(drill.house.rooms)
        done = await answers.by_mail(by_mail(drill, meeting, "cyber247@police-no.example"), by=OFFICER)
        assert [(one.reader, one.proven) for one in done.replies] == [("poc-no", False)]
        await answered(drill, meeting, "poc-no", Answer.DECLINED)
        reasons = []
        for address in ("cyber247@police-no.example", "eve@elsewhere.example"):
            with pytest.raises(RefusedError) as caught:
                await answers.by_mail(by_mail(drill, meeting, address), by=OFFICER)
            reasons.append(caught.value.reason)
        assert reasons == ["not_authorised", "unknown_subject"]
        assert [one.answer for one in (await stored(drill))[0].replies] == [Answer.DECLINED]


def by_mail(drill: Drill, meeting: Meeting, address: str) -> Any:
    """An unsigned mail that accepts."""
    uid = event_uid(drill.reference, meeting.id)
    lines = ["BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VEVENT", f"UID:{uid}"]
    lines += [f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{address}", "END:VEVENT", "END:VCALENDAR", ""]
    message = EmailMessage()
    message["From"], message["Subject"] = address, f"Accepted {new_act_id()}"
    message.set_content("I come.")
    message.add_attachment("\r\n".join(lines).encode(), maintype="text", subtype="calendar")
    return read_invitation_reply(bytes(message), name="answer.eml")


async def test_a_changed_directory_does_not_hold_a_reminder_up(open_drill: OpenDrill) -> None:
    """An address that waits to be confirmed is not pinned from within a look, which would wait for itself for ever."""
    async with open_drill() as drill:
        await launched(drill)
        meeting = await called(drill)
        path = drill.house.settings.config / "directory.yaml"
        text = path.read_text()
        assert "cyber247@police-no.example" in text
        path.write_text(text.replace("cyber247@police-no.example", "other@police-no.example"))
        async with asyncio.timeout(20):
            assert len(await looked(drill, meeting, before=timedelta(hours=23), key="a")) == 1
