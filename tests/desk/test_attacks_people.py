"""Attacks on whoever signs in, one test each: what was tried, and that nothing came of it."""

import asyncio
import string
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import StreamingResponse
from starlette.types import Message

from desk.access import passwords
from desk.access.acts import DeskAct
from desk.access.forms import own_path
from desk.access.sessions import COOKIE
from leerp.journal import JournalKind
from records import people
from tests.desk.browsing import ADDRESS, DeskHere, desk_here
from tests.desk.people_here import WRONG, account_of, code_of, entries, press, shown, sign_in, token_in, unused

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


async def test_session_fixation(desk: DeskHere) -> None:
    """A session that an attacker put into the browser is not the one that signing in begins, and is over afterwards."""
    attacker, victim = await desk.browser("csirt-fr-desk"), await desk.browser()
    planted = attacker.cookies[COOKIE]
    victim.cookies.set(COOKIE, planted)
    await victim.post(await desk.link(PERSON))
    fresh = [cookie.value for cookie in victim.cookies.jar if cookie.name == COOKIE and cookie.value != planted]
    assert len(fresh) == 1
    assert (await attacker.get("/account")).status_code == 401
    (ended,) = await entries(desk, JournalKind.DESK_SESSION_ENDED)
    assert ended.data["person"] == "csirt-fr-desk"


OUTSIDE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%0d%0aSet-Cookie:x=1\r\nx: y",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "http:evil.example",
    "/sign-out",
)


async def test_open_redirect(desk: DeskHere) -> None:
    """Whatever a form or a link says, signing in leads to a page of this desk."""
    secret = await account_of(desk, PERSON)
    for target in OUTSIDE:
        browser = await desk.browser()
        done = await sign_in(browser, PERSON, code=code_of(secret), next=target)
        again = await browser.get(f"/sign-in?next={quote(target)}")
        assert [done.headers["location"], again.headers["location"]] == ["/", "/"], target
        await unused(desk, PERSON)


@given(st.text(alphabet=string.printable + "é\u2028\u3002\uff0f", max_size=40).map(lambda text: f"/{text}") | st.text())
def test_no_path_leads_elsewhere(text: str) -> None:
    """Of any text, what is taken as a path of this desk stays on it for any browser."""
    taken = own_path(text)
    assert taken in ("", text)
    if taken:
        went = urlsplit(urljoin(f"{ADDRESS}/sign-in", taken.replace("\\", "/")))
        assert (went.scheme, went.netloc) == ("http", "desk.test")


async def test_forged_form(desk: DeskHere) -> None:
    """With the victim's cookie and no token, another session's token, or a made-up one, no form does anything."""
    victim, attacker = await desk.browser(PERSON), await desk.browser("deputy-head")
    theirs = token_in(await attacker.get("/account"))
    for data in ({}, {"csrf": ""}, {"csrf": theirs}, {"csrf": "0" * 64}, {"csrf": "é"}):
        assert (await victim.post("/account/password/begin", data=data)).status_code == 403
        assert (await victim.post("/sign-out", data=data)).status_code == 403
    assert (await victim.get("/account")).status_code == 200


async def test_form_of_another_site(desk: DeskHere) -> None:
    """Even with the right token, and where no session is needed: what comes from elsewhere is not answered."""
    victim, stranger = await desk.browser(PERSON), await desk.browser()
    token, link = token_in(await victim.get("/account")), await desk.link(PERSON)
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "http://desk.test.evil.example"},
    ):
        out = await victim.post("/sign-out", data={"csrf": token}, headers=headers)
        by_link = await stranger.post(link, headers=headers)
        by_password = await stranger.post("/sign-in/password", data={"person": PERSON}, headers=headers)
        assert [one.status_code for one in (out, by_link, by_password)] == [403, 403, 403], headers
    assert (await stranger.post(link, headers={"origin": ADDRESS})).status_code == 303


async def test_replayed_code(desk: DeskHere) -> None:
    """A code that was read over somebody's shoulder is used up, and so is every one before it."""
    secret = await account_of(desk, PERSON)
    victim, attacker = await desk.browser(), await desk.browser()
    code = code_of(secret)
    assert (await sign_in(victim, PERSON, code=code)).status_code == 303
    assert (await sign_in(attacker, PERSON, code=code)).status_code == 401


async def test_one_code_in_two_browsers_at_once(desk: DeskHere) -> None:
    """Of two that use the same code in the same moment, one is let in."""
    secret = await account_of(desk, PERSON)
    browsers = [await desk.browser() for _ in range(4)]
    code = code_of(secret)
    answers = await asyncio.gather(*(sign_in(browser, PERSON, code=code) for browser in browsers))
    assert sorted(one.status_code for one in answers) == [303, 401, 401, 401]


async def test_replayed_link(desk: DeskHere) -> None:
    """A link from the history of a browser, or one pressed twice at once, signs in one time."""
    link = await desk.link(PERSON)
    browsers = [await desk.browser() for _ in range(4)]
    answers = await asyncio.gather(*(browser.post(link) for browser in browsers))
    assert sorted(one.status_code for one in answers) == [303, 401, 401, 401]
    assert (await browsers[0].get(link)).status_code == 401


async def test_lockout_tells_nobody_who_exists(desk: DeskHere) -> None:
    """A name that is somebody's and one that is nobody's come to wait after as many failures, in the same words."""
    secret = await account_of(desk, PERSON)
    told = {}
    for name in (PERSON, "nobody-at-all"):
        browser = await desk.browser()
        told[name] = [await sign_in(browser, name, password=WRONG, code="000000") for _ in range(8)]
    assert [(one.status_code, shown(one)) for one in told[PERSON]] == [
        (one.status_code, shown(one)) for one in told["nobody-at-all"]
    ]
    assert (await sign_in(await desk.browser(), PERSON, code=code_of(secret))).status_code == 401


async def test_lockout_keeps_nobody_out_by_other_ways(desk: DeskHere) -> None:
    """Whoever fails on purpose in somebody's name stops passwords for a while, and no link and no session."""
    await account_of(desk, PERSON)
    signed_in, attacker = await desk.browser(PERSON), await desk.browser()
    for _ in range(8):
        await sign_in(attacker, PERSON, password=WRONG, code="000000")
    assert (await signed_in.get("/account")).status_code == 200
    assert (await (await desk.browser()).post(await desk.link(PERSON))).status_code == 303


async def test_prefetched_link(desk: DeskHere) -> None:
    """Mail scanners and prefetching browsers open the link as often as they like, and use nothing up."""
    link, scanner = await desk.link(PERSON), await desk.browser()
    for method in ("GET", "HEAD", "OPTIONS"):
        answer = await scanner.request(method, link, headers={"sec-purpose": "prefetch"})
        assert "set-cookie" not in answer.headers
    assert (await (await desk.browser()).post(link)).status_code == 303


async def test_the_ids_of_others_in_addresses(desk: DeskHere) -> None:
    """Another's account, session or passkey cannot be changed by naming it."""
    victim, attacker = await desk.browser(PERSON), await desk.browser("deputy-head")
    tried = [
        await press(attacker, f"/accounts/{PERSON}/reset"),
        await press(attacker, f"/accounts/{PERSON}/lock", because="x"),
        await press(attacker, f"/accounts/{PERSON}/invite"),
        await attacker.get(f"/accounts/{PERSON}"),
        await attacker.get("/accounts"),
    ]
    assert [one.status_code for one in tried] == [403] * 5
    assert (await victim.get("/account")).status_code == 200


async def test_script_in_what_people_write(desk: DeskHere) -> None:
    """The reason of a lock and of a circle, and what stands in an address, are text on every page."""
    operator, officer, evil = (
        await desk.browser("desk-operator"),
        await desk.browser(PERSON),
        "<script>alert(1)</script>",
    )
    await press(operator, "/accounts/deputy-head/lock", because=evil)
    reference = (await officer.get("/api/v1/incidents")).json()[0]["reference"]
    pages = [
        await operator.get("/accounts"),
        await operator.get("/accounts/deputy-head"),
        await operator.get(f"/accounts/{quote(evil)}"),
        await officer.get(f"/account?said={quote(evil)}"),
        await press(officer, f"/incidents/{reference}/circle", change="restrict", reason=""),
        await (await desk.browser()).get(f"/sign-in?next=/{quote(evil)}"),
        await (await desk.browser()).get(f"/{quote(evil)}?{quote(evil)}"),
    ]
    assert [page.url for page in pages if evil in page.text] == []


async def sign_out(desk: DeskHere, browser: httpx.AsyncClient, reference: str) -> None:  # noqa: ARG001 - as the others
    """End the session."""
    await press(browser, "/sign-out")


async def lock_out(desk: DeskHere, browser: httpx.AsyncClient, reference: str) -> None:  # noqa: ARG001 - the same
    """Have an operator lock the person."""
    await press(await desk.browser("desk-operator"), f"/accounts/{PERSON}/lock", because="x")


async def shut_out(desk: DeskHere, browser: httpx.AsyncClient, reference: str) -> None:  # noqa: ARG001 - the same
    """Close the incident to the person."""
    async with desk.house.store.writing() as tx:
        await people.restrict(tx, reference, people=["deputy-head"], by="deputy-head", at=desk.house.now())


@pytest.mark.parametrize("end", [sign_out, lock_out, shut_out])
async def test_stream_that_outlives_its_session(
    end: Callable[[DeskHere, httpx.AsyncClient, str], Awaitable[None]], desk: DeskHere
) -> None:
    """What goes on being sent stops when the session ends, the person is locked, or the incident is closed to them."""
    browser, parts = await desk.browser(PERSON), asyncio.Queue[str]()
    reference = (await browser.get("/api/v1/incidents")).json()[0]["reference"]

    async def endpoint() -> StreamingResponse:
        async def body() -> AsyncIterator[str]:
            while True:
                yield await parts.get()

        return StreamingResponse(body(), media_type="text/event-stream")

    desk.application.state.routes.add("GET", "/incidents/{reference}/of-a-test", endpoint, act=DeskAct.SEE_INCIDENT)
    sent: asyncio.Queue[Message] = asyncio.Queue()
    headers = [(b"host", b"desk.test"), (b"cookie", f"{COOKIE}={browser.cookies[COOKIE]}".encode())]
    path = f"/incidents/{reference}/of-a-test"
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    following = asyncio.create_task(desk.application(scope, asyncio.Queue[Message]().get, sent.put))
    parts.put_nowait("data: one\n\n")
    assert (await sent.get())["status"] == 200
    assert (await sent.get())["body"] == b"data: one\n\n"
    await end(desk, browser, reference)
    parts.put_nowait("data: two\n\n")
    last = await sent.get()
    parts.put_nowait("data: three\n\n")
    following.cancel()
    assert (last["body"], last["more_body"], sent.empty()) == (b"", False, True)
