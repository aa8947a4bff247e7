"""Reports: what a source tells the centre, in leerp's own form whatever form it came in."""

from enum import StrEnum

from pydantic import Field

from leerp.facts import Facts
from leerp.grades import Grade
from leerp.marking import Marking
from leerp.model import Identifier, Instant, Line, Message, Model, Text
from leerp.observables import Observable

MAX_REPORT_BYTES = 20 * 1024 * 1024
"""The largest file that is taken in as a report."""

MAX_DEPTH = 40
"""The deepest nesting of a structured file that is read."""


class SourceGroup(StrEnum):
    """The six groups of sources of step I of the protocol."""

    EC3 = "ec3"
    LAW_ENFORCEMENT = "law_enforcement"
    CSIRT = "csirt"
    AGENCY = "agency"
    PRIVATE = "private"
    ACADEMIA = "academia"


class Report(Model):
    """One report of one source. (`source`, `id`) is its identity; `reported_at` may not lie in the future.

    `title`, `narrative` and `origin` are content under `marking`: none may appear where the marking is not permitted.
    `open_source`: collected by the centre itself from public sources; the centre is then the provider, and grades it
    (Regulation (EU) 2016/794 Art. 29(6)). `origin`: whom the report quotes, by id or by name; None where the source
    tells what it saw itself.
    """

    source: Identifier
    id: Identifier
    reported_at: Instant
    observed_at: Instant | None = None
    title: Line
    narrative: Text = ""
    marking: Marking = Marking()
    grade: Grade | None = None
    open_source: bool = False
    origin: Line | None = None
    facts: Facts = Facts()
    observables: tuple[Observable, ...] = Field(default=(), max_length=20_000)
    notes: tuple[Line, ...] = Field(default=(), max_length=200)
    """What reading the file could not map, one line each; shown, never dropped in silence."""


class ReportFormat(StrEnum):
    """The forms a report may come in."""

    JSON = "json"
    MISP = "misp"
    STIX = "stix"
    CSV = "csv"
    EML = "eml"
    TEXT = "text"


class IntakeOutcome(StrEnum):
    """What became of a report."""

    CREATED = "created"
    JOINED = "joined"
    DUPLICATE = "duplicate"


class IntakeReceipt(Message):
    """The answer to a report, given only after it is stored.

    `outcome` duplicate: nothing was stored again; `incident` is where the first one went.
    `because`: the observables shared with the incident that was joined, `kind:value`.
    `counted_on`: the report that this one is so much like that it is kept, counted there, and not handed on.
    """

    report: Identifier
    incident: Identifier
    outcome: IntakeOutcome
    because: tuple[str, ...] = ()
    counted_on: Identifier | None = None
