"""The services that rooms can be opened with. A service is a file; deleting it is deleting the file.

What each can be told is in `settings`; what reaches a server is loaded only when a service of that type is really
built. In an exercise none is: its rooms are on paper (DESIGN rule 10).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from leerp.command_posts import Place
from leerp.marking import Level
from leerp.notices import Mode
from notifications.channels import ChannelsFile
from notifications.channels.slack.settings import SlackSettings
from notifications.command_posts.paper import PaperRooms
from notifications.command_posts.settings import MatrixRooms


class RoomService(Protocol):
    """Where rooms can be opened. Every act may be repeated: done already, it has no further effect.

    Each raises DeliveryError when the service does not do it.
    """

    @property
    def place(self) -> Place:
        """What kind of service it is."""

    @property
    def maximum(self) -> Level:
        """The highest level it is accredited for."""

    async def open(self, key: str, *, topic: str, greeting: str) -> str:
        """The address of the room with this key, opened if there is none yet. `greeting`: its first message."""

    async def invite(self, address: str, users: Sequence[str]) -> None:
        """Invite users, by the service's names for them."""

    async def archive(self, address: str) -> None:
        """Let nobody say anything in it any more."""


def build_room_services(file: ChannelsFile, *, mode: Mode, state: Path) -> Mapping[str, RoomService]:
    """Every service by name. `state`: the folder where a service keeps what it must remember."""
    return {name: _build(name, file, mode=mode, state=state) for name in file.rooms}


def _build(name: str, file: ChannelsFile, *, mode: Mode, state: Path) -> RoomService:
    settings = file.rooms[name]
    if isinstance(settings, MatrixRooms):
        if mode is Mode.EXERCISE:
            return PaperRooms(settings.maximum)
        from notifications.command_posts.matrix import MatrixService  # noqa: PLC0415 - never loaded in an exercise

        return MatrixService(name, settings, folder=state / "matrix" / name)
    app = file.channels[settings.channel]
    if mode is Mode.EXERCISE or not isinstance(app, SlackSettings):  # the file itself has refused any other type
        return PaperRooms(app.maximum)
    from notifications.command_posts.slack import SlackService  # noqa: PLC0415 - never loaded in an exercise

    return SlackService(name, app)
