"""How leerp does: a few numbers for machines that watch it, and every finding in words for people."""

from fastapi import Request, Response

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.findings import BAD, findings
from desk.web.pages import Pages
from leerp import __version__
from records import reconciliation


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Health(house, pages)
    routes.add("GET", "/health", part.health, act=DeskAct.COME_IN)
    routes.add("GET", "/state", part.state, act=DeskAct.SEE_HEALTH)


class Health:
    """What is asked without a session tells no more than numbers."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def health(self) -> dict[str, str | int]:
        """Whether the store answers, and how much is stuck; 503 with a sentence when the store does not answer."""
        mode = self._house.rooms.mode
        async with self._house.store.reading() as connection:
            standing = await reconciliation.open_notices(connection, mode=mode)
            stuck = await reconciliation.stuck(connection, {one.incident for one in standing})
            down = await reconciliation.channels_down(connection, mode=mode)
        alarms = {"notices_stuck": len(stuck), "channels_down": len(down)}
        return {"status": "ok", "version": __version__, "mode": mode.value} | alarms

    async def state(self, request: Request) -> Response:
        """Every finding, those that need somebody first."""
        found = sorted(await findings(self._house), key=lambda one: one.state not in BAD)
        bad = sum(one.state in BAD for one in found)
        return self._pages.page(request, "state.html", title="Health", findings=found, bad=bad)
