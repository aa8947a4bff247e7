"""The webhook channel against a real HTTPS server, whose signatures are checked as a receiver would."""

import asyncio
import base64
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, MappingKeyResolver
from http_message_signatures.algorithms import HMAC_SHA256
from standardwebhooks import Webhook, WebhookVerificationError

from leerp.errors import DeliveryError
from leerp.marking import Level
from leerp.notices import DeliveryReason, Form, Mode, NoticeKind
from notifications.channels import Envelope
from notifications.channels.answers import Acknowledgement, Answering
from notifications.channels.webhook.message import webhook_id
from notifications.channels.webhook.settings import WebhookSettings
from notifications.channels.webhook.transport import WebhookChannel, WebhookSession
from tests.notifications import cast
from tests.notifications.webhook_server import HOST, Names, Received, WebhookServer, certificate, webhook_server
from tests.secret_files import secret_file

README = Path(__file__).parents[2] / "notifications/channels/webhook/README.md"
SECRET, OTHER = (f"whsec_{base64.b64encode(bytes([fill]) * 32).decode()}" for fill in (1, 2))
HERE = ("127.0.0.1",)
Settings = Callable[..., WebhookSettings]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate of the reader's server that only its own file makes trusted."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def server(tls: tuple[Path, ssl.SSLContext]) -> AsyncIterator[WebhookServer]:
    """The reader's server."""
    async with webhook_server(tls[1]) as running:
        yield running


@pytest.fixture
def settings(server: WebhookServer, tls: tuple[Path, ssl.SSLContext], tmp_path: Path) -> Settings:
    """Settings that fit the server: Standard Webhooks, with a secret for each reader."""
    secret_file(tmp_path / "csirt-fr", SECRET + "\n")
    secret_file(tmp_path / "csirt-de", OTHER)

    def made(**changes: object) -> WebhookSettings:
        values = {
            "type": "webhook",
            "maximum": Level.RESTREINT,
            "signature": {"scheme": "standard", "secrets": {"folder": tmp_path}},
            "ca_file": tls[0],
            "timeout_seconds": 5,
            "exemptions": [{"networks": ["127.0.0.1/32"], "ports": [server.port]}],
        }
        return WebhookSettings.model_validate(values | changes)

    return made


def envelope(
    server: WebhookServer, reader: str = "csirt-fr", path: str = "/a/../hooks%2fleerp?x=%41", **more: Any
) -> Envelope:
    """A message to the server of a CSIRT."""
    known = cast.CSIRT.model_copy(update={"id": reader})
    address = f"https://{HOST}:{server.port}{path}"
    return cast.envelope(cast.variant(cast.notice(NoticeKind.UPDATE), known), **{"address": address} | more)


def channel(made: WebhookSettings, *answers: tuple[str, ...], **more: Any) -> WebhookChannel:
    """The channel, with a name server that gives these answers, or that the name is here."""
    return WebhookChannel("csirts", made, names=Names(*(answers or (HERE,))), **more)


async def refused(session: WebhookSession, message: Envelope) -> tuple[bool, str]:
    """Whether the refusal is for good, and its reason."""
    with pytest.raises(DeliveryError) as caught:
        await session.send(message)
    return caught.value.permanent, caught.value.reason


def flipped(body: bytes) -> bytes:
    """The same with one bit changed in the middle."""
    at = len(body) // 2
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def own_key(folder: Path) -> tuple[dict[str, object], bytes]:
    """Settings of a signature with a key of the centre's, and its public half."""
    key = Ed25519PrivateKey.generate()
    secret_file(folder / "key.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {"scheme": "rfc9421", "key_id": "ecc-2026", "key_file": folder / "key.pem"}, public


def readme(marker: str) -> dict[str, Any]:
    """What the example in the README that holds this word defines."""
    (block,) = [text for text in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL) if marker in text]
    defined: dict[str, Any] = {"__name__": "example"}
    exec(compile(block, str(README), "exec", dont_inherit=True), defined)  # noqa: S102 - our own example
    return defined


async def test_a_message_arrives_whole(server: WebhookServer, settings: Settings) -> None:
    """One document with every file, byte for byte, at the server that the name stands for, and nothing else is said."""
    sent = envelope(server, acknowledge_url="https://desk.example/a/1", references=["<ab12@leerp.invalid>"])
    made = channel(settings())
    async with made.session() as session:
        assert await session.send(sent)
    (received,) = server.requests
    said = json.loads(received.body)
    files = {one["name"]: base64.b64decode(one.pop("content")) for one in said["files"]}
    assert files == {file.name: file.content for file in sent.variant.files}
    assert said == {
        "format": "leerp-webhook-1",
        "type": "notice",
        "timestamp": "2017-05-12T09:14:00.000000+00:00",
        "id": received.headers["webhook-id"],
        "references": ["ab12"],
        "incident": "LEERP-2017-0001",
        "notice": "n-5f2c",
        "mode": "actual",
        "reader": "csirt-fr",
        "subject": sent.subject,
        "marking": sent.variant.marking.banner,
        "files": [{"name": file.name, "media_type": file.media_type} for file in sent.variant.files],
        "acknowledge_url": "https://desk.example/a/1",
    }
    assert (received.method, received.url) == ("POST", sent.address)
    assert received.headers["webhook-id"] == sent.message_id[1:41]
    assert server.names == [HOST]
    assert (made.name, made.maximum, made.connections, made.needs_key) == ("csirts", Level.RESTREINT, 8, False)
    assert made.forms == (Form.JSON, Form.STIX)
    assert made.can_tell_a_repeat


async def test_an_ed25519_signature_is_verified_as_the_readme_says(
    server: WebhookServer, settings: Settings, tmp_path: Path
) -> None:
    """By the centre's public key alone; not with another, another address, another id, or one bit changed."""
    _, strange = own_key(tmp_path)
    signature, public = own_key(tmp_path)
    sent = envelope(server)
    async with channel(settings(signature=signature)).session() as session:
        await session.send(sent)
    verify = readme("HTTPMessageVerifier")["verify"]
    (got,) = server.requests
    verify(sent.address, got.headers, got.body, "ecc-2026", public)
    for wrong in (
        (sent.address, got.headers, got.body, "ecc-2026", strange),
        (sent.address, got.headers, got.body, "ecc-2025", public),
        (sent.address, got.headers, flipped(got.body), "ecc-2026", public),
        (sent.address + "&y", got.headers, got.body, "ecc-2026", public),
        (sent.address, got.headers | {"webhook-id": "0" * 40}, got.body, "ecc-2026", public),
    ):
        with pytest.raises(InvalidSignature):
            verify(*wrong)


async def test_an_old_signature_is_refused_by_the_receiver(
    server: WebhookServer, settings: Settings, tmp_path: Path
) -> None:
    """The time in it is that of the attempt, so a message kept and sent again by somebody else is found out."""
    signature, public = own_key(tmp_path)
    old = datetime.now(UTC) - timedelta(minutes=6)
    async with channel(settings(signature=signature), clock=lambda: old).session() as session:
        await session.send(envelope(server))
    (got,) = server.requests
    with pytest.raises(InvalidSignature):
        readme("HTTPMessageVerifier")["verify"](got.url, got.headers, got.body, "ecc-2026", public)
    assert got.headers["webhook-timestamp"] == str(int(old.timestamp()))


async def test_an_hmac_signature_takes_the_readers_own_secret(
    server: WebhookServer, settings: Settings, tmp_path: Path
) -> None:
    """RFC 9421 with a shared secret: another reader's does not verify it."""
    signature = {"scheme": "rfc9421", "key_id": "shared", "secrets": {"folder": tmp_path}}
    async with channel(settings(signature=signature)).session() as session:
        await session.send(envelope(server))

    def verify(secret: str) -> None:
        raw = base64.b64decode(secret.removeprefix("whsec_"))
        keys = MappingKeyResolver(public_keys={"shared": raw}, private_keys={})
        verifier = HTTPMessageVerifier(signature_algorithm=HMAC_SHA256, key_resolver=keys)
        (got,) = server.requests
        verifier.verify(got, body=got.body, require_components=("content-digest", "webhook-id"))

    verify(SECRET)
    with pytest.raises(InvalidSignature):
        verify(OTHER)


async def test_a_standard_signature_is_verified_as_the_readme_says(
    server: WebhookServer, settings: Settings, tmp_path: Path
) -> None:
    """By the reader's own secret, old and new while it is changed; not by another's, or with one bit changed."""
    secret_file(tmp_path / "csirt-fr", f"{SECRET}\n{OTHER}\n")
    async with channel(settings()).session() as session:
        await session.send(envelope(server, "csirt-fr"))
        await session.send(envelope(server, "csirt-de"))
    verify = readme("verify_standard")["verify_standard"]
    changing, other = server.requests
    verify(changing.headers, changing.body, SECRET)
    verify(changing.headers, changing.body, OTHER)
    verify(other.headers, other.body, OTHER)
    for headers, body, secret in (
        (other.headers, other.body, SECRET),
        (other.headers, flipped(other.body), OTHER),
        (other.headers | {"webhook-id": "0" * 40}, other.body, OTHER),
    ):
        with pytest.raises(WebhookVerificationError):
            verify(headers, body, secret)


async def test_a_repeat_is_the_same_message(server: WebhookServer, settings: Settings) -> None:
    """A connection that breaks off leaves it open whether it came; the repeat has the same id and bytes, a new time."""
    now = datetime.now(UTC)
    times = iter(now - timedelta(seconds=ago) for ago in (60, 0, 0))
    server.break_off = True
    async with channel(settings(), clock=lambda: next(times)).session() as session:
        assert await refused(session, envelope(server)) == (False, DeliveryReason.UNREACHABLE)
        assert await session.send(envelope(server))
    first, second = server.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 60


def test_the_id_holds_no_full_stop() -> None:
    """Time and text begin after full stops in what is signed, so an id that held one could say something else."""
    assert webhook_id("<0f@leerp.invalid>") == "0f"
    assert webhook_id("<0f.1700000000.x@leerp.invalid>") == "0f_1700000000_x"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, (True, DeliveryReason.ADDRESS_UNKNOWN)),
        (410, (True, DeliveryReason.ADDRESS_UNKNOWN)),
        (400, (True, DeliveryReason.REFUSED_BY_SERVER)),
        (401, (True, DeliveryReason.REFUSED_BY_SERVER)),
        (403, (True, DeliveryReason.REFUSED_BY_SERVER)),
        (413, (True, DeliveryReason.REFUSED_BY_SERVER)),
        (422, (True, DeliveryReason.REFUSED_BY_SERVER)),
        (499, (True, DeliveryReason.REFUSED_BY_SERVER)),
        (408, (False, DeliveryReason.UNREACHABLE)),
        (425, (False, DeliveryReason.UNREACHABLE)),
        (429, (False, DeliveryReason.RATE_LIMITED)),
        (500, (False, DeliveryReason.UNREACHABLE)),
        (502, (False, DeliveryReason.UNREACHABLE)),
        (503, (False, DeliveryReason.UNREACHABLE)),
        (599, (False, DeliveryReason.UNREACHABLE)),
        (304, (False, DeliveryReason.REFUSED_BY_SERVER)),
    ],
)
async def test_the_status_decides(
    server: WebhookServer, settings: Settings, status: int, expected: tuple[bool, str]
) -> None:
    """Whatever the server writes with it; the session then sends the next message."""
    async with channel(settings()).session() as session:
        server.says(status, b'{"acknowledged": true}')
        assert await refused(session, envelope(server)) == expected
        server.says(202)
        assert await session.send(envelope(server))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(server: WebhookServer, settings: Settings, status: int) -> None:
    """The server that it names sees nothing; a move for good makes the address unknown."""
    server.says(status, Location=f"https://{HOST}:{server.port}/elsewhere")
    moved = (
        (True, DeliveryReason.ADDRESS_UNKNOWN) if status in {301, 308} else (False, DeliveryReason.REFUSED_BY_SERVER)
    )
    async with channel(settings()).session() as session:
        assert await refused(session, envelope(server)) == moved
    assert [one.url for one in server.requests] == [envelope(server).address]


NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "reason", "seconds"),
    [
        ("120", DeliveryReason.RATE_LIMITED, 120.0),
        ("0", DeliveryReason.RATE_LIMITED, 0.0),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), DeliveryReason.RATE_LIMITED, 300.0),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), DeliveryReason.RATE_LIMITED, 0.0),
        ("999999999", DeliveryReason.RATE_LIMITED, 86_400.0),
        ("-1", DeliveryReason.RATE_LIMITED, None),
        ("soon", DeliveryReason.RATE_LIMITED, None),
        ("Mon, 31 Feb 2026 00:00:00 GMT", DeliveryReason.RATE_LIMITED, None),
        ("Mon, 02 Nov 2026 12:00:00 +99999999999999", DeliveryReason.RATE_LIMITED, None),
        ("9" * 400, DeliveryReason.RATE_LIMITED, None),
        (None, DeliveryReason.UNREACHABLE, None),
    ],
)
async def test_a_server_may_ask_for_time(
    server: WebhookServer, settings: Settings, header: str | None, reason: str, seconds: float | None
) -> None:
    """Retry-After in seconds or as a date, at most a day; what makes no sense is passed over."""
    server.answer = lambda _: web.Response(status=503, headers={"Retry-After": header} if header else {})
    async with channel(settings(), clock=lambda: NOW).session() as session:
        with pytest.raises(DeliveryError) as caught:
            await session.send(envelope(server))
    fault = caught.value
    assert (fault.permanent, fault.reason, fault.retry_after_seconds) == (False, reason, seconds)


async def test_a_server_that_does_not_answer_is_unreachable(server: WebhookServer, settings: Settings) -> None:
    """After the time-out the fault is transient, and the next message goes."""
    server.stall = True
    async with channel(settings(timeout_seconds=0.5)).session() as session:
        assert await refused(session, envelope(server)) == (False, DeliveryReason.UNREACHABLE)
        assert await session.send(envelope(server))


async def test_an_answer_that_never_ends_is_an_answer(server: WebhookServer, settings: Settings) -> None:
    """The status has said that the message is taken; what follows is waited for no longer than the time-out."""
    server.drip = True
    async with channel(settings(timeout_seconds=0.5)).session() as session:
        assert await session.send(envelope(server))
        assert session.take_acknowledgement() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"ca_file": None},
        {"ca_file": Path("/nowhere/ca.pem")},
        {"ca_file": README},
        {"signature": {"scheme": "standard", "secrets": {"file": "/nowhere/secret"}}},
        {"signature": {"scheme": "standard", "secrets": {"file": README}}},
        {"signature": {"scheme": "rfc9421", "key_id": "k", "key_file": "/nowhere/key.pem"}},
        {"signature": {"scheme": "rfc9421", "key_id": "k", "key_file": README}},
    ],
)
async def test_what_an_operator_must_mend_is_transient(
    server: WebhookServer, settings: Settings, changes: dict[str, object]
) -> None:
    """An untrusted certificate, a missing or unreadable file: nothing is lost for good, and nothing is sent."""
    async with channel(settings(**changes)).session() as session:
        assert await refused(session, envelope(server)) == (False, DeliveryReason.NOT_CONFIGURED)
    assert server.requests == []


async def test_a_mended_secret_is_taken_at_once(server: WebhookServer, settings: Settings, tmp_path: Path) -> None:
    """It is read anew for each message; one that is too short counts as none, and the fault never holds it."""
    secret_file(tmp_path / "csirt-fr", "whsec_c2hvcnQ=")
    async with channel(settings()).session() as session:
        with pytest.raises(DeliveryError) as caught:
            await session.send(envelope(server))
        assert "c2hvcnQ" not in caught.value.sentence
        secret_file(tmp_path / "csirt-fr", SECRET)
        assert await session.send(envelope(server))


async def test_a_mended_ca_file_is_taken_at_once(
    server: WebhookServer, settings: Settings, tls: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    """After a certificate that was not trusted the file is read anew, over the same session."""
    wrong, _ = certificate(tmp_path)
    async with channel(settings(ca_file=wrong)).session() as session:
        assert await refused(session, envelope(server)) == (False, DeliveryReason.NOT_CONFIGURED)
        wrong.write_bytes(tls[0].read_bytes())
        assert await session.send(envelope(server))


async def test_another_servers_certificate_is_not_trusted(server: WebhookServer, settings: Settings) -> None:
    """The name in the address must stand in the certificate, though the number would."""
    message = envelope(server, address=f"https://other.example.org:{server.port}/x")
    async with channel(settings()).session() as session:
        assert await refused(session, message) == (False, DeliveryReason.NOT_CONFIGURED)
    assert server.requests == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((), (False, DeliveryReason.UNREACHABLE)),
        (("127.0.0.2",), (True, DeliveryReason.ADDRESS_UNKNOWN)),
        (("127.0.0.1", "10.0.0.1"), (True, DeliveryReason.ADDRESS_UNKNOWN)),
        (("169.254.169.254",), (True, DeliveryReason.ADDRESS_UNKNOWN)),
    ],
)
async def test_a_name_that_leads_astray_gets_nothing(
    server: WebhookServer, settings: Settings, answer: tuple[str, ...], expected: tuple[bool, str]
) -> None:
    """A name that is not there may be there later; one that leads to what is closed is refused for good."""
    async with channel(settings(), answer).session() as session:
        assert await refused(session, envelope(server)) == expected
    assert server.connections == 0


async def test_a_name_that_changes_its_mind_is_refused(server: WebhookServer, settings: Settings) -> None:
    """DNS rebinding: a message goes where its own lookup led, and the next lookup is judged like the first."""
    async with channel(settings(), HERE, ("127.0.0.2",)).session() as session:
        assert await session.send(envelope(server))
        assert await refused(session, envelope(server)) == (True, DeliveryReason.ADDRESS_UNKNOWN)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "address", ["https://127.0.0.2/x", "https://169.254.169.254/latest", "http://hooks.example.org/x", "desk@x.example"]
)
async def test_an_unfit_address_is_refused_for_good(server: WebhookServer, settings: Settings, address: str) -> None:
    """Before anything is looked up, and the sentence keeps the path to itself: it may hold a secret."""
    made = settings()
    assert made.address_fault(address) is not None
    names = Names(HERE)
    async with WebhookChannel("csirts", made, names=names).session() as session:
        with pytest.raises(DeliveryError) as caught:
            await session.send(envelope(server, address=address))
    assert (caught.value.permanent, caught.value.reason) == (True, DeliveryReason.ADDRESS_UNKNOWN)
    assert "latest" not in caught.value.sentence
    assert names.asked == []


async def test_no_proxy_of_the_environments_is_used(
    server: WebhookServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would look the name up anew and decide alone where the request ends."""
    async with webhook_server(None) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with channel(settings()).session() as session:
            assert await session.send(envelope(server))
        assert proxy.connections == 0


async def test_plain_http_can_be_tried_out_on_this_machine(settings: Settings) -> None:
    """To a number of this machine that an exemption opens."""
    async with webhook_server(None) as plain:
        made = settings(exemptions=[{"networks": ["127.0.0.1/32"], "ports": [plain.port]}], ca_file=None)
        async with channel(made).session() as session:
            assert await session.send(envelope(plain, address=f"http://127.0.0.1:{plain.port}/x"))
        assert len(plain.requests) == 1


async def test_an_exercise_message_never_leaves_by_webhook(server: WebhookServer, settings: Settings) -> None:
    """Even a webhook channel that was built sends nothing for an exercise."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE, mode=Mode.EXERCISE), cast.CSIRT)
    message = cast.envelope(made, mode=Mode.EXERCISE, address=envelope(server).address)
    async with channel(settings()).session() as session:
        assert await refused(session, message) == (True, DeliveryReason.NOT_CONFIGURED)
    assert server.connections == 0


async def test_nothing_leaves_without_the_permit(server: WebhookServer, settings: Settings) -> None:
    """It is asked for when the connection stands; without it no request is made, with it the request follows."""
    asked_at: list[int] = []

    async def permit(*, given: bool) -> bool:
        await asyncio.sleep(0.05)  # time enough for the server to take the connection
        asked_at.append(server.connections)
        return given

    async with channel(settings()).session() as session:
        assert not await session.send(envelope(server), permit=permit(given=False))
        await asyncio.sleep(0.05)
        assert server.requests == []
        assert await session.send(envelope(server), permit=permit(given=True))
    assert (asked_at, len(server.requests)) == ([1, 2], 1)


async def test_a_permit_takes_its_time(server: WebhookServer, settings: Settings) -> None:
    """Waiting for it is no fault of the server's."""

    async def permit() -> bool:
        await asyncio.sleep(0.8)
        return True

    async with channel(settings(timeout_seconds=0.5)).session() as session:
        assert await session.send(envelope(server), permit=permit())


def signs(secret: str, **changes: str) -> Callable[[Received], web.StreamResponse]:
    """An answer as the README says, with something else in some header or in the `body`."""

    def answer(request: Received) -> web.StreamResponse:
        name = request.headers["webhook-id"]
        headers, body = readme("def acknowledgement")["acknowledgement"](name, secret)
        if "said" in changes:
            body = changes["said"].replace("ID", name).encode()
            headers["webhook-id"] = changes.get("signed_id", name)
            signed = Webhook(secret).sign(headers["webhook-id"], datetime.now(UTC), body.decode())
            headers["webhook-signature"] = signed
        else:
            body = changes.get("body", body.decode()).encode()
        fields = {key.replace("_", "-"): value for key, value in changes.items() if key.startswith("webhook_")}
        return web.Response(body=body, headers=headers | fields)

    return answer


async def test_a_signed_answer_acknowledges(server: WebhookServer, settings: Settings) -> None:
    """As the README says; it is handed over once, and is gone with the next message."""
    server.answer = signs(SECRET)
    at = datetime.now(UTC)
    async with channel(settings(), clock=lambda: at).session() as session:
        assert isinstance(session, Answering)
        assert await session.send(envelope(server))
        expected = Acknowledgement(notice="n-5f2c", reader="csirt-fr", channel="csirts", at=at)
        assert session.take_acknowledgement() == expected
        assert session.take_acknowledgement() is None
        await session.send(envelope(server))
        server.says(500)
        assert await refused(session, envelope(server)) == (False, DeliveryReason.UNREACHABLE)
        assert session.take_acknowledgement() is None


@pytest.mark.parametrize(
    "answer",
    [
        signs(OTHER),
        signs(SECRET, webhook_id="0" * 40),
        signs(SECRET, webhook_signature=""),
        signs(SECRET, webhook_signature="v1"),
        signs(SECRET, webhook_signature="v1,*"),
        signs(SECRET, webhook_timestamp="1700000000"),
        signs(SECRET, webhook_timestamp="nan"),
        signs(SECRET, body='{"acknowledged": true, "webhook-id": "x"}'),
        signs(SECRET, said='{"acknowledged": false, "webhook-id": "ID"}'),
        signs(SECRET, said='{"acknowledged": 1, "webhook-id": "ID"}'),
        signs(SECRET, said='{"acknowledged": true, "webhook-id": "other"}'),
        signs(SECRET, said='{"acknowledged": true}'),
        signs(SECRET, said='{"acknowledged": true, "webhook-id": "ID"}', signed_id="0" * 40),
        signs(SECRET, said="[true]"),
        signs(SECRET, said="yes"),
        signs(SECRET, said='{"acknowledged": true, "webhook-id": "ID", "x": "' + "x" * 65_536 + '"}'),
        lambda request: web.Response(
            body=request.body, headers={name: text for name, text in request.headers.items() if name[:8] == "webhook-"}
        ),
        lambda request: web.json_response({"acknowledged": True, "webhook-id": request.headers["webhook-id"]}),
        lambda _: web.Response(body=b"\xff" * 10, headers={"webhook-signature": "v1,AA=="}),
    ],
)
async def test_any_other_answer_acknowledges_nothing(
    server: WebhookServer, settings: Settings, answer: Callable[[Received], web.StreamResponse]
) -> None:
    """Unsigned, signed by another, for another message, old, too long, echoed or no yes: taken, and not confirmed."""
    server.answer = answer
    async with channel(settings()).session() as session:
        assert await session.send(envelope(server))
        assert session.take_acknowledgement() is None


async def test_without_a_shared_secret_no_answer_acknowledges(
    server: WebhookServer, settings: Settings, tmp_path: Path
) -> None:
    """With a key of the centre's alone there is nothing to tell the reader by, until `answers` says where it is."""
    signature, _ = own_key(tmp_path)
    server.answer = signs(SECRET)
    said = []
    for answers in (None, {"folder": tmp_path / "nowhere"}, {"folder": tmp_path}):
        async with channel(settings(signature=signature, answers=answers)).session() as session:
            assert await session.send(envelope(server))
            said.append(session.take_acknowledgement() is not None)
    assert said == [False, False, True]
