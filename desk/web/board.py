"""The board: the incidents, emergencies first, with what each waits for; and the same for programs."""

from fastapi import Request, Response

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.pages import Pages
from leerp.incidents import IncidentView, Phase, Status
from records import incidents
from records.incidents import StoredIncident
from records.views import incident_view


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Board(house, pages)
    routes.add("GET", "/", part.board, act=DeskAct.SEE_BOARD)
    routes.add("GET", "/api/v1/incidents", part.list_incidents, act=DeskAct.SEE_BOARD)
    routes.add("GET", "/api/v1/incidents/{reference}", part.show_incident, act=DeskAct.SEE_INCIDENT)


class Board:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def board(self, request: Request) -> Response:
        """The incidents, emergencies first, with what each waits for."""
        async with self._house.store.reading() as connection:
            stored = await incidents.listing(connection, include_ended=True)
        ordered = sorted(stored, key=_urgency)
        return self._pages.page(request, "board.html", title="Board", incidents=ordered, phases=list(Phase))

    async def list_incidents(self) -> list[dict[str, object]]:
        """References, status and step of all incidents."""
        async with self._house.store.reading() as connection:
            stored = await incidents.listing(connection, include_ended=True)
        fields = {"reference", "status", "phase", "mode", "opened_at", "closed_at", "waiting_for"}
        return [one.model_dump(mode="json", include=fields) for one in stored]

    async def show_incident(self, reference: str) -> IncidentView:
        """One incident as incident.json."""
        async with self._house.store.reading() as connection:
            return await incident_view(connection, reference)


def _urgency(incident: StoredIncident) -> tuple[bool, bool, float]:
    """Emergencies first, then what is open, then what has ended; of equals the newest first."""
    return incident.status.ended, incident.status is not Status.EMERGENCY, -incident.opened_at.timestamp()
