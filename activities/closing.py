"""Activities that end an incident: closed after an emergency, or handed over to the normal procedure."""

from pydantic import JsonValue
from temporalio import activity

from activities.facts import note
from activities.messages import CloseIncident, Done
from activities.rooms import Rooms
from leerp.incidents import IncidentPatch, Status
from leerp.journal import JournalKind
from records import incidents, reports


class ClosingActivities:
    """The end of an incident."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="closing.end")
    async def end(self, request: CloseIncident) -> Done:
        """End it, and say in the journal how; a handover names the reports that go over."""
        async with self.rooms.store.writing() as tx:
            data: dict[str, JsonValue] = {"outcome": request.outcome, "reason": request.reason}
            kind = JournalKind.CLOSURE_INCIDENT_CLOSED
            if request.status is Status.NORMAL_PROCEDURE:
                kind = JournalKind.TRIAGE_CASE_HANDED_OVER
                stored = await reports.of_incident(tx, request.incident)
                data = {"to": "normal procedure", "reports": [*sorted(one.id for one in stored)]}
            entry = await note(tx, request, kind, data)
            patch = IncidentPatch(status=request.status, closed_at=request.at, waiting_for=())
            await incidents.patch(tx, request.incident, patch)
        return Done(journal_seq=entry.seq)
