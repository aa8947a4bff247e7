"""Where the pages of exercises are; what is behind them loads with the first of them."""

from typing import TYPE_CHECKING

from fastapi import Request, Response

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.pages import Pages

if TYPE_CHECKING:
    from desk.web.exercise_pages import ExercisePages


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Exercising(house, pages)
    routes.add("GET", "/exercises", part.listing, act=DeskAct.SEE_EXERCISES)
    routes.add("GET", "/exercises/played/{run}/{name}", part.file, act=DeskAct.SEE_EXERCISES)
    routes.add("GET", "/exercises/live/{run}/files/{name}", part.live_file, act=DeskAct.SEE_EXERCISES)
    routes.add("POST", "/exercises/start", part.start, act=DeskAct.STEER_EXERCISE)
    routes.add("POST", "/exercises/live/{run}/steer", part.steer, act=DeskAct.STEER_EXERCISE)
    routes.add("POST", "/exercises/live/{run}/open", part.open, act=DeskAct.STEER_EXERCISE)


class Exercising:
    """The way to the pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._loaded: ExercisePages | None = None

    @property
    def _behind(self) -> "ExercisePages":
        if self._loaded is None:
            from desk.web.exercise_pages import ExercisePages  # noqa: PLC0415 - as said above

            self._loaded = ExercisePages(self._house, self._pages)
        return self._loaded

    async def listing(self, request: Request) -> Response:
        """What can be played, what is played, and what was."""
        return await self._behind.listing(request)

    async def file(self, run: str, name: str) -> Response:
        """A file that a fast run has left."""
        return await self._behind.file(run, name)

    async def live_file(self, run: str, name: str) -> Response:
        """A file that a live run has left."""
        return await self._behind.live_file(run, name)

    async def start(self, request: Request) -> Response:
        """Play a scenario."""
        return await self._behind.start(request)

    async def steer(self, request: Request, run: str) -> Response:
        """Pause, resume, change the speed, step, or stop it for good."""
        return await self._behind.steer(request, run)

    async def open(self, request: Request, run: str) -> Response:
        """Sign in at the desk of a live exercise."""
        return await self._behind.open(request, run)
