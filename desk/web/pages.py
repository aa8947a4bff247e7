"""Pages: their frame, who looks at them, and the sentence where something is not possible."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from desk.access.acts import DeskAct, may
from desk.access.principals import Principal
from desk.access.routes import principal_in
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web import charts
from leerp import __version__

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Place:
    """An entry of the navigation: where it leads, what it says, for whom it is, and its key (with g before it)."""

    path: str
    words: str
    act: DeskAct
    key: str


PLACES = (
    Place("/", "Board", DeskAct.SEE_BOARD, "b"),
    Place("/own", "For you", DeskAct.SEE_OWN, "o"),
    Place("/report", "Report", DeskAct.REPORT, "r"),
    Place("/search", "Search", DeskAct.SEARCH, "s"),
    Place("/directory", "Directory", DeskAct.SEE_DIRECTORY, "d"),
    Place("/exercises", "Exercises", DeskAct.SEE_EXERCISES, "e"),
    Place("/journal", "Journal", DeskAct.SEE_JOURNAL, "j"),
    Place("/state", "Health", DeskAct.SEE_HEALTH, "h"),
    Place("/accounts", "Accounts", DeskAct.KEEP_ACCOUNTS, "a"),
    Place("/tokens", "Tokens", DeskAct.KEEP_TOKENS, "t"),
)


class Pages:
    """Renders the templates of the desk. Everything that people or sources wrote is escaped."""

    def __init__(self, house: House, sessions: Sessions) -> None:
        self._house = house
        self._sessions = sessions
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.filters["at"] = at
        self._templates.filters["words"] = words
        self._templates.filters["until"] = until
        self._templates.globals |= {"dial": charts.dial, "shares": charts.shares}

    def page(
        self,
        request: Request,
        template: str,
        *,
        title: str,
        status: int = 200,
        shown: Mapping[str, object] | None = None,
        **context: object,
    ) -> HTMLResponse:
        """A whole page. `shown`: what its template shows, as is what is named besides."""
        text = self.part(request, template, **{"title": title, **(shown or {}), **context})
        return HTMLResponse(text, status_code=status)

    def part(self, request: Request, template: str, **context: object) -> str:
        """The text of a template, for a page or for a part of one that is replaced while it is looked at."""
        return self._templates.get_template(template).render({**self._frame(request), **context})

    def _frame(self, request: Request) -> Mapping[str, object]:
        principal = principal_in(request)
        return {
            "mode": self._house.rooms.mode.value,
            "scenario_time": self._house.now() if self._house.live else None,
            "version": __version__,
            "principal": principal,
            "places": _places(principal),
            "home": home_of(principal) if principal else "/",
            "here": request.url.path,
            "csrf": self._sessions.token(request) if principal else "",
        }


def _places(principal: Principal | None) -> list[Place]:
    return [place for place in PLACES if may(principal.roles, place.act)] if principal else []


def home_of(principal: Principal) -> str:
    """The first page of the desk that somebody may see."""
    places = _places(principal)
    return places[0].path if places else "/account"


def at(time: datetime | None) -> str:
    """A time as people at the desk read it."""
    return time.strftime("%Y-%m-%d %H:%M UTC") if time else ""


def words(name: object) -> str:
    """A word of a closed list, as people say it."""
    return str(getattr(name, "value", name)).replace("_", " ")


def until(time: datetime, now: datetime) -> str:
    """How long there is until a time, or for how long it has passed."""
    minutes = int(abs((time - now).total_seconds()) // 60)
    hours, days = divmod(minutes, 60)[0], minutes // 1440
    long = f"{minutes} min" if minutes < 120 else f"{hours} h" if hours < 72 else f"{days} days"  # noqa: PLR2004
    return f"in {long}" if time >= now else f"late by {long}"
