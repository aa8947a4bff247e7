"""The notice outside: the protocol is launched (seed, III.3). It carries the points of contact, always."""

from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """Launch, level, what is known and not known, and whom to call."""
    return [
        common.structure(Section.TITLE, statement("title", of="launch_external", reference=context.reference)),
        *common.classification(context),
        *common.facts(context),
        *common.reports(context),
        *common.unknowns(context),
        *common.asks(context),
        *common.contacts(context),
    ]
