"""Evidence: what is known of an item besides its bytes, what was done with it, and what it may be used as.

An item is the original bytes of a report, of a contribution, or of a file that an officer added. What makes it usable
before a court is national law; leerp keeps what a court will ask for, and a named person sets the status.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from leerp.marking import Marking
from leerp.model import Identifier, Instant, Line, Message, Model

MAX_EVIDENCE_BYTES = 100 * 1024 * 1024
"""The largest file that is taken in as an item. A disk image stays where it was made; its report comes in."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in lower-case hexadecimal."""


class EvidenceStatus(StrEnum):
    """What an item may be used as, the lowest first. Set by a named person and never by leerp."""

    INTELLIGENCE_ONLY = "intelligence_only"
    CANDIDATE = "candidate"
    EVIDENTIAL = "evidential"

    @property
    def rank(self) -> int:
        """0 for intelligence only to 2 for evidential."""
        return list(EvidenceStatus).index(self)


class CustodyAction(StrEnum):
    """What can happen to an item: the closed list."""

    ACQUIRED = "acquired"
    DERIVED = "derived"
    DESCRIBED = "described"
    ACCESSED = "accessed"
    EXPORTED = "exported"
    TRANSFERRED = "transferred"
    VERIFIED = "verified"
    STATUS_SET = "status_set"


class Origin(StrEnum):
    """How an item came in."""

    REPORT = "report"
    CONTRIBUTION = "contribution"
    FILE = "file"


class BasisKind(StrEnum):
    """On what ground somebody took or gave it (legal reference §6, condition 1)."""

    ORDER = "order"
    CONSENT = "consent"
    VOLUNTARY = "voluntary"
    OPEN_SOURCE = "open_source"


class Route(StrEnum):
    """How what was known becomes what may be shown to a court (legal reference §6, condition 7).

    A European Production Order, a European Investigation Order, mutual legal assistance (Budapest Convention Art. 31),
    sharing within a joint investigation team, or another that `note` names.
    """

    EPOC = "epoc"
    EIO = "eio"
    MLA = "mla"
    JIT = "jit"
    OTHER = "other"


class Basis(Model):
    """The lawful basis: `authority` ordered, consented or gave it, at `given_at`, whenever that was noted."""

    kind: BasisKind
    authority: Line
    reference: Line | None = None
    given_at: Instant
    valid_until: Instant | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Basis":
        if self.valid_until is not None and self.valid_until <= self.given_at:
            raise ValueError("a basis ends after it was given; correct valid_until or given_at")
        return self


class Capture(Model):
    """How the bytes were first taken, wherever that was (ISO/IEC 27037:2012; project assumption which fields).

    `clock`: where the time came from. `sha256`: as it was computed then. `changes`: what could not be left unchanged,
    and why.
    """

    at: Instant
    place: Line | None = None
    by: Line | None = None
    clock: Line | None = None
    tool: Line | None = None
    tool_version: Line | None = None
    command: Line | None = None
    sha256: Digest | None = None
    changes: Line | None = None


class OwnerConsent(Model):
    """What the owner said to its use as evidence (originator control). `via`: over which way it was said."""

    given: bool
    by: Line
    via: Line
    at: Instant


class Conversion(Model):
    """The formal way, and how far along it is."""

    route: Route
    reference: Line | None = None
    requested_at: Instant
    completed_at: Instant | None = None
    note: Line | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Conversion":
        if self.completed_at is not None and self.completed_at < self.requested_at:
            raise ValueError("a request is answered after it was made; correct completed_at or requested_at")
        if self.route is Route.OTHER and self.note is None:
            raise ValueError("the route other needs a note that names it")
        return self


class Description(Model):
    """What a person knows of an item; what is left out is unknown. A later one adds to, or replaces, an earlier one.

    `earlier_custody`: the record of whose hands it was in before it came here, or why there were none. `original`:
    true if it was not made from other data. `limits`: the conditions that its sender set; an empty list says that none
    were set. `nothing_left_out`: whether it is whole, with whatever speaks for a suspect.
    """

    basis: Basis | None = None
    capture: Capture | None = None
    earlier_custody: Line | None = None
    owner_consent: OwnerConsent | None = None
    original: bool | None = None
    conversion: Conversion | None = None
    limits: tuple[Line, ...] | None = Field(default=None, max_length=100)
    nothing_left_out: bool | None = None

    def with_later(self, later: "Description") -> "Description":
        """What stands once a later one has been said."""
        return self.model_copy(update={name: value for name, value in later if value is not None})

    @property
    def says_nothing(self) -> bool:
        """Whether every field is unknown."""
        return all(value is None for _, value in self)


class Acquisition(Model):
    """A file that an officer added, as it was on arrival. `derived_from`: the items that it was made from."""

    name: Line
    source: Identifier
    marking: Marking
    derived_from: tuple[Identifier, ...] = Field(default=(), max_length=1_000)


class CustodyRecord(Message):
    """One thing that happened to an item. `seq`: its entry in the journal; None in an extract, which has no journal.

    `detail`: words of closed lists, ids and hashes; the description that a hash names is a document of its own.
    """

    seq: int | None
    at: str
    actor: str
    action: CustodyAction
    reason: str
    tool: str | None
    detail: dict[str, str]


class EvidenceItem(Message):
    """An item with its chain of custody, as the journal tells it.

    `of`: the report or contribution whose bytes it is. `size_bytes`: None where the journal does not say. `marking`:
    the banner. `record`: the document with its `Acquisition`; None for what came as a report or a contribution.
    `descriptions`: documents, oldest first. `basis_text`: what a contributor wrote as its legal basis. `intact`: what
    the last look at the stored bytes found; None if nobody has looked since it came in.
    """

    id: str
    origin: Origin
    of: str | None
    source: str
    sha256: str
    size_bytes: int | None
    marking: str
    acquired_seq: int | None
    acquired_at: str
    record: str | None
    derived_from: tuple[str, ...]
    descriptions: tuple[str, ...]
    basis_text: str | None
    status: EvidenceStatus
    intact: bool | None
    custody: tuple[CustodyRecord, ...]


class Stamp(Message):
    """A timestamp (RFC 3161) over the entry `seq` of the journal, whose hash it is for.

    `token`, `authority`: SHA-256 of the documents with the token and with the certificates that it was verified with.
    """

    seq: int
    hash: str
    token: str
    authority: str
    at: str
    tsa: str


class ConditionId(StrEnum):
    """The ten conditions of the legal reference §6, in their order."""

    LAWFUL_BASIS = "lawful-basis"
    ORIGINAL_KEPT = "original-kept"
    TOOL_KNOWN = "tool-known"
    CUSTODY_LOGGED = "custody-logged"
    OWNER_CONSENTS = "owner-consents"
    SOURCES_LINKED = "sources-linked"
    ROUTE_NAMED = "route-named"
    LIMITS_CARRIED = "limits-carried"
    NOTHING_LEFT_OUT = "nothing-left-out"
    INDEPENDENTLY_VERIFIED = "independently-verified"


class Verdict(StrEnum):
    """What can be said of a condition."""

    MET = "met"
    NOT_MET = "not_met"
    CANNOT_BE_TOLD = "cannot_be_told"


class Judgement(Message):
    """One condition of one item, with why."""

    condition: ConditionId
    title: str
    verdict: Verdict
    why: str
