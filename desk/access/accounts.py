"""What an operator does for people's accounts: invite, lock, unlock, reset, end sessions. Each is in the journal."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.access.principals import Principal, principal_of
from desk.assembly import House, wall_clock
from leerp.errors import BadInputError
from leerp.journal import DESK, JournalKind
from leerp.stakeholders import Directory
from records import journal, people_accounts, people_failures, sessions
from records.people_accounts import Account
from records.store import Store

ACCOUNT = "/account"
"""Where an invitation leads: there people set up what they sign in with."""


class Standing(NamedTuple):
    """How somebody stands: who it is, None where the directory knows the person no more; and what there is of them."""

    person: str
    principal: Principal | None
    account: Account
    passkeys: int
    sessions: int


class Accounts:
    """`clock`: the machine's, by which links and sessions end; `now`: the time that people work by, for the journal."""

    def __init__(
        self,
        store: Store,
        directory: Callable[[], Directory],
        *,
        clock: Callable[[], datetime],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._now = now

    @classmethod
    def of(cls, house: House) -> "Accounts":
        """Those of this house, by the machine's clock."""
        return cls(house.store, house.rooms.directory, clock=wall_clock, now=house.now)

    async def standings(self) -> list[Standing]:
        """Everybody who can sign in or of whom something is kept, in the order of their ids."""
        directory = self._directory()
        known = {one.id for one in directory.officers} | {one.id for one in directory.members}
        async with self._store.reading() as c:
            accounts = await people_accounts.get_all(c)
            people = sorted(known | set(accounts))
            keys = await people_accounts.count_passkeys(c, people)
            open_now = await sessions.counts(c, at=self._clock())
        found = []
        for person in people:
            principal = principal_of(directory, person)
            account = accounts.get(person, Account(person))
            if principal or person in accounts:
                found.append(Standing(person, principal, account, keys.get(person, 0), open_now.get(person, 0)))
        return found

    async def invite(self, person: str, *, by: str) -> str:
        """A one-time token that signs a person in where they set up their account; those before it open nothing.

        Raises BadInputError for somebody who cannot sign in.
        """
        if principal_of(self._directory(), person) is None:
            raise BadInputError(f"{person!r} is nobody who can sign in; the directory names officers and members")
        async with self._store.writing() as tx:
            if (await people_accounts.get(tx, person)).locked:
                raise BadInputError(f"{person} is locked out; unlock the account first")
            token = await sessions.make_link(tx, person=person, at=self._clock(), leads_to=ACCOUNT)
            await self._note(tx, JournalKind.DESK_ACCOUNT_CHANGED, by=by, person=person, what="invited")
        return token

    async def lock(self, person: str, *, by: str, because: str) -> int:
        """Lock somebody out at once and until it is undone; how many sessions that ended."""
        self._must_be_known(person)
        if not because.strip():
            raise BadInputError("say why this account is locked; the record keeps it")
        async with self._store.writing() as tx:
            await people_accounts.lock(tx, person, by=by, because=because.strip()[:500], at=self._clock())
            ended = await self._put_out(tx, person, by=by)
            words: dict[str, JsonValue] = {"because": because.strip()[:500]}
            await self._note(tx, JournalKind.DESK_ACCOUNT_LOCKED, by=by, person=person, **words)
        return ended

    async def unlock(self, person: str, *, by: str) -> None:
        """Let somebody in again, also after too many failures."""
        self._must_be_known(person)
        async with self._store.writing() as tx:
            await people_accounts.unlock(tx, person, at=self._clock())
            await people_failures.forget(tx, name_tried(person))
            await self._note(tx, JournalKind.DESK_ACCOUNT_CHANGED, by=by, person=person, what="unlocked")

    async def reset(self, person: str, *, by: str) -> int:
        """Throw away everything somebody signs in with, and end every session; how many those were."""
        self._must_be_known(person)
        async with self._store.writing() as tx:
            await people_accounts.forget(tx, person, at=self._clock())
            ended = await self._put_out(tx, person, by=by)
            await self._note(tx, JournalKind.DESK_ACCOUNT_CHANGED, by=by, person=person, what="reset")
        return ended

    async def end_sessions(self, person: str, *, by: str) -> int:
        """End every session of somebody; how many those were."""
        self._must_be_known(person)
        async with self._store.writing() as tx:
            return await self._put_out(tx, person, by=by)

    async def changed(self, tx: AsyncConnection, person: str, *, what: str) -> None:
        """Write down, with the change itself, that somebody has changed what they sign in with."""
        await self._note(tx, JournalKind.DESK_ACCOUNT_CHANGED, by=person, person=person, what=what)

    def _must_be_known(self, person: str) -> None:
        directory = self._directory()
        if directory.officer(person) is None and directory.member(person) is None:
            raise BadInputError(f"the directory has nobody called {person!r}; `leerp account list` names everybody")

    async def _put_out(self, tx: AsyncConnection, person: str, *, by: str) -> int:
        await sessions.drop_links(tx, person)
        ended = await sessions.end_all(tx, person, at=self._clock())
        if ended:
            await self._note(tx, JournalKind.DESK_SESSION_ENDED, by=by, person=person, sessions=ended)
        return ended

    async def _note(self, tx: AsyncConnection, kind: JournalKind, *, by: str, person: str, **more: JsonValue) -> None:
        await note(tx, kind, {"person": person, "by": by, **more}, actor=by, at=self._now())


async def note(tx: AsyncConnection, kind: JournalKind, data: dict[str, JsonValue], *, actor: str, at: datetime) -> None:
    """Write what happened to an account into the desk's journal; each is a fact of its own."""
    key = f"{kind.value}/{secrets.token_hex(12)}"
    await journal.append(tx, incident=DESK, at=at, actor=actor, kind=kind, data=data, key=key)


def name_tried(typed: str) -> str:
    """Under which name the failures of somebody's password are counted; nobody need have it."""
    return f"name:{typed.strip().casefold()[:256]}"
