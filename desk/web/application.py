"""The first desk: the board, an incident, the journal of one, and the health of it all.

Reading only: what an officer decides is done with the command line. Every page needs a session; a session begins with
a one-time link, which `leerp up` and `leerp sign-in` print.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException as StarletteHTTPException

from desk.assembly import House, wall_clock
from desk.web import acknowledging
from desk.web.sessions import LIFETIME, Sessions
from leerp import __version__
from leerp.errors import BadInputError, LeerpError, ServiceMissingError
from leerp.incidents import IncidentView, Phase, Status
from leerp.journal import verify
from records import incidents, journal, reconciliation
from records.incidents import StoredIncident
from records.views import incident_view

HERE = Path(__file__).parent
COOKIE = "leerp-session"
PUBLIC = ("/health", "/static/", "/sign-in/", *acknowledging.PUBLIC)
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
NEWEST = 200
"""How many journal entries an incident's page shows."""


def build_application(house: House) -> FastAPI:
    """The application over these rooms."""
    application = FastAPI(title="leerp desk", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    desk = Desk(house)
    application.middleware("http")(desk.guard)
    application.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    application.add_api_route("/health", desk.health, methods=["GET"])
    application.add_api_route("/sign-in/{token}", desk.sign_in, methods=["GET"], response_model=None)
    application.add_api_route("/", desk.board, methods=["GET"], response_model=None)
    application.add_api_route("/incidents/{reference}", desk.incident, methods=["GET"], response_model=None)
    application.add_api_route(
        "/incidents/{reference}/journal.jsonl", desk.journal, methods=["GET"], response_model=None
    )
    application.add_api_route("/api/v1/incidents", desk.list_incidents, methods=["GET"], response_model=None)
    application.add_api_route("/api/v1/incidents/{reference}", desk.show_incident, methods=["GET"])
    acknowledging.register(application, house)
    application.add_exception_handler(StarletteHTTPException, desk.explain)
    application.add_exception_handler(LeerpError, desk.explain)
    return application


class Desk:
    """The pages."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._sessions = Sessions(house.settings.run, clock=wall_clock)
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    async def guard(self, request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
        """Let in who has a session, and dress every answer against the browser's bad habits."""
        path = request.url.path
        if path.startswith(PUBLIC) or self._sessions.valid(request.cookies.get(COOKIE)):
            response = await handle(request)
        else:
            response = self._page("refused.html", status=401, title="Sign in", sentence=_SIGN_IN)
        response.headers.update(HEADERS)
        return response

    async def sign_in(self, token: str) -> Response:
        """Begin a session with the one-time link; a link that was used or is not known opens nothing."""
        session = self._sessions.begin(token)
        if session is None:
            return self._page("refused.html", status=401, title="Sign in", sentence=_SIGN_IN)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(COOKIE, session, httponly=True, samesite="strict", max_age=int(LIFETIME.total_seconds()))
        return response

    async def health(self) -> dict[str, str | int]:
        """Whether the store answers, and how much is stuck; 503 with a sentence when the store does not answer."""
        mode = self._house.rooms.mode
        async with self._house.store.reading() as connection:
            standing = await reconciliation.open_notices(connection, mode=mode)
            stuck = await reconciliation.stuck(connection, {one.incident for one in standing})
            down = await reconciliation.channels_down(connection, mode=mode)
        alarms = {"notices_stuck": len(stuck), "channels_down": len(down)}
        return {"status": "ok", "version": __version__, "mode": mode.value} | alarms

    async def board(self) -> HTMLResponse:
        """The incidents, emergencies first, with what each waits for."""
        async with self._house.store.reading() as connection:
            stored = await incidents.listing(connection, include_ended=True)
        ordered = sorted(stored, key=_urgency)
        return self._page("board.html", title="Board", incidents=ordered, phases=list(Phase))

    async def incident(self, reference: str) -> HTMLResponse:
        """One incident: where it stands, why, who was told, and its journal."""
        async with self._house.store.reading() as connection:
            view = await incident_view(connection, reference)
            entries = await journal.entries(connection, reference)
        newest = list(reversed(entries))[:NEWEST]
        return self._page(
            "incident.html", title=view.reference, view=view, entries=newest, total=len(entries), phases=list(Phase)
        )

    async def journal(self, reference: str) -> Response:
        """The journal as a file, verified on the way out."""
        async with self._house.store.reading() as connection:
            await incidents.get(connection, reference)
            lines = await journal.lines(connection, reference)
        verify(lines, name=reference)
        headers = {"Content-Disposition": f'attachment; filename="{reference}.jsonl"'}
        return PlainTextResponse("".join(f"{line}\n" for line in lines), headers=headers)

    async def list_incidents(self) -> list[dict[str, object]]:
        """References, status and step of all incidents."""
        async with self._house.store.reading() as connection:
            stored = await incidents.listing(connection, include_ended=True)
        fields = {"reference", "status", "phase", "mode", "opened_at", "closed_at", "waiting_for"}
        return [one.model_dump(mode="json", include=fields) for one in stored]

    async def show_incident(self, reference: str) -> IncidentView:
        """One incident as incident.json."""
        async with self._house.store.reading() as connection:
            return await incident_view(connection, reference)

    async def explain(self, request: Request, error: Exception) -> Response:
        """One sentence and the right status, as a page or as JSON."""
        status, sentence = _told(error)
        if request.url.path.startswith(("/api/", "/health")):
            return JSONResponse({"error": sentence}, status_code=status, headers=HEADERS)
        return self._page("refused.html", status=status, title="Not possible", sentence=sentence)

    def _page(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        mode = self._house.rooms.mode.value
        told = {"mode": mode, "scenario_time": self._house.now() if self._house.live else None}
        text = self._templates.get_template(template).render(version=__version__, **told, **context)
        return HTMLResponse(text, status_code=status)


_SIGN_IN = "Sign in with the link that leerp up printed; each link works once. For a new one: leerp sign-in."


def _urgency(incident: StoredIncident) -> tuple[bool, bool, float]:
    """Emergencies first, then what is open, then what has ended; of equals the newest first."""
    return incident.status.ended, incident.status is not Status.EMERGENCY, -incident.opened_at.timestamp()


def _told(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException | StarletteHTTPException):
        return error.status_code, str(error.detail)
    if isinstance(error, BadInputError):
        return 404, error.sentence
    if isinstance(error, ServiceMissingError):
        return 503, error.sentence
    return 409, str(error)
