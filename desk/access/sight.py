"""What somebody sees now: the directory's word on the person, the desk's limit, and who is admitted to what."""

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.access.principals import Principal
from desk.access.reading import Sight
from desk.assembly import House
from records.people import closed_to


async def sight_of(house: House, principal: Principal) -> Sight:
    """The sight of a person at this moment."""
    async with house.store.reading() as connection:
        return await sight_in(connection, house, principal)


async def sight_in(connection: AsyncConnection, house: House, principal: Principal) -> Sight:
    """The sight of a person, as it goes with what is read on the same connection."""
    closed = await closed_to(connection, principal.id)
    return Sight(principal, house.settings.desk_maximum, house.now(), frozenset(closed))
