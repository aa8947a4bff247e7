"""Composing a notice: from what is known to marked portions. Each kind says in its own folder what it is made of."""

from collections.abc import Callable

from leerp.errors import BadInputError
from leerp.notices import NoticeKind, Portion
from notifications.context import Ask, Closing, Meeting, NoticeContext
from notifications.notices import (
    action_plan,
    closure,
    early_warning,
    launch_external,
    launch_internal,
    meeting,
    update,
)

__all__ = ["MAX_PORTIONS", "Ask", "Closing", "Meeting", "NoticeContext", "compose"]

MAX_PORTIONS = 5_000
"""The most portions a notice may have (`leerp.notices.Notice.portions`)."""

_KINDS: dict[NoticeKind, Callable[[NoticeContext], list[Portion]]] = {
    NoticeKind.LAUNCH_INTERNAL: launch_internal.portions,
    NoticeKind.LAUNCH_EXTERNAL: launch_external.portions,
    NoticeKind.MEETING: meeting.portions,
    NoticeKind.EARLY_WARNING: early_warning.portions,
    NoticeKind.ACTION_PLAN: action_plan.portions,
    NoticeKind.UPDATE: update.portions,
    NoticeKind.CLOSURE: closure.portions,
}


def compose(kind: NoticeKind, context: NoticeContext) -> tuple[Portion, ...]:
    """The portions of a notice, in the order in which they are told.

    BadInputError when the context lacks what the kind is about (a meeting, a closing), or holds more than one notice
    can carry.
    """
    portions = tuple(_KINDS[kind](context))
    if len(portions) > MAX_PORTIONS:
        raise BadInputError(
            f"a {kind} notice for {context.reference} would have {len(portions)} portions, and at most {MAX_PORTIONS} "
            "fit into one; leave older reports out or tell them in two notices"
        )
    return portions
