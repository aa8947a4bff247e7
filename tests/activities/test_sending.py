"""What a message carries besides its files, and what a fault of one reader's server does to the others."""

import asyncio
import base64
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from activities.ways import Way
from desk.assembly import open_house
from leerp.errors import DeliveryError
from leerp.journal import JournalKind
from leerp.marking import Level
from leerp.notices import DeliveryReason, DeliveryState
from leerp.settings import Settings
from notifications.acknowledging import address
from notifications.channels.outbox.transport import OutboxChannel
from notifications.channels.webhook.message import webhook_id
from notifications.identity import message_id
from tests.correspondents import Post, lay_out, reader
from tests.notifications.mail_server import mail_server
from tests.notifications.webhook_server import Received, WebhookServer, certificate, webhook_server
from tests.records.cast import SECRET as INCIDENT_SECRET
from tests.secret_files import secret_file

SECRET = f"whsec_{base64.b64encode(bytes([1]) * 32).decode()}"
PUBLIC = "https://leerp.centre.example"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for servers on loopback."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def servers(tls: tuple[Path, ssl.SSLContext]) -> AsyncIterator[tuple[WebhookServer, WebhookServer]]:
    """The servers of two readers."""
    async with webhook_server(tls[1]) as first, webhook_server(tls[1]) as second:
        yield first, second


def at(server: WebhookServer) -> tuple[str, str]:
    """The contact point there."""
    return "hooks", f"https://127.0.0.1:{server.port}/leerp"


@asynccontextmanager
async def centre(home: Path, ca_file: Path, *readers: Any, **more: Any) -> AsyncIterator[Post]:
    """A centre that reaches its readers at their servers on loopback, one connection at a time.

    The files of the channel stand beside channels.yaml and are named from there.
    """
    ports = [int(one.contacts[0].address.split(":")[2].split("/")[0]) for one in readers]
    hooks: dict[str, object] = {
        "type": "webhook",
        "maximum": "BPL",
        "signature": {"scheme": "standard", "secrets": {"file": "secrets/hooks"}},
        "ca_file": ca_file,
        "timeout_seconds": 2,
        "connections": 1,
        "exemptions": [{"networks": ["127.0.0.1/32"], "ports": ports}],
    }
    await asyncio.to_thread(lay_out, home, *readers, channels={"hooks": hooks})
    (home / "config" / "secrets").mkdir()
    secret_file(home / "config" / "secrets" / "hooks", SECRET)
    async with open_house(Settings(home=home, **more), migrate=True) as house:
        yield await Post.open(house)


def said(request: Received) -> dict[str, Any]:
    """The document of a request."""
    document: dict[str, Any] = json.loads(request.body)
    return document


def nowhere() -> tuple[str, str]:
    """A contact point at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return "hooks", f"https://127.0.0.1:{free.getsockname()[1]}/leerp"


async def test_a_dead_server_of_one_reader_stops_no_other(
    servers: tuple[WebhookServer, WebhookServer], tls: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    """Its line stays pending; the readers before and after it, over the one connection there is, get theirs."""
    readers = [reader("a", at(servers[0])), reader("b", nowhere()), reader("c", at(servers[1]))]
    async with centre(tmp_path, tls[0], *readers) as post:
        await post.send("N-1", "a", "b", "c")
        states = await post.states("N-1")
        reason = (await post.lines("N-1"))["b", "hooks"].reason
    assert states == {"a": DeliveryState.SENT, "b": DeliveryState.PLANNED, "c": DeliveryState.SENT}
    assert reason == DeliveryReason.UNREACHABLE
    assert [len(server.requests) for server in servers] == [1, 1]


async def test_a_server_that_wants_to_be_left_alone_is_and_no_other(
    servers: tuple[WebhookServer, WebhookServer], tls: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    """Until its time has come no pass asks it again; the next reader gets the notice at once."""
    readers = [reader("a", at(servers[0])), reader("b", at(servers[1]))]
    servers[0].says(429, Retry_After="1")
    async with centre(tmp_path, tls[0], *readers) as post:
        await post.send("N-1", "a", "b")
        servers[0].says(204)
        await post.deliver("N-1")
        early = (await post.states("N-1"), len(servers[0].requests))
        await asyncio.sleep(1.05)
        await post.deliver("N-1")
        late = (await post.states("N-1"), len(servers[0].requests))
    assert early == ({"a": DeliveryState.PLANNED, "b": DeliveryState.SENT}, 1)
    assert late == ({"a": DeliveryState.SENT, "b": DeliveryState.SENT}, 2)


async def test_an_answer_that_confirms_is_recorded_as_the_readers(
    servers: tuple[WebhookServer, WebhookServer], tls: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    """By way of the webhook, for this reader alone; the line counts as sent and confirmed."""

    def confirm(request: Received) -> web.StreamResponse:
        name, now = request.headers["webhook-id"], datetime.now(UTC)
        body = json.dumps({"acknowledged": True, "webhook-id": name})
        fields = {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp()))}
        return web.Response(body=body, headers=fields | {"webhook-signature": Webhook(SECRET).sign(name, now, body)})

    readers = [reader("a", at(servers[0])), reader("b", at(servers[1]))]
    servers[0].answer = confirm
    async with centre(tmp_path, tls[0], *readers) as post:
        await post.send("N-1", "a", "b")
        lines = await post.lines("N-1")
        (entry,) = await post.entries(JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED)
    assert {reader: line.state for (reader, _), line in lines.items()} == {
        "a": DeliveryState.ACKNOWLEDGED,
        "b": DeliveryState.SENT,
    }
    assert lines["a", "hooks"].sent_at is not None
    assert entry.data == {"notice": "N-1", "reader": "a", "via": "webhook", "channel": "hooks"}


async def test_a_message_names_what_its_reader_was_sent_before_and_nothing_else(
    servers: tuple[WebhookServer, WebhookServer], tls: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    """Oldest first; neither a notice that only another reader got, nor one that has not gone out."""
    readers = [reader("a", at(servers[0])), reader("b", at(servers[1]))]
    async with centre(tmp_path, tls[0], *readers) as post:
        await post.send("N-1", "a", "b")
        await post.send("N-2", "b")
        servers[0].says(503)
        await post.send("N-3", "a")
        servers[0].says(204)
        await post.send("N-4", "a", "b")
    named = [said(server.requests[-1])["references"] for server in servers]
    wanted = [["N-1"], ["N-1", "N-2"]]
    names = zip(("a", "b"), wanted, strict=True)
    assert named == [[webhook_id(message_id(one, who, "hooks")) for one in told] for who, told in names]


async def test_a_message_names_no_more_than_ten_earlier_ones_and_the_same_on_every_attempt(
    servers: tuple[WebhookServer, WebhookServer], tls: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    """The latest ten; and what is sent between two attempts is not named by the second, which is the same message."""
    async with centre(tmp_path, tls[0], reader("a", at(servers[0]))) as post:
        for number in range(11):
            await post.send(f"N-{number}", "a")
        await post.plan("N-slow", ["a"])
        servers[0].says(503)
        await post.deliver("N-slow")
        servers[0].says(204)
        await post.send("N-between", "a")
        await post.deliver("N-slow")
    slow = [said(one) for one in servers[0].requests if said(one)["notice"] == "N-slow"]
    wanted = [webhook_id(message_id(f"N-{number}", "a", "hooks")) for number in range(1, 11)]
    assert slow[0]["references"] == wanted
    assert slow[0] == slow[1]


async def test_a_link_is_given_where_a_word_is_asked_for_and_readers_reach_the_desk(
    servers: tuple[WebhookServer, WebhookServer], tls: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    """Each reader its own; a notice that asks for no acknowledgement has none."""
    readers = [reader("a", at(servers[0])), reader("b", at(servers[1]))]
    async with centre(tmp_path, tls[0], *readers, public_url=PUBLIC + "/") as post:
        await post.send("N-1", "a", "b")
        await post.send("N-2", "a", minutes=None)
    links = [said(server.requests[0]).get("acknowledge_url") for server in servers]
    assert links == [address(PUBLIC, INCIDENT_SECRET, notice="N-1", reader=name) for name in ("a", "b")]
    assert "acknowledge_url" not in said(servers[0].requests[1])


async def test_without_a_public_address_there_is_no_link(
    servers: tuple[WebhookServer, WebhookServer], tls: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    """A link that leads nowhere would only be tried in vain."""
    async with centre(tmp_path, tls[0], reader("a", at(servers[0]))) as post:
        await post.send("N-1", "a")
    assert "acknowledge_url" not in said(servers[0].requests[0])


def fault(reason: DeliveryReason, seconds: float | None = None) -> DeliveryError:
    """A transient fault."""
    return DeliveryError("channel x: no", permanent=False, reason=reason, retry_after_seconds=seconds)


async def test_one_server_for_all_is_left_alone_by_all(tmp_path: Path) -> None:
    """A fault of the channel, or its wish to be left alone, stops the batches under way; a reader's does not."""
    way = Way(OutboxChannel(name="x", maximum=Level.BPL, folder=tmp_path))
    way.failed(fault(DeliveryReason.REFUSED_BY_SERVER), reader="a")
    assert (way.faults, way.open_for("a")) == (0, True)
    way.failed(fault(DeliveryReason.UNREACHABLE), reader="a")
    assert (way.faults, way.open_for("b")) == (1, True)
    way.failed(fault(DeliveryReason.RATE_LIMITED, 0.05), reader="a")
    assert (way.faults, way.open_for("a"), way.open_for("b")) == (2, False, False)
    await asyncio.sleep(0.06)
    assert (way.open_for("a"), way.open_for("b")) == (True, True)


async def test_a_mail_whose_answer_was_lost_goes_again_and_the_journal_says_so(tmp_path: Path) -> None:
    """The text is out and the server breaks off before it answers: the line is in doubt, repeated, and named."""
    async with mail_server(None) as server:
        server.break_off = "answer"
        channel = {
            "type": "smtp",
            "maximum": "BPL",
            "host": "127.0.0.1",
            "port": server.port,
            "starttls": False,
            "from_address": "ecc@centre.example",
        }
        lay_out(tmp_path, reader("csirt-aa", ("email", "desk@csirt-aa.example")), channels={"email": channel})
        async with open_house(Settings(home=tmp_path), migrate=True) as house:
            post = await Post.open(house)
            await post.plan("N-1", ["csirt-aa"])
            await post.deliver("N-1")
            (line,) = (await post.lines("N-1")).values()
            assert line.state is DeliveryState.SENDING
            await post.deliver("N-1")
            (line,) = (await post.lines("N-1")).values()
            assert (line.state, line.attempts) == (DeliveryState.SENT, 2)
            (entry,) = await post.entries(JournalKind.DELIVERY_MESSAGE_REPEATED)
        assert len(server.messages) == 2
        assert len(set(server.messages)) == 1
        assert str(entry.data["message_id"]).encode() in server.messages[0]
