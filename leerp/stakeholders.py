"""Stakeholders: who is told, who reports, who acts; and the officers of the centre."""

from collections import Counter
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import Field, field_validator, model_validator

from leerp.countries import Country
from leerp.hours import Hours, ZoneName
from leerp.keys import AnyKey, Key
from leerp.languages import LanguageTag
from leerp.marking import Level, Reader
from leerp.model import Identifier, Instant, Line, Model
from leerp.reports import SourceGroup


class Group(StrEnum):
    """The stakeholder groups of the protocol (field reference §5.1)."""

    EC3 = "ec3"
    EUROPOL_UNIT = "europol_unit"
    LIAISON_BUREAU = "liaison_bureau"
    JCAT = "jcat"
    LE_POC = "le_poc"
    CSIRT_NETWORK = "csirt_network"
    AGENCY = "agency"
    AGENCY_SOURCE_ONLY = "agency_source_only"
    PRIVATE_PARTNER = "private_partner"
    CRISIS_COMMUNICATION = "crisis_communication"
    ACADEMIA = "academia"


INTERNAL_GROUPS = (Group.EUROPOL_UNIT, Group.LIAISON_BUREAU, Group.JCAT)
"""Who gets the internal notice (seed, III.2)."""

EXTERNAL_GROUPS = (
    Group.LE_POC,
    Group.CSIRT_NETWORK,
    Group.AGENCY,
    Group.PRIVATE_PARTNER,
    Group.CRISIS_COMMUNICATION,
)
"""Who gets the external notice (seed, III.3)."""

NATIONAL_GROUPS = (Group.LIAISON_BUREAU, Group.JCAT, Group.LE_POC, Group.CSIRT_NETWORK)
"""The authorities of a country. To all others a country is where they have their seat: what is releasable to the
Netherlands is not for every agency and company in The Hague."""

SOURCE_GROUPS = {
    Group.EC3: SourceGroup.EC3,
    Group.EUROPOL_UNIT: SourceGroup.EC3,
    Group.LIAISON_BUREAU: SourceGroup.LAW_ENFORCEMENT,
    Group.JCAT: SourceGroup.LAW_ENFORCEMENT,
    Group.LE_POC: SourceGroup.LAW_ENFORCEMENT,
    Group.CSIRT_NETWORK: SourceGroup.CSIRT,
    Group.AGENCY: SourceGroup.AGENCY,
    Group.AGENCY_SOURCE_ONLY: SourceGroup.AGENCY,
    Group.CRISIS_COMMUNICATION: SourceGroup.AGENCY,
    Group.PRIVATE_PARTNER: SourceGroup.PRIVATE,
    Group.ACADEMIA: SourceGroup.ACADEMIA,
}
"""Which of the six groups of sources of step I a stakeholder reports as."""


class ContactPoint(Model):
    """One way to reach a stakeholder: a channel's name and an address on it.

    `hours`: when somebody answers there; absent, always. `key`: what a message to this address is encrypted for.
    """

    channel: Identifier
    address: Line
    personal: bool = False
    hours: Hours | None = None
    key: AnyKey | None = None

    def open_at(self, at: datetime) -> bool:
        """Whether somebody answers there at that time."""
        return self.hours is None or self.hours.open_at(at)

    @property
    def whole_key(self) -> Key | None:
        """The key with its certificate; None if there is none, or only the name of its file."""
        return self.key if isinstance(self.key, Key) else None


class Stakeholder(Model):
    """One stakeholder. `clearance` absent means unknown, and then nothing marked goes there.

    `contacts`: the preferred one first; those after it are its alternates, asked in turn while nobody confirms.
    `need_to_know`: the circles it is admitted to; a releasability clause names one as `circle:NAME`.
    `languages`: those it works in, the preferred one first.
    `aliases`: names under which it appears in files, such as the organisation name in a MISP event.
    `rooms`: by which name the stakeholder is known to a room service of channels.yaml, such as a user id.
    `selective`: told only when an officer names it (trusted private partners "that could add value").
    `blueprint`: receives the early warning as input to the EU's shared situational awareness (seed, IV.4).
    """

    id: Identifier
    name: Line
    group: Group
    country: Country | None = None
    clearance: Level | None = None
    cleared_until: Instant | None = None
    contacts: tuple[ContactPoint, ...] = Field(min_length=1, max_length=8)
    aliases: tuple[Line, ...] = ()
    need_to_know: tuple[Identifier, ...] = Field(default=(), max_length=64)
    languages: tuple[LanguageTag, ...] = Field(default=(), max_length=32)
    selective: bool = False
    blueprint: bool = False
    rooms: dict[Identifier, Line] = Field(default={}, max_length=16)

    def reader(self, contact: ContactPoint) -> Reader:
        """What the marking policy needs to know of this stakeholder when reached at that contact point."""
        return Reader(
            id=self.id,
            group=self.group.value,
            country=self.country if self.group in NATIONAL_GROUPS else None,
            clearance=self.clearance,
            cleared_until=self.cleared_until,
            personal=contact.personal,
            circles=self.need_to_know,
        )


class Role(StrEnum):
    """What somebody may do. A liaison speaks for the bureau of a country, a stakeholder for its organisation."""

    OFFICER = "officer"
    APPROVER = "approver"
    ANALYST = "analyst"
    PLANNER = "planner"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    LIAISON = "liaison"
    STAKEHOLDER = "stakeholder"


CENTRE_ROLES = (Role.OFFICER, Role.APPROVER, Role.ANALYST, Role.PLANNER, Role.AUDITOR, Role.OPERATOR)
"""What people of the centre may be; the others belong to people of a stakeholder."""


class AwayTime(Model):
    """A time in which an officer cannot come, such as leave. It says no reason."""

    starts_at: Instant
    ends_at: Instant

    @model_validator(mode="after")
    def _in_order(self) -> "AwayTime":
        if self.starts_at >= self.ends_at:
            raise ValueError("an absence ends before it begins; give a later ends_at")
        return self


class Officer(Model):
    """A function at the centre, its roles, and its skills for the Emergency Response Team.

    What the rota asks for: `clearance` (absent means unknown, and then no seat but in a public incident),
    `time_zone`: by whose clock this officer lives; `working_hours`: when this officer can be asked to work, absent
    means always; `absences`; `weekly_hours`: fewer than the rest rules allow, for part time.
    """

    id: Identifier
    name: Line
    roles: tuple[Role, ...] = ()
    skills: tuple[Identifier, ...] = ()
    available: bool = True
    languages: tuple[LanguageTag, ...] = Field(default=(), max_length=32)
    clearance: Level | None = None
    cleared_until: Instant | None = None
    time_zone: ZoneName | None = None
    working_hours: Hours | None = None
    absences: tuple[AwayTime, ...] = Field(default=(), max_length=256)
    weekly_hours: int | None = Field(default=None, ge=1, le=168)

    @field_validator("roles", mode="after")
    @classmethod
    def _of_the_centre(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        for role in roles:
            if role not in CENTRE_ROLES:
                raise ValueError(f"{role} is the role of a member of a stakeholder; name that person under members")
        return roles

    @property
    def reader(self) -> Reader:
        """What the marking policy needs to know of this officer: somebody of the centre, and how far cleared."""
        return Reader(
            id=self.id,
            group=Group.EC3.value,
            clearance=self.clearance,
            cleared_until=self.cleared_until,
            personal=True,
        )


class Member(Model):
    """A person of a stakeholder who signs in at the desk, and sees there what was sent to that stakeholder.

    `clearance`: the person's own; absent means unknown, and then what is public alone is shown.
    """

    id: Identifier
    name: Line
    stakeholder: Identifier
    role: Literal[Role.LIAISON, Role.STAKEHOLDER] = Role.STAKEHOLDER
    clearance: Level | None = None
    cleared_until: Instant | None = None


class Directory(Model):
    """Everybody. `version` is recorded with every notice planned from it."""

    version: Line
    centre: Stakeholder
    stakeholders: tuple[Stakeholder, ...] = Field(max_length=20_000)
    officers: tuple[Officer, ...] = ()
    members: tuple[Member, ...] = Field(default=(), max_length=20_000)

    @model_validator(mode="after")
    def _ids_once(self) -> "Directory":
        ids = [one.id for one in (self.centre, *self.stakeholders)]
        ids += [one.id for one in self.officers] + [one.id for one in self.members]
        twice = next((one for one, times in Counter(ids).items() if times > 1), None)
        if twice:
            raise ValueError(f"the id {twice!r} stands twice in the directory")
        return self

    @model_validator(mode="after")
    def _members_belong(self) -> "Directory":
        groups = {one.id: one.group for one in self.stakeholders}
        for member in self.members:
            group = groups.get(member.stakeholder)  # one whose stakeholder is gone comes in nowhere; `check` says so
            if member.role is Role.LIAISON and group not in (None, Group.LIAISON_BUREAU):
                raise ValueError(f"the member {member.id!r} is a liaison, and {member.stakeholder!r} no liaison bureau")
        return self

    def by_id(self) -> dict[str, Stakeholder]:
        """The stakeholders and the centre by id, for whoever asks after many."""
        return {one.id: one for one in (self.centre, *self.stakeholders)}

    def stakeholder(self, identifier: str) -> Stakeholder | None:
        """The stakeholder (or the centre) with this id."""
        everybody = (self.centre, *self.stakeholders)
        return next((one for one in everybody if one.id == identifier), None)

    def named(self, name: str) -> Stakeholder | None:
        """The stakeholder with this id, name or alias, whatever the case."""
        return self.by_name.get(name.strip().casefold())

    @cached_property
    def by_name(self) -> dict[str, Stakeholder]:
        """The stakeholders and the centre by id, name and alias in lower case; who comes first has a name."""
        found: dict[str, Stakeholder] = {}
        for one in (self.centre, *self.stakeholders):
            for name in (one.id, one.name, *one.aliases):
                found.setdefault(name.casefold(), one)
        return found

    def officer(self, identifier: str) -> Officer | None:
        """The officer with this id."""
        return next((one for one in self.officers if one.id == identifier), None)

    def member(self, identifier: str) -> Member | None:
        """The member of a stakeholder with this id."""
        return next((one for one in self.members if one.id == identifier), None)
