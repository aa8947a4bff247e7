"""Deeds of the team, the command post and the investigation: rota, rooms, products, packages, hits."""

from typing import Literal

from pydantic import Field, model_validator

from exercises.deed_parts import OtherAct, Readers, Related
from exercises.offsets import Offset
from leerp.countries import Country
from leerp.marking import Level, Marking
from leerp.model import Identifier, Line, Model, Text
from leerp.packages import Assignment
from leerp.products import Statement
from leerp.protocol import ActName
from leerp.rota import Pattern
from leerp.rota_acts import TeamChange


class TeamPlanDeed(Model):
    """Plan shifts, by default for seven days from now."""

    act: Literal[ActName.TEAM_PLAN]
    starts: Offset | None = None
    ends: Offset | None = None
    pattern: Pattern = Pattern.THREE_EIGHTS


class TeamChangeDeed(Model):
    """Change what lies ahead of the rota; see `leerp.rota_acts.TeamChangeAct`.

    `shift`, `other_shift`: a moment in the shift that is meant.
    """

    act: Literal[ActName.TEAM_CHANGE]
    change: TeamChange
    person: Identifier
    starts: Offset | None = None
    ends: Offset | None = None
    shift: Offset | None = None
    other: Identifier | None = None
    other_shift: Offset | None = None
    hours: int | None = Field(default=None, ge=1, le=60)
    consent: Line | None = None

    @model_validator(mode="after")
    def _whole(self) -> "TeamChangeDeed":
        if self.change is TeamChange.SWAP and (self.shift is None or self.other is None):
            raise ValueError("a swap names the shift that is given away and who takes it")
        if self.change is TeamChange.OVERTIME and (self.hours is None or self.consent is None):
            raise ValueError("overtime names the hours, and how the officer agreed to them (consent)")
        if self.starts is not None and self.ends is not None and self.starts >= self.ends:
            raise ValueError("the absence ends before it begins")
        return self


class TeamConfirmDeed(Model):
    """Take a shift over: the one that runs, or the one with this moment in it."""

    act: Literal[ActName.TEAM_CONFIRM]
    shift: Offset | None = None


class RoomOpenDeed(Model):
    """Open a room of the virtual command post. Exactly one of `service` and `link`."""

    act: Literal[ActName.ROOM_OPEN]
    service: Identifier | None = None
    link: Line | None = None
    circle: Identifier | None = None
    level: Level = Level.BPL
    invite: Readers = ()

    @model_validator(mode="after")
    def _one_of_them(self) -> "RoomOpenDeed":
        if (self.service is None) == (self.link is None):
            raise ValueError("name either a service or a link")
        return self


class RoomInviteDeed(Model):
    """Invite more stakeholders. `room`: the number of the inject that opened it."""

    act: Literal[ActName.ROOM_INVITE]
    room: int
    invite: Readers


class RoomArchiveDeed(Model):
    """Archive a room. `room`: the number of the inject that opened it."""

    act: Literal[ActName.ROOM_ARCHIVE]
    room: int


class RoomPinDeed(Model):
    """Keep what was decided in a room, in whose words."""

    act: Literal[OtherAct.ROOM_PIN]
    room: int
    text: Text = Field(min_length=1)
    decided_by: Line
    marking: Marking = Marking()


class ProductRequestDeed(Model):
    """Record that a stakeholder asks for a product of the catalogue. `question`: what exactly is asked."""

    act: Literal[ActName.PRODUCT_REQUEST]
    kind: Identifier
    requested_by: Identifier
    due: Offset | None = None
    question: Text | None = Field(default=None, min_length=1)
    marking: Marking = Marking()


class ProductAssignDeed(Model):
    """Give a product to an officer. `product`: the number of the inject that asked for it."""

    act: Literal[ActName.PRODUCT_ASSIGN]
    product: int
    assigned_to: Identifier
    due: Offset | None = None


class ProductDraftDeed(Related):
    """Draft the notice that carries a product.

    `items`: the injects whose reports and contributions it is made from; without any, all of them.
    """

    act: Literal[ActName.PRODUCT_DRAFT]
    product: int
    statements: tuple[Statement, ...] = Field(default=(), max_length=1_000)
    readers: Readers = ()
    items: tuple[int, ...] = Field(default=(), max_length=1_000)


class ProductWithdrawDeed(Model):
    """Withdraw a product that was not released."""

    act: Literal[ActName.PRODUCT_WITHDRAW]
    product: int


class PackageBuildDeed(Related):
    """Draft the package of a country. `assigned`: which observables are whose; `items`: as for a product."""

    act: Literal[ActName.PACKAGE_BUILD]
    country: Country
    readers: Readers = ()
    assigned: tuple[Assignment, ...] = Field(default=(), max_length=20_000)
    items: tuple[int, ...] = Field(default=(), max_length=1_000)


class HitDeed(Model):
    """Record whether an owner permits that the owner on the other side of their newest hit sees what has met."""

    act: Literal[OtherAct.HIT]
    owner: Identifier
    other: Identifier
    given: bool
    via: Line = "telephone"
