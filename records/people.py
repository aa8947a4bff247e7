"""Who is admitted to which incident. An incident without a circle is open to everybody whose roles reach it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from records.schema_people import incident_circle
from records.statements import hold, insert_once


async def closed_to(c: AsyncConnection, person: str) -> set[str]:
    """The references of the incidents that this person is not admitted to."""
    mine = select(incident_circle.c.incident).where(incident_circle.c.person == person)
    query = select(incident_circle.c.incident).where(incident_circle.c.incident.not_in(mine)).distinct()
    return set(await c.scalars(query))


async def circle_of(c: AsyncConnection, incident: str) -> list[str]:
    """Who is admitted to an incident, in the order of their ids; empty while it is open."""
    query = select(incident_circle.c.person).where(incident_circle.c.incident == incident)
    return list(await c.scalars(query.order_by(incident_circle.c.person)))


async def admits(c: AsyncConnection, incident: str, person: str) -> bool:
    """Whether an incident is open to this person."""
    circle = await circle_of(c, incident)
    return not circle or person in circle


async def hold_circle(tx: AsyncConnection, incident: str) -> None:
    """Let nobody else change this circle until the transaction ends."""
    await hold(tx, f"circle/{incident}")


async def restrict(tx: AsyncConnection, incident: str, *, people: Collection[str], by: str, at: datetime) -> None:
    """Admit these people and nobody else; an empty collection would open it and is not for this."""
    if not people:
        raise ValueError("a circle has at least the person who draws it")
    await hold_circle(tx, incident)
    others = (incident_circle.c.incident == incident, incident_circle.c.person.not_in(sorted(people)))
    await tx.execute(delete(incident_circle).where(*others))
    await _add(tx, incident, people, by=by, at=at)


async def admit(tx: AsyncConnection, incident: str, *, person: str, by: str, at: datetime) -> None:
    """Admit one person more to a circle that there is."""
    await hold_circle(tx, incident)
    if await circle_of(tx, incident):
        await _add(tx, incident, (person,), by=by, at=at)


async def reopen(tx: AsyncConnection, incident: str) -> None:
    """Open an incident to everybody again whose roles reach it."""
    await hold_circle(tx, incident)
    await tx.execute(delete(incident_circle).where(incident_circle.c.incident == incident))


async def _add(tx: AsyncConnection, incident: str, people: Collection[str], *, by: str, at: datetime) -> None:
    rows = [{"incident": incident, "person": person, "by": by, "at": at} for person in sorted(people)]
    await insert_once(tx, incident_circle, rows)
