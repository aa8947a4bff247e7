"""The calendar object: one event that moves and is cancelled, and that says nothing of who else is asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from leerp.marking import Marking
from leerp.notices import Form, Mode, Notice, NoticeKind, Portion, Relation, Said, Section, Slot
from tests.notifications import cast, machine_forms
from tests.notifications.machine_forms import HOSTILE, TIGHT, notice, portion

SLOT = Slot(at=datetime(2017, 5, 12, 14, 0, tzinfo=UTC), minutes=90, place="conference call; room 1, floor 2")
CALLED = portion(Said(meeting=SLOT))


def calendar(of: Notice) -> Any:
    """The calendar object, parsed by icalendar."""
    return Calendar.from_ical(machine_forms.content(of, Form.CALENDAR))


def events(of: Notice) -> list[Any]:
    """Its events."""
    found: list[Any] = calendar(of).walk("VEVENT")
    return found


def test_the_meeting_is_told() -> None:
    """Begin, end, place, subject and text, confidential, in UTC, and issued when the notice was."""
    made = notice(CALLED, kind=NoticeKind.MEETING)
    (event,) = events(made)
    assert event["DTSTART"].dt == SLOT.at
    assert event["DTEND"].dt == SLOT.at + timedelta(minutes=90)
    assert event["DTSTAMP"].dt == cast.AT
    assert event["LOCATION"] == SLOT.place
    assert event["SUMMARY"] == machine_forms.variant(made, Form.CALENDAR).subject
    assert event["DESCRIPTION"] == machine_forms.content(made, Form.TEXT).decode()
    assert event["CLASS"] == "CONFIDENTIAL"
    assert event["STATUS"] == "CONFIRMED"
    assert event["ORGANIZER"].params["CN"] == "European Cybercrime Centre"
    assert calendar(made)["METHOD"] == "REQUEST"


def test_the_media_type_names_the_method() -> None:
    """A mail program takes a call for one by the method in the media type (RFC 6047)."""
    made = machine_forms.variant(notice(CALLED, kind=NoticeKind.MEETING), Form.CALENDAR)
    assert [(file.name, file.media_type) for file in made.files] == [
        ("meeting.ics", "text/calendar; charset=utf-8; method=REQUEST")
    ]


def test_no_other_reader_is_named() -> None:
    """There is no attendee at all."""
    assert b"ATTENDEE" not in machine_forms.content(notice(CALLED, kind=NoticeKind.MEETING), Form.CALENDAR)


def test_a_later_call_moves_the_same_event() -> None:
    """Another notice of the kind for the incident has the same UID and a higher SEQUENCE; another incident has not."""
    (first,) = events(notice(CALLED, kind=NoticeKind.MEETING))
    moved = portion(Said(meeting=SLOT.model_copy(update={"at": SLOT.at + timedelta(hours=1)})))
    later = {"id": "n-other", "issued_at": cast.AT + timedelta(seconds=1)}
    (second,) = events(notice(moved, kind=NoticeKind.MEETING, **later))
    (elsewhere,) = events(notice(CALLED, kind=NoticeKind.MEETING, incident="LEERP-2017-0002"))
    assert first["UID"] == second["UID"]
    assert first["SEQUENCE"] < second["SEQUENCE"] < 2**31
    assert first["UID"] != elsewhere["UID"]
    (old,) = events(notice(CALLED, kind=NoticeKind.MEETING, issued_at=datetime(1999, 1, 1, tzinfo=UTC)))
    assert old["SEQUENCE"] == 0


def test_a_recall_cancels_it() -> None:
    """A recall has the method CANCEL and the status CANCELLED, for readers who were sent the call."""
    called = notice(CALLED, kind=NoticeKind.MEETING)
    made = notice(CALLED, kind=NoticeKind.MEETING, **machine_forms.RECALLED)
    (event,) = events(made)
    assert calendar(made)["METHOD"] == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event["UID"] == events(called)[0]["UID"]
    assert b"METHOD:REQUEST" in machine_forms.content(made, Form.CALENDAR, told_earlier=False)


@pytest.mark.parametrize("kind", NoticeKind)
def test_only_a_visible_meeting_is_told(kind: NoticeKind) -> None:
    """A notice without a meeting, or with one that the reader may not see, gives no file."""
    hidden = portion(Said(meeting=SLOT), marking=TIGHT)
    for made in (notice(kind=kind), notice(hidden, kind=kind)):
        assert machine_forms.variant(made, Form.CALENDAR, reader=cast.LIAISON).files == ()
    assert len(machine_forms.variant(notice(hidden, kind=kind), Form.CALENDAR).files) == 1


def test_several_meetings_are_several_events() -> None:
    """Each meeting once, each with an id of its own."""
    other = portion(Said(meeting=SLOT.model_copy(update={"place": "room 2"})))
    found = events(notice(CALLED, other, CALLED, kind=NoticeKind.MEETING))
    assert [str(event["LOCATION"]) for event in found] == ["conference call; room 1, floor 2", "room 2"]
    assert len({event["UID"] for event in found}) == 2


def test_an_exercise_says_so() -> None:
    """Summary and description begin with the mark, and a real call has it nowhere."""
    (event,) = events(notice(CALLED, kind=NoticeKind.MEETING, mode=Mode.EXERCISE))
    for name in ("SUMMARY", "DESCRIPTION"):
        assert event[name].startswith("EXERCISE EXERCISE EXERCISE")
    assert b"EXERCISE" not in machine_forms.content(notice(CALLED, kind=NoticeKind.MEETING), Form.CALENDAR)


@given(st.text(), st.text(st.characters(codec="utf-8", min_codepoint=0x20), max_size=20))
def test_any_text_is_only_text(words: str, place: str) -> None:
    """Neither a portion, nor a place, nor the issuer adds a line, a property or a component."""
    try:
        title = Portion(section=Section.TITLE, text=words + HOSTILE, marking=Marking())
        fact = Portion(section=Section.FACT, text=words + HOSTILE, marking=Marking())
        slot = Said(meeting=Slot(at=SLOT.at, minutes=60, place=f'x";:,\u2028ATTENDEE:mailto:a@b.example {place}'))
    except ValueError:
        return
    evil = notice(title, fact, portion(slot), kind=NoticeKind.MEETING, issuer='C";X=1:\u2028ATTENDEE:x')
    usual = notice(CALLED, kind=NoticeKind.MEETING)
    (event,) = events(evil)
    assert sorted(event) == sorted(events(usual)[0])
    assert [one.name for one in event.subcomponents] == ["VALARM"]
    lines = machine_forms.content(evil, Form.CALENDAR).decode().split("\r\n")
    assert all(len(line.splitlines()) <= 1 for line in lines)
    assert event["DESCRIPTION"] == machine_forms.content(evil, Form.TEXT).decode()


def test_relations_other_than_a_recall_keep_the_call() -> None:
    """A replacement is a call again, with what stands in it now."""
    made = notice(CALLED, kind=NoticeKind.MEETING, relation=Relation.REPLACES, earlier="n-0001", earlier_at=cast.AT)
    assert calendar(made)["METHOD"] == "REQUEST"
