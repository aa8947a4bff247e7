"""Calls of the Web API: each is made once, and ends in an answer or in a DeliveryError."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from leerp.errors import DeliveryError
from leerp.notices import DeliveryReason
from notifications.channels.slack.faults import IN_DOUBT, LostReplyError, SlackError
from notifications.channels.slack.pace import Pace
from notifications.channels.slack.settings import SlackSettings

Answer = dict[str, Any]

PAGE = 200
"""How many messages to ask for at once: what Slack recommends (https://docs.slack.dev/apis/web-api/pagination)."""

_WHOLE = {"include_all_metadata": True}
"""Messages with what the app wrote into them for itself."""

_TOO_MANY_REQUESTS = 429
_SERVER_FAULT = 500
_OK = 200

_UNSAID_SECONDS = 30.0
"""How long to leave Slack alone if it does not say."""


class Api:
    """The methods that leerp uses, with one token. `place` begins every sentence about a fault."""

    def __init__(self, settings: SlackSettings, pace: Pace, http: aiohttp.ClientSession, *, place: str) -> None:
        self.place = place
        self._pace = pace
        self._patience = settings.patience_seconds
        # The SDK would make a call again when the connection broke, and so post twice: it has no handlers here.
        self._client = AsyncWebClient(settings.token(), settings.base_url, session=http, retry_handlers=[])

    async def post(self, message: Answer) -> str:
        """Post a message, once; the time stamp that names it. LostReplyError if it may or may not be there."""
        return str((await self._call("chat.postMessage", json=message))["ts"])

    async def open(self, user: str) -> str:
        """The conversation with a user."""
        answer = await self._call("conversations.open", params={"users": user})
        return str(answer["channel"]["id"])

    async def bot(self) -> str:
        """The id under which the app's own messages stand in a conversation."""
        answer = await self._call("auth.test")
        if not answer.get("bot_id"):
            raise DeliveryError(
                f"{self.place}: the token is not a bot's; take the one that begins with xoxb-",
                permanent=False,
                reason=DeliveryReason.NOT_CONFIGURED,
            )
        return str(answer["bot_id"])

    async def create(self, name: str) -> str:
        """The id of a new private channel; SlackError `name_taken` when there is one of that name."""
        answer = await self._call("conversations.create", json={"name": name, "is_private": True})
        return str(answer["channel"]["id"])

    async def named(self, name: str) -> str | None:
        """The id of a private channel that the app is in, archived or not."""
        async for channel in self._pages("conversations.list", {"types": "private_channel"}, key="channels"):
            if channel.get("name") == name:
                return str(channel["id"])
        return None

    async def set_topic(self, conversation: str, topic: str) -> None:
        """What stands above a channel."""
        await self._call("conversations.setTopic", json={"channel": conversation, "topic": topic})

    async def invite(self, conversation: str, user: str) -> None:
        """Bring a user into a channel."""
        await self._call("conversations.invite", json={"channel": conversation, "users": user})

    async def archive(self, conversation: str) -> None:
        """Close a channel; it can still be read."""
        await self._call("conversations.archive", json={"channel": conversation})

    async def history(self, conversation: str, *, oldest: float) -> AsyncIterator[Answer]:
        """The messages of a conversation outside threads, and those shown both there and in a thread; newest first."""
        wanted = {"channel": conversation, "oldest": f"{oldest:.6f}", **_WHOLE}
        async for message in self._pages("conversations.history", wanted):
            yield message

    async def replies(self, conversation: str, thread: str) -> AsyncIterator[Answer]:
        """The messages of a thread with the one it began with."""
        async for message in self._pages("conversations.replies", {"channel": conversation, "ts": thread, **_WHOLE}):
            yield message

    async def _pages(self, method: str, wanted: Answer, *, key: str = "messages") -> AsyncIterator[Answer]:
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            params = {**wanted, **more, "limit": PAGE}
            answer = await self._call(method, verb="GET", params=params)
            for one in answer.get(key, []):
                yield one
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _call(self, method: str, *, verb: str = "POST", **arguments: Answer) -> Answer:
        """Call once it may be called; again only when Slack says that it did not even look at the call (429)."""
        patience = self._patience
        while True:
            patience -= await self._until_open(method, patience=patience)
            try:
                response = await self._client.api_call(method, http_verb=verb, **arguments)
            except SlackApiError as error:
                self._refused(method, error)
            except aiohttp.ClientSSLError as error:
                raise self._unfit("its certificate is not trusted") from error
            except aiohttp.ClientConnectorError as error:
                raise self._unreachable() from error
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise LostReplyError(self.place) from error
            except AttributeError as error:
                # slack-sdk 3.47 takes an answer in plain text, as a proxy gives it, for a dictionary.
                raise LostReplyError(self.place) from error
            else:
                return response.data if isinstance(response.data, dict) else {}

    async def _until_open(self, method: str, *, patience: float) -> float:
        """Wait as long as Slack wants to be left alone, or say that this is too long; how many seconds it was."""
        seconds = self._pace.shut_for(method, now=asyncio.get_running_loop().time())
        if seconds > patience:
            raise SlackError(self.place, "ratelimited", retry_after_seconds=seconds)
        if seconds:
            await asyncio.sleep(seconds)
        return seconds

    def _refused(self, method: str, error: SlackApiError) -> None:
        """Return if the call may be made again after a while; raise what it was otherwise."""
        response = error.response
        if not isinstance(response, AsyncSlackResponse):
            raise LostReplyError(self.place) from error
        if response.status_code == _TOO_MANY_REQUESTS:
            until = asyncio.get_running_loop().time() + _seconds(response.headers.get("Retry-After", ""))
            self._pace.shut(method, until=until)
            return
        if response.status_code >= _SERVER_FAULT:
            raise LostReplyError(self.place) from error
        word = response.data.get("error") if isinstance(response.data, dict) else None
        if not isinstance(word, str):
            if response.status_code == _OK:
                raise LostReplyError(self.place) from error
            raise self._unfit(f"answers with {response.status_code}; look at base_url and at the proxy") from error
        if word in IN_DOUBT:
            raise LostReplyError(self.place) from error
        raise SlackError(self.place, word) from error

    def _unfit(self, what: str) -> DeliveryError:
        return DeliveryError(f"{self.place}: {what}", permanent=False, reason=DeliveryReason.NOT_CONFIGURED)

    def _unreachable(self) -> DeliveryError:
        return DeliveryError(f"{self.place}: cannot be reached", permanent=False, reason=DeliveryReason.UNREACHABLE)


def _seconds(said: str) -> float:
    """What Retry-After says, in whole seconds (RFC 9110 §10.2.3); at least one, so that nothing goes round at once."""
    return max(1.0, float(said)) if said.isascii() and said.isdecimal() else _UNSAID_SECONDS
