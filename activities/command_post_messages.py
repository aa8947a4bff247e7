"""What workflows say to the activities of the virtual command post and hear back."""

from activities.messages import Fact
from leerp.marking import Level
from leerp.model import Message


class OpenRoom(Fact):
    """Open a room; see `leerp.command_posts.OpenRoomAct`."""

    service: str | None
    link: str | None
    circle: str | None
    level: Level
    invite: tuple[str, ...]
    reason: str


class InviteIntoRoom(Fact):
    """Invite more stakeholders into a room."""

    room: str
    invite: tuple[str, ...]
    reason: str


class ArchiveRoom(Fact):
    """Archive a room; `final`: the protocol ends, whether its service answers or not."""

    room: str
    reason: str
    final: bool = False


class RoomDone(Message):
    """What came of it: how many were invited, and who was not and why, in words."""

    journal_seq: int
    room: str
    address: str = ""
    invited: int = 0
    without: tuple[str, ...] = ()
