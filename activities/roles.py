"""Who may do what: the roles that an act takes, where no workflow is asked."""

from leerp.errors import RefusedError
from leerp.protocol import Actor, RefusalReason
from leerp.stakeholders import Role

OFFICERS = (Role.OFFICER, Role.APPROVER)
STAFF = (Role.OFFICER, Role.APPROVER, Role.ANALYST)


def need_role(actor: Actor, roles: tuple[Role, ...], *, to: str = "do this") -> None:
    """RefusedError unless the actor has one of these roles."""
    if not set(roles) & set(actor.roles):
        *others, last = [role.value for role in roles]
        names = f"{', '.join(others)} or {last}" if others else last
        raise RefusedError(f"{actor.id} may not {to}; it takes the role {names}.", reason=RefusalReason.NOT_AUTHORISED)
