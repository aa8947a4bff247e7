"""Setting up a password with its authenticator: both at once, or neither."""

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from desk.access import authenticators
from desk.access.accounts import Accounts
from desk.access.forms import fields
from desk.access.passwords import LONGEST, SHORTEST, Passwords, fault_of
from desk.access.principals import Principal
from desk.access.routes import who
from desk.access.sessions import Sessions
from desk.assembly import House, wall_clock
from desk.web.pages import Pages
from desk.web.qr_codes import qr_code
from records import people_accounts, people_ceremonies

KIND = "password"
NOT_FRESH = "You signed in a while ago; sign in again first, so that nobody else changes what you sign in with."


class OwnPassword:
    """The page that shows a new authenticator's key, and what comes of it."""

    def __init__(self, house: House, pages: Pages, sessions: Sessions, accounts: Accounts) -> None:
        self._house = house
        self._pages = pages
        self._sessions = sessions
        self._accounts = accounts
        self._passwords = Passwords()

    async def begin(self, request: Request) -> Response:
        """Make a key for an authenticator and show it; nothing of the account is changed yet."""
        await self._must_be_fresh(request)
        principal = who(request)
        secret = authenticators.new_secret()
        async with self._house.store.writing() as tx:
            token = await people_ceremonies.begin(
                tx, KIND, data={"secret": secret}, at=wall_clock(), person=principal.id
            )
        return self._page(request, principal, token=token, secret=secret)

    async def keep(self, request: Request) -> Response:
        """Keep the password and the authenticator, once the authenticator has shown that it has the key."""
        await self._must_be_fresh(request)
        principal, form = who(request), await fields(request)
        token = form.get("setting-up", "")
        async with self._house.store.reading() as connection:
            begun = await people_ceremonies.look(connection, KIND, token, at=wall_clock(), person=principal.id)
        if begun is None:
            raise HTTPException(409, "This took too long, or was done already; begin once more on your account's page.")
        secret, password = str(begun.data["secret"]), form.get("password", "")
        step = authenticators.step_of(secret, form.get("code", ""), at=wall_clock())
        fault = fault_of(password, person=principal.id, name=principal.name)
        if password != form.get("again", ""):
            fault = "The two passwords are not the same; type them once more."
        if fault or step is None:
            sentence = fault or "The code is not the one of this key; wait for the next one and type that."
            return self._page(request, principal, token=token, secret=secret, sentence=sentence)
        digest = await self._passwords.digest(password)
        async with self._house.store.writing() as tx:
            at = wall_clock()
            if await people_ceremonies.take(tx, KIND, token, at=at, person=principal.id) is None:
                raise HTTPException(409, "This was done already; begin once more on your account's page.")
            await people_accounts.set_password(tx, principal.id, digest=digest, totp=secret, step=step, at=at)
            await self._accounts.changed(tx, principal.id, what="password")
        return RedirectResponse("/account?said=password", status_code=303)

    def _page(self, request: Request, principal: Principal, *, token: str, secret: str, sentence: str = "") -> Response:
        address = authenticators.address_of_secret(secret, person=principal.id)
        return self._pages.page(
            request,
            "account-password.html",
            status=422 if sentence else 200,
            title="Password and authenticator",
            sentence=sentence,
            token=token,
            secret=authenticators.in_groups(secret),
            link=address,
            code=qr_code(address),
            shortest=SHORTEST,
            longest=LONGEST,
        )

    async def _must_be_fresh(self, request: Request) -> None:
        if not self._sessions.is_fresh(await self._sessions.session(request)):
            raise HTTPException(403, NOT_FRESH)
