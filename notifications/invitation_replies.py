"""Answers to invitations: the iCalendar REPLY (RFC 5546 §3.2.3) that a calendar program sends back by mail.

Anybody can write one. Here it is only read; who may have said it is settled by whoever takes it in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, cast

from icalendar import Calendar

from leerp.errors import BadInputError
from leerp.formats.mail_guard import PARSER_FAULTS
from leerp.meetings import Answer
from notifications.replies import GUARD, MAX_BYTES, MAX_DEPTH, Reply, read_reply

MAX_CALENDAR_BYTES = 64 * 1024
"""The largest calendar object that is read: a reply is one event."""

_PARTSTATS = {"ACCEPTED": Answer.ACCEPTED, "TENTATIVE": Answer.TENTATIVE, "DECLINED": Answer.DECLINED}


@dataclass(frozen=True, kw_only=True)
class InvitationReply:
    """An answer. `uid`: of the event; `attendee`: the address that answers, in lower case."""

    uid: str
    attendee: str
    answer: Answer
    mail: Reply | None


def read_invitation_reply(content: bytes, *, name: str) -> InvitationReply:
    """The answer in a mail (.eml) or in a calendar file (.ics); BadInputError where there is none."""
    if content.lstrip()[:15].upper() == b"BEGIN:VCALENDAR":
        return _answer(content, mail=None, name=name)
    mail = read_reply(content, name=name)
    try:
        parts = list(_calendars(GUARD.parsed(content)))
    except PARSER_FAULTS as error:
        raise BadInputError(f"{name}: not a mail that can be read; save it again, or call the reader") from error
    if len(parts) != 1:
        raise BadInputError(f"{name}: has {len(parts)} calendar parts, and an answer to an invitation has one")
    return _answer(parts[0], mail=mail, name=name)


def _calendars(message: EmailMessage, depth: int = 0) -> Iterator[bytes]:
    if depth > MAX_DEPTH or message.get_content_maintype() == "message":
        return
    if message.is_multipart():
        for part in message.iter_parts():
            yield from _calendars(cast("EmailMessage", part), depth + 1)
    elif message.get_content_type() == "text/calendar":
        yield bytes(message.get_payload(decode=True) or b"")


def _answer(content: bytes, *, mail: Reply | None, name: str) -> InvitationReply:
    if len(content) > MAX_CALENDAR_BYTES:
        raise BadInputError(f"{name}: a calendar object of more than {MAX_CALENDAR_BYTES} bytes; call the reader")
    try:
        calendar = Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError) as error:
        raise BadInputError(f"{name}: not a calendar object that can be read; call the reader") from error
    if str(calendar.get("METHOD", "")).upper() != "REPLY":
        raise BadInputError(f"{name}: not an answer to an invitation (its METHOD must be REPLY)")
    events = calendar.walk("VEVENT")
    if len(events) != 1:
        raise BadInputError(f"{name}: an answer to an invitation has one event, and this has {len(events)}")
    return _of_event(events[0], mail=mail, name=name)


def _of_event(event: Any, *, mail: Reply | None, name: str) -> InvitationReply:  # noqa: ANN401 - untyped library
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    if len(attendees) != 1 or not event.get("UID"):
        raise BadInputError(f"{name}: an answer names one event and one attendee; call the reader")
    answer = _PARTSTATS.get(str(attendees[0].params.get("PARTSTAT", "")).upper())
    if answer is None:
        raise BadInputError(f"{name}: says neither accepted, tentative nor declined; call the reader")
    address = str(attendees[0]).strip()
    address = address.partition(":")[2] if address.lower().startswith("mailto:") else address
    return InvitationReply(uid=str(event["UID"]).strip(), attendee=address.lower(), answer=answer, mail=mail)


__all__ = ["MAX_BYTES", "InvitationReply", "read_invitation_reply"]
