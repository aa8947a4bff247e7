"""Answers to invitations: what a calendar program is asked, what it sends back, and what is no answer."""

from email.message import EmailMessage

import pytest
from icalendar import Calendar

from leerp.errors import BadInputError
from leerp.meetings import Answer
from leerp.notices import Form, NoticeKind, Said, Slot
from notifications.forms import calendar_form
from notifications.invitation_replies import read_invitation_reply
from tests.notifications import cast, machine_forms
from tests.notifications.machine_forms import notice, portion

UID = calendar_form.event_uid("LEERP-2026-0001", "M-1")

REPLY = f"""BEGIN:VCALENDAR\r
PRODID:-//a calendar//EN\r
VERSION:2.0\r
METHOD:REPLY\r
BEGIN:VEVENT\r
UID:{UID}\r
DTSTAMP:20261122T090000Z\r
ATTENDEE;CN="Duty, desk";PARTSTAT=ACCEPTED:MAILTO:Cyber247@Police-NO.example\r
ORGANIZER:mailto:ecc@centre.example\r
END:VEVENT\r
END:VCALENDAR\r
""".encode()


def mail(*calendars: bytes) -> bytes:
    """A mail with these calendar parts, as a calendar program sends it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "ecc@centre.example", "Accepted"
    message.set_content("I come.")
    for content in calendars:
        message.add_attachment(content, maintype="text", subtype="calendar", params={"method": "REPLY"})
    return bytes(message)


@pytest.mark.parametrize("content", [REPLY, mail(REPLY)])
def test_an_answer_is_read_from_a_mail_and_from_a_file(content: bytes) -> None:
    """The event, the address in lower case, the answer."""
    said = read_invitation_reply(content, name="answer")
    assert (said.uid, said.attendee, said.answer) == (UID, "cyber247@police-no.example", Answer.ACCEPTED)
    assert (said.mail is None) is (content == REPLY)


@pytest.mark.parametrize(("word", "answer"), [("DECLINED", Answer.DECLINED), ("tentative", Answer.TENTATIVE)])
def test_the_other_answers(word: str, answer: Answer) -> None:
    """Whatever the case."""
    assert read_invitation_reply(REPLY.replace(b"ACCEPTED", word.encode()), name="answer").answer is answer


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (REPLY.replace(b"METHOD:REPLY", b"METHOD:REQUEST"), "METHOD must be REPLY"),
        (REPLY.replace(b"ACCEPTED", b"DELEGATED"), "neither accepted"),
        (REPLY.replace(b"UID:", b"X-UID:"), "one event and one attendee"),
        (REPLY.replace(b"ORGANIZER:", b"ATTENDEE;PARTSTAT=DECLINED:"), "one event and one attendee"),
        (REPLY.replace(b"END:VEVENT\r\n", b"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\n"), "this has 2"),
        (REPLY.replace(b"BEGIN:VEVENT", b"BEGIN:VTODO").replace(b"END:VEVENT", b"END:VTODO"), "this has 0"),
        (b"BEGIN:VCALENDAR\r\nMETHOD", "not a calendar object"),
        (b"BEGIN:VCALENDAR\r\n" + b"X-A:" + b"b" * 70_000 + b"\r\n", "bytes"),
        (mail(), "0 calendar parts"),
        (mail(REPLY, REPLY), "2 calendar parts"),
        (b"\x00\xff", "not a mail"),
        (b"", "not a mail"),
    ],
)
def test_what_is_no_answer_is_refused_in_one_sentence(content: bytes, why: str) -> None:
    """A request, a delegation, no event, two attendees, something broken, something huge: nothing is guessed."""
    with pytest.raises(BadInputError) as caught:
        read_invitation_reply(content, name="answer.eml")
    assert why in caught.value.sentence


def test_an_invitation_asks_the_reader_by_name_and_says_where_to_answer() -> None:
    """Everything else is as it was made for all who may see the same, byte for byte."""
    slot = Slot(id="M-1", at=cast.AT, minutes=60, place="Bridge")
    made = notice(portion(Said(meeting=slot)), kind=NoticeKind.MEETING)
    content = machine_forms.content(made, Form.CALENDAR)
    asked = calendar_form.addressed(content, attendee="desk@r.example", organiser="ecc@centre.example")
    [event] = Calendar.from_ical(asked).walk("VEVENT")
    assert event["UID"] == calendar_form.event_uid(made.incident, "M-1")
    assert event["ATTENDEE"] == "mailto:desk@r.example"
    assert event["ATTENDEE"].params["RSVP"] == "TRUE"
    assert event["ORGANIZER"] == "mailto:ecc@centre.example"
    assert len(event.walk("VALARM")) == 1
    lines = set(asked.replace(b"\r\n ", b"").split(b"\r\n")) - set(content.replace(b"\r\n ", b"").split(b"\r\n"))
    assert {line.partition(b":")[0].partition(b";")[0] for line in lines} == {b"ATTENDEE", b"ORGANIZER"}
