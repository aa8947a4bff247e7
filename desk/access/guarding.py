"""What stands before every page and call: who asks, how much is sent, and the headers of every answer."""

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.access.sessions import Sessions

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


class Guard:
    """Finds out who asks and puts the person into the request; dresses every answer against bad habits of browsers."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, secure: bool) -> None:
        self._app = app
        self._sessions = sessions
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        if secure:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not scope["path"].startswith("/static/"):
            scope.setdefault("state", {})["principal"] = await self._sessions.principal(HTTPConnection(scope))
        await self._app(scope, _limited(receive), self._dressed(send))

    def _dressed(self, send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", ())}
                more = [header for header in self._headers if header[0] not in given]
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        return dressed


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
