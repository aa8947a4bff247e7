"""Passkeys: made by whoever is signed in, used without a name or a password, and refused in whatever is not right."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from desk.access.passkeys import handle_of
from leerp.journal import JournalKind
from records import people_accounts
from tests.desk.browsing import DeskHere, desk_here
from tests.desk.passkey_of_a_person import PRESENT, SoftPasskey
from tests.desk.people_here import age_sessions, entries, press, token_in

PERSON = "duty-officer"
PUBLIC = "https://desk.test"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk with a public address."""
    async with desk_here(tmp_path / "home", public_url=PUBLIC) as here:
        yield here


async def browser_of(desk: DeskHere, person: str | None = None) -> httpx.AsyncClient:
    """A browser at the public address."""
    browser = await desk.browser()
    browser.base_url = httpx.URL(PUBLIC)
    if person:
        assert (await browser.post(await desk.link(person))).status_code == 303
    return browser


async def asked_to_enrol(browser: httpx.AsyncClient) -> dict[str, Any]:
    """What the desk asks for a new passkey."""
    headers = {"x-csrf-token": token_in(await browser.get("/account"))}
    asked: dict[str, Any] = (await browser.post("/account/passkeys/begin", headers=headers)).json()
    return asked


async def enrol(
    browser: httpx.AsyncClient, key: SoftPasskey, asked: dict[str, Any] | None = None, *, origin: str = PUBLIC
) -> httpx.Response:
    """Make a passkey for what was asked."""
    asked = asked or await asked_to_enrol(browser)
    headers = {"x-csrf-token": token_in(await browser.get("/account"))}
    body = {"token": asked["token"], "name": "  my  key ", "answer": key.made(asked["options"], origin=origin)}
    return await browser.post("/account/passkeys", json=body, headers=headers)


async def asked_to_sign_in(browser: httpx.AsyncClient) -> dict[str, Any]:
    """The challenge for whoever wants to come in."""
    asked: dict[str, Any] = (await browser.post("/sign-in/passkey/begin")).json()
    return asked


async def test_a_passkey_signs_in_again_and_again(desk: DeskHere) -> None:
    """Once made it opens sessions by itself, and leads to where one wanted; the journal has each step."""
    owner, key = await browser_of(desk, PERSON), SoftPasskey()
    assert (await enrol(owner, key)).json() == {"name": "my key"}
    for _ in range(2):
        browser = await browser_of(desk)
        answer = key.used(await asked_to_sign_in(browser), origin=PUBLIC, handle=handle_of(PERSON))
        done = await browser.post("/sign-in/passkey?next=/account", json=answer)
        assert (done.status_code, done.json()) == (200, {"next": "/account"})
        assert "my key" in (await browser.get("/account")).text
    begun = [one.data["how"] for one in await entries(desk, JournalKind.DESK_SESSION_BEGUN)]
    assert begun == ["link", "passkey", "passkey"]


async def wrong_answers(desk: DeskHere, key: SoftPasskey, browser: httpx.AsyncClient) -> AsyncIterator[object]:
    """Answers to a fresh challenge of this browser that must not let anybody in."""
    yield key.used(await asked_to_sign_in(browser), origin="https://desk.test.evil.example")
    asked = await asked_to_sign_in(browser)
    yield key.used({**asked, "rpId": "evil.example"}, origin=PUBLIC)
    yield key.used({**asked, "challenge": "AAAA"}, origin=PUBLIC)
    yield key.used(await asked_to_sign_in(browser), origin=PUBLIC, handle=handle_of("head-of-operations"))
    yield SoftPasskey(id=key.id).used(await asked_to_sign_in(browser), origin=PUBLIC)
    yield SoftPasskey().used(await asked_to_sign_in(browser), origin=PUBLIC)
    untouched = SoftPasskey(id=key.id, key=key.key, count=key.count, flags=PRESENT)
    yield untouched.used(await asked_to_sign_in(browser), origin=PUBLIC)
    copied = SoftPasskey(id=key.id, key=key.key, count=0)
    yield copied.used(await asked_to_sign_in(browser), origin=PUBLIC)
    other = await browser_of(desk)
    yield key.used(await asked_to_sign_in(other), origin=PUBLIC)
    odds: list[object] = ["x", [], {}, {"id": 7}, {"id": "x", "rawId": "x", "response": {}, "type": "public-key"}]
    for odd in odds:
        await asked_to_sign_in(browser)
        yield odd


async def test_whatever_is_not_right_opens_nothing(desk: DeskHere) -> None:
    """Another origin or name, another's challenge or key, nobody there, a copy that lags behind, and no answer."""
    owner, key, browser = await browser_of(desk, PERSON), SoftPasskey(count=4), await browser_of(desk)
    await enrol(owner, key)
    first = key.used(await asked_to_sign_in(browser), origin=PUBLIC)
    assert (await browser.post("/sign-in/passkey", json=first)).status_code == 200
    browser.cookies.delete("__Host-leerp-session")
    async for answer in wrong_answers(desk, key, browser):
        done = await browser.post("/sign-in/passkey", json=answer)
        assert (done.status_code, "leerp-session" in str(done.headers)) == (401, False), answer
    assert (await browser.get("/account")).status_code == 401


async def test_an_answer_is_good_once(desk: DeskHere) -> None:
    """The same answer again, in the same browser, is none: its challenge is used up."""
    owner, key, browser = await browser_of(desk, PERSON), SoftPasskey(), await browser_of(desk)
    await enrol(owner, key)
    asked = await asked_to_sign_in(browser)
    kept, answer = dict(browser.cookies), key.used(asked, origin=PUBLIC)
    assert (await browser.post("/sign-in/passkey", json=answer)).status_code == 200
    thief = await browser_of(desk)
    thief.cookies.update({name: value for name, value in kept.items() if "passkey" in name})
    assert (await thief.post("/sign-in/passkey", json=answer)).status_code == 401


async def test_a_passkey_is_made_only_for_what_was_asked_of_this_person(desk: DeskHere) -> None:
    """Another's challenge, another origin, nobody there, an old session, a known one: nothing is kept."""
    owner, other = await browser_of(desk, PERSON), await browser_of(desk, "deputy-head")
    asked = await asked_to_enrol(owner)
    assert (await enrol(other, SoftPasskey(), asked)).status_code == 409
    assert (await enrol(owner, SoftPasskey(), origin="https://evil.example")).status_code == 422
    assert (await enrol(owner, SoftPasskey(flags=PRESENT))).status_code == 422
    known = SoftPasskey()
    assert [(await enrol(owner, known)).status_code for _ in range(2)] == [201, 409]
    asked = await asked_to_enrol(owner)
    await age_sessions(desk, begun=timedelta(minutes=20))
    assert (await enrol(owner, SoftPasskey(), asked)).status_code == 403
    async with desk.house.store.reading() as c:
        assert len(await people_accounts.passkeys_of(c, PERSON)) == 1
        assert await people_accounts.passkeys_of(c, "deputy-head") == []


async def test_a_removed_passkey_and_a_locked_person_open_nothing(desk: DeskHere) -> None:
    """Only its own person removes it; and a lock holds against passkeys too."""
    owner, other, key = await browser_of(desk, PERSON), await browser_of(desk, "deputy-head"), SoftPasskey()
    await enrol(owner, key)
    named = key.made({"rp": {"id": "x"}, "challenge": "AAAA"}, origin=PUBLIC)["id"]
    assert (await press(other, "/account/passkeys/remove", passkey=named)).status_code == 404
    async with desk.house.store.writing() as tx:
        await people_accounts.lock(tx, PERSON, by="x", because="x", at=desk.house.now())
    browser = await browser_of(desk)
    locked = key.used(await asked_to_sign_in(browser), origin=PUBLIC)
    assert (await browser.post("/sign-in/passkey", json=locked)).status_code == 401
    async with desk.house.store.writing() as tx:
        await people_accounts.unlock(tx, PERSON, at=desk.house.now())
    assert (await press(owner, "/account/passkeys/remove", passkey=named)).status_code == 303
    gone = key.used(await asked_to_sign_in(browser), origin=PUBLIC)
    assert (await browser.post("/sign-in/passkey", json=gone)).status_code == 401


async def test_without_a_name_of_its_own_the_desk_offers_none(tmp_path: Path) -> None:
    """A number is no name to make a passkey for; localhost is one."""
    async with desk_here(tmp_path / "home") as desk:
        for host, offered in (("127.0.0.1:8484", False), ("desk.test", False), ("localhost:8484", True)):
            browser = await desk.browser()
            browser.base_url = httpx.URL(f"http://{host}")
            assert ('id="with-passkey"' in (await browser.get("/sign-in")).text) is offered
            assert (await browser.post("/sign-in/passkey/begin")).status_code == (200 if offered else 409)


async def test_a_long_answer_is_not_read(desk: DeskHere) -> None:
    """More than any browser sends is refused unread."""
    browser = await browser_of(desk)
    await asked_to_sign_in(browser)
    assert (await browser.post("/sign-in/passkey", content=json.dumps("x" * 70_000))).status_code == 413
