"""Composing a notice: from what is known to marked portions. Each kind says in its own folder what it is made of."""

from collections.abc import Callable, Iterable

from leerp.errors import BadInputError
from leerp.marking import Marking
from leerp.notices import NoticeKind, PersonalData, Portion, Section
from notifications import personal_data
from notifications.context import Ask, Closing, Meeting, NoticeContext
from notifications.notices import (
    action_plan,
    closure,
    deconfliction,
    early_warning,
    launch_external,
    launch_internal,
    meeting,
    package,
    product,
    provider,
    update,
)
from notifications.recalling import recall_portions

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
    NoticeKind.PROVIDER: provider.portions,
    NoticeKind.DECONFLICTION: deconfliction.portions,
    NoticeKind.PRODUCT: product.portions,
    NoticeKind.PACKAGE: package.portions,
}


def compose(kind: NoticeKind, context: NoticeContext) -> tuple[Portion, ...]:
    """The portions of a notice, in the order in which they are told.

    BadInputError when the context lacks what the kind is about (a meeting, a closing), or holds more than one notice
    can carry.
    """
    portions = _guarded(_KINDS[kind](context), known=context.known_personal_data)
    if len(portions) > MAX_PORTIONS:
        raise BadInputError(
            f"a {kind} notice for {context.reference} would have {len(portions)} portions, and at most {MAX_PORTIONS} "
            "fit into one; leave older reports out or tell them in two notices"
        )
    return portions


def compose_recall(context: NoticeContext, *, reason: str, marking: Marking) -> tuple[Portion, ...]:
    """The portions of a notice that takes an earlier one back; `marking` is that of `reason`."""
    return _guarded(recall_portions(context, reason=reason, marking=marking), known=context.known_personal_data)


def _guarded(portions: Iterable[Portion], *, known: frozenset[str]) -> tuple[Portion, ...]:
    """The same portions, with every one that holds personal data marked so, whichever kind of notice made it.

    How to reach the centre is the centre's own to tell, and it tells it to everybody.
    """
    return tuple(
        portion.model_copy(update={"personal_data": PersonalData.HELD})
        if portion.personal_data is None
        and portion.section is not Section.CONTACT
        and personal_data.stands_in(portion.text, known=known)
        else portion
        for portion in portions
    )
