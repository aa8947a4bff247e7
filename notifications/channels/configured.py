"""A channel as its settings have it: what every transport says of itself in the same way."""

from typing import Generic, Protocol, TypeVar

from leerp.marking import Level
from leerp.notices import Form


class ChannelSettings(Protocol):
    """What the settings of every channel with a server have in common."""

    @property
    def maximum(self) -> Level:
        """The highest level the channel is accredited for."""

    @property
    def connections(self) -> int:
        """How many sessions may be open at once."""

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms of a notice that it carries."""

    @property
    def needs_key(self) -> bool:
        """Whether nothing goes to a reader without a key."""


Settings = TypeVar("Settings", bound=ChannelSettings)


class ConfiguredChannel(Generic[Settings]):
    """A channel that is what its settings say. `name`: its name in channels.yaml."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings

    @property
    def maximum(self) -> Level:
        """The highest level the channel is accredited for."""
        return self.settings.maximum

    @property
    def connections(self) -> int:
        """How many sessions may be open at once."""
        return self.settings.connections

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms of a notice that it carries."""
        return self.settings.forms

    @property
    def needs_key(self) -> bool:
        """Whether nothing goes to a reader without a key."""
        return self.settings.needs_key
