"""A call to a meeting as an iCalendar object (RFC 5545, RFC 5546): `meeting.ics`, for whoever may see when and where.

Every notice with a visible meeting says it, whatever its kind; no other does. The id of the event follows from the
incident and the kind of notice, so that a later call moves the event in the reader's calendar instead of adding one,
and a recall cancels it. It names no attendee: a reader is not told who else was asked. Mail that carries it names its
own reader (`addressed`), because a calendar program answers only who is invited by name.
"""

from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress

from leerp.notices import Relation, Slot, VariantFile
from notifications.forms import machine
from notifications.identity import DOMAIN
from notifications.view import View, fold

FILE = "meeting.ics"

_PRODUCT = "-//leerp//notice//EN"
_NOBODY = "invalid:nomail"
"""The address of an organiser who takes no mail: a calendar must not answer where nobody reads."""

_ALARM = timedelta(minutes=15)
"""How long before (project assumption)."""

_COUNTED_FROM = datetime(2000, 1, 1, tzinfo=UTC)
"""A later notice has a higher SEQUENCE; seconds from here fit into its 31 bits until the year 2068."""


def make(view: View) -> VariantFile | None:
    """`meeting.ics`, UTF-8; None if this reader may see no meeting."""
    slots = tuple(dict.fromkeys(one.said.meeting for one in view.portions if one.said and one.said.meeting))
    if not slots:
        return None
    cancelled = view.relation is Relation.RECALLS
    method = "CANCEL" if cancelled else "REQUEST"
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODUCT)
    calendar.add("method", method)
    for number, slot in enumerate(slots):
        calendar.add_component(_event(view, slot, number, cancelled=cancelled))
    media_type = f"text/calendar; charset=utf-8; method={method}"
    return VariantFile(name=FILE, media_type=media_type, content=calendar.to_ical())


def event_uid(incident: str, meeting: str) -> str:
    """The id of the event of a meeting in the readers' calendars."""
    return _uid(incident, "meeting", meeting)


def _uid(*names: str | int) -> str:
    return f"{machine.identity('calendar', *names)}@{DOMAIN}"


def _event(view: View, slot: Slot, number: int, *, cancelled: bool) -> Event:
    """One event. `number`: its place among the meetings that this reader may see, from 0."""
    event = Event()
    event.add("uid", event_uid(view.incident, slot.id) if slot.id else _uid(view.incident, view.kind.value, number))
    event.add("sequence", max(0, int((view.issued_at - _COUNTED_FROM).total_seconds())))
    event.add("dtstamp", view.issued_at)
    event.add("dtstart", slot.at)
    event.add("dtend", slot.at + timedelta(minutes=slot.minutes))
    event.add("summary", view.subject)
    event.add("description", machine.plain(view))
    event.add("location", fold(slot.place))
    event.add("class", "CONFIDENTIAL")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if view.exercise:
        event.add("categories", ["EXERCISE"])
    organiser = vCalAddress(_NOBODY)
    organiser.params["CN"] = fold(view.issuer)
    event.add("organizer", organiser)
    if not cancelled:
        event.add_component(_alarm())
    return event


def _alarm() -> Alarm:
    """The reader's own calendar reminds of it, whatever becomes of the centre's reminder."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Meeting")
    alarm.add("trigger", -_ALARM)
    return alarm


def addressed(content: bytes, *, attendee: str, organiser: str) -> bytes:
    """The same with the reader as the one who is asked, and an address where the answer is read.

    Nothing else changes: what the reader may see was settled when the variant was made.
    """
    calendar = Calendar.from_ical(content)
    for event in calendar.walk("VEVENT"):
        asked = vCalAddress(f"mailto:{attendee}")
        asked.params |= {"RSVP": "TRUE", "PARTSTAT": "NEEDS-ACTION", "ROLE": "REQ-PARTICIPANT"}
        event.add("attendee", asked)
        centre = vCalAddress(f"mailto:{organiser}")
        centre.params["CN"] = event["ORGANIZER"].params["CN"]
        event["ORGANIZER"] = centre
    return bytes(calendar.to_ical())
