"""Signing in with a password and a code, and what people do with their own account and sessions."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from desk.access import passwords
from desk.web.signing_in import NO_MATCH
from leerp.journal import JournalKind
from records import people_accounts
from tests.desk.browsing import DeskHere, desk_here
from tests.desk.people_here import (
    PASSWORD,
    WRONG,
    account_of,
    age_sessions,
    code_of,
    entries,
    keep,
    press,
    set_up,
    shown,
    sign_in,
    token_in,
    unused,
)

PERSON = "duty-officer"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that are compared fast: what the tests are about is not what it costs."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk with one incident."""
    async with desk_here(tmp_path / "home") as here:
        await here.report()
        yield here


async def test_a_password_is_kept_at_the_cost_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with three passes over 64 MiB in four lanes; one made at less cost is made anew when it is used."""
    kept = passwords.Passwords()
    cheap = await kept.digest(PASSWORD)
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64 * 1024)
    dear = await kept.digest(PASSWORD)
    assert dear.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert [kept.is_outdated(one) for one in (cheap, dear)] == [True, False]
    assert [await kept.matches(one, PASSWORD) for one in (cheap, dear, None, "no digest")] == [True, True, False, False]


async def test_an_invitation_leads_to_an_account_that_signs_in(desk: DeskHere) -> None:
    """The operator's link leads to the account; what is set up there signs in, and the journal has each step."""
    operator, invited = await desk.browser("desk-operator"), await desk.browser()
    page = await press(operator, f"/accounts/{PERSON}/invite")
    link = page.text.partition("/sign-in/")[2].partition("<")[0]
    came = await invited.post(f"/sign-in/{link}")
    assert (came.status_code, came.headers["location"]) == (303, "/account")
    secret = await set_up(invited)
    assert (await press(invited, "/sign-out")).status_code == 303
    assert (await invited.get("/")).status_code == 401
    await unused(desk, PERSON)
    assert (await sign_in(invited, PERSON, code=code_of(secret))).status_code == 303
    sessions = [one for one in await entries(desk) if one.kind.startswith("desk.session.") and one.actor == PERSON]
    assert [(one.kind.value.rpartition(".")[2], one.data["how"]) for one in sessions] == [
        ("begun", "link"),
        ("ended", "link"),
        ("begun", "password"),
    ]
    whats = [one.data.get("what") for one in await entries(desk, JournalKind.DESK_ACCOUNT_CHANGED)]
    assert whats == ["invited", "password"]


async def test_password_and_code_sign_in_and_go_where_one_wanted(desk: DeskHere) -> None:
    """The session is begun for this person, and leads to the page that was asked for."""
    secret = await account_of(desk, PERSON)
    browser = await desk.browser()
    asked = await browser.get("/incidents/x?page=2")
    wanted = asked.text.partition('name="next" value="')[2].partition('"')[0]
    done = await sign_in(browser, f" {PERSON} ", code=f" {code_of(secret)} ", next=wanted)
    assert (asked.status_code, done.status_code) == (401, 303)
    assert done.headers["location"] == "/incidents/x?page=2"
    assert "Duty officer, first desk" in (await browser.get("/account")).text


async def test_people_come_to_the_first_page_that_they_may_see(desk: DeskHere) -> None:
    """An operator does not land on a board that is not for operators."""
    for person, first in (("duty-officer", "/"), ("desk-operator", "/directory"), ("csirt-fr-desk", "/own")):
        came = await (await desk.browser()).post(await desk.link(person))
        assert (person, came.headers["location"]) == (person, first)


async def test_whatever_does_not_fit_is_answered_the_same(desk: DeskHere) -> None:
    """A name of nobody, a wrong password, a wrong code, nobody's account and a locked one: the same page and status."""
    secret = await account_of(desk, PERSON)
    await account_of(desk, "head-of-operations")
    async with desk.house.store.writing() as tx:
        at = desk.house.now()
        await people_accounts.lock(tx, "head-of-operations", by="x", because="x", at=at)
    browser, good = await desk.browser(), code_of(secret)
    answers = [
        await sign_in(browser, "nobody-here", code=good),
        await sign_in(browser, PERSON, password=WRONG, code=good),
        await sign_in(browser, PERSON, code="000000" if good != "000000" else "111111"),
        await sign_in(browser, PERSON, password="", code=""),
        await sign_in(browser, "malware-analyst-1", code=good),
        await sign_in(browser, "head-of-operations", code=good),
        await sign_in(browser, "x" * 100_000, password="y" * 100_000, code="z" * 100_000),
    ]
    assert {(one.status_code, shown(one)) for one in answers} == {(401, shown(answers[0]))}
    assert NO_MATCH in answers[0].text
    assert all("set-cookie" not in one.headers for one in answers)


async def test_what_was_typed_is_nowhere_in_the_journal(desk: DeskHere) -> None:
    """People type passwords where the name belongs; neither that nor any secret is written down."""
    secret = await account_of(desk, PERSON)
    browser = await desk.browser()
    await sign_in(browser, PASSWORD, password=WRONG, code="123456")
    await sign_in(browser, PERSON, password=WRONG, code="654321")
    refused = await entries(desk, JournalKind.DESK_SESSION_REFUSED)
    said = "\n".join(one.line for one in await entries(desk))
    assert [one.data.get("person") for one in refused] == [None, PERSON]
    assert [
        word for word in (PASSWORD, WRONG, secret, "123456", "654321", *browser.cookies.values()) if word in said
    ] == []


async def test_many_attempts_at_once_are_counted_too(desk: DeskHere) -> None:
    """Of thirty at the same time no more are compared than go without a wait; then the good one waits as well."""
    secret = await account_of(desk, PERSON)
    browser = await desk.browser()
    await asyncio.gather(*(sign_in(browser, PERSON, password=WRONG, code="000000") for _ in range(30)))
    compared = await entries(desk, JournalKind.DESK_SESSION_REFUSED)
    waits = await entries(desk, JournalKind.DESK_ACCOUNT_LOCKED)
    assert len(compared) == 5
    assert [one.data for one in waits] == [{"person": PERSON, "because": "failures", "seconds": 30}]
    assert (await sign_in(browser, PERSON, code=code_of(secret))).status_code == 401
    operator = await desk.browser("desk-operator")
    assert (await press(operator, f"/accounts/{PERSON}/unlock")).status_code == 303
    assert (await sign_in(browser, PERSON, code=code_of(secret))).status_code == 303


async def test_a_lock_ends_every_session_and_opens_no_other(desk: DeskHere) -> None:
    """Sessions, links and passwords of somebody who is locked open nothing, until the lock is undone."""
    secret = await account_of(desk, PERSON)
    signed_in, link = await desk.browser(PERSON), await desk.link(PERSON)
    operator = await desk.browser("desk-operator")
    without_reason = await press(operator, f"/accounts/{PERSON}/lock", because=" ")
    assert without_reason.status_code == 404
    assert (await press(operator, f"/accounts/{PERSON}/lock", because="telephone lost")).status_code == 303
    newer, stranger = await desk.link(PERSON), await desk.browser()
    tried = [
        await signed_in.get("/"),
        await stranger.post(link),
        await stranger.post(newer),
        await sign_in(stranger, PERSON, code=code_of(secret)),
    ]
    assert [one.status_code for one in tried] == [401, 401, 401, 401]
    (lock,) = await entries(desk, JournalKind.DESK_ACCOUNT_LOCKED)
    assert lock.data == {"person": PERSON, "by": "desk-operator", "because": "telephone lost"}
    assert (await press(operator, f"/accounts/{PERSON}/unlock")).status_code == 303
    assert (await sign_in(stranger, PERSON, code=code_of(secret))).status_code == 303


async def test_a_reset_throws_everything_away(desk: DeskHere) -> None:
    """Afterwards the password signs nobody in, and every session is ended."""
    secret = await account_of(desk, PERSON)
    signed_in, operator, stranger = (
        await desk.browser(PERSON),
        await desk.browser("desk-operator"),
        await desk.browser(),
    )
    assert (await press(operator, f"/accounts/{PERSON}/reset")).status_code == 303
    assert (await signed_in.get("/")).status_code == 401
    assert (await sign_in(stranger, PERSON, code=code_of(secret))).status_code == 401


async def test_a_person_without_a_role_is_out_at_once(desk: DeskHere) -> None:
    """When the directory takes the roles away the session opens nothing any more, without anybody ending it."""
    browser = await desk.browser(PERSON)
    path = desk.house.settings.config / "directory.yaml"
    text = await asyncio.to_thread(path.read_text)
    less = text.replace("first desk\n    roles: [officer]", "first desk\n    roles: []", 1)
    assert less != text
    await asyncio.to_thread(path.write_text, less)
    assert (await browser.get("/")).status_code == 401


async def test_a_session_ends_when_nobody_uses_it(desk: DeskHere) -> None:
    """Two hours without use end it; using it now and then keeps it, up to a shift."""
    browser = await desk.browser(PERSON)
    await age_sessions(desk, seen=timedelta(minutes=119))
    assert (await browser.get("/account")).status_code == 200
    await age_sessions(desk, seen=timedelta(minutes=121))
    assert (await browser.get("/account")).status_code == 401


async def test_people_see_and_end_their_own_sessions_and_nobody_elses(desk: DeskHere) -> None:
    """The list has one's own; the form ends one of them, and never one of another person."""
    one, other, stranger = await desk.browser(PERSON), await desk.browser(PERSON), await desk.browser("deputy-head")
    page = await one.get("/account")
    names = [part.partition('"')[0] for part in page.text.split('name="session" value="')[1:]]
    assert len(names) == 1
    assert (await press(stranger, "/account/sessions/end", session=names[0])).status_code == 404
    assert (await other.get("/account")).status_code == 200
    assert (await press(one, "/account/sessions/end", session=names[0])).status_code == 303
    assert [(await each.get("/account")).status_code for each in (one, other, stranger)] == [200, 401, 200]


async def test_what_one_signs_in_with_changes_only_shortly_after_signing_in(desk: DeskHere) -> None:
    """A session that somebody left open cannot be made into an account."""
    browser = await desk.browser(PERSON)
    page = await press(browser, "/account/password/begin")
    await age_sessions(desk, begun=timedelta(minutes=16))
    tried = [
        await press(browser, "/account/password/begin"),
        await keep(browser, page, password=PASSWORD, again=PASSWORD, code="000000"),
        await press(browser, "/account/passkeys/remove", passkey="x"),
    ]
    assert [one.status_code for one in tried] == [403, 403, 403]
    again = await press(browser, "/account/again")
    assert again.headers["location"] == "/sign-in?next=/account"
    assert (await browser.get("/account")).status_code == 401


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [
        ("short", "short", "12 to 256 characters"),
        ("x" * 300, "x" * 300, "12 to 256 characters"),
        ("duty-officer 2026!", "duty-officer 2026!", "easy to guess"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "easy to guess"),
        (PASSWORD, WRONG, "not the same"),
        (PASSWORD, PASSWORD, "not the one of this key"),
    ],
)
async def test_a_password_that_will_not_do_changes_nothing(
    password: str, again: str, says: str, desk: DeskHere
) -> None:
    """The form comes back with the sentence and the same key, and there is still no password."""
    browser = await desk.browser(PERSON)
    page = await press(browser, "/account/password/begin")
    answer = await keep(browser, page, password=password, again=again, code="abcdef")
    key = page.text.partition('class="secret">')[2].partition("<")[0]
    assert answer.status_code == 422
    assert says in answer.text
    assert key in answer.text
    async with desk.house.store.reading() as c:
        assert (await people_accounts.get(c, PERSON)).password is None


async def test_the_key_of_an_authenticator_is_set_up_by_its_own_person(desk: DeskHere) -> None:
    """What one person began, another cannot finish, and nobody can finish it twice."""
    one, other = await desk.browser(PERSON), await desk.browser("deputy-head")
    page = await press(one, "/account/password/begin")
    secret = "".join(page.text.partition('class="secret">')[2].partition("<")[0].split())
    fields = {"password": PASSWORD, "again": PASSWORD, "code": code_of(secret)}
    stolen = await keep(other, page, **fields)
    done, again = await keep(one, page, **fields), await keep(one, page, **fields)
    assert [stolen.status_code, done.status_code, again.status_code] == [409, 303, 409]


async def test_an_address_that_asks_too_often_is_asked_to_wait(tmp_path: Path) -> None:
    """The desk as a whole and the door each have a limit; a session that was let in has one of its own."""
    (tmp_path / "home" / "config").mkdir(parents=True)
    (tmp_path / "home" / "config" / "identity.yaml").write_text("requests_per_minute: 60\n")
    async with desk_here(tmp_path / "home") as desk:
        inside, stranger = await desk.browser(PERSON), await desk.browser()
        last = [await stranger.get("/sign-in") for _ in range(125)][-1]  # a minute may end meanwhile, but not two
        assert (last.status_code, last.headers["retry-after"]) == (429, "60")
        assert (await inside.get("/account")).status_code == 200


async def test_the_door_has_a_limit_of_its_own(desk: DeskHere) -> None:
    """Whoever tries many links or passwords is asked to wait long before the desk as a whole would ask."""
    stranger: httpx.AsyncClient = await desk.browser()
    last = [await stranger.get("/sign-in/guessed") for _ in range(125)][-1]
    assert last.status_code == 429


async def test_a_way_that_the_centre_has_not_is_not_there(tmp_path: Path) -> None:
    """Without passwords there is neither the form nor what it is sent to, nor the part of the account."""
    (tmp_path / "home" / "config").mkdir(parents=True)
    (tmp_path / "home" / "config" / "identity.yaml").write_text("passwords: false\npasskeys: false\n")
    async with desk_here(tmp_path / "home") as desk:
        browser, stranger = await desk.browser(PERSON), await desk.browser()
        page, account = await stranger.get("/sign-in"), await browser.get("/account")
        assert ("password" in shown(page), "passkey" in shown(page)) == (False, False)
        assert ("Set them up" in account.text, "passkey" in shown(account).casefold()) == (False, False)
        data = {"csrf": token_in(account)}
        assert (await browser.post("/account/password/begin", data=data)).status_code == 404
        assert (await stranger.post("/sign-in/passkey/begin")).status_code in (401, 404, 405)
