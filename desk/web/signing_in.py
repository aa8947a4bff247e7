"""Signing in at the desk, and out."""

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House, wall_clock
from desk.web.pages import Pages
from records.sessions import use_link


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = SigningIn(house, sessions)
    routes.add("GET", "/sign-in/{token}", part.by_link, act=DeskAct.COME_IN)
    routes.add("POST", "/sign-out", part.out, act=DeskAct.KEEP_ONES_ACCOUNT)


class SigningIn:
    """The pages."""

    def __init__(self, house: House, sessions: Sessions) -> None:
        self._house = house
        self._sessions = sessions

    async def by_link(self, token: str) -> Response:
        """Begin a session with a one-time link; a link that was used or is not known opens nothing."""
        async with self._house.store.writing() as tx:
            person = await use_link(tx, token, at=wall_clock())
        if person is None:
            raise HTTPException(401, "This link is not known, was used, or is too old; for a new one: leerp sign-in.")
        response = RedirectResponse("/", status_code=303)
        await self._sessions.begin(response, person=person, how="link")
        return response

    async def out(self, request: Request) -> Response:
        """End the session."""
        response = RedirectResponse("/", status_code=303)
        await self._sessions.end(request, response)
        return response
