"""The page behind a reader's link: opening it changes nothing, and it tells nobody anything."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from desk.access.rates import Rate
from desk.assembly import open_house
from desk.web.acknowledging import A_MINUTE
from desk.web.application import build_application
from leerp.journal import JournalKind
from leerp.notices import DeliveryState, Mode
from leerp.settings import Settings
from notifications.acknowledging import address, token
from tests.correspondents import Post, lay_out, reader
from tests.records.cast import SECRET

PUBLIC = "https://leerp.centre.example"


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    """A centre that has sent one notice to two readers."""
    readers = [reader(name, ("email", f"{name}@x.example")) for name in ("csirt-a", "csirt-b")]
    await asyncio.to_thread(lay_out, tmp_path, *readers, channels={})
    async with open_house(Settings(home=tmp_path, public_url=PUBLIC), migrate=True) as house:
        made = await Post.open(house)
        await made.send("N-1", "csirt-a", "csirt-b")
        yield made


@pytest.fixture
async def browser(post: Post) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the desk's public address, without a session."""
    transport = httpx.ASGITransport(app=build_application(post.house), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        yield client


def link(notice: str = "N-1", reader: str = "csirt-a", *, secret: str = SECRET, of: str | None = None) -> str:
    """The path of a link; `of`: with the token of this other reader."""
    made = urlsplit(address(PUBLIC, secret, notice=notice, reader=reader)).path
    return made if of is None else made.rpartition("/")[0] + "/" + token(secret, notice=notice, reader=of)


WRONG = (
    link("N-2"),
    link(secret="00" * 32),
    link(of="csirt-b"),
    link()[:-1],
    link() + "A",
    "/acknowledge/N-1/csirt-a/1.x.y",
    "/acknowledge/N-1/csirt-a/" + "A" * 5_000,
)


async def test_opening_the_link_confirms_nothing(browser: httpx.AsyncClient, post: Post) -> None:
    """Neither as a person nor as a mail scanner does: GET, prefetch, HEAD and OPTIONS leave the ledger as it was."""
    pages = [await browser.get(link()), await browser.get(link(), headers={"Sec-Purpose": "prefetch"})]
    others = [await browser.request(method, link()) for method in ("HEAD", "OPTIONS", "PUT", "DELETE")]
    assert [page.status_code for page in pages] == [200, 200]
    assert {other.status_code for other in others} == {405}
    assert set((await post.states("N-1")).values()) == {DeliveryState.SENT}
    assert await post.entries(JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED) == []


async def test_the_button_confirms_once_for_this_reader_alone(browser: httpx.AsyncClient, post: Post) -> None:
    """Pressed again, it is answered the same, and the journal keeps one word."""
    first, again = await browser.post(link()), await browser.post(link())
    (entry,) = await post.entries(JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED)
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert first.status_code == 200
    assert await post.states("N-1") == {"csirt-a": DeliveryState.ACKNOWLEDGED, "csirt-b": DeliveryState.SENT}
    assert entry.data == {"notice": "N-1", "reader": "csirt-a", "via": "link"}


async def test_the_page_tells_the_id_of_the_notice_and_nothing_else_of_it(browser: httpx.AsyncClient) -> None:
    """No title, no banner, no reader, no incident, no version; and it is dressed like every other page."""
    page = await browser.get(link())
    assert "N-1" in page.text
    told = [word for word in ("emergency", "TLP", "Europol", "csirt", "LEERP-", "0.1") if word in page.text]
    assert told == []
    assert page.text.count("<form") == page.text.count("<button") == 1
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")


@pytest.mark.parametrize("path", WRONG, ids=[str(number) for number in range(len(WRONG))])
async def test_whatever_is_wrong_is_answered_the_same(path: str, browser: httpx.AsyncClient, post: Post) -> None:
    """Unknown notice or reader, another incident's token, another reader's: one page, which tells nothing, and 404."""
    page, pressed = await browser.get(path), await browser.post(path)
    unknown = await browser.get("/acknowledge/N-9/nobody/x")
    assert (page.status_code, pressed.status_code) == (404, 404)
    assert page.text == pressed.text == unknown.text
    assert set((await post.states("N-1")).values()) == {DeliveryState.SENT}


async def test_a_token_for_what_was_never_sent_confirms_nothing(browser: httpx.AsyncClient, post: Post) -> None:
    """The token would be right, and there is no line that it could confirm."""
    await post.plan("N-3", ["csirt-a"])
    assert (await browser.post(link("N-3"))).status_code == 404


async def test_a_desk_of_the_other_mode_knows_no_link(post: Post) -> None:
    """An exercise's desk over the same records confirms nothing that is real."""
    settings = Settings(home=post.house.settings.home, mode=Mode.EXERCISE)
    async with open_house(settings) as house:
        transport = httpx.ASGITransport(app=build_application(house), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
            answers = [await client.get(link()), await client.post(link())]
    assert [answer.status_code for answer in answers] == [404, 404]


async def test_nobody_tries_many_tokens(browser: httpx.AsyncClient) -> None:
    """After so many requests in a minute an address is asked to wait, also with a good link."""
    for _ in range(A_MINUTE + 5):  # a minute may end meanwhile, but not two
        last = await browser.get("/acknowledge/N-1/csirt-a/guess")
    if last.status_code == 404:
        for _ in range(A_MINUTE):
            last = await browser.get("/acknowledge/N-1/csirt-a/guess")
    assert (last.status_code, last.headers["retry-after"]) == (429, "60")


def test_each_address_has_a_rate_of_its_own_for_each_minute() -> None:
    """All addresses of one IPv6 network are one; a new minute begins anew; many addresses do not fill the memory."""
    now = 0.0
    rate = Rate(2, clock=lambda: now)
    first = [rate.allows(one) for one in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2")]
    networks = [rate.allows(one) for one in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1")]
    now = 60.0
    assert first == [True, True, False, True]
    assert networks == [True, True, False, True]
    assert rate.allows("192.0.2.1")
    for number in range(30_000):
        rate.allows(f"host-{number}")
    assert len(rate._made) <= 10_000


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("https://leerp.example/", "https://leerp.example"),
        ("http://127.0.0.1:8484", "http://127.0.0.1:8484"),
        ("http://localhost:8484/x/", "http://localhost:8484/x"),
        ("", None),
        (None, None),
    ],
)
def test_the_public_address_is_private_on_its_way(value: str | None, wanted: str | None) -> None:
    """https, or this very machine."""
    assert Settings(public_url=value).public_url == wanted


@pytest.mark.parametrize(
    "value", ["http://leerp.example", "ftp://x", "leerp.example", "https://a@b.example", "https://x/?q"]
)
def test_any_other_public_address_is_refused(value: str) -> None:
    """A link confirms in a reader's name."""
    with pytest.raises(ValueError, match="LEERP_PUBLIC_URL"):
        Settings(public_url=value)
