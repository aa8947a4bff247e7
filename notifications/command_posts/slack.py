"""Rooms as private channels in Slack. A channel's name follows from its key, so that it is found and not made twice."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager

import aiohttp

from leerp.command_posts import Place
from leerp.errors import BadInputError, DeliveryError
from leerp.marking import Level
from leerp.notices import DeliveryReason
from notifications.channels.slack.api import Api
from notifications.channels.slack.faults import SlackError
from notifications.channels.slack.pace import Pace
from notifications.channels.slack.settings import SlackSettings

LONGEST_TOPIC = 250
"""The most characters of a topic (https://docs.slack.dev/reference/methods/conversations.setTopic)."""


class SlackService:
    """Rooms opened by the app of a Slack channel of channels.yaml."""

    place = Place.SLACK

    def __init__(self, name: str, settings: SlackSettings) -> None:
        self._place = f"rooms {name} (Slack)"
        self._settings = settings
        self._pace = Pace(per_minute=settings.per_minute, seconds_between=settings.seconds_between)

    @property
    def maximum(self) -> Level:
        """What the channel is accredited for."""
        return self._settings.maximum

    @asynccontextmanager
    async def _api(self) -> AsyncIterator[Api]:
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_seconds)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            try:
                api = Api(self._settings, self._pace, http, place=self._place)
            except BadInputError as error:
                reason = DeliveryReason.NOT_CONFIGURED
                raise DeliveryError(f"{self._place}: {error.sentence}", permanent=False, reason=reason) from error
            yield api

    async def open(self, key: str, *, topic: str, greeting: str) -> str:
        """The id of the private channel. The greeting is its topic; what is said there is said by people."""
        async with self._api() as api:
            address = await _channel(api, key.lower())
            await api.set_topic(address, f"{topic} {greeting}"[:LONGEST_TOPIC])
        return address

    async def invite(self, address: str, users: Sequence[str]) -> None:
        """One call for each: a user who is in the room already must not keep the others out."""
        async with self._api() as api:
            for user in users:
                await _unless(api.invite(address, user), "already_in_channel")

    async def archive(self, address: str) -> None:
        """Archive it; Slack keeps it, read-only."""
        async with self._api() as api:
            await _unless(api.archive(address), "already_archived")


async def _channel(api: Api, name: str) -> str:
    try:
        return await api.create(name)
    except SlackError as error:
        if error.word != "name_taken":
            raise
    found = await api.named(name)
    if found is None:
        raise SlackError(api.place, "name_taken")
    return found


async def _unless(call: Awaitable[None], word: str) -> None:
    """Do it; that it was done already is as good."""
    try:
        await call
    except SlackError as error:
        if error.word != word:
            raise
