"""Whether the desk lives, for machines that watch it."""

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.pages import Pages
from leerp import __version__
from records import reconciliation


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    routes.add("GET", "/health", Health(house).health, act=DeskAct.COME_IN)


class Health:
    """What is asked without a session; it tells no more than numbers."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def health(self) -> dict[str, str | int]:
        """Whether the store answers, and how much is stuck; 503 with a sentence when the store does not answer."""
        mode = self._house.rooms.mode
        async with self._house.store.reading() as connection:
            standing = await reconciliation.open_notices(connection, mode=mode)
            stuck = await reconciliation.stuck(connection, {one.incident for one in standing})
            down = await reconciliation.channels_down(connection, mode=mode)
        alarms = {"notices_stuck": len(stuck), "channels_down": len(down)}
        return {"status": "ok", "version": __version__, "mode": mode.value} | alarms
