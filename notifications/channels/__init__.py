"""Channels: how a variant leaves the centre. A channel is a folder; deleting it is deleting the folder.

What each one can be told is in its `settings`; what sends is in its `transport`, which is loaded only when a channel
of that type is really built. In an exercise none is (DESIGN rule 10).
"""

from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field, StringConstraints, model_validator

from leerp.keys import Key
from leerp.marking import Level
from leerp.model import Identifier, Instant, Line, Message, Model
from leerp.notices import Form, Mode, Variant
from notifications.channels.outbox.settings import OutboxSettings
from notifications.channels.slack.settings import SlackSettings
from notifications.channels.smtp.settings import SmtpSettings
from notifications.channels.webhook.settings import WebhookSettings
from notifications.command_posts.settings import AnyRooms, SlackRooms

MessageId = Annotated[str, StringConstraints(max_length=250, pattern=r"^<[!-;=?-~]+@[!-;=?-~]+>$")]
"""A Message-ID in its angle brackets (RFC 5322 §3.6.4), without spaces or anything beyond ASCII."""

AnySettings = Annotated[OutboxSettings | SlackSettings | SmtpSettings | WebhookSettings, Field(discriminator="type")]


class ChannelsFile(Model):
    """`channels.yaml`: every channel by its name, and the services where rooms are opened."""

    channels: dict[Identifier, AnySettings] = Field(min_length=1, max_length=64)
    rooms: dict[Identifier, AnyRooms] = Field(default={}, max_length=16)

    @model_validator(mode="after")
    def _rooms_have_their_channel(self) -> "ChannelsFile":
        for name, rooms in self.rooms.items():
            if isinstance(rooms, SlackRooms) and not isinstance(self.channels.get(rooms.channel), SlackSettings):
                raise ValueError(  # noqa: TRY004 - what is wrong is the file, not a type
                    f"rooms {name}: there is no Slack channel {rooms.channel!r} above; name one"
                )
        return self

    def maximum(self, channel: str) -> Level | None:
        """The highest level a channel is accredited for; None if there is no such channel."""
        settings = self.channels.get(channel)
        return settings.maximum if settings else None


class Envelope(Message):
    """One variant on its way to one address.

    `references`: the Message-IDs of earlier notices of the incident that this very reader was sent, oldest first;
    naming any other would tell the reader that it exists. `issued_at` is the notice's. `acknowledge_url`: where this
    reader, and no other, confirms this notice. `key`: what to encrypt for, as it was pinned when it was planned.
    `attempt`: which attempt at this message it is, from 1; None if that is not known, and it may then be a repeat.
    """

    message_id: MessageId
    incident: Identifier
    notice: Identifier
    mode: Mode
    issued_at: Instant
    reader: Identifier
    address: Line
    subject: Line
    variant: Variant
    references: tuple[MessageId, ...] = ()
    acknowledge_url: str | None = None
    key: Key | None = None
    attempt: int | None = None

    @model_validator(mode="after")
    def _own_variant(self) -> "Envelope":
        if (self.variant.notice, self.variant.reader) != (self.notice, self.reader):
            raise ValueError("the variant in this envelope is another reader's or another notice's")
        return self


class Session(Protocol):
    """An open way out, used for one message after another. Not for concurrent use."""

    async def send(self, envelope: Envelope, *, permit: Awaitable[bool] | None = None) -> bool:
        """Deliver, or raise DeliveryError. After a transient error the next call opens the way anew.

        `permit` is awaited at the last moment before the text leaves, so that what it waits for costs no time of its
        own. When it gives False nothing leaves, and the answer is False.
        """


class Channel(Protocol):
    """A configured channel."""

    @property
    def name(self) -> str:
        """The name in channels.yaml."""

    @property
    def maximum(self) -> Level:
        """The highest level it is accredited for."""

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms of a notice that it carries."""

    @property
    def needs_key(self) -> bool:
        """Whether nothing goes to an address without a key of the reader."""

    @property
    def can_tell_a_repeat(self) -> bool:
        """Whether sending the same message again has no effect, so that a retry is always safe."""

    @property
    def connections(self) -> int:
        """How many sessions may be open at once."""

    @property
    def server_per_reader(self) -> bool:
        """Whether every reader has a server of its own, so that a fault of one says nothing of the others."""

    def session(self) -> AbstractAsyncContextManager[Session]:
        """A session; it ends with the block."""


def build_channels(file: ChannelsFile, *, mode: Mode, outbox: Path, at_once: bool = False) -> dict[str, Channel]:
    """Every channel by name. In an exercise each is an outbox of the same name and maximum, and no other is loaded.

    `at_once`: what an outbox writes may hold this process up, because nobody else works in it meanwhile.
    """
    return {
        name: _build(name, settings, mode=mode, outbox=outbox, at_once=at_once)
        for name, settings in file.channels.items()
    }


def _build(
    name: str,
    settings: OutboxSettings | SlackSettings | SmtpSettings | WebhookSettings,
    *,
    mode: Mode,
    outbox: Path,
    at_once: bool,
) -> Channel:
    if mode is Mode.EXERCISE or isinstance(settings, OutboxSettings):
        from notifications.channels.outbox.transport import OutboxChannel  # noqa: PLC0415 - transports load on use

        return OutboxChannel(
            name=name,
            maximum=settings.maximum,
            folder=outbox,
            forms=settings.forms,
            needs_key=settings.needs_key,
            at_once=at_once,
        )
    if isinstance(settings, WebhookSettings):
        from notifications.channels.webhook.transport import WebhookChannel  # noqa: PLC0415 - never loaded in an exercise

        return WebhookChannel(name, settings)
    if isinstance(settings, SlackSettings):
        from notifications.channels.slack.transport import SlackChannel  # noqa: PLC0415 - never loaded in an exercise

        return SlackChannel(name, settings)
    from notifications.channels.smtp.transport import SmtpChannel  # noqa: PLC0415 - never loaded in an exercise

    return SmtpChannel(name, settings)
