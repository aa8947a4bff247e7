"""The call to an emergency meeting or a conference call (seed, V)."""

from leerp.errors import BadInputError
from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """When and where, how serious it is, and whom to call."""
    if context.meeting is None:
        raise BadInputError(f"a meeting notice for {context.reference} needs a time and a place; give both")
    called = statement("called", of="meeting", meeting=context.meeting)
    return [
        common.structure(Section.TITLE, statement("title", of="meeting", reference=context.reference)),
        *common.marked(Section.SUMMARY, called, context.meeting.marking),
        *common.classification(context),
        *common.asks(context),
        *common.contacts(context),
    ]
