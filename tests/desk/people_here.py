"""What people do with their accounts at a desk of a test."""

import re
from datetime import datetime, timedelta

import httpx
import pyotp

from desk.assembly import wall_clock
from leerp.journal import DESK, JournalEntry, JournalKind
from records import journal, people_accounts
from records.schema_people import accounts, sessions
from tests.desk.browsing import DeskHere

PASSWORD = "seven herons over the dike"  # noqa: S105 - of nobody
WRONG = "another password altogether"


def token_in(page: httpx.Response) -> str:
    """The token that the forms of a page carry."""
    return page.text.partition('data-csrf="')[2].partition('"')[0]


async def press(browser: httpx.AsyncClient, path: str, **fields: str | list[str]) -> httpx.Response:
    """Send a form of the session, with its token."""
    token = token_in(await browser.get("/account"))
    return await browser.post(path, data={"csrf": token, **fields})


async def set_up(browser: httpx.AsyncClient, *, password: str = PASSWORD) -> str:
    """Set up a password with an authenticator; the authenticator's key."""
    page = await press(browser, "/account/password/begin")
    secret = "".join(page.text.partition('class="secret">')[2].partition("<")[0].split())
    done = await keep(browser, page, password=password, again=password, code=pyotp.TOTP(secret).now())
    assert (done.status_code, done.headers.get("location")) == (303, "/account?said=password")
    return secret


async def keep(browser: httpx.AsyncClient, page: httpx.Response, **fields: str) -> httpx.Response:
    """Send the form on the page that shows an authenticator's key."""
    token = page.text.partition('name="setting-up" value="')[2].partition('"')[0]
    return await press(browser, "/account/password", **{"setting-up": token, **fields})


async def account_of(desk: DeskHere, person: str) -> str:
    """Give somebody a password with an authenticator, whose codes are all unused; its key."""
    secret = await set_up(await desk.browser(person))
    await unused(desk, person)
    return secret


async def unused(desk: DeskHere, person: str) -> None:
    """Have all codes of somebody's authenticator be unused, as if it were later."""
    async with desk.house.store.writing() as tx:
        await tx.execute(accounts.update().where(accounts.c.person == person).values(totp_step=None))


def code_of(secret: str, *, at: datetime | None = None) -> str:
    """What the authenticator with this key shows."""
    return pyotp.TOTP(secret).at(at or wall_clock())


async def sign_in(
    browser: httpx.AsyncClient, person: str, *, password: str = PASSWORD, code: str, **more: str
) -> httpx.Response:
    """Send the form with name, password and code."""
    return await browser.post("/sign-in/password", data={"person": person, "password": password, "code": code, **more})


async def entries(desk: DeskHere, *kinds: JournalKind) -> list[JournalEntry]:
    """What the desk's journal says, of these kinds if any are named."""
    async with desk.house.store.reading() as c:
        return await journal.entries(c, DESK, kinds=kinds or None)


async def age_sessions(desk: DeskHere, *, begun: timedelta = timedelta(), seen: timedelta = timedelta()) -> None:
    """Have every session be older, and unused for longer."""
    now = wall_clock()
    async with desk.house.store.writing() as tx:
        await tx.execute(sessions.update().values(begun_at=now - begun, seen_at=now - seen))


async def locked(desk: DeskHere, person: str) -> bool:
    """Whether somebody is locked out."""
    async with desk.house.store.reading() as c:
        return (await people_accounts.get(c, person)).locked


def shown(page: httpx.Response) -> str:
    """The content of a page, without its frame."""
    return re.sub(r"\s+", " ", page.text.partition("<main")[2].partition("</main>")[0])
