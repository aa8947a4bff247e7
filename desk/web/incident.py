"""The page of one incident: where it stands, why, who was told, and its journal."""

from fastapi import Request, Response

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.pages import Pages
from leerp.incidents import Phase
from records import journal
from records.views import incident_view

NEWEST = 200
"""How many journal entries an incident's page shows."""


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Incident(house, pages)
    routes.add("GET", "/incidents/{reference}", part.show, act=DeskAct.SEE_INCIDENT)


class Incident:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def show(self, request: Request, reference: str) -> Response:
        """One incident."""
        async with self._house.store.reading() as connection:
            view = await incident_view(connection, reference)
            entries = await journal.entries(connection, reference)
        newest = list(reversed(entries))[:NEWEST]
        return self._pages.page(
            request,
            "incident.html",
            title=view.reference,
            view=view,
            entries=newest,
            total=len(entries),
            phases=list(Phase),
        )
