"""The call to an emergency meeting or a conference call (seed, V)."""

from leerp.errors import BadInputError
from leerp.notices import Portion, Said, Section, Slot
from notifications import portions as common
from notifications.context import Meeting, NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """When and where, how serious it is, and whom to call."""
    if context.meeting is None:
        raise BadInputError(f"a meeting notice for {context.reference} needs a time and a place; give both")
    meeting = context.meeting
    called = statement("reminded" if meeting.reminder else "called", of="meeting", meeting=meeting)
    return [
        common.structure(Section.TITLE, statement("title", of="meeting", reference=context.reference)),
        *common.marked(Section.SUMMARY, called, meeting.marking, said=Said(meeting=_slot(meeting))),
        *common.classification(context),
        *common.asks(context),
        *common.contacts(context),
    ]


def _slot(meeting: Meeting) -> Slot:
    return Slot(id=meeting.id, at=meeting.at, minutes=meeting.minutes, place=meeting.place)
