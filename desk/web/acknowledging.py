"""Where readers confirm a notice: the page behind their link, and the button in Slack. Nobody needs a session here.

Opening the link changes nothing, since mail scanners open every link; only the button on the page confirms. The page
says which notice it is about and nothing else of it.
"""

import asyncio
from pathlib import Path

import structlog
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from activities.confirming import Confirming
from desk.access.acts import DeskAct
from desk.access.rates import Rate, address_of
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.pages import Pages
from leerp.errors import BadInputError
from leerp.notices import Mode
from notifications.channels.slack.settings import SlackSettings
from notifications.channels.slack.signature import LARGEST, click, verify
from notifications.configuration import load_channels

log = structlog.get_logger(__name__)

A_MINUTE = 120
"""Requests from one address: a building of readers behind one address can confirm, and nobody can try many tokens."""

SLACK_WAITS_SECONDS = 2.5
"""Slack takes an answer within 3 seconds (https://docs.slack.dev/interactivity/handling-user-interaction)."""

_TEMPLATES = Path(__file__).parent / "templates"


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = AcknowledgePages(house)
    path = "/acknowledge/{notice}/{reader}/{token}"
    routes.add("GET", path, part.show, act=DeskAct.CONFIRM_BY_LINK)
    routes.add("POST", path, part.confirm, act=DeskAct.CONFIRM_BY_LINK)
    routes.add("POST", "/slack/interactivity", part.slack, act=DeskAct.CONFIRM_BY_LINK)


class AcknowledgePages:
    """The pages and the answer to Slack."""

    def __init__(self, house: House) -> None:
        self._exercise = house.rooms.mode is Mode.EXERCISE
        self._confirming = Confirming(house.rooms)
        self._clock = house.rooms.wall_clock
        self._rate = Rate(A_MINUTE)
        self._slack = _slack_channels(house)
        self._under_way: set[asyncio.Task[bool]] = set()
        self._page = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
        ).get_template("acknowledge.html")

    async def show(self, request: Request, notice: str, reader: str, token: str) -> Response:
        """The page with the button; it confirms nothing."""
        if not self._rate.allows(address_of(request)):
            return self._answer("wait", status=429)
        known = await self._confirming.holder(token, notice=notice, reader=reader)
        return self._answer("ask", notice=notice) if known else self._answer("unknown", status=404)

    async def confirm(self, request: Request, notice: str, reader: str, token: str) -> Response:
        """The button was pressed. Pressed twice, it is answered the same."""
        if not self._rate.allows(address_of(request)):
            return self._answer("wait", status=429)
        done = await self._confirming.by_link(token, notice=notice, reader=reader)
        return self._answer("done", notice=notice) if done else self._answer("unknown", status=404)

    def _answer(self, state: str, *, notice: str = "", status: int = 200) -> Response:
        headers = {"Retry-After": "60"} if status == 429 else {}  # noqa: PLR2004 - RFC 6585 §4
        text = self._page.render(state=state, notice=notice, exercise=self._exercise)
        return HTMLResponse(text, status_code=status, headers=headers)

    async def slack(self, request: Request) -> Response:
        """A press of the button in Slack: answered in time, the same each time, and with nothing in the answer."""
        body = await _body(request)
        channel = self._signer(request, body) if body is not None else None
        if body is None or channel is None:
            allowed = self._rate.allows(address_of(request))
            return Response(status_code=401 if allowed else 429)
        try:
            pressed = click(body)
        except BadInputError:
            return Response(status_code=400)
        task = asyncio.create_task(self._confirming.by_slack(pressed, channel=channel))
        self._under_way.add(task)  # whoever asks may go away; what was said is written down all the same
        task.add_done_callback(self._under_way.discard)
        await asyncio.wait({task}, timeout=SLACK_WAITS_SECONDS)
        if not task.done():
            return Response(status_code=503)
        return Response(status_code=200 if task.result() else 404)

    def _signer(self, request: Request, body: bytes) -> str | None:
        """The channel whose app signed these very bytes just now; None if none did."""
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        for name, settings in self._slack.items():
            try:
                secret = settings.signing_secret()
            except BadInputError as error:
                log.warning("slack_secret_missing", channel=name, sentence=error.sentence)
                continue
            if secret and verify(secret, timestamp, body=body, signature=signature, now=self._clock()):
                return name
        return None


def _slack_channels(house: House) -> dict[str, SlackSettings]:
    """The Slack channels by name; none in an exercise, which has no button (DESIGN rule 10)."""
    if house.rooms.mode is Mode.EXERCISE:
        return {}
    channels = load_channels(house.settings.config / "channels.yaml").channels
    return {name: one for name, one in channels.items() if isinstance(one, SlackSettings) and one.has_button}


def _from(request: Request) -> str:
    return request.client.host if request.client else ""


async def _body(request: Request) -> bytes | None:
    """What was sent; None if it is longer than anything of Slack's."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return body
