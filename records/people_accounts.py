"""What people sign in with: passwords as their Argon2 digest, authenticators, passkeys; and who is locked out."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from records.schema_people import accounts, passkeys
from records.statements import insert_once


class Account(NamedTuple):
    """What the records hold of one person. `password`: an Argon2 digest; `totp`: the secret of the authenticator."""

    person: str
    password: str | None = None
    totp: str | None = None
    totp_step: int | None = None
    locked_at: datetime | None = None
    locked_by: str | None = None
    locked_because: str | None = None

    @property
    def locked(self) -> bool:
        """Whether the operator has locked this person out."""
        return self.locked_at is not None


class Passkey(NamedTuple):
    """A passkey. `id` and `public_key`: base64url, as the browser names the one and WebAuthn writes the other."""

    id: str
    person: str
    public_key: str
    sign_count: int
    name: str
    made_at: datetime
    used_at: datetime | None = None


_ACCOUNT = [accounts.c[name] for name in Account._fields]
_PASSKEY = [passkeys.c[name] for name in Passkey._fields]


async def get(c: AsyncConnection, person: str) -> Account:
    """What there is of a person, empty if there is nothing."""
    row = (await c.execute(select(*_ACCOUNT).where(accounts.c.person == person))).one_or_none()
    return Account(*row) if row else Account(person)


async def get_all(c: AsyncConnection) -> dict[str, Account]:
    """Everybody of whom there is something, by id."""
    return {row.person: Account(*row) for row in await c.execute(select(*_ACCOUNT))}


async def set_password(tx: AsyncConnection, person: str, *, digest: str, totp: str, step: int, at: datetime) -> None:
    """Put a password and its authenticator in the place of those before; `step`: the code that proved it is used."""
    await _change(tx, person, at=at, password=digest, totp=totp, totp_step=step)


async def renew_digest(tx: AsyncConnection, person: str, *, former: str, digest: str) -> None:
    """Keep the same password as a digest of today's cost, unless it was changed meanwhile."""
    mine = (accounts.c.person == person, accounts.c.password == former)
    await tx.execute(accounts.update().where(*mine).values(password=digest))


async def use_step(tx: AsyncConnection, person: str, step: int) -> bool:
    """Use up the code of a time step; False when it, or a later one, was used before (RFC 6238 §5.2)."""
    unused = or_(accounts.c.totp_step.is_(None), accounts.c.totp_step < step)
    change = accounts.update().where(accounts.c.person == person, unused).values(totp_step=step)
    return bool((await tx.execute(change)).rowcount)


async def lock(tx: AsyncConnection, person: str, *, by: str, because: str, at: datetime) -> None:
    """Lock somebody out until it is undone."""
    await _change(tx, person, at=at, locked_at=at, locked_by=by, locked_because=because)


async def unlock(tx: AsyncConnection, person: str, *, at: datetime) -> None:
    """Let somebody in again."""
    await _change(tx, person, at=at, locked_at=None, locked_by=None, locked_because=None)


async def forget(tx: AsyncConnection, person: str, *, at: datetime) -> None:
    """Throw away everything a person signs in with; a lock stays."""
    await _change(tx, person, at=at, password=None, totp=None, totp_step=None)
    await tx.execute(delete(passkeys).where(passkeys.c.person == person))


async def _change(tx: AsyncConnection, person: str, *, at: datetime, **values: object) -> None:
    await insert_once(tx, accounts, [{"person": person, "changed_at": at}])
    await tx.execute(accounts.update().where(accounts.c.person == person).values(changed_at=at, **values))


async def add_passkey(tx: AsyncConnection, passkey: Passkey) -> bool:
    """Keep a passkey; False when there is one with its id."""
    if await passkey_named(tx, passkey.id):
        return False
    await tx.execute(passkeys.insert(), passkey._asdict())
    return True


async def passkey_named(c: AsyncConnection, identifier: str) -> Passkey | None:
    """The passkey with this id."""
    row = (await c.execute(select(*_PASSKEY).where(passkeys.c.id == identifier))).one_or_none()
    return Passkey(*row) if row else None


async def passkeys_of(c: AsyncConnection, person: str) -> list[Passkey]:
    """The passkeys of a person, the oldest first."""
    query = select(*_PASSKEY).where(passkeys.c.person == person).order_by(passkeys.c.made_at, passkeys.c.id)
    return [Passkey(*row) for row in await c.execute(query)]


async def count_passkeys(c: AsyncConnection, people: Collection[str]) -> dict[str, int]:
    """How many passkeys each of these people has, of those who have any."""
    query = select(passkeys.c.person, func.count()).group_by(passkeys.c.person)
    return {person: number for person, number in await c.execute(query) if person in people}


async def use_passkey(tx: AsyncConnection, passkey: Passkey, *, sign_count: int, at: datetime) -> bool:
    """Keep the count that a passkey has reached; False when somebody else has used it meanwhile."""
    unchanged = (passkeys.c.id == passkey.id, passkeys.c.sign_count == passkey.sign_count)
    change = passkeys.update().where(*unchanged).values(sign_count=sign_count, used_at=at)
    return bool((await tx.execute(change)).rowcount)


async def remove_passkey(tx: AsyncConnection, identifier: str, *, person: str) -> bool:
    """Throw a passkey of this person away; False when there is none."""
    mine = (passkeys.c.id == identifier, passkeys.c.person == person)
    return bool((await tx.execute(delete(passkeys).where(*mine))).rowcount)
