"""Activities of step VI: pool what countries contribute, find what meets, and tell the owners that it does."""

import asyncio

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import usable_directory
from activities.delivery import heartbeats
from activities.flagging import flagged
from activities.hit_notices import tell
from activities.messages import Fact, HitsFound, MatchItem, TakeInContribution
from activities.rooms import Rooms
from leerp.hits import Meeting
from leerp.journal import JournalEntry, JournalKind
from leerp.opaque_ids import opaque_id
from leerp.stakeholders import Directory
from records import incidents, journal, pool, sightings
from records.incidents import StoredIncident
from records.journal import Draft


class InvestigationActivities:
    """The pool of contributions."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="investigation.take_in")
    async def take_in(self, request: TakeInContribution) -> None:
        """What `match` does without telling anybody: for incidents whose workflow began before it could."""
        await self.meet(request, request.contribution, directory=None)

    @activity.defn(name="investigation.match")
    async def match(self, request: MatchItem) -> HitsFound:
        """Match a contribution or a report against the pool, and tell the owners on both sides of every new hit.

        The journal says that there is a hit and whose, never what it is. It is one transaction: a worker that dies in
        the middle leaves nothing, and one that dies after it finds what it has done.
        """
        async with heartbeats():
            directory = await usable_directory(self.rooms)  # whom to call: approved addresses alone
            notices = await self.meet(request, request.item, directory=directory)
        return HitsFound(notices=tuple(notices))

    async def meet(self, request: Fact, item: str, *, directory: Directory | None) -> list[str]:
        """Match an item; the notices that tell of it, none without a directory."""
        incident = await self.rooms.incident(request.incident)
        silent = await self._silent(item)

        async def work(tx: AsyncConnection) -> list[str]:
            if silent is not None:
                await sightings.judge(tx, item, silent)
            met = await pool.match(tx, item, mode=incident.mode, at=request.at)
            new = await _note(tx, request, incident, met)
            return await tell(tx, request, incident, new, item=item, directory=directory) if directory else []

        return await self.rooms.store.write(work)

    async def _silent(self, item: str) -> dict[str, str] | None:
        """What of a report makes no hits; None where that was settled when it came, as with every contribution."""
        async with self.rooms.store.reading() as connection:
            values = await sightings.unjudged(connection, item)
        if not values:
            return None
        flags = await asyncio.to_thread(flagged, [sightings.observable_of(value) for value in values])
        return {sightings.key(one.observable): one.why for one in flags if one.silent}


def hit_id(incident: StoredIncident, meeting: Meeting) -> str:
    """The id of a hit. It is keyed by an incident's secret, so that no owner can find out what it meets by guessing."""
    return opaque_id("H", f"hit/{meeting.first}/{meeting.second}", secret=incident.secret)


async def hit_ids(c: AsyncConnection, meetings: list[Meeting]) -> dict[tuple[str, str], str]:
    """The ids of these hits by their items, the same from whichever incident one looks."""
    secrets = {name: await incidents.get(c, name) for name in {one.first_incident for one in meetings}}
    return {(one.first, one.second): hit_id(secrets[one.first_incident], one) for one in meetings}


async def _note(tx: AsyncConnection, request: Fact, incident: StoredIncident, met: list[Meeting]) -> list[Meeting]:
    """Write down what was not written yet, in the journal of every incident it concerns; what is new in this one."""
    ids = await hit_ids(tx, met)
    by_incident: dict[str, list[Draft]] = {}
    for meeting in met:
        for place in dict.fromkeys((incident.reference, *meeting.incidents)):
            by_incident.setdefault(place, []).extend(hit_drafts(meeting, ids[meeting.first, meeting.second]))
    new: list[JournalEntry] = []
    for place, drafts in sorted(by_incident.items()):
        written = await journal.append_all(tx, drafts, incident=place, at=request.at, actor=request.actor)
        new += written if place == incident.reference else []
    pairs = {(entry.data["first"], entry.data["second"]) for entry in new}
    return [one for one in met if (one.first, one.second) in pairs]


def hit_drafts(meeting: Meeting, hit: str) -> list[Draft]:
    """The entries of a hit: one for each kind of observable that two items share."""
    who = meeting.model_dump(mode="json", include={"first", "second", "first_owner", "second_owner"})
    drafts = []
    for kind, count in sorted(meeting.kinds.items()):
        data: dict[str, JsonValue] = {**who, "observable_kind": kind, "count": count, "hit": hit}
        drafts.append(Draft(JournalKind.INVESTIGATION_HIT_FOUND, data, f"hit/{meeting.first}/{meeting.second}/{kind}"))
    return drafts
