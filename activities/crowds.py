"""Activities for the reports of a burst: what is done for each when it comes alone is done for many at once here.

In the journal each report has its own grade, and the classification that follows says how many it is for.
"""

import asyncio
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.crowd_messages import MatchItems, TakeInReports, TakenInTogether
from activities.delivery import heartbeats
from activities.flagging import flagged
from activities.investigation import InvestigationActivities
from activities.messages import HitsFound, MatchItem
from activities.rooms import Rooms
from activities.triage import TriageActivities, graded
from leerp.journal import JournalKind
from records import journal, pool, reports, sightings
from records.journal import Draft


class CrowdActivities:
    """What is done for many reports of one incident in one go."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self._triage = TriageActivities(rooms)
        self._investigation = InvestigationActivities(rooms)

    @activity.defn(name="crowd.take_in")
    async def take_in(self, request: TakeInReports) -> TakenInTogether:
        """Record the grades that stand for them, and classify the incident anew.

        Those that people have moved to another incident meanwhile are taken in there.
        """
        await self.rooms.admit(request.incident)
        async with heartbeats():
            return await self.rooms.store.write(partial(self._take_in, request))

    async def _take_in(self, request: TakeInReports, tx: AsyncConnection) -> TakenInTogether:
        wanted, kind = set(request.reports), JournalKind.TRIAGE_GRADE_RECORDED
        stored = [one for one in await reports.of_incident(tx, request.incident) if one.id in wanted]
        if not stored:
            return TakenInTogether()
        here = tuple(one.id for one in stored)
        # Under the key of one that is taken in alone: a worker may have done that, and died before it could say so.
        drafts = [Draft(kind, graded(one), f"report/{one.id}:{kind.value}") for one in stored]
        await journal.append_all(tx, drafts, incident=request.incident, at=request.at, actor=request.actor)
        because = here[0] if len(here) == 1 else f"{len(here)} reports that came together"
        classified = await self._triage.classify_anew(tx, request, because=because, came=here)
        now = classified.model_dump(include={"journal_seq", "level", "level_rank", "recommendation"})
        return TakenInTogether(here=here, because=because, **now)

    @activity.defn(name="crowd.match")
    async def match(self, request: MatchItems) -> HitsFound:
        """Match them against the pool, and tell the owners on both sides of every new hit.

        What meets nothing, as most of a burst does, is judged together; each that meets something is a transaction of
        its own.
        """
        await self.rooms.admit(request.incident)
        async with heartbeats():
            silent = await self._silent(request.items)
            meeting = await self.rooms.store.write(partial(_judge, silent, request.items))
            found: dict[str, None] = {}
            for item in request.items:
                if item in meeting:
                    alone = MatchItem(**request.model_dump(exclude={"items"}), item=item)
                    found |= dict.fromkeys((await self._investigation.match(alone)).notices)
        return HitsFound(notices=tuple(found))

    async def _silent(self, items: tuple[str, ...]) -> dict[str, dict[str, str]]:
        """What of each report makes no hits; those at which somebody has looked before are left out."""
        async with self.rooms.store.reading() as connection:
            unjudged = {item: await sightings.unjudged(connection, item) for item in items}
        return await asyncio.to_thread(_judged, {item: values for item, values in unjudged.items() if values})


async def _judge(silent: dict[str, dict[str, str]], items: tuple[str, ...], tx: AsyncConnection) -> set[str]:
    for item, why in silent.items():
        await sightings.judge(tx, item, why)
    return await pool.meeting(tx, items)


def _judged(unjudged: dict[str, list[str]]) -> dict[str, dict[str, str]]:
    return {
        item: {
            sightings.key(one.observable): one.why
            for one in flagged([sightings.observable_of(value) for value in values])
            if one.silent
        }
        for item, values in unjudged.items()
    }
