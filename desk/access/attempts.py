"""Attempts to sign in with a password: counted, slowed down, and answered the same whoever it was.

What an answer says and how long it takes are the same for a name that nobody has, a wrong password, a wrong or used
code and somebody who is locked out; and a name that nobody has comes to wait as soon as any other.
"""

from collections.abc import Callable
from datetime import datetime

from pydantic import JsonValue

from desk.access import authenticators
from desk.access.accounts import name_tried, note
from desk.access.passwords import Passwords
from desk.access.principals import principal_of
from desk.access.rates import network
from desk.assembly import House, wall_clock
from leerp.errors import RefusedError
from leerp.journal import PROTOCOL, JournalKind
from leerp.protocol import RefusalReason
from leerp.stakeholders import Directory
from records import people_accounts, people_failures
from records.people_accounts import Account
from records.people_failures import FREE_FOR_A_NAME, FREE_FOR_AN_ADDRESS, Attempt
from records.store import Store


class Attempts:
    """`clock`: the machine's, by which codes and waits go; `now`: the time that people work by, for the journal."""

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
        self._passwords = Passwords()

    @classmethod
    def of(cls, house: House) -> "Attempts":
        """Those of this house, by the machine's clock."""
        return cls(house.store, house.rooms.directory, clock=wall_clock, now=house.now)

    async def by_password(self, typed: str, *, password: str, code: str, address: str) -> str:
        """Who signs in with this name, password and code. RefusedError when nobody does, or it is too soon.

        Raises ServiceMissingError when too many passwords are being compared.
        """
        name, place = name_tried(typed), f"address:{network(address)}"
        known = principal_of(self._directory(), typed.strip())
        async with self._store.writing() as tx:
            account = await people_accounts.get(tx, known.id if known else "")
            counted = {name: FREE_FOR_A_NAME, place: FREE_FOR_AN_ADDRESS}
            attempt = await people_failures.attempt(tx, counted, at=self._clock())
        same = not attempt.wait_until and await self._passwords.matches(account.password, password)
        good = same and not account.locked
        if not (known and good and await self._use(account, code, name=name, place=place)):
            await self._refused(account.person, attempt, name=name, address=address)
            raise RefusedError("the attempt was refused", reason=RefusalReason.NOT_AUTHORISED)
        await self._renew(account, password)
        return account.person

    async def _use(self, account: Account, code: str, *, name: str, place: str) -> bool:
        """Use the code up, in the same breath in which the failure that was counted is taken back."""
        at = self._clock()
        step = authenticators.step_of(account.totp, code, at=at) if account.totp else None
        if step is None:
            return False
        async with self._store.writing() as tx:
            if not await people_accounts.use_step(tx, account.person, step):
                return False
            await people_failures.succeeded(tx, name=name, address=place)
        return True

    async def _renew(self, account: Account, password: str) -> None:
        former = account.password
        if former and self._passwords.is_outdated(former):
            digest = await self._passwords.digest(password)
            async with self._store.writing() as tx:
                await people_accounts.renew_digest(tx, account.person, former=former, digest=digest)

    async def _refused(self, person: str, attempt: Attempt, *, name: str, address: str) -> None:
        """Into the journal; what was typed as a name stays out of it, since people type passwords there.

        Attempts that had to wait are not written down each: there may be any number.
        """
        if attempt.wait_until:
            return
        data: dict[str, JsonValue] = {"how": "password", "address": address, **({"person": person} if person else {})}
        async with self._store.writing() as tx:
            await note(tx, JournalKind.DESK_SESSION_REFUSED, data, actor=PROTOCOL, at=self._now())
            seconds = int(attempt.waits[name].total_seconds())
            if person and seconds:
                why: dict[str, JsonValue] = {"person": person, "because": "failures", "seconds": seconds}
                await note(tx, JournalKind.DESK_ACCOUNT_LOCKED, why, actor=PROTOCOL, at=self._now())
