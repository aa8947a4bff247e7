"""What somebody sees and changes of the own account: password and authenticator, passkeys, sessions."""

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from desk.access import passkeys
from desk.access.accounts import Accounts
from desk.access.acts import DeskAct
from desk.access.forms import fields
from desk.access.identity import load_identity
from desk.access.routes import Routes, who
from desk.access.sessions import FRESH, Sessions
from desk.assembly import House
from desk.web.account_passkeys import OwnPasskeys
from desk.web.account_password import OwnPassword
from desk.web.pages import Pages
from leerp.identity import Identity
from records import people_accounts

SAID = {
    "password": "Password and authenticator are kept. From now on they sign you in.",
    "passkey-removed": "The passkey is removed.",
    "session-ended": "The session is ended.",
}


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:
    """Add these pages."""
    identity = load_identity(house.settings.config)
    accounts = Accounts.of(house)
    part = Account(house, pages, sessions, identity)
    own = DeskAct.KEEP_ONES_ACCOUNT
    routes.add("GET", "/account", part.show, act=own)
    routes.add("POST", "/account/again", part.again, act=own)
    routes.add("POST", "/account/sessions/end", part.end_session, act=own)
    if identity.passwords:
        password = OwnPassword(house, pages, sessions, accounts)
        routes.add("POST", "/account/password/begin", password.begin, act=own)
        routes.add("POST", "/account/password", password.keep, act=own)
    if identity.passkeys:
        keys = OwnPasskeys(house, sessions, accounts)
        routes.add("POST", "/account/passkeys/begin", keys.begin, act=own)
        routes.add("POST", "/account/passkeys", keys.keep, act=own)
        routes.add("POST", "/account/passkeys/remove", keys.remove, act=own)


class Account:
    """The page, and the sessions on it."""

    def __init__(self, house: House, pages: Pages, sessions: Sessions, identity: Identity) -> None:
        self._house = house
        self._pages = pages
        self._sessions = sessions
        self._identity = identity

    async def show(self, request: Request, said: str = "") -> Response:
        """The page."""
        principal = who(request)
        async with self._house.store.reading() as connection:
            account = await people_accounts.get(connection, principal.id)
            keys = await people_accounts.passkeys_of(connection, principal.id)
        session = await self._sessions.session(request)
        shown = {
            "said": SAID.get(said, ""),
            "account": account,
            "keys": keys,
            "sessions": await self._sessions.all_of(principal.id),
            "this_session": session.name if session else "",
            "fresh": self._sessions.is_fresh(session),
            "fresh_minutes": int(FRESH.total_seconds() // 60),
            "passwords": self._identity.passwords,
            "passkeys": self._identity.passkeys,
            "passkeys_here": passkeys.party_of(self._house.settings.public_url, request) is not None,
        }
        return self._pages.page(request, "account.html", title="Your account", shown=shown)

    async def again(self, request: Request) -> Response:
        """Out, and in again."""
        response = RedirectResponse("/sign-in?next=/account", status_code=303)
        await self._sessions.end(request, response)
        return response

    async def end_session(self, request: Request) -> Response:
        """End another session of the same person."""
        name = (await fields(request)).get("session", "")
        if not await self._sessions.end_named(name, person=who(request).id):
            raise HTTPException(404, "You have no such session; it may have ended meanwhile.")
        return RedirectResponse("/account?said=session-ended", status_code=303)
