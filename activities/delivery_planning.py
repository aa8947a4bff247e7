"""What a plan of deliveries rests on besides the directory: the providers' permissions, and who was told before."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.planned_deliveries import DeliveryPlanner, Earlier
from activities.rooms import Rooms
from leerp.consents import consents as standing
from leerp.marking import WithheldReason
from leerp.notices import Notice, Relation
from leerp.stakeholders import Directory
from records import consents, notices, withholding


async def planner_of(
    c: AsyncConnection, notice: Notice, rooms: Rooms, *, directory: Directory, at: datetime
) -> DeliveryPlanner:
    """A planner of a notice with all that has been said and sent so far."""
    permitted = standing(await consents.of_incident(c, notice.incident), notice.id)
    told = await told_of(c, notice)
    known = {one: Earlier(one, (await notices.get(c, one)).issued_at) for one in sorted(set(told.values()))}
    named = {reader: known[one] for reader, one in told.items()}
    return DeliveryPlanner(notice, rooms, directory=directory, at=at, consents=permitted, told=named)


async def told_of(c: AsyncConnection, notice: Notice) -> dict[str, str]:
    """Who was sent which of the notices that this one replaces, corrects or recalls: for each reader the newest.

    A reader whom the last one did not reach any more, and who holds the one before it, is told of that.
    """
    if notice.earlier is None:
        return {}
    told: dict[str, str] = {}
    ahead = await withholding.stopped_by(c, notice.id) or [notice.earlier]
    while ahead:
        for one in ahead:
            told |= {reader: one for reader in await withholding.reached(c, one) if reader not in told}
        if notice.relation is Relation.RECALLS:
            break
        superseded = WithheldReason.SUPERSEDED
        ahead = [former for one in ahead for former in await withholding.stopped_by(c, one, reason=superseded)]
    return told


async def readers_of(c: AsyncConnection, notice: Notice) -> tuple[str, ...]:
    """Who gets a released notice: those chosen when it was drafted, and whoever holds what it takes the place of.

    A recall goes to exactly those whom the earlier notice has reached by now.
    """
    chosen = await notices.audience(c, notice.id)
    if notice.relation is None or notice.restrictions_lifted:
        return chosen
    told = await told_of(c, notice)
    return tuple(sorted(told if notice.relation is Relation.RECALLS else {*chosen, *told}))
