"""What Slack says of a pressed button: believed only when Slack signed these very bytes just now."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from leerp.errors import BadInputError
from notifications.channels.slack.settings import SlackSettings
from notifications.channels.slack.signature import LARGEST, Click, click, verify
from notifications.channels.slack.transport import SlackChannel
from notifications.forms.slack import ACTION
from tests.notifications import cast
from tests.notifications.test_slack import envelope, settings
from tests.slack_server import SIGNING_SECRET, TEAM, SlackServer, signed, slack_server

AT = cast.AT


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    """A Slack with one notice in it."""
    async with slack_server() as running:
        yield running


@pytest.fixture
async def pressed(server: SlackServer, tmp_path: Path) -> tuple[dict[str, str], bytes]:
    """What Slack sends when Eve presses the button of a notice that was really posted."""
    made: SlackSettings = settings(server, tmp_path)
    async with SlackChannel("slack", made).session() as session:
        await session.send(envelope(address="U0EVE"))
    return server.click(server.messages[0], user="U0EVE", at=AT)


def believed(headers: dict[str, str], body: bytes, *, secret: str = SIGNING_SECRET, seconds: float = 0) -> bool:
    """Whether a request is believed that comes so long after it was signed."""
    return verify(
        secret,
        headers["X-Slack-Request-Timestamp"],
        body=body,
        signature=headers["X-Slack-Signature"],
        now=AT + timedelta(seconds=seconds),
    )


def test_a_click_is_believed_and_read(pressed: tuple[dict[str, str], bytes]) -> None:
    """The token of the very notice, who pressed, in which workspace and conversation."""
    headers, body = pressed
    assert believed(headers, body)
    assert click(body) == Click(token="signed.token-of_eve", user="U0EVE", team=TEAM, conversation="D0EVE")  # noqa: S106


@pytest.mark.parametrize(("seconds", "expected"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_a_request_is_good_for_five_minutes(
    pressed: tuple[dict[str, str], bytes], seconds: float, expected: bool
) -> None:
    """Neither an old one, replayed, nor one from a clock far ahead is believed."""
    assert believed(*pressed, seconds=seconds) is expected


def test_a_signature_is_of_one_body_one_time_and_one_secret(pressed: tuple[dict[str, str], bytes]) -> None:
    """With another body, another time stamp or another secret it is worth nothing."""
    headers, body = pressed
    assert not believed(headers, body.replace(b"U0EVE", b"U0BOB"))
    assert not believed(headers, body + b"&")
    assert not believed(headers | {"X-Slack-Request-Timestamp": str(int(AT.timestamp()) + 1)}, body)
    assert not believed(headers, body, secret="another")  # noqa: S106
    assert not believed(signed(body, at=AT, secret=""), body, secret="")


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0="},
        {"X-Slack-Signature": "v1=00"},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "1e9"},
        {"X-Slack-Request-Timestamp": "²"},
        {"X-Slack-Request-Timestamp": "9" * 5_000},
    ],
)
def test_a_malformed_header_is_no_signature(pressed: tuple[dict[str, str], bytes], changes: dict[str, str]) -> None:
    """It is refused, and nothing breaks."""
    headers, body = pressed
    assert not believed(headers | changes, body)


def changed(body: bytes, **changes: Any) -> bytes:
    """The same request with other values in its payload."""
    payload = json.loads(parse_qs(body.decode())["payload"][0])
    return urlencode({"payload": json.dumps(payload | changes)}).encode()


BUTTON = {"type": "button", "action_id": ACTION, "value": "t"}


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "view_submission"},
        {"type": None},
        {"user": {}},
        {"user": {"id": 5}},
        {"user": {"id": "eve"}},
        {"team": None},
        {"actions": []},
        {"actions": [BUTTON, BUTTON]},
        {"actions": [BUTTON | {"action_id": "another"}]},
        {"actions": [BUTTON | {"type": "static_select"}]},
        {"actions": [BUTTON | {"value": ""}]},
        {"actions": [BUTTON | {"value": "t" * 2_001}]},
        {"actions": [{"type": "button", "action_id": ACTION}]},
    ],
)
def test_what_is_no_click_on_the_button_is_refused(
    pressed: tuple[dict[str, str], bytes], changes: dict[str, Any]
) -> None:
    """Even if it is signed: one of leerp's buttons, pressed once, by somebody."""
    with pytest.raises(BadInputError):
        click(changed(pressed[1], **changes))


def test_two_payloads_are_refused(pressed: tuple[dict[str, str], bytes]) -> None:
    """Two programs could read one request differently."""
    with pytest.raises(BadInputError):
        click(pressed[1] + b"&" + pressed[1])


def test_keys_that_slack_adds_are_passed_over(pressed: tuple[dict[str, str], bytes]) -> None:
    """Its payloads grow; a new key must not stop an acknowledgement."""
    assert click(changed(pressed[1], novelty={"a": [1]})) == click(pressed[1])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload",
        b"payload=",
        b"payload=%FF",
        b"payload=\xff",
        b"payload={}&payload={}",
        b"other={}",
        b"payload=[]",
        b"payload=" + b"[" * 5_000,
        b"payload={}" + b" " * LARGEST,
        b'payload={"type":"block_actions","type":"block_actions"}',
    ],
)
def test_what_is_no_form_with_a_payload_is_refused(body: bytes) -> None:
    """In one sentence, however it is broken."""
    with pytest.raises(BadInputError):
        click(body)
