"""Sessions of browsers: the cookie, the person behind it, and the token that every form of the session carries."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from fastapi import HTTPException
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import HTTPConnection
from starlette.responses import Response

from desk.access.principals import Principal, principal_of
from desk.access.rates import address_of
from leerp.journal import DESK, JournalKind
from leerp.stakeholders import Directory
from records import journal, people_accounts, sessions
from records.sessions import Session
from records.store import Store

COOKIE = "leerp-session"
FIELD = "csrf"
HEADER = "x-csrf-token"

FRESH = timedelta(minutes=15)
"""How soon after signing in somebody may change what they sign in with; later it may be anybody at that desk."""


class Sessions:
    """`clock`: the machine's, by which sessions end; `now`: the time that people work by, for the journal.

    `secure`: the desk is reached over https alone, and the cookie goes no other way. `idle`: after how long without
    use a session ends.
    """

    def __init__(
        self,
        store: Store,
        directory: Callable[[], Directory],
        *,
        clock: Callable[[], datetime],
        now: Callable[[], datetime],
        secure: bool,
        idle: timedelta = timedelta(hours=2),
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._now = now
        self.secure = secure
        self._idle = idle

    @property
    def cookie(self) -> str:
        """The name of the cookie; the prefix has the browser refuse one that another host has set (RFC 6265bis)."""
        return f"__Host-{COOKIE}" if self.secure else COOKIE

    def secret(self, request: HTTPConnection) -> str:
        """What the browser holds of its session; empty without one."""
        return request.cookies.get(self.cookie, "")

    async def session(self, request: HTTPConnection) -> Session | None:
        """The session of a browser, if it is still good."""
        secret = self.secret(request)
        if not secret:
            return None
        async with self._store.reading() as connection:
            return await sessions.find(connection, secret, at=self._clock(), idle=self._idle)

    async def principal(self, request: HTTPConnection) -> Principal | None:
        """Who asks; None without a session that is still good, or when the directory knows the person no more."""
        session = await self.session(request)
        if session is None:
            return None
        at = self._clock()
        if at - session.seen_at >= sessions.SEEN_EVERY:
            async with self._store.writing() as tx:
                await sessions.seen(tx, self.secret(request), at=at)
        return principal_of(self._directory(), session.person)

    def is_fresh(self, session: Session | None) -> bool:
        """Whether somebody has signed in so shortly ago that it is still the same person."""
        return session is not None and self._clock() - session.begun_at < FRESH

    async def begin(self, request: HTTPConnection, response: Response, *, person: str, how: str) -> None:
        """Begin a session with a secret of its own and give the browser its cookie; the one it had before is ended.

        Raises HTTPException 401 for a person whom the directory does not know, or who is locked out.
        """
        at, address = self._clock(), address_of(request)
        async with self._store.writing() as tx:
            account = await people_accounts.get(tx, person)
            if account.locked or principal_of(self._directory(), person) is None:
                raise HTTPException(401, "This sign-in opens nothing here; ask the operator of the desk.")
            before = await sessions.end(tx, self.secret(request), at=at)
            if before:
                await self._ended(tx, before, by=before.person)
            secret = await sessions.begin(tx, person=person, how=how, at=at, address=address)
            name = sessions.digest(secret)
            data = {"person": person, "how": how, "address": address, "session": name[:16]}
            await self._write(tx, JournalKind.DESK_SESSION_BEGUN, {**data}, actor=person, key=f"session/{name}/begun")
        response.set_cookie(
            self.cookie,
            secret,
            httponly=True,
            samesite="strict",
            secure=self.secure,
            path="/",
            max_age=int(sessions.LIFETIME.total_seconds()),
        )

    async def end(self, request: HTTPConnection, response: Response) -> None:
        """End the session of a browser."""
        async with self._store.writing() as tx:
            ended = await sessions.end(tx, self.secret(request), at=self._clock())
            if ended:
                await self._ended(tx, ended, by=ended.person)
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict")

    async def end_named(self, name: str, *, person: str) -> bool:
        """End another session of the same person; False when there is none of that name."""
        async with self._store.writing() as tx:
            at = self._clock()
            mine = [one for one in await sessions.of_person(tx, person, at=at) if one.name == name]
            if not mine or not await sessions.end_named(tx, name, person=person, at=at):
                return False
            await self._ended(tx, mine[0], by=person)
        return True

    async def all_of(self, person: str) -> list[Session]:
        """The sessions of a person that still open something, the newest first."""
        async with self._store.reading() as connection:
            return await sessions.of_person(connection, person, at=self._clock(), idle=self._idle)

    async def _ended(self, tx: AsyncConnection, session: Session, *, by: str) -> None:
        data = {"person": session.person, "how": session.how, "session": session.name[:16], "by": by}
        key = f"session/{session.name}/ended"
        await self._write(tx, JournalKind.DESK_SESSION_ENDED, {**data}, actor=by, key=key)

    async def _write(
        self, tx: AsyncConnection, kind: JournalKind, data: dict[str, object], *, actor: str, key: str
    ) -> None:
        plain = {name: str(value) for name, value in data.items()}
        await journal.append(tx, incident=DESK, at=self._now(), actor=actor, kind=kind, data={**plain}, key=key)

    def token(self, request: HTTPConnection) -> str:
        """What the forms of this session carry, so that no other site can send them (CSRF); empty without one."""
        return token_of(self.secret(request))

    def is_token(self, request: HTTPConnection, given: str | None) -> bool:
        """Whether a form carries the token of its session."""
        wanted = self.token(request)
        return bool(wanted) and hmac.compare_digest(wanted.encode(), (given or "").encode("utf-8", "replace"))


def token_of(secret: str) -> str:
    """What the forms of a session carry, by the secret that its browser holds; empty without one."""
    return hmac.new(secret.encode(), b"leerp-csrf", hashlib.sha256).hexdigest() if secret else ""
