"""Notices: what is said, in marked portions; what each reader gets of it; and the line in the ledger."""

from enum import StrEnum

from pydantic import Field, model_validator

from leerp.facts import Facts
from leerp.grades import Grade
from leerp.keys import Key
from leerp.marking import Marking, Reader, WithheldReason, join_all
from leerp.model import Identifier, Instant, Line, Message, Model, Text
from leerp.observables import Observable


class Mode(StrEnum):
    """Whether an incident is real. A property of the incident, stamped on every message."""

    ACTUAL = "actual"
    EXERCISE = "exercise"


EXERCISE_MARK = "EXERCISE EXERCISE EXERCISE"
"""How everything that tells of an exercise begins (DESIGN rule 10); the templates write it out."""


class NoticeKind(StrEnum):
    """The notices of the protocol."""

    LAUNCH_INTERNAL = "launch_internal"
    LAUNCH_EXTERNAL = "launch_external"
    MEETING = "meeting"
    EARLY_WARNING = "early_warning"
    ACTION_PLAN = "action_plan"
    UPDATE = "update"
    CLOSURE = "closure"
    PROVIDER = "provider"
    DECONFLICTION = "deconfliction"
    PRODUCT = "product"
    PACKAGE = "package"

    @property
    def step(self) -> str:
        """The step of the protocol that the notice belongs to, as the journal's kinds name it."""
        return _STEPS[self]


_STEPS = {
    NoticeKind.LAUNCH_INTERNAL: "coordination",
    NoticeKind.LAUNCH_EXTERNAL: "coordination",
    NoticeKind.MEETING: "plan",
    NoticeKind.EARLY_WARNING: "warning",
    NoticeKind.ACTION_PLAN: "plan",
    NoticeKind.UPDATE: "investigation",
    NoticeKind.CLOSURE: "closure",
    NoticeKind.PROVIDER: "delivery",
    NoticeKind.DECONFLICTION: "plan",
    NoticeKind.PRODUCT: "investigation",
    NoticeKind.PACKAGE: "investigation",
}


class Section(StrEnum):
    """Where a portion stands in a notice; facts, assumptions and unknowns are kept apart."""

    TITLE = "title"
    SUMMARY = "summary"
    FACT = "fact"
    ASSUMPTION = "assumption"
    UNKNOWN = "unknown"
    ASSESSMENT = "assessment"
    MITIGATION = "mitigation"
    INDICATOR = "indicator"
    ACTION = "action"
    ASK = "ask"
    CONTACT = "contact"


class Slot(Model):
    """When and where people meet. `id`: of the meeting; without one, an incident has a single meeting."""

    id: Identifier | None = None
    at: Instant
    minutes: int = Field(ge=5, le=24 * 60)
    place: Line


class Said(Model):
    """What a portion says, for machines: the same as its text and nothing more, under the same marking.

    `first_seen`: of each observable, when it was first seen; empty where that is said of none.
    `level`: the level of the classification, with its rank from 0 and the number of levels there are.
    `next_update_at`: until when the centre will have been heard of again.
    """

    observables: tuple[Observable, ...] = Field(default=(), max_length=20_000)
    first_seen: tuple[Instant | None, ...] = Field(default=(), max_length=20_000)
    facts: Facts | None = None
    level: Line | None = None
    level_rank: int = 0
    levels: int = 0
    meeting: Slot | None = None
    deadline: Instant | None = None
    next_update_at: Instant | None = None


class PersonalData(StrEnum):
    """What a portion has to do with personal data (Regulation (EU) 2016/794 Art. 26).

    `held`: it holds some, and private parties do not get it. `left_out`: it says what is left of such a portion without
    personal data, and stands in its place for private parties alone.
    """

    HELD = "held"
    LEFT_OUT = "left_out"


class PrivatePartyGround(StrEnum):
    """On what ground a private party may have personal data in an individual case (Art. 26(5)): the closed list."""

    DATA_SUBJECT_INTEREST = "data_subject_interest"
    IMMINENT_CRIME = "imminent_crime"
    PUBLIC_DATA = "public_data"
    INSUFFICIENT_INFORMATION = "insufficient_information"


class Portion(Model):
    """One statement with its own marking, and with the grade its provider gave it. `said`: the same for machines."""

    section: Section
    text: Text
    marking: Marking
    grade: Grade | None = None
    said: Said | None = None
    personal_data: PersonalData | None = None


class Form(StrEnum):
    """The forms a notice comes in. Each is made from what a reader may see, and from nothing else."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"
    PDF = "pdf"
    SLACK = "slack"
    STIX = "stix"
    MISP = "misp"
    CAP = "cap"
    CALENDAR = "calendar"
    BUNDLE = "bundle"


class Relation(StrEnum):
    """What a notice is to an earlier one that the same reader was sent."""

    REPLACES = "replaces"
    CORRECTS = "corrects"
    RECALLS = "recalls"

    @property
    def stops(self) -> WithheldReason:
        """Why the earlier notice goes to nobody any more whom it has not reached yet."""
        return WithheldReason.RECALLED if self is Relation.RECALLS else WithheldReason.SUPERSEDED


class Notice(Model):
    """A notice as it is stored, whole. No reader ever gets this; each gets a variant.

    `id` is opaque: it tells nothing of how many other notices there are.
    `acknowledge_within_minutes`: how long a reader has before somebody asks after it.
    `acknowledge_within_minutes_by_group`: how long readers of some groups have instead.
    `restrictions_read`: a named person has read the H3 texts in it.
    `personal_data_ground`: on what ground private parties get the personal data in it too; without one they do not.
    `earlier`: the notice that this one replaces, corrects or recalls; only readers who were sent it are told so.
    `earlier_at`: when that one was issued; notices kept by 0.2.0 do not say it.
    `restrictions_lifted`: against an imminent threat to life, for its readers alone (Regulation 2016/794 Art. 22(2)).
    """

    id: Identifier
    incident: Identifier
    kind: NoticeKind
    mode: Mode
    issued_at: Instant
    issuer: Line
    portions: tuple[Portion, ...] = Field(min_length=1, max_length=5_000)
    acknowledge_within_minutes: int | None = Field(default=None, ge=1, le=7 * 24 * 60)
    acknowledge_within_minutes_by_group: dict[Identifier, int] = {}
    restrictions_read: bool = False
    personal_data_ground: PrivatePartyGround | None = None
    relation: Relation | None = None
    earlier: Identifier | None = None
    earlier_at: Instant | None = None
    restrictions_lifted: bool = False

    @model_validator(mode="after")
    def _related(self) -> "Notice":
        if (self.relation is None) != (self.earlier is None):
            raise ValueError("a notice that replaces, corrects or recalls another one names it, and no other does")
        if self.earlier is None and self.earlier_at is not None:
            raise ValueError("a time of an earlier notice needs the notice")
        return self

    def minutes_for(self, group: str) -> int | None:
        """How long a reader of a group has to confirm; None where nobody is asked to."""
        minutes = self.acknowledge_within_minutes
        return minutes if minutes is None else self.acknowledge_within_minutes_by_group.get(group, minutes)

    @property
    def marking(self) -> Marking:
        """At least as tight as the tightest part."""
        return join_all(portion.marking for portion in self.portions)


class VariantFile(Model):
    """One file of a variant, byte for byte."""

    name: Identifier
    media_type: Line
    content: bytes


class Variant(Model):
    """What one reader gets of a notice over one channel.

    `subject` and every file depend only on the portions this reader may see.
    """

    notice: Identifier
    reader: Identifier
    channel: Identifier
    marking: Marking
    subject: Line
    files: tuple[VariantFile, ...]


class DeliveryState(StrEnum):
    """The closed list of states of a line in the ledger."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHHELD = "withheld"
    ACKNOWLEDGED = "acknowledged"


class DeliveryReason(StrEnum):
    """Why something failed; what was withheld has a `leerp.marking.WithheldReason`."""

    UNREACHABLE = "unreachable"
    REFUSED_BY_SERVER = "refused_by_server"
    ADDRESS_UNKNOWN = "address_unknown"
    RATE_LIMITED = "rate_limited"
    NOT_CONFIGURED = "not_configured"
    KEY_MISSING = "key_missing"
    KEY_EXPIRED = "key_expired"
    KEY_MISMATCH = "key_mismatch"
    GAVE_UP = "gave_up"


FAULTS_OF_A_CHANNEL = (DeliveryReason.UNREACHABLE, DeliveryReason.NOT_CONFIGURED)
"""Faults that are the channel's and not one reader's: no other reader would be spared while they last."""


class Delivery(Message):
    """One line of the ledger: one notice to one reader over one channel.

    `attempts` counts how often sending was begun. `reason` is set wherever the notice was not sent.
    `recipient` is the address and the reader as they stood when the notice was planned.
    """

    notice: Identifier
    kind: NoticeKind
    reader: Identifier
    channel: Identifier
    state: DeliveryState
    reason: str | None = None
    attempts: int = 0
    marking: str = ""
    variant_sha256: str | None = None
    planned_at: Instant
    sent_at: Instant | None = None
    acknowledged_at: Instant | None = None


class Planned(Message):
    """What planning a delivery fixes for good: who, over which channel, to which address, cleared for what."""

    reader: Reader
    channel: Identifier
    address: Line
    withheld: str | None = None
    marking: Marking | None = None
    variant_sha256: str | None = None
    subject: str = ""
    key: Key | None = None
