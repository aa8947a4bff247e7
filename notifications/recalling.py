"""What a notice says that takes an earlier one back: that, and why. Which one stands in its frame."""

from leerp.marking import Marking
from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def recall_portions(context: NoticeContext, *, reason: str, marking: Marking) -> tuple[Portion, ...]:
    """The portions of a recall. Nothing of what is recalled is in it; `marking` is that of `reason`."""
    why = statement("recall_reason", reason=reason)
    return (
        common.structure(Section.TITLE, statement("recall_title", reference=context.reference)),
        common.structure(Section.SUMMARY, statement("recalled")),
        *common.marked(Section.SUMMARY, why, marking),
        *common.asks(context),
        *common.contacts(context),
    )
