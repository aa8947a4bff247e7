"""The closure (seed, VII): to exactly the readers of the launch notices, hence never empty for any of them."""

from leerp.errors import BadInputError
from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """That the protocol is closed and how; why, under the marking of the reason."""
    if context.closing is None:
        raise BadInputError(f"a closure notice for {context.reference} needs an outcome; give one")
    outcome = statement("outcome", of="closure", outcome=context.closing.outcome)
    reason = statement("reason", of="closure", reason=context.closing.reason)
    return [
        common.structure(Section.TITLE, statement("title", of="closure", reference=context.reference)),
        common.structure(Section.SUMMARY, outcome),
        *common.marked(Section.SUMMARY, reason, context.closing.marking),
        *common.asks(context),
        *common.contacts(context),
    ]
