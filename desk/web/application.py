"""The desk as one application: the guard before it, and every page and call, each in its own module."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from desk.access.guarding import Guard
from desk.access.routes import Routes, principal_in
from desk.access.sessions import Sessions
from desk.assembly import House, wall_clock
from desk.web import acknowledging, board, health, incident, journal, signing_in
from desk.web.pages import TEMPLATES, Pages
from leerp import __version__
from leerp.errors import BadInputError, LeerpError, ServiceMissingError

PARTS = (signing_in, board, incident, journal, health, acknowledging)
"""Each adds its own routes."""

SIGN_IN = "Sign in with the link that leerp up printed; each link works once. For a new one: leerp sign-in."


def build_application(house: House) -> FastAPI:
    """The application over these rooms. `application.state.routes`: the table of what each route is for."""
    application = FastAPI(title="leerp desk", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    secure = (house.settings.public_url or "").startswith("https://")
    sessions = Sessions(house.store, house.rooms.directory, clock=wall_clock, secure=secure)
    pages = Pages(house, sessions)
    routes = Routes(application, sessions)
    application.mount("/static", StaticFiles(directory=TEMPLATES.parent / "static"), name="static")
    for part in PARTS:
        part.register(routes, house=house, pages=pages, sessions=sessions)
    application.state.routes = routes
    explain = Explaining(pages)
    application.add_exception_handler(HTTPException, explain)
    application.add_exception_handler(LeerpError, explain)
    application.add_middleware(Guard, sessions=sessions, secure=secure)
    return application


class Explaining:
    """One sentence and the right status, as a page or as JSON."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def __call__(self, request: Request, error: Exception) -> Response:
        """The answer to what went wrong. Without a session nobody learns even what there is not."""
        status, sentence = _told(error)
        if request.url.path.startswith(("/api/", "/health")):
            return JSONResponse({"error": sentence}, status_code=status)
        if status in (401, 404) and principal_in(request) is None:
            return self._pages.page(request, "refused.html", status=401, title="Sign in", sentence=SIGN_IN)
        return self._pages.page(request, "refused.html", status=status, title="Not possible", sentence=sentence)


def _told(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    if isinstance(error, BadInputError):
        return 404, error.sentence
    if isinstance(error, ServiceMissingError):
        return 503, error.sentence
    return 409, str(error)
