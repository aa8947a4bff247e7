"""One-time links that sign somebody in at the desk."""

from typing import NamedTuple

from desk.access.principals import first_officer, principal_of
from desk.assembly import open_house, wall_clock
from desk.places import desk_address
from leerp.errors import BadInputError
from leerp.settings import Settings
from records.sessions import make_link


class Link(NamedTuple):
    """A link, and whom it signs in."""

    address: str
    person: str


async def fresh_link(settings: Settings, *, person: str | None = None) -> Link:
    """A link for a person of the directory, else for LEERP_ACTOR, else for the first officer there.

    Raises BadInputError when the directory has nobody of that name with a role.
    """
    async with open_house(settings) as house:
        directory = house.rooms.directory()
        whom = person or first_officer(directory, settings.actor)
        if whom is None or principal_of(directory, whom) is None:
            raise BadInputError(f"{whom!r} is nobody who can sign in; the directory names officers and members")
        async with house.store.writing() as tx:
            token = await make_link(tx, person=whom, at=wall_clock())
    return Link(f"{desk_address(settings)}/sign-in/{token}", whom)
