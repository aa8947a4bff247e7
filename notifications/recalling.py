"""What a notice says that takes an earlier one back: that, and why. Which one stands in its frame."""

from leerp.marking import Marking
from leerp.notices import Portion, Said, Section, Slot
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def recall_portions(context: NoticeContext, *, reason: str, marking: Marking) -> tuple[Portion, ...]:
    """The portions of a recall. Nothing of what is recalled is in it but a meeting that does not take place.

    `marking`: that of `reason`.
    """
    why = statement("recall_reason", reason=reason)
    return (
        common.structure(Section.TITLE, statement("recall_title", reference=context.reference)),
        common.structure(Section.SUMMARY, statement("recalled")),
        *_cancelled(context),
        *common.marked(Section.SUMMARY, why, marking),
        *common.asks(context),
        *common.contacts(context),
    )


def _cancelled(context: NoticeContext) -> list[Portion]:
    """When the meeting would have been, so that it leaves the calendars of those who were called."""
    meeting = context.meeting
    if meeting is None:
        return []
    slot = Slot(id=meeting.id, at=meeting.at, minutes=meeting.minutes, place=meeting.place)
    text = statement("cancelled", of="meeting", meeting=meeting)
    return common.marked(Section.SUMMARY, text, meeting.marking, said=Said(meeting=slot))
