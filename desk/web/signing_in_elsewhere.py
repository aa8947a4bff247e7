"""Signing in with a provider's word: to the provider, and back. The state that comes back is this browser's, once."""

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import JsonValue

from desk.access.accounts import note
from desk.access.forms import own_path
from desk.access.principals import Principal, principal_of
from desk.access.provider import Provider
from desk.access.rates import Rate, address_of
from desk.access.sessions import Sessions
from desk.assembly import House, wall_clock
from desk.web.ceremony_cookie import CeremonyCookie
from desk.web.pages import Pages, home_of
from leerp.errors import BadInputError
from leerp.identity import OidcSettings
from leerp.journal import PROTOCOL, JournalKind
from records import people_ceremonies

KIND = "provider"
REFUSED = "The provider did not vouch for anybody who can sign in here; try again, or ask the operator."
LONGEST = 4_096
"""Characters of what the browser brings back."""


class Elsewhere:
    """The two halves."""

    def __init__(self, house: House, sessions: Sessions, rate: Rate, settings: OidcSettings, pages: Pages) -> None:
        self._house = house
        self._sessions = sessions
        self._rate = rate
        self._pages = pages
        self._provider = Provider(settings, clock=wall_clock)
        self._cookie = CeremonyCookie("leerp-provider", secure=sessions.secure, strict=False)

    async def begin(self, request: Request, next: str = "") -> Response:  # noqa: A002 - what the address says
        """Send the browser to the provider."""
        if not self._rate.allows(address_of(request)):
            raise HTTPException(429, "Too many have tried to sign in from here; wait a minute.")
        own = self._house.settings.public_url or f"http://{request.headers.get('host', '')}"
        begun = await self._provider.begin(f"{own}/sign-in/provider/back")
        data = {**begun.kept, "next": own_path(next)}
        async with self._house.store.writing() as tx:
            token = await people_ceremonies.begin(tx, KIND, data=data, at=wall_clock())
        response = RedirectResponse(begun.address, status_code=303)
        self._cookie.put(response, token)
        return response

    async def back(self, request: Request) -> Response:
        """Begin a session for the one whom the provider vouches for.

        The answer is a page that leads on, and no redirect: on one that began elsewhere browsers send no strict cookie.
        """
        if not self._rate.allows(address_of(request)):
            raise HTTPException(429, "Too many have tried to sign in from here; wait a minute.")
        try:
            principal, going_on = await self._vouched(request)
        except BadInputError as error:
            await self._refused(request)
            raise HTTPException(401, REFUSED) from error
        response = self._pages.page(request, "signed-in.html", title="Signed in", next=going_on or home_of(principal))
        self._cookie.clear(response)
        await self._sessions.begin(request, response, person=principal.id, how="provider")
        return response

    async def _vouched(self, request: Request) -> tuple[Principal, str]:
        """Who it is, and where that person wanted to go; BadInputError for any answer that is not good."""
        async with self._house.store.writing() as tx:
            begun = await people_ceremonies.take(tx, KIND, self._cookie.of(request), at=wall_clock())
        answer = dict(request.query_params)
        if begun is None or any(len(value) > LONGEST for value in answer.values()):
            raise BadInputError("nothing was begun that this could be the answer to")
        principal = principal_of(self._house.rooms.directory(), await self._provider.vouched(answer, begun.data))
        if principal is None:
            raise BadInputError("the provider vouches for somebody whom the directory does not know")
        return principal, str(begun.data["next"])

    async def _refused(self, request: Request) -> None:
        data: dict[str, JsonValue] = {"how": "provider", "address": address_of(request)}
        async with self._house.store.writing() as tx:
            await note(tx, JournalKind.DESK_SESSION_REFUSED, data, actor=PROTOCOL, at=self._house.now())
