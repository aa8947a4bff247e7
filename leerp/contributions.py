"""Contributions: intelligence that countries give during the investigation, and the hits between them."""

from enum import StrEnum

from pydantic import Field

from leerp.grades import Grade
from leerp.marking import Marking
from leerp.model import Identifier, Instant, Line, Message, Model, Text
from leerp.observables import Observable

MAX_OBSERVABLES = 20_000
"""The most observables of one contribution."""


class Provenance(Model):
    """How and from where a contributor has what it gives, in its own words.

    `how`: the act of collecting, such as a network capture or the image of a seized server. `obtained_from`: whose it
    was. `tool`: what it was collected or made with, and in which version.
    """

    how: Line | None = None
    obtained_from: Line | None = None
    obtained_at: Instant | None = None
    tool: Line | None = None


class Detail(Model):
    """What a contributor says of one observable besides its value."""

    observable: Observable
    first_seen: Instant | None = None
    comment: Line | None = None


class KeptFile(Model):
    """A file that was contributed for its own sake and is kept byte for byte; its hashes are observables."""

    name: Line
    size_bytes: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Contribution(Model):
    """One contribution of one stakeholder. (`contributor`, `id`) is its identity.

    `legal_basis`: on what basis it was captured (an order, consent, an open source); nobody can add that afterwards,
    and without it nothing of this becomes evidence.
    """

    contributor: Identifier
    id: Identifier
    contributed_at: Instant
    title: Line
    narrative: Text = ""
    marking: Marking = Marking()
    grade: Grade | None = None
    legal_basis: Line | None = None
    observables: tuple[Observable, ...] = Field(default=(), max_length=MAX_OBSERVABLES)
    provenance: Provenance | None = None
    details: tuple[Detail, ...] = Field(default=(), max_length=MAX_OBSERVABLES)
    file: KeptFile | None = None


class ContributionFormat(StrEnum):
    """The forms a contribution may come in. `file`: any file, kept for its own sake and not read."""

    JSON = "json"
    MISP = "misp"
    STIX = "stix"
    CSV = "csv"
    EML = "eml"
    TEXT = "text"
    FILE = "file"


class Encoding(StrEnum):
    """How a CSV file is written. `auto`: UTF-16 by its mark, else UTF-8, and Latin-1 in the rows that are none."""

    AUTO = "auto"
    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    LATIN_1 = "latin-1"


class Told(Model):
    """What is said of a contribution besides its file. A marking only tightens what the file says of itself.

    `columns`: for CSV, which column of the file is meant by each of ours, such as `value` by `ioc`.
    """

    format: ContributionFormat | None = None
    title: Line | None = None
    marking: Marking | None = None
    grade: Grade | None = None
    legal_basis: Line | None = None
    provenance: Provenance | None = None
    columns: dict[Line, Line] = {}
    encoding: Encoding = Encoding.AUTO


class RowAnswer(Message):
    """Why a row was not read, or how it was read otherwise than it stands. It never quotes the row."""

    row: int
    field: str | None = None
    why: str


class FlaggedObservable(Message):
    """An observable that a person must look at, and why. `silent`: it makes no hits."""

    observable: Observable
    why: str
    silent: bool


class ContributionOutcome(StrEnum):
    """What became of a contribution. `pending`: it is stored, and pooled once a person has confirmed it."""

    POOLED = "pooled"
    DUPLICATE = "duplicate"
    PENDING = "pending"


class ContributionReceipt(Message):
    """The answer to a contribution, given only after it is stored.

    `found`: what a person is asked to confirm. `refused`: rows that were not read, at most 1,000 of `refused_rows`.
    `without_legal_basis`: none was given at capture, so nothing of this can become evidence.
    """

    contribution: Identifier
    incident: Identifier
    outcome: ContributionOutcome
    format: ContributionFormat | None = None
    observables: int = 0
    raw_sha256: str | None = None
    without_legal_basis: bool = False
    found: tuple[Observable, ...] = ()
    flagged: tuple[FlaggedObservable, ...] = ()
    refused: tuple[RowAnswer, ...] = ()
    refused_rows: int = 0
    notes: tuple[str, ...] = ()


class PendingContribution(Message):
    """A contribution that waits for a person's confirmation, as a list of them shows it: counts and no content."""

    id: Identifier
    incident: Identifier
    contributor: Identifier
    at: Instant
    marking: str
    format: ContributionFormat
    observables: int
    flagged: int
    refused_rows: int
    raw_sha256: str
    draft_sha256: str


class Hit(Message):
    """That two contributions (or a contribution and a report) of different owners hold the same observable.

    Owners learn that there is a hit and whom to call, never from here what it is: `observable` stays at the centre.
    """

    first: Identifier
    second: Identifier
    first_owner: Identifier
    second_owner: Identifier
    observable: str
    at: Instant
