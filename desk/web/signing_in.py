"""Signing in at the desk, and out: by a one-time link, and by a password with the code of an authenticator.

Opening a link changes nothing, since mail scanners open every link; only the button on its page signs in.
"""

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from desk.access.acts import DeskAct
from desk.access.attempts import Attempts
from desk.access.forms import fields, own_path
from desk.access.identity import load_identity
from desk.access.principals import principal_of
from desk.access.rates import SIGN_IN_A_MINUTE, Rate, address_of
from desk.access.routes import Routes, principal_in
from desk.access.sessions import Sessions
from desk.assembly import House, wall_clock
from desk.web.pages import Pages, home_of
from desk.web.sign_in_page import SignInPage
from desk.web.signing_in_elsewhere import Elsewhere
from desk.web.signing_in_passkeys import WithPasskeys
from leerp.errors import LeerpError, RefusedError
from records.sessions import is_link, use_link

OLD_LINK = "This link is not known, was used, or is too old; for a new one: leerp sign-in."
TOO_MANY = "Too many have tried to sign in from here; wait a minute."
NO_MATCH = "Name, password and code do not fit together, or it was tried too often; wait a little and try again."


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:
    """Add these pages."""
    identity = load_identity(house.settings.config)
    door = Door(house, sessions, SignInPage(pages, house, identity))
    add = routes.add
    add("GET", "/sign-in", door.show, act=DeskAct.COME_IN)
    if identity.passwords:
        add("POST", "/sign-in/password", ByPassword(house, door).sign_in, act=DeskAct.COME_IN)
    if identity.passkeys:
        keys = WithPasskeys(house, sessions, door.rate)
        add("POST", "/sign-in/passkey/begin", keys.begin, act=DeskAct.COME_IN)
        add("POST", "/sign-in/passkey", keys.sign_in, act=DeskAct.COME_IN)
    if identity.oidc:
        elsewhere = Elsewhere(house, sessions, door.rate, identity.oidc, pages)
        add("GET", "/sign-in/provider", elsewhere.begin, act=DeskAct.COME_IN)
        add("GET", "/sign-in/provider/back", elsewhere.back, act=DeskAct.COME_IN)
    link = ByLink(house, door, pages)
    add("GET", "/sign-in/{token}", link.show, act=DeskAct.COME_IN)
    add("POST", "/sign-in/{token}", link.sign_in, act=DeskAct.COME_IN)
    add("POST", "/sign-out", door.out, act=DeskAct.KEEP_ONES_ACCOUNT)


class Door:
    """What the ways in have in common."""

    def __init__(self, house: House, sessions: Sessions, page: SignInPage) -> None:
        self._house = house
        self._sessions = sessions
        self.page = page
        self.rate = Rate(SIGN_IN_A_MINUTE)

    async def show(self, request: Request, next: str = "") -> Response:  # noqa: A002 - what the address says
        """The ways in; whoever is in already goes on."""
        principal = principal_in(request)
        if principal:
            return RedirectResponse(own_path(next) or home_of(principal), status_code=303)
        return self.page.show(request, next_path=next)

    def count(self, request: Request) -> None:
        """Count a request of somebody who wants to come in; HTTPException 429 when there were too many."""
        if not self.rate.allows(address_of(request)):
            raise HTTPException(429, TOO_MANY, {"retry-after": "60"})

    async def let_in(self, request: Request, *, person: str, how: str, to: str) -> Response:
        """Begin a session, and go on to a page of this desk, or to the person's first one."""
        principal = principal_of(self._house.rooms.directory(), person)
        home = home_of(principal) if principal else "/"
        response = RedirectResponse(own_path(to) or home, status_code=303)
        await self._sessions.begin(request, response, person=person, how=how)
        return response

    async def out(self, request: Request) -> Response:
        """End the session."""
        response = RedirectResponse("/sign-in", status_code=303)
        await self._sessions.end(request, response)
        return response


class ByLink:
    """The page of a one-time link, and its button."""

    def __init__(self, house: House, door: Door, pages: Pages) -> None:
        self._house = house
        self._door = door
        self._pages = pages

    async def show(self, request: Request, token: str) -> Response:
        """The page with the button; it uses nothing up."""
        self._door.count(request)
        async with self._house.store.reading() as connection:
            good = await is_link(connection, token, at=wall_clock())
        if not good:
            raise HTTPException(401, OLD_LINK)
        return self._pages.page(request, "sign-in-link.html", title="Sign in", here_to=request.url.path)

    async def sign_in(self, request: Request, token: str) -> Response:
        """The button was pressed: the link signs in, once."""
        self._door.count(request)
        async with self._house.store.writing() as tx:
            opened = await use_link(tx, token, at=wall_clock())
        if opened is None:
            raise HTTPException(401, OLD_LINK)
        return await self._door.let_in(request, person=opened.person, how="link", to=opened.leads_to)


class ByPassword:
    """The form with name, password and code."""

    def __init__(self, house: House, door: Door) -> None:
        self._attempts = Attempts.of(house)
        self._door = door

    async def sign_in(self, request: Request) -> Response:
        """Whoever it is not for is told the same, whatever it was that did not fit."""
        self._door.count(request)
        form = await fields(request)
        going_on = form.get("next", "")
        try:
            person = await self._attempts.by_password(
                form.get("person", ""),
                password=form.get("password", ""),
                code=form.get("code", ""),
                address=address_of(request),
            )
            return await self._door.let_in(request, person=person, how="password", to=going_on)
        except RefusedError:
            return self._door.page.show(request, status=401, sentence=NO_MATCH, next_path=going_on)
        except LeerpError as error:
            return self._door.page.show(request, status=503, sentence=error.sentence, next_path=going_on)
