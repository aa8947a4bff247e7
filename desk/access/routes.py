"""The only way to add a page or a call: every one is for an act, and nobody gets to it who may not."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect

from desk.access.acts import MAY, DeskAct, Public, may
from desk.access.principals import Principal
from desk.access.sessions import FIELD, HEADER, Sessions
from leerp.protocol import ActName

SAFE = ("GET", "HEAD", "OPTIONS")
SIGN_IN_FIRST = "Sign in first."
Check = Callable[[Request], Awaitable[None]]


class Routes:
    """Adds routes to an application. `table`: what each is for, by method and path."""

    def __init__(self, application: FastAPI, sessions: Sessions) -> None:
        self._application = application
        self._sessions = sessions
        self.table: dict[tuple[str, str], DeskAct | ActName] = {}

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
        async def check(request: Request) -> None:
            allowed = MAY[act] if isinstance(act, DeskAct) else None
            if allowed is Public.ANYBODY:
                _check_site(request)
            if isinstance(allowed, Public):
                return
            principal = principal_in(request)
            if principal is None:
                raise HTTPException(401, SIGN_IN_FIRST)
            if not may(principal.roles, act):
                raise HTTPException(403, f"{principal.name} may not do this: {act.value.replace('_', ' ')}.")
            if request.method not in SAFE:
                await self._check_form(request)

        return check

    async def _check_form(self, request: Request) -> None:
        """Only a page of this session sends forms here (OWASP: synchroniser token, and the origin beside it)."""
        _check_site(request)
        given = request.headers.get(HEADER)
        if given is None:
            given = await _field(request)
        if not self._sessions.is_token(request, given):
            raise HTTPException(403, "This form is not of your session; load the page again. Nothing was done.")


def _check_site(request: Request) -> None:
    """Whatever a browser sends from another site, and says so, is not answered (W3C Fetch Metadata)."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    if request.method not in SAFE and site not in ("same-origin", "none"):
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
