"""Posts notices in Slack: one thread per incident and conversation, each message once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp

from leerp.errors import BadInputError, DeliveryError
from leerp.notices import DeliveryReason, Mode
from notifications.channels import Envelope
from notifications.channels.configured import ConfiguredChannel
from notifications.channels.slack.api import Answer, Api
from notifications.channels.slack.faults import LOST_THREADS, LostReplyError, SlackError
from notifications.channels.slack.pace import Pace
from notifications.channels.slack.past import message_key, metadata, past_of, thread_key, thread_of
from notifications.channels.slack.settings import USER_IDS, SlackSettings
from notifications.forms.slack import FILE, SlackMessages, button

_MOST_REMEMBERED = 10_000

_AS_IT_IS: Answer = {
    "unfurl_links": False,
    "unfurl_media": False,
    "mrkdwn": False,
    "link_names": False,
    "parse": "none",
}
"""Nothing in a text is looked up, fetched, or made into a link or a mention."""


class SlackChannel(ConfiguredChannel[SlackSettings]):
    """A channel over one Slack app. It can tell a repeat: whatever may have been posted already is looked for first."""

    can_tell_a_repeat = True
    server_per_reader = False

    def __init__(self, name: str, settings: SlackSettings) -> None:
        super().__init__(name, settings)
        self.pace = Pace(per_minute=settings.per_minute, seconds_between=settings.seconds_between)
        self.bot: str | None = None
        self.conversations: dict[str, str] = {}
        self.threads: dict[str, str] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def place(self) -> str:
        """How sentences about a fault begin."""
        return f"channel {self.name} (Slack)"

    def lock(self, conversation: str) -> asyncio.Lock:
        """One message at a time in a conversation, so that two do not both begin the incident's thread."""
        return self._locks.setdefault(conversation, asyncio.Lock())

    @asynccontextmanager
    async def session(self) -> AsyncIterator["SlackSession"]:
        """A session. Connections open with the first message and end with the block."""
        timeout = aiohttp.ClientTimeout(total=self.settings.timeout_seconds)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            yield SlackSession(self, http)


class SlackSession:
    """Posts one notice after another."""

    def __init__(self, channel: SlackChannel, http: aiohttp.ClientSession) -> None:
        self._channel = channel
        self._http = http
        self._opened: Api | None = None

    async def send(self, envelope: Envelope, *, permit: Awaitable[bool] | None = None) -> bool:
        """Post what is not there yet of a notice; it is Slack's once this returns True."""
        posts = _posts(envelope, self._channel)
        try:
            api = self._api()
            conversation = await self._conversation(api, envelope.address)
            async with self._channel.lock(conversation):
                return await _Delivery(self._channel, api, envelope, conversation).run(posts, permit)
        except DeliveryError as error:
            if not error.permanent:
                self._opened = None  # the next message reads the token anew
            raise

    def _api(self) -> Api:
        if self._opened is None:
            channel = self._channel
            try:
                self._opened = Api(channel.settings, channel.pace, self._http, place=channel.place)
            except BadInputError as error:
                raise _error(channel, error.sentence, DeliveryReason.NOT_CONFIGURED) from error
        return self._opened

    async def _conversation(self, api: Api, address: str) -> str:
        """The conversation of an address: itself, or the one with that user."""
        if not address.startswith(USER_IDS):
            return address
        known = self._channel.conversations
        if address not in known:
            known[_room(known, address)] = await api.open(address)
        return known[address]


class _Delivery:
    """The posting of one notice in one conversation."""

    def __init__(self, channel: SlackChannel, api: Api, envelope: Envelope, conversation: str) -> None:
        self._channel = channel
        self._api = api
        self._envelope = envelope
        self._conversation = conversation
        self._key = thread_key(envelope.incident, conversation)
        self._thread = channel.threads.get(self._key)
        self._there: dict[str, str] = {}

    async def run(self, posts: list[Answer], permit: Awaitable[bool] | None) -> bool:
        """Look what is there already, and with the permit post the rest in order."""
        await self._look_back()
        named = [(message_key(self._envelope.message_id, number), post) for number, post in enumerate(posts)]
        missing = [(key, post) for key, post in named if key not in self._there]
        if missing:
            await self._turn()
        if permit is not None and not await permit:
            return False
        broadcast = self._thread is not None and missing[:1] == named[:1]
        for number, (key, post) in enumerate(missing):
            if number:
                await self._turn()
            await self._post(key, post, broadcast=broadcast and not number)
        return True

    async def _look_back(self) -> None:
        """Read no more than needed, since Slack allows few readings a minute.

        A first attempt at a first notice needs none, a first attempt at a later one only the thread; whatever may have
        been tried before needs everything.
        """
        if self._envelope.attempt != 1:
            await self._read()
        elif self._thread is None and self._envelope.references:
            bot, oldest = await self._bot(), self._oldest()
            found = await thread_of(self._api, self._conversation, bot=bot, thread=self._key, oldest=oldest)
            self._keep(found)

    async def _read(self) -> None:
        """Find every message of the incident in the conversation."""
        bot, oldest = await self._bot(), self._oldest()
        past = await past_of(
            self._api, self._conversation, bot=bot, thread=self._key, oldest=oldest, known=self._thread
        )
        self._there = past.messages
        self._keep(past.thread)

    async def _post(self, key: str, post: Answer, *, broadcast: bool) -> None:
        """Post one message. A lost answer is looked for, and never answered by posting again."""
        within = {"thread_ts": self._thread, "reply_broadcast": broadcast} if self._thread else {}
        named = {"channel": self._conversation, "metadata": metadata(key=key, thread=self._key)}
        try:
            posted = await self._api.post({**post, **named, **within})
        except LostReplyError:
            await self._read()
            if key not in self._there:
                raise
            return
        except SlackError as error:
            if error.word in LOST_THREADS:
                self._channel.threads.pop(self._key, None)
            raise
        self._keep(self._thread or posted)

    def _keep(self, thread: str | None) -> None:
        if thread is not None:
            self._thread = thread
            self._channel.threads[_room(self._channel.threads, self._key)] = thread

    async def _turn(self) -> None:
        """Wait until the next message may go."""
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(self._channel.pace.reserve(self._conversation, now=now))

    async def _bot(self) -> str:
        if self._channel.bot is None:
            self._channel.bot = await self._api.bot()
        return self._channel.bot

    def _oldest(self) -> float:
        return (self._envelope.issued_at - timedelta(days=self._channel.settings.lookback_days)).timestamp()


def token_of(url: str) -> str:
    """The token in an address where a notice is acknowledged: the last part of its path."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def _posts(envelope: Envelope, channel: SlackChannel) -> list[Answer]:
    """What to post, in order; the last message has the button, if it was asked for and somebody hears it."""
    if envelope.mode is Mode.EXERCISE:
        # Never reached: an exercise builds no such channel. If it ever is, nothing may leave (DESIGN rule 10).
        what = "an exercise message may not leave over Slack"
        raise _error(channel, what, DeliveryReason.NOT_CONFIGURED, permanent=True)
    wrong = channel.settings.address_fault(envelope.address)
    if wrong:
        what = f"the address of {envelope.reader} {wrong}; correct it in the directory"
        raise _error(channel, what, DeliveryReason.ADDRESS_UNKNOWN, permanent=True)
    content = next((file.content for file in envelope.variant.files if file.name == FILE), None)
    if content is None:
        what = f"the variant for {envelope.reader} has no {FILE}"
        raise _error(channel, what, DeliveryReason.NOT_CONFIGURED, permanent=True)
    made = SlackMessages.model_validate_json(content)
    posts: list[Answer] = [{"text": one.text, "blocks": list(one.blocks), **_AS_IT_IS} for one in made.messages]
    if made.acknowledge and envelope.acknowledge_url and channel.settings.has_button:
        posts[-1]["blocks"].append(button(made.acknowledge, token_of(envelope.acknowledge_url)))
    return posts


def _room(memory: dict[str, str], key: str) -> str:
    """The key, once there is room for it: what was remembered first is forgotten first."""
    while key not in memory and len(memory) >= _MOST_REMEMBERED:
        del memory[next(iter(memory))]
    return key


def _error(channel: SlackChannel, what: str, reason: DeliveryReason, *, permanent: bool = False) -> DeliveryError:
    return DeliveryError(f"{channel.place}: {what}", permanent=permanent, reason=reason)
