"""Who somebody at the desk is: what the directory says of the person, as it stands today."""

from leerp.marking import Reader
from leerp.model import Message
from leerp.protocol import Actor
from leerp.stakeholders import CENTRE_ROLES, Directory, Role


class Principal(Message):
    """A person who has signed in.

    `stakeholder`: whom the person belongs to; None for people of the centre. `reader`: what decides what is shown.
    """

    id: str
    name: str
    roles: tuple[Role, ...]
    stakeholder: str | None = None
    reader: Reader

    @property
    def of_the_centre(self) -> bool:
        """Whether this is somebody of the centre and not of a stakeholder."""
        return self.stakeholder is None

    @property
    def actor(self) -> Actor:
        """Who acts, as acts of the protocol carry it."""
        return Actor(id=self.id, roles=self.roles)


def principal_of(directory: Directory, identifier: str) -> Principal | None:
    """The person with this id; None for one who is not, or not any more, in the directory or has no role there."""
    officer = directory.officer(identifier)
    if officer is not None:
        if not officer.roles:
            return None
        return Principal(id=officer.id, name=officer.name, roles=officer.roles, reader=officer.reader)
    member = directory.member(identifier)
    belongs_to = directory.stakeholder(member.stakeholder) if member else None
    if member is None or belongs_to is None:
        return None
    seat = belongs_to.reader(belongs_to.contacts[0])
    reader = seat.model_copy(
        update={"clearance": member.clearance, "cleared_until": member.cleared_until, "personal": True}
    )
    return Principal(
        id=member.id, name=member.name, roles=(member.role,), stakeholder=member.stakeholder, reader=reader
    )


def first_officer(directory: Directory, preferred: str | None) -> str | None:
    """Who the link of `leerp up` signs in: the one who is preferred, else the first officer of the directory."""
    if preferred and principal_of(directory, preferred):
        return preferred
    return next((one.id for one in directory.officers if set(one.roles) & set(CENTRE_ROLES)), None)
