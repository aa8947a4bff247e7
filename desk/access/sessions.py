"""Sessions of browsers: the cookie, the person behind it, and the token that every form of the session carries."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

from starlette.requests import HTTPConnection
from starlette.responses import Response

from desk.access.principals import Principal, principal_of
from leerp.stakeholders import Directory
from records import sessions
from records.store import Store

COOKIE = "leerp-session"
FIELD = "csrf"
HEADER = "x-csrf-token"


class Sessions:
    """`secure`: the desk is reached over https alone, and the cookie goes no other way."""

    def __init__(
        self, store: Store, directory: Callable[[], Directory], *, clock: Callable[[], datetime], secure: bool
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._secure = secure

    @property
    def cookie(self) -> str:
        """The name of the cookie; the prefix has the browser refuse one that another host has set (RFC 6265bis)."""
        return f"__Host-{COOKIE}" if self._secure else COOKIE

    async def principal(self, request: HTTPConnection) -> Principal | None:
        """Who asks; None without a session that is still good, or when the directory knows the person no more."""
        secret = request.cookies.get(self.cookie)
        if not secret:
            return None
        async with self._store.reading() as connection:
            session = await sessions.find(connection, secret, at=self._clock())
        return principal_of(self._directory(), session.person) if session else None

    async def begin(self, response: Response, *, person: str, how: str) -> None:
        """Begin a session and give the browser its cookie; whatever cookie it had before counts no more."""
        async with self._store.writing() as tx:
            secret = await sessions.begin(tx, person=person, how=how, at=self._clock())
        response.set_cookie(
            self.cookie,
            secret,
            httponly=True,
            samesite="strict",
            secure=self._secure,
            path="/",
            max_age=int(sessions.LIFETIME.total_seconds()),
        )

    async def end(self, request: HTTPConnection, response: Response) -> None:
        """End the session of a browser."""
        secret = request.cookies.get(self.cookie)
        if secret:
            async with self._store.writing() as tx:
                await sessions.end(tx, secret, at=self._clock())
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="strict")

    def token(self, request: HTTPConnection) -> str:
        """What the forms of this session carry, so that no other site can send them (CSRF); empty without one."""
        secret = request.cookies.get(self.cookie)
        return hmac.new(secret.encode(), b"leerp-csrf", hashlib.sha256).hexdigest() if secret else ""

    def is_token(self, request: HTTPConnection, given: str | None) -> bool:
        """Whether a form carries the token of its session."""
        wanted = self.token(request)
        return bool(wanted) and hmac.compare_digest(wanted.encode(), (given or "").encode("utf-8", "replace"))
