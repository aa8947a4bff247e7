"""What fails in an exercise because a scenario says so: channels that are away, a worker that is killed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

from temporalio.worker import Worker

from leerp.errors import DeliveryError
from leerp.marking import Level
from leerp.notices import DeliveryReason, Form
from notifications.channels import Channel, Envelope, Session


@dataclass
class Switchboard:
    """Which channels are away at the moment."""

    away: Container[str] = field(default_factory=set)

    def wire(self, channels: Mapping[str, Channel]) -> dict[str, Channel]:
        """The channels of an exercise, each of which may be switched off here."""
        return {name: SwitchedChannel(channel, self) for name, channel in channels.items()}


@dataclass(frozen=True)
class SwitchedChannel:
    """A channel that refuses, while it is switched off, as a real one does whose server is away."""

    channel: Channel
    switchboard: Switchboard

    @property
    def name(self) -> str:
        """As the channel has it."""
        return self.channel.name

    @property
    def maximum(self) -> Level:
        """As the channel has it."""
        return self.channel.maximum

    @property
    def forms(self) -> tuple[Form, ...]:
        """As the channel has it."""
        return self.channel.forms

    @property
    def needs_key(self) -> bool:
        """As the channel has it."""
        return self.channel.needs_key

    @property
    def can_tell_a_repeat(self) -> bool:
        """As the channel has it."""
        return self.channel.can_tell_a_repeat

    @property
    def connections(self) -> int:
        """As the channel has it."""
        return self.channel.connections

    @property
    def server_per_reader(self) -> bool:
        """As the channel has it."""
        return self.channel.server_per_reader

    def session(self) -> AbstractAsyncContextManager[Session]:
        """A session, in which nothing leaves while the channel is switched off."""
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        async with self.channel.session() as session:
            yield SwitchedSession(session, self)


@dataclass(frozen=True)
class SwitchedSession:
    """Sends as its channel does, unless that is away."""

    session: Session
    channel: SwitchedChannel

    async def send(self, envelope: Envelope, *, permit: Awaitable[bool] | None = None) -> bool:
        """Deliver, or raise the transient DeliveryError of a server that does not answer."""
        if self.channel.name not in self.channel.switchboard.away:
            return await self.session.send(envelope, permit=permit)
        raise DeliveryError(
            f"channel {self.channel.name}: away, as the exercise has it; it comes back by itself",
            permanent=False,
            reason=DeliveryReason.UNREACHABLE,
        )


class Crew:
    """The worker of a run. `kill` stops it where it stands, and another one begins."""

    def __init__(self, build: Callable[[], Worker]) -> None:
        self._build = build
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def kill(self) -> None:
        """Stop the worker at once, whatever it is doing, and start another one with nothing in its memory."""
        await self._end()
        self._begin()

    def _begin(self) -> None:
        self._running = asyncio.create_task(self._build().run())

    async def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
