"""How a running incident says no to an act: with a typed reason, before anything is changed."""

from typing import NoReturn

from temporalio.exceptions import ApplicationError

from leerp.protocol import Act, RefusalReason
from leerp.stakeholders import Role


def refuse(sentence: str, reason: RefusalReason) -> NoReturn:
    """Refuse an act; in a validator this leaves nothing in the history."""
    raise ApplicationError(sentence, type=reason.value, non_retryable=True)


def need_reason(act: Act) -> None:
    """Every decision carries a reason."""
    if not act.reason.strip():
        refuse("This act needs a reason; say why, the record will keep it.", RefusalReason.REASON_MISSING)


def need_role(act: Act, *roles: Role) -> None:
    """Only somebody with one of these roles."""
    if not set(act.actor.roles) & set(roles):
        names = " or ".join(role.value for role in roles)
        refuse(f"{act.actor.id} may not do this; it takes the role {names}.", RefusalReason.NOT_AUTHORISED)


def need_second_person(act: Act, *, first: str, first_is_approver: bool) -> None:
    """Four eyes: two different people, at least one of them an approver."""
    if act.actor.id == first:
        refuse(f"{first} proposed this; a second person must confirm it.", RefusalReason.SAME_PERSON)
    if not first_is_approver and Role.APPROVER not in act.actor.roles:
        refuse(f"{act.actor.id} is not an approver; one of the two must be.", RefusalReason.NOT_AUTHORISED)
