"""The rooms of the virtual command post, as they are stored."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.command_posts import PostRoom
from leerp.errors import BadInputError
from records.schema import command_posts


async def save(tx: AsyncConnection, room: PostRoom) -> None:
    """Store a room as it is now."""
    row = {"id": room.id, "incident": room.incident, "room": room}
    changed = await tx.execute(update(command_posts).where(command_posts.c.id == room.id).values(room=room))
    if not changed.rowcount:
        await tx.execute(insert(command_posts).values(row))


async def of_incident(c: AsyncConnection, reference: str) -> list[PostRoom]:
    """The rooms of an incident in the order in which they were opened."""
    query = select(command_posts.c.room).where(command_posts.c.incident == reference)
    return sorted(await c.scalars(query), key=lambda room: (room.opened_at, room.id))


async def find(c: AsyncConnection, reference: str, identifier: str) -> PostRoom | None:
    """One room of an incident; None when it has none with this id."""
    return next((room for room in await of_incident(c, reference) if room.id == identifier), None)


async def get(c: AsyncConnection, reference: str, identifier: str) -> PostRoom:
    """One room of an incident; raises BadInputError when it has none with this id."""
    room = await find(c, reference, identifier)
    if room is None:
        raise BadInputError(
            f"{reference} has no room {identifier!r}; `leerp room show {reference}` names those there are"
        )
    return room
