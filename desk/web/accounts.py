"""The operator's pages: what people sign in with, and who may not any more."""

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from desk.access.accounts import Accounts, Standing
from desk.access.acts import DeskAct
from desk.access.forms import fields
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.places import desk_address
from desk.web.pages import Pages

SAID = {
    "locked": "The account is locked, and its sessions are ended.",
    "unlocked": "The account is open again; failed attempts are forgotten.",
    "reset": "Everything to sign in with is thrown away, and the sessions are ended.",
    "ended": "The sessions are ended.",
}


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = AccountPages(house, pages)
    act = DeskAct.KEEP_ACCOUNTS
    routes.add("GET", "/accounts", part.everybody, act=act)
    routes.add("GET", "/accounts/{person}", part.one, act=act)
    routes.add("POST", "/accounts/{person}/invite", part.invite, act=act)
    routes.add("POST", "/accounts/{person}/lock", part.lock, act=act)
    routes.add("POST", "/accounts/{person}/unlock", part.unlock, act=act)
    routes.add("POST", "/accounts/{person}/reset", part.reset, act=act)
    routes.add("POST", "/accounts/{person}/end-sessions", part.end_sessions, act=act)


class AccountPages:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._pages = pages
        self._address = house.settings.public_url or desk_address(house.settings)
        self._accounts = Accounts.of(house)

    async def everybody(self, request: Request) -> Response:
        """Everybody who can sign in, or could."""
        standings = await self._accounts.standings()
        return self._pages.page(request, "accounts.html", title="Accounts", standings=standings)

    async def one(self, request: Request, person: str, said: str = "") -> Response:
        """One person."""
        standing = await self._standing(person)
        shown = {"one": standing, "said": SAID.get(said, ""), "link": ""}
        return self._pages.page(request, "account-of.html", title=person, shown=shown)

    async def invite(self, request: Request, person: str) -> Response:
        """A one-time link, shown this once."""
        token = await self._accounts.invite(person, by=who(request).id)
        shown = {"one": await self._standing(person), "said": "", "link": f"{self._address}/sign-in/{token}"}
        return self._pages.page(request, "account-of.html", title=person, shown=shown)

    async def lock(self, request: Request, person: str) -> Response:
        """Lock somebody out."""
        because = (await fields(request)).get("because", "")
        await self._accounts.lock(person, by=who(request).id, because=because)
        return _back(person, "locked")

    async def unlock(self, request: Request, person: str) -> Response:
        """Let somebody in again."""
        await self._accounts.unlock(person, by=who(request).id)
        return _back(person, "unlocked")

    async def reset(self, request: Request, person: str) -> Response:
        """Throw away what somebody signs in with."""
        await self._accounts.reset(person, by=who(request).id)
        return _back(person, "reset")

    async def end_sessions(self, request: Request, person: str) -> Response:
        """End every session of somebody."""
        await self._accounts.end_sessions(person, by=who(request).id)
        return _back(person, "ended")

    async def _standing(self, person: str) -> Standing:
        found = next((one for one in await self._accounts.standings() if one.person == person), None)
        if found is None:
            raise HTTPException(404, "Nobody of this id can sign in.")
        return found


def _back(person: str, said: str) -> Response:
    return RedirectResponse(f"/accounts/{person}?said={said}", status_code=303)
