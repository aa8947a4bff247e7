"""The update of an early warning (seed, VI): what is known now, told anew."""

from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.notices import early_warning
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """Everything that is known now."""
    return [
        common.structure(Section.TITLE, statement("title", of="update", reference=context.reference)),
        *early_warning.body(context),
    ]
