"""What Slack says when somebody presses the button: whether it is Slack that says it, and who pressed what.

https://docs.slack.dev/authentication/verifying-requests-from-slack and
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

import hashlib
import hmac
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from leerp.errors import BadInputError
from leerp.formats.strict import json_of, model_of
from leerp.model import Message

OLDEST_SECONDS = 300
"""How old, or how far ahead, a signed request may be: what Slack recommends against replays."""

LARGEST = 256 * 1024
"""The most bytes of a request: Slack sends the whole message along with the click."""

LONGEST_TIMESTAMP = 12
"""The most digits of a time in seconds since 1970 that is worth reading."""

_NAME = "Slack's request"

_Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{2,20}$")]


class Click(Message):
    """A pressed button: its token, who pressed it, in which workspace, and in which conversation.

    Whether this user may acknowledge for the reader whom the token names is for the desk to decide.
    """

    token: str
    user: str
    team: str
    conversation: str | None = None


def verify(signing_secret: str, timestamp: str, *, body: bytes, signature: str, now: datetime) -> bool:
    """Whether Slack signed these very bytes within the last five minutes.

    `timestamp`, `signature`: the headers X-Slack-Request-Timestamp and X-Slack-Signature. Comparing takes the same time
    wherever two signatures differ.
    """
    if not signing_secret or not (
        timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= LONGEST_TIMESTAMP
    ):
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(signing_secret.encode(), signed, hashlib.sha256).hexdigest()
    fresh = abs(now.timestamp() - int(timestamp)) <= OLDEST_SECONDS
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace")) and fresh


def click(body: bytes) -> Click:
    """What a signed request tells of a click on the button; BadInputError for anything else. Call `verify` first."""
    if len(body) > LARGEST:
        raise BadInputError(f"{_NAME}: longer than {LARGEST} bytes; it is not about leerp's button")
    payload = model_of(_Payload, json_of(_payload(body), name=_NAME), name=_NAME)
    (action,) = payload.actions
    return Click(
        token=action.value,
        user=payload.user.id,
        team=payload.team.id,
        conversation=payload.channel.id if payload.channel else None,
    )


class _Told(BaseModel):
    """A part of what Slack tells: strict in what is read; Slack adds keys as it likes, and those are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Somebody(_Told):
    id: _Id


class _Action(_Told):
    type: Literal["button"]
    action_id: Literal["leerp_acknowledge"]
    value: str = Field(min_length=1, max_length=2_000)


class _Payload(_Told):
    type: Literal["block_actions"]
    user: _Somebody
    team: _Somebody
    channel: _Somebody | None = None
    actions: list[_Action] = Field(min_length=1, max_length=1)


def _payload(body: bytes) -> bytes:
    """The field `payload` of the form, which is the only one."""
    try:
        fields = parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=4, errors="strict")
    except ValueError as error:
        raise BadInputError(f"{_NAME}: not a form as Slack sends it; look at the app's interactivity URL") from error
    payloads = [value for name, value in fields if name == "payload"]
    if len(payloads) != 1:
        raise BadInputError(f"{_NAME}: has {len(payloads)} fields named payload and not one; it is not from a button")
    return payloads[0].encode()
