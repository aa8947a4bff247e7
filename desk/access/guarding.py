"""What stands before every page and call: who asks, how much is sent, and the headers of every answer."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.access.rates import Rate, address_of
from desk.access.sessions import Sessions
from leerp.errors import LeerpError
from records.sessions import digest

LARGEST_BODY = 25 * 1024 * 1024
"""Bytes of a request: a report of the largest size fits, with its form."""

HEADERS = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none';"
    " object-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


TOO_OFTEN = "The desk was asked too often; wait a minute."
BUSY = 429
_OWN_LIMITS = ("/api/", "/taxii2/", "/acknowledge/", "/slack/")
"""What has no need of a limit, or one of its own: machines send much, and readers confirm from one building."""


class Guard:
    """Finds out who asks and puts the person into the request; dresses every answer against bad habits of browsers.

    `rate`: how often one session may ask, or one address without any. A long answer ends when whoever asked is signed
    out, locked or shut out meanwhile.
    """

    def __init__(self, app: ASGIApp, *, sessions: Sessions, secure: bool, rate: Rate) -> None:
        self._app = app
        self._sessions = sessions
        self._rate = rate
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        if secure:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        dressed = self._dressed(send, state)
        request = HTTPConnection(scope)
        answer = await self._refusal(scope["path"], request, state)
        if answer:
            await answer(scope, receive, dressed)
        else:
            await self._app(scope, _limited(receive), dressed)

    async def _refusal(self, path: str, request: HTTPConnection, state: MutableMapping[str, Any]) -> Response | None:
        """Put who asks into the request; an answer when it goes no further than this."""
        if path.startswith("/static/"):
            return None
        try:
            state["principal"] = await self._sessions.principal(request)
        except LeerpError as error:
            return PlainTextResponse(error.sentence, 503)
        # Only a session that there is counts by itself: whoever makes cookies up would have as many.
        asker = f"session {digest(self._sessions.secret(request))}" if state["principal"] else address_of(request)
        if path.startswith(_OWN_LIMITS) or self._rate.allows(asker):
            return None
        return PlainTextResponse(TOO_OFTEN, BUSY, {"retry-after": "60"})

    def _dressed(self, send: Send, state: MutableMapping[str, Any]) -> Send:
        follows, over = False, False

        async def dressed(message: Message) -> None:
            nonlocal follows, over
            if over:
                return
            if message["type"] == "http.response.start":
                headers = dict(message.get("headers", ()))
                more = [header for header in self._headers if header[0] not in headers]
                message = {**message, "headers": [*message.get("headers", ()), *more]}
                follows = headers.get(b"content-type", b"").startswith(b"text/event-stream")
            elif follows and message.get("more_body") and not await _still(state):
                over = True
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        return dressed


async def _still(state: MutableMapping[str, Any]) -> bool:
    """Whether whoever follows a page may go on following it."""
    still: Callable[[], Awaitable[bool]] | None = state.get("still")
    return still is None or await still()


def _limited(receive: Receive) -> Receive:
    """What is sent, up to the largest body; whoever sends more is told so and not read to the end."""
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > LARGEST_BODY:
            raise HTTPException(413, f"At most {LARGEST_BODY // 1024**2} MB are taken in one request; send less.")
        return message

    return limited
