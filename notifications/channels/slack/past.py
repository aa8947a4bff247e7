"""What leerp has posted in a conversation already, read back from Slack itself: nothing is remembered elsewhere.

Every message carries two names in its metadata that tell nothing of its content: its own, and that of the incident's
thread (https://docs.slack.dev/messaging/message-metadata). Only messages of the app itself count: anybody in the
workspace can read metadata and write the same.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from leerp import canonical
from notifications.channels.slack.api import Api

EVENT = "leerp_notice"


def message_key(message_id: str, number: int) -> str:
    """The name of one message of a notice to one reader: the same on every attempt."""
    return _digest([message_id, number])


def thread_key(incident: str, conversation: str) -> str:
    """The name of an incident's thread in a conversation."""
    return _digest([incident, conversation])


def metadata(*, key: str, thread: str) -> dict[str, JsonValue]:
    """What a message carries so that it is found again."""
    return {"event_type": EVENT, "event_payload": {"key": key, "thread": thread}}


@dataclass
class Past:
    """What is there: the time stamps of the incident's threads, and those of its messages by their names."""

    threads: set[str] = field(default_factory=set)
    messages: dict[str, str] = field(default_factory=dict)

    @property
    def thread(self) -> str | None:
        """The thread to go on with: the latest, should there be several."""
        return max(self.threads, default=None)


async def thread_of(api: Api, conversation: str, *, bot: str, thread: str, oldest: float) -> str | None:
    """The incident's thread in a conversation, if there is one."""
    async for message in api.history(conversation, oldest=oldest):
        if _ours(message, bot=bot, thread=thread):
            return _root(message)
    return None


async def past_of(api: Api, conversation: str, *, bot: str, thread: str, oldest: float, known: str | None) -> Past:
    """All of an incident's messages in a conversation. `known`: a thread of it that is known of otherwise."""
    past = Past()
    async for message in api.history(conversation, oldest=oldest):
        _take(past, message, bot=bot, thread=thread)
    for root in past.threads | ({known} if known else set()):
        async for message in api.replies(conversation, root):
            _take(past, message, bot=bot, thread=thread)
    return past


def _take(past: Past, message: dict[str, Any], *, bot: str, thread: str) -> None:
    key = _ours(message, bot=bot, thread=thread)
    if key:
        past.threads.add(_root(message))
        past.messages[key] = str(message["ts"])


def _ours(message: dict[str, Any], *, bot: str, thread: str) -> str | None:
    """The name of a message if it is the app's own and the incident's."""
    told = message.get("metadata") or {}
    payload = told.get("event_payload") or {}
    if message.get("bot_id") != bot or told.get("event_type") != EVENT or payload.get("thread") != thread:
        return None
    return str(payload.get("key", ""))


def _root(message: dict[str, Any]) -> str:
    """The thread that a message is in or begins."""
    return str(message.get("thread_ts") or message["ts"])


def _digest(seed: list[JsonValue]) -> str:
    return hashlib.sha256(canonical.dumps(seed)).hexdigest()[:40]
