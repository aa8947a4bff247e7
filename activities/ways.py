"""A channel as one process uses it: how many sessions at once, and when it, or one reader's server, is left alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from activities.turns import Turns
from leerp.errors import DeliveryError
from leerp.notices import FAULTS_OF_A_CHANNEL, DeliveryReason
from notifications.channels import Channel, Session
from notifications.urgency import Urgency

_EVERYBODY = ""
"""Stands for all readers of a channel where one server serves them all."""


class Way:
    """A channel as one process uses it: all batches together open no more connections than it allows.

    A connection that one batch has done with is the next one's, and ends when no batch is under way. A fault of the
    channel itself stops every batch that is under way; while the last attempt had one, a single connection at a time
    tries whether the channel is back. Where every reader has a server of its own, no fault is the channel's.

    Whoever asks to be left alone for a while is, by this process: the channel, or the one reader's server.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.faults = 0
        self._down = False
        self._free = Turns(channel.connections)
        self._trying = Turns(1)
        self._under_way = 0
        self._open = AsyncExitStack()
        self._closing = asyncio.Lock()
        self._idle: list[Session] = []
        self._alone_until: dict[str, float] = {}

    @property
    def down(self) -> bool:
        """Whether the last attempt has found nobody, or was asked to wait: no other reader would fare better now."""
        return self._down

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[None]:
        """Keep connections open for this block."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                done, self._open, self._idle = self._open, AsyncExitStack(), []
                async with self._closing:
                    await done.aclose()

    @asynccontextmanager
    async def turn(self, urgency: Urgency) -> AsyncIterator[None]:
        """Wait for one of the connections that the channel allows; the most urgent gets the next one."""
        async with self._free.take(urgency):
            if not self._down:
                yield
                return
            async with self._trying.take(urgency):
                yield

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A session, within a turn and while in use."""
        session = self._idle.pop() if self._idle else await self._fresh()
        try:
            yield session
        finally:
            self._idle.append(session)

    async def _fresh(self) -> Session:
        """A new session, once those of batches before have ended: together they would be more than are allowed."""
        async with self._closing:
            return await self._open.enter_async_context(self.channel.session())

    def worked(self) -> None:
        """Remember that an attempt went well."""
        self._down = False

    def failed(self, error: DeliveryError, *, reader: str) -> None:
        """Remember what an attempt at a reader has shown of the channel, and for how long to leave whom alone."""
        if error.retry_after_seconds is not None:
            until = _now() + error.retry_after_seconds
            whom = self._whom(reader)
            self._alone_until[whom] = max(until, self._alone_until.get(whom, 0.0))
        asked = error.retry_after_seconds is not None
        of_channel = asked or DeliveryReason(error.reason) in FAULTS_OF_A_CHANNEL
        self._down = of_channel and not error.permanent and not self.channel.server_per_reader
        self.faults += self._down

    def open_for(self, reader: str) -> bool:
        """Whether a reader may be tried now."""
        until = self._alone_until.get(self._whom(reader))
        if until is not None and until <= _now():
            del self._alone_until[self._whom(reader)]
            return True
        return until is None

    def _whom(self, reader: str) -> str:
        return reader if self.channel.server_per_reader else _EVERYBODY


def _now() -> float:
    return asyncio.get_running_loop().time()
