"""`leerp account`: what people sign in with, for the operator."""

import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, NamedTuple

from cyclopts import App, Parameter

from desk.access.accounts import Accounts, Standing
from desk.assembly import open_house
from desk.cli.common import AsOfficer
from desk.cli.running import Answer
from desk.places import desk_address
from leerp.settings import Settings

Because = Annotated[str, Parameter(name="--reason", help="Why; the record keeps it.")]
COMMAND_LINE = "command-line"
"""Who acts where nobody says who they are: whoever has the shell of this machine."""


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="account", help="What people sign in with: list, invite, lock, unlock, reset, end-sessions.")
    group.command(list_accounts, name="list")
    group.command(invite)
    group.command(lock)
    group.command(unlock)
    group.command(reset)
    group.command(end_sessions, name="end-sessions")
    app.command(group)


class _Keeper(NamedTuple):
    """The accounts of a state folder, who keeps them, and where the desk is."""

    accounts: Accounts
    by: str
    address: str


@contextlib.asynccontextmanager
async def _keeper(officer: str | None) -> AsyncIterator[_Keeper]:
    settings = Settings()
    async with open_house(settings) as house:
        accounts = Accounts.of(house)
        address = settings.public_url or desk_address(settings)
        yield _Keeper(accounts, officer or settings.actor or COMMAND_LINE, address)


async def list_accounts() -> Answer:
    """List who can sign in, and with what."""
    async with _keeper(None) as keeper:
        found = await keeper.accounts.standings()
    rows = [(one.person, _roles(one), _ways(one), one.sessions, _state(one)) for one in found]
    data = [
        {
            "person": one.person,
            "roles": list(one.principal.roles) if one.principal else [],
            "password": one.account.password is not None,
            "passkeys": one.passkeys,
            "sessions": one.sessions,
            "locked": one.account.locked,
        }
        for one in found
    ]
    return Answer(data=data, header=("person", "roles", "signs in with", "sessions", "state"), rows=rows)


async def invite(person: str, *, officer: AsOfficer = None) -> Answer:
    """Make a one-time link that leads somebody to where they set up what they sign in with."""
    async with _keeper(officer) as keeper:
        link = f"{keeper.address}/sign-in/{await keeper.accounts.invite(person, by=keeper.by)}"
    line = f"It signs {person} in, once, within twelve hours; hand it over by a way that you know."
    return Answer(data={"link": link, "person": person}, lines=[link, line])


async def lock(person: str, *, reason: Because, officer: AsOfficer = None) -> Answer:
    """Lock somebody out, and end every session."""
    async with _keeper(officer) as keeper:
        ended = await keeper.accounts.lock(person, by=keeper.by, because=reason)
    return _ended(person, "locked out", ended)


async def unlock(person: str, *, officer: AsOfficer = None) -> Answer:
    """Let somebody in again, also after too many failed attempts."""
    async with _keeper(officer) as keeper:
        await keeper.accounts.unlock(person, by=keeper.by)
    return Answer(data={"person": person}, lines=[f"{person} can sign in again"])


async def reset(person: str, *, officer: AsOfficer = None) -> Answer:
    """Throw away password, authenticator and passkeys of somebody, and end every session; then invite."""
    async with _keeper(officer) as keeper:
        ended = await keeper.accounts.reset(person, by=keeper.by)
    return _ended(person, "reset", ended)


async def end_sessions(person: str, *, officer: AsOfficer = None) -> Answer:
    """End every session of somebody."""
    async with _keeper(officer) as keeper:
        ended = await keeper.accounts.end_sessions(person, by=keeper.by)
    return _ended(person, "signed out", ended)


def _ended(person: str, what: str, ended: int) -> Answer:
    data = {"person": person, "sessions_ended": ended}
    return Answer(data=data, lines=[f"{person} is {what}; {ended} session{'' if ended == 1 else 's'} ended"])


def _roles(one: Standing) -> str:
    return ", ".join(one.principal.roles) if one.principal else ""


def _ways(one: Standing) -> str:
    keys = f"{one.passkeys} passkey{'' if one.passkeys == 1 else 's'}" if one.passkeys else ""
    return ", ".join(word for word in ("password" if one.account.password else "", keys) if word)


def _state(one: Standing) -> str:
    if one.account.locked:
        return f"locked by {one.account.locked_by}: {one.account.locked_because}"
    return "" if one.principal else "not in the directory, or without a role"
