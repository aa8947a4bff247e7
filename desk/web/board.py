"""The board: the incidents, emergencies first, with their clocks and what each waits for; and the same for programs."""

from typing import Annotated, NamedTuple

from fastapi import Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.access.acts import DeskAct
from desk.access.reading import HIDDEN, Sight
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.web.live import BOARD, Changes, stream
from desk.web.pages import Pages
from desk.web.standing import NOTHING, Standing, Standings
from desk.web.waits import WaitLine, waits_of
from leerp.errors import BadInputError
from leerp.incidents import IncidentView, Phase
from records import board, collecting_alarms, incidents, reconciliation
from records.board import BoardRow
from records.views import incident_view

WAITS_SHOWN = 4
"""How many waits of one incident stand on the board; the rest is counted."""


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Board(house, pages)
    routes.at_start(part.warm)
    routes.add("GET", "/", part.board, act=DeskAct.SEE_BOARD)
    routes.add("GET", "/live", part.live, act=DeskAct.SEE_BOARD)
    routes.add("GET", "/api/v1/incidents", part.list_incidents, act=DeskAct.SEE_BOARD)
    routes.add("GET", "/api/v1/incidents/{reference}", part.show_incident, act=DeskAct.SEE_INCIDENT)


class Card(NamedTuple):
    """An incident on the board as one person sees it. `open`: with what is in it."""

    row: BoardRow
    open: bool
    title: str
    waits: list[WaitLine]
    more_waits: int
    standing: Standing


class Board:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._standings = Standings()
        self._changes = Changes(house.store)

    async def warm(self) -> None:
        """Look once at what stands on the first page, so that the first officer of a shift does not wait for it."""
        async with self._house.store.reading() as connection:
            rows = await board.page(connection)
            await self._standings.of(connection, [row.reference for row in rows])

    async def board(
        self,
        request: Request,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
        phase: Phase | None = None,
        ended: bool = False,
    ) -> Response:
        """The incidents, emergencies first, with what each waits for."""
        shown = await self._shown(request, number=page, phase=phase, ended=ended)
        return self._pages.page(request, "board.html", title="Board", shown=shown)

    async def live(self, request: Request) -> Response:
        """The first page of the board, whenever it changes."""

        async def render() -> str:
            shown = await self._shown(request, number=1, phase=None, ended=False)
            return self._pages.part(request, "board-part.html", **shown)

        return stream(self._changes, BOARD, render)

    async def _shown(self, request: Request, *, number: int, phase: Phase | None, ended: bool) -> dict[str, object]:
        sight = await sight_of(self._house, who(request))
        async with self._house.store.reading() as connection:
            counts = await board.counts(connection)
            rows = await board.page(connection, ended=ended, phase=phase, number=number)
            rows = [row for row in rows if sight.admitted(row.reference)]
            standings = await self._standings.of(connection, [row.reference for row in rows])
            alarms = await self._alarms(connection, sight)
        cards = [_card(row, sight, standings.get(row.reference, NOTHING)) for row in rows]
        mine = [(card.row.reference, wait) for card in cards for wait in card.waits if wait.mine]
        return {
            "cards": cards,
            "counts": counts,
            "mine": mine,
            "alarms": alarms,
            "phases": list(Phase),
            "phase": phase,
            "ended": ended,
            "number": number,
            "more": len(rows) == board.PAGE,
            "now": sight.now,
        }

    async def _alarms(self, c: AsyncConnection, sight: Sight) -> list[str]:
        """What is wrong beside the incidents: channels that do not answer, sources that are silent, clocks."""
        down = await reconciliation.channels_down(c, mode=self._house.rooms.mode)
        return [*(one.sentence for one in down), *await collecting_alarms.alarms(c, sight.now)]

    async def list_incidents(
        self,
        request: Request,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> list[dict[str, object]]:
        """References, status and step of incidents, 500 to a page: those being worked on, then those that ended."""
        sight = await sight_of(self._house, who(request))
        async with self._house.store.reading() as connection:
            rows = await board.page(connection, number=page, size=500)
            rows += await board.page(connection, ended=True, number=page, size=500)
        fields = {"reference", "status", "phase", "mode", "opened_at", "closed_at", "waiting_for"}
        return [row.model_dump(mode="json", include=fields) for row in rows if sight.admitted(row.reference)]

    async def show_incident(self, request: Request, reference: str) -> IncidentView:
        """One incident as incident.json; above the person's clearance it is not told, as if there were none."""
        sight = await sight_of(self._house, who(request))
        async with self._house.store.reading() as connection:
            if not sight.sees_inside(await incidents.get(connection, reference)):
                raise BadInputError(f"there is no incident {reference!r} for you")
            return await incident_view(connection, reference)


def _card(row: BoardRow, sight: Sight, standing: Standing) -> Card:
    inside = sight.may_read(row.marking)
    waits = waits_of((*row.waiting_for, *(standing.alarms if inside else ())), sight.principal)
    title = row.title if inside else HIDDEN
    return Card(row, inside, title, waits[:WAITS_SHOWN], max(0, len(waits) - WAITS_SHOWN), standing)
