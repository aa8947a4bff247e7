"""The only way to add a page or a call: every one is for an act, and nobody gets to it who may not."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, HTTPException, Request
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect

from desk.access.acts import MAY, DeskAct, Public, may
from desk.access.principals import Principal
from desk.access.sessions import FIELD, HEADER, Sessions
from leerp.errors import LeerpError
from leerp.protocol import ActName
from leerp.stakeholders import Role
from records import incidents, people
from records.store import Store

SAFE = ("GET", "HEAD", "OPTIONS")
SIGN_IN_FIRST = "Sign in first."
INCIDENT = "reference"
"""What the part of a path is called that names an incident; whoever is not admitted to it gets to no such page."""

OWN = "/own/"
"""Where people of stakeholders see their own; what they see of an incident there is for those pages to say."""

Check = Callable[[Request], AsyncIterator[None]]


class Routes:
    """Adds routes to an application. `table`: what each is for, by method and path."""

    def __init__(self, application: FastAPI, sessions: Sessions, store: Store) -> None:
        self._application = application
        self._sessions = sessions
        self._store = store
        self.table: dict[tuple[str, str], DeskAct | ActName] = {}
        self._at_start: list[Callable[[], Awaitable[None]]] = []

    def at_start(self, work: Callable[[], Awaitable[None]]) -> None:
        """Have something done once the desk is up; nobody waits for it, and nothing depends on it."""
        self._at_start.append(work)

    async def start(self) -> None:
        """Do what was to be done at the start."""
        for work in self._at_start:
            await work()

    def add(
        self,
        method: str,
        path: str,
        endpoint: Callable[..., Any],
        *,
        act: DeskAct | ActName,
        described: bool = False,
        **more: Any,  # noqa: ANN401 - what FastAPI takes, such as the description of the answers
    ) -> None:
        """Add a route for an act. `described`: it stands in the OpenAPI description, as calls of machines do.

        Whoever comes by MACHINES proves itself in the endpoint, with a token; a session is not asked for.
        """
        self.table[method, path] = act
        more.setdefault("response_model", None)
        self._application.add_api_route(
            path,
            endpoint,
            methods=[method],
            dependencies=[Depends(self._check(act))],
            include_in_schema=described,
            **more,
        )

    def _check(self, act: DeskAct | ActName) -> Check:
        async def check(request: Request) -> AsyncIterator[None]:
            try:
                _check_path(request)
                await self._check_all(request, act)
                yield
            finally:
                await request.close()  # the files of a form lie on the disk until then

        return check

    async def _check_all(self, request: Request, act: DeskAct | ActName) -> None:
        allowed = MAY[act] if isinstance(act, DeskAct) else None
        if allowed is Public.ANYBODY:
            _check_site(request)
        if isinstance(allowed, Public):
            return
        principal = principal_in(request)
        if principal is None:
            raise HTTPException(401, SIGN_IN_FIRST)
        await self._check_person(request, principal, act)
        if request.method not in SAFE:
            await self._check_form(request)
        request.state.still = self._still(request, act)

    async def _check_person(self, request: Request, principal: Principal, act: DeskAct | ActName) -> None:
        if not may(principal.roles, act):
            raise HTTPException(403, f"{principal.name} may not do this: {act.value.replace('_', ' ')}.")
        reference = request.path_params.get(INCIDENT)
        if reference is None or (not principal.of_the_centre and request.url.path.startswith(OWN)):
            return
        if act is DeskAct.ADMIT and Role.APPROVER in principal.roles:
            return  # an approver can see that there is something, and go in with a reason
        async with self._store.reading() as connection:
            await incidents.mode_of(connection, reference)  # asked first, so that both are answered in the same words
            admitted = principal.of_the_centre and await people.admits(connection, reference, principal.id)
        if not admitted:
            raise incidents.unknown(reference)

    def _still(self, request: Request, act: DeskAct | ActName) -> Callable[[], Awaitable[bool]]:
        """Whether whoever asked may have the rest of a long answer: signed out, locked and shut out people may not."""

        async def still() -> bool:
            principal = await self._sessions.principal(request)
            if principal is None:
                return False
            try:
                await self._check_person(request, principal, act)
            except (HTTPException, LeerpError):
                return False
            return True

        return still

    async def _check_form(self, request: Request) -> None:
        """Only a page of this session sends forms here (OWASP: synchroniser token, and the origin beside it)."""
        _check_site(request)
        given = request.headers.get(HEADER)
        if given is None:
            given = await _field(request)
        if not self._sessions.is_token(request, given):
            raise HTTPException(403, "This form is not of your session; load the page again. Nothing was done.")


def _check_path(request: Request) -> None:
    """A NUL stands in no name that is stored, and PostgreSQL refuses to be asked for one."""
    if any("\0" in str(value) for value in request.path_params.values()):
        raise HTTPException(404, "There is nothing of that name.")


def _check_site(request: Request) -> None:
    """Whatever a browser sends from another site, and says so, is not answered (W3C Fetch Metadata).

    Browsers that say nothing of that name the origin, but for pages that ask not to be named, as these do.
    """
    if request.method in SAFE:
        return
    origin = request.headers.get("origin", "null")
    elsewhere = origin != "null" and urlsplit(origin).netloc != request.headers.get("host", "")
    site = request.headers.get("sec-fetch-site", "cross-site" if elsewhere else "same-origin")
    if site not in ("same-origin", "none"):
        raise HTTPException(403, "This form came from another site; nothing was done.")


async def _field(request: Request) -> str | None:
    try:
        form = await request.form(max_files=20, max_fields=500)
    except (MultiPartException, ClientDisconnect) as error:
        raise HTTPException(400, "The form cannot be read; load the page again.") from error
    value = form.get(FIELD)
    return value if isinstance(value, str) else None


def principal_in(request: Request) -> Principal | None:
    """Who asks, as the guard has found out; None without a session."""
    principal: Principal | None = getattr(request.state, "principal", None)
    return principal


def who(request: Request) -> Principal:
    """Who asks, behind a route that needs somebody."""
    principal = principal_in(request)
    if principal is None:
        raise HTTPException(401, SIGN_IN_FIRST)
    return principal
