"""The page of one incident: where it stands, why, who was told, what is planned, and its journal as it grows."""

from collections import Counter

from fastapi import HTTPException, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.hit_graph import HitGraph
from desk.access import reads
from desk.access.acts import DeskAct, may
from desk.access.reading import Sight
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.web import charts
from desk.web.acting.menu import acts_for
from desk.web.live import Changes, stream
from desk.web.pages import Pages
from desk.web.telling import Told, said, told
from desk.web.waits import waits_of
from leerp.incidents import Phase
from leerp.rota import Rota
from records import clocks, incidents, journal, rotas
from records.incidents import StoredIncident
from records.views import incident_view

NEWEST = 60
"""How many journal entries stand on an incident's page."""

ROWS = 200
"""How many rows of a table stand there, such as reports; the rest is counted."""


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Incident(house, pages)
    routes.add("GET", "/incidents/{reference}", part.show, act=DeskAct.SEE_INCIDENT)
    routes.add("GET", "/incidents/{reference}/live", part.live, act=DeskAct.SEE_INCIDENT)
    routes.add("GET", "/incidents/{reference}/hits", part.hits, act=DeskAct.SEE_INCIDENT)
    routes.add("GET", "/incidents/{reference}/team", part.team, act=DeskAct.SEE_INCIDENT)


class Incident:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._changes = Changes(house.store)
        self._graph = HitGraph(house.rooms)

    async def show(self, request: Request, reference: str, done: str | None = None) -> Response:
        """One incident. `done`: the journal entry of what the person has just done."""
        shown = await self._shown(request, reference)
        async with self._house.store.reading() as connection:
            receipt = await said(connection, reference, done) if shown["inside"] else ""
        return self._pages.page(request, "incident.html", title=reference, shown=shown, receipt=receipt)

    async def live(self, request: Request, reference: str) -> Response:
        """What stands on the page, whenever it changes."""
        await self._stored(request, reference)

        async def render() -> str:
            return self._pages.part(request, "incident-part.html", **await self._shown(request, reference))

        return stream(self._changes, reference, render)

    async def hits(self, request: Request, reference: str) -> Response:
        """Who holds what with whom, as a graph and as a table."""
        incident, sight = await self._inside(request, reference)
        graph = await self._graph.draw(reference, most=charts.MOST_POINTS)
        drawn = charts.hit_graph(graph)
        shown = {"incident": incident, "graph": graph, "drawn": drawn, "sight": sight}
        return self._pages.page(request, "hits.html", title=f"Hits of {reference}", shown=shown)

    async def team(self, request: Request, reference: str) -> Response:
        """The rota: who sits in which shift, and what is empty."""
        incident, sight = await self._inside(request, reference)
        async with self._house.store.reading() as connection:
            found = await rotas.standing(connection, incident)
            handovers = await rotas.handovers(connection, reference) if found else []
        rota = found.rota if found else None
        names = {one.id: one.name for one in self._house.rooms.directory().officers}
        shown = {"incident": incident, "rota": rota, "seats": _seats(rota), "handovers": handovers, "names": names}
        return self._pages.page(request, "team.html", title=f"Team of {reference}", shown=shown, now=sight.now)

    async def _stored(self, request: Request, reference: str) -> tuple[StoredIncident, Sight]:
        sight = await sight_of(self._house, who(request))
        async with self._house.store.reading() as connection:
            incident = await incidents.get(connection, reference)
        return incident, sight

    async def _inside(self, request: Request, reference: str) -> tuple[StoredIncident, Sight]:
        """The incident, for whoever sees what is in it."""
        incident, sight = await self._stored(request, reference)
        if not sight.sees_inside(incident):
            raise HTTPException(403, f"What is in {reference} is not for your clearance.")
        return incident, sight

    async def _shown(self, request: Request, reference: str) -> dict[str, object]:
        incident, sight = await self._stored(request, reference)
        principal = who(request)
        async with self._house.store.reading() as connection:
            newest = await _newest(connection, reference)
            if not sight.sees_inside(incident):
                return _closed(incident, newest, sight)
            async with journal.remembering_kinds(connection, reference):
                view = await incident_view(connection, reference)
                deadlines = await clocks.of_incident(connection, incident)
        await reads.note(self._house, principal, what="incident", incident=reference, marking=incident.marking)
        states = Counter(report.grade.code for report in view.reports)
        return {
            "incident": incident,
            "inside": True,
            "view": view,
            "phases": list(Phase),
            "now": sight.now,
            "deadlines": deadlines,
            "waits": waits_of(view.waiting_for, principal),
            "menu": acts_for(principal, view),
            "answers": may(principal.roles, DeskAct.ANSWER_QUESTION),
            "admits": may(principal.roles, DeskAct.ADMIT),
            "grades": sorted(states.items()),
            "rows": ROWS,
            "plan_chart": charts.plan_timeline(view.plan.actions, view.plan.conflicts, now=sight.now),
            "entries": newest,
            "title_shown": view.title,
        }


def _closed(incident: StoredIncident, newest: list[Told], sight: Sight) -> dict[str, object]:
    """For whom what is in it is not: that there is one, and where it stands."""
    return {
        "incident": incident,
        "inside": False,
        "phases": list(Phase),
        "now": sight.now,
        "title_shown": sight.title(incident),
        "entries": [Told(one.entry, "") for one in newest],
        "menu": [],
        "waits": [],
        "deadlines": [],
    }


async def _newest(c: AsyncConnection, reference: str) -> list[Told]:
    last = await journal.head(c, reference)
    first = max(0, (last.seq if last else 0) - NEWEST)
    return [told(one) for one in reversed(await journal.entries(c, reference, after=first))]


def _seats(rota: Rota | None) -> list[tuple[object, list[object]]]:
    return [(shift, list(rota.seated(shift.id))) for shift in rota.shifts] if rota else []
