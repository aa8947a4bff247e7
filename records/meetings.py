"""Meetings, as they are stored."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.meetings import Meeting
from leerp.notices import Mode
from records.schema import incidents, meetings


async def save(tx: AsyncConnection, meeting: Meeting) -> None:
    """Store a meeting as it is now."""
    changed = await tx.execute(update(meetings).where(meetings.c.id == meeting.id).values(meeting=meeting))
    if not changed.rowcount:
        row = {"id": meeting.id, "incident": meeting.incident, "meeting": meeting}
        await tx.execute(insert(meetings).values(row))


async def of_incident(c: AsyncConnection, reference: str) -> list[Meeting]:
    """The meetings of an incident, in the order of their times."""
    found = await c.scalars(select(meetings.c.meeting).where(meetings.c.incident == reference))
    return sorted(found, key=lambda meeting: (meeting.at, meeting.id))


async def of_notice(c: AsyncConnection, reference: str, notice: str | None) -> Meeting | None:
    """The meeting that a notice called; None for no notice, and for one that called none."""
    found = await of_incident(c, reference) if notice else []
    return next((one for one in found if notice in one.notices), None)


async def everywhere(c: AsyncConnection, *, mode: Mode) -> list[Meeting]:
    """The meetings of all incidents of a mode."""
    query = select(meetings.c.meeting).join(incidents, incidents.c.reference == meetings.c.incident)
    return list(await c.scalars(query.where(incidents.c.mode == mode)))


async def find(c: AsyncConnection, identifier: str) -> Meeting | None:
    """One meeting; None when there is none with this id."""
    return await c.scalar(select(meetings.c.meeting).where(meetings.c.id == identifier))


async def get(c: AsyncConnection, reference: str, identifier: str) -> Meeting:
    """One meeting of an incident; raises BadInputError when it has none with this id."""
    meeting = await find(c, identifier)
    if meeting is None or meeting.incident != reference:
        raise BadInputError(
            f"{reference} has no meeting {identifier!r}; `leerp meeting show {reference}` names those there are"
        )
    return meeting
