"""The virtual command post (seed, III.5): one room for each circle of those who need to know."""

from enum import StrEnum

from leerp.marking import Level, Marking
from leerp.model import Identifier, Instant, Line, Message, Model
from leerp.protocol import Act


class Place(StrEnum):
    """Where a room is."""

    SLACK = "slack"
    MATRIX = "matrix"
    LINK = "link"
    PAPER = "paper"
    """Nowhere: what an exercise has instead of any of the others."""


class PostRoom(Message):
    """One room. `id` is opaque; `address` is the service's own name for it, or the link.

    `circle`: whoever is admitted to it in the directory may be invited; None: any stakeholder who is cleared.
    `service`: its name in channels.yaml; None for a link. `members`: the stakeholders who were invited.
    """

    id: Identifier
    incident: Identifier
    place: Place
    service: Identifier | None
    circle: Identifier | None
    level: Level
    topic: Line
    address: Line
    members: tuple[Identifier, ...] = ()
    opened_at: Instant
    archived_at: Instant | None = None

    @property
    def marking(self) -> Marking:
        """Of what is said in it."""
        return room_marking(self.level, self.circle)


def room_marking(level: Level, circle: str | None) -> Marking:
    """The marking of a room: who may be in it."""
    clauses = ((f"circle:{circle}",),) if circle else ()
    return Marking(level=level, releasable_to=clauses)


class Pinned(Model):
    """What was decided in a room, as it is kept: in whose words, and when."""

    text: str
    decided_by: Line
    decided_at: Instant
    marking: Marking


class OpenRoomAct(Act):
    """Open a room. Exactly one of `service` (a room service of channels.yaml) and `link` (a room that exists)."""

    service: Identifier | None = None
    link: Line | None = None
    circle: Identifier | None = None
    level: Level
    invite: tuple[Identifier, ...] = ()


class InviteAct(Act):
    """Invite more stakeholders into a room."""

    room: Identifier
    invite: tuple[Identifier, ...]


class ArchiveRoomAct(Act):
    """Archive a room: nobody can say anything in it any more."""

    room: Identifier
