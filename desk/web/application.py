"""The desk as one application: the guard before it, and every page and call, each in its own module."""

from datetime import timedelta

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from desk.access.guarding import Guard
from desk.access.identity import load_identity
from desk.access.rates import Rate
from desk.access.routes import SIGN_IN_FIRST, Routes, principal_in
from desk.access.sessions import Sessions
from desk.api import entrance
from desk.assembly import House, wall_clock
from desk.web import (
    account,
    accounts,
    acknowledging,
    acting,
    board,
    circles,
    directory_page,
    evidence,
    exercising,
    health,
    incident,
    journal,
    notices,
    own,
    questions,
    reporting,
    reports,
    searching,
    signing_in,
    tokens,
    variants,
    whatif,
)
from desk.web.pages import TEMPLATES, Pages
from desk.web.sign_in_page import SignInPage
from leerp import __version__
from leerp.errors import BadInputError, LeerpError, ServiceMissingError

PARTS = (
    *(signing_in, account, accounts, tokens, circles, entrance),
    *(board, incident, evidence, reports, journal, acting, notices, variants, whatif, questions),
    *(own, reporting, searching, directory_page, exercising, health, acknowledging),
)
"""Each adds its own routes."""


def build_application(house: House) -> FastAPI:
    """The application over these rooms. `application.state.routes`: the table of what each route is for."""
    application = FastAPI(title="leerp desk", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    secure = (house.settings.public_url or "").startswith("https://")
    identity = load_identity(house.settings.config)
    idle = timedelta(minutes=identity.idle_minutes)
    sessions = Sessions(house.store, house.rooms.directory, clock=wall_clock, now=house.now, secure=secure, idle=idle)
    pages = Pages(house, sessions)
    routes = Routes(application, sessions, house.store)
    application.mount("/static", StaticFiles(directory=TEMPLATES.parent / "static"), name="static")
    for part in PARTS:
        part.register(routes, house=house, pages=pages, sessions=sessions)
    application.state.routes = routes
    explain = Explaining(pages, SignInPage(pages, house, identity))
    application.add_exception_handler(HTTPException, explain)
    application.add_exception_handler(LeerpError, explain)
    application.add_exception_handler(RequestValidationError, explain)
    application.add_middleware(Guard, sessions=sessions, secure=secure, rate=Rate(identity.requests_per_minute))
    return application


class Explaining:
    """One sentence and the right status, as a page or as JSON."""

    def __init__(self, pages: Pages, sign_in: SignInPage) -> None:
        self._pages = pages
        self._sign_in = sign_in

    async def __call__(self, request: Request, error: Exception) -> Response:
        """The answer to what went wrong. Without a session nobody learns even what there is not."""
        status, sentence = _told(error)
        for_programs = request.url.path.startswith(("/api/", "/taxii2/", "/health"))
        headers = getattr(error, "headers", None)
        if for_programs or request.headers.get("accept") == "application/json":
            return JSONResponse({"error": sentence}, status_code=status, headers=headers)
        if status in (401, 404) and principal_in(request) is None:
            said = sentence if status == 401 and sentence != SIGN_IN_FIRST else ""  # noqa: PLR2004 - RFC 9110
            return self._sign_in.instead_of(request, sentence=said)
        page = self._pages.page(request, "refused.html", status=status, title="Not possible", sentence=sentence)
        page.headers.update(headers or {})
        return page


def _told(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    if isinstance(error, RequestValidationError):
        return 422, "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors()[:3])
    if isinstance(error, BadInputError):
        return 404, error.sentence
    if isinstance(error, ServiceMissingError):
        return 503, error.sentence
    return 409, str(error)
