"""Activities that write down what happened and where an incident stands."""

from functools import partial

from temporalio import activity

from activities.messages import Done, Progress, Record
from activities.rooms import Rooms
from leerp.incidents import IncidentPatch
from records import incidents, journal


class JournalActivities:
    """The journal and the stored incident, as workflows reach them."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="journal.record")
    async def record(self, request: Record) -> Done:
        """Write one entry; the same key twice is one entry."""
        entry = await self.rooms.store.write(
            partial(
                journal.append,
                incident=request.incident,
                at=request.at,
                actor=request.actor,
                kind=request.kind,
                data=request.data,
                key=f"{request.key}:{request.kind.value}",
            )
        )
        return Done(journal_seq=entry.seq)

    @activity.defn(name="incident.progress")
    async def progress(self, request: Progress) -> None:
        """Store where the incident stands and what it waits for."""
        patch = IncidentPatch(phase=request.phase, status=request.status, waiting_for=request.waiting_for)
        await self.rooms.store.write(partial(incidents.patch, reference=request.incident, patch=patch))
