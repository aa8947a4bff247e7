"""What workflows say to activities and hear back: references and counts, never documents.

`at` is the incident's own time (the scenario's in an exercise); `key` makes the fact idempotent.
"""

from typing import Literal

from pydantic import JsonValue

from leerp.countries import Country
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incidents import Choice, Phase, Status
from leerp.journal import JournalKind
from leerp.model import Instant, Message
from leerp.notices import Mode, NoticeKind


class Fact(Message):
    """What every request carries."""

    incident: str
    at: Instant
    key: str
    actor: str = "leerp"


class Record(Fact):
    """Write one journal entry."""

    kind: JournalKind
    data: dict[str, JsonValue]


class Progress(Fact):
    """Store where the incident stands; None leaves a field as it is."""

    phase: Phase | None = None
    status: Status | None = None
    waiting_for: tuple[str, ...] | None = None


class TakeInReport(Fact):
    """Grade a report that has arrived, and classify the incident anew."""

    report: str


class ChangeGrade(Fact):
    """Propose or change the grade of a report (Regulation (EU) 2016/794 Art. 29(3))."""

    report: str
    grade: Grade
    provider_agrees: bool
    reason: str


class Assess(Fact):
    """Settle facts, record a tactical assessment (the SHA-256 of its document), and classify anew."""

    facts: Facts
    assessment: str | None
    reason: str
    table: str | None = None
    unsettle: tuple[str, ...] = ()


class Classified(Message):
    """The classification in force: what a workflow needs of it."""

    journal_seq: int
    level: str
    recommendation: Choice


class Graded(Message):
    """What came of a grade: the entry, and what is recommended now if the incident was classified anew."""

    journal_seq: int
    recommendation: Choice | None = None


class FormTeam(Fact):
    """Open the coordination centre: team, and virtual command post."""

    roles: tuple[str, ...]


class DraftNotice(Fact):
    """Draft a notice. `named`: readers an officer named; `only_named`: nobody else gets it.

    `may_be_empty`: the protocol itself asks and goes on even if there is nobody to tell; a person's act is refused.
    """

    kind: NoticeKind
    named: tuple[str, ...] = ()
    only_named: bool = False
    may_be_empty: bool = False
    eurojust: bool = False
    meeting_at: Instant | None = None
    meeting_place: str | None = None
    outcome: str | None = None
    reason: str = ""
    acknowledge_within_minutes: int | None = None


class Drafted(Message):
    """A drafted notice: its id, its marking, how many readers it is planned for."""

    notice: str
    marking: str
    readers: int
    journal_seq: int


class ReleaseNotice(Fact):
    """Release a drafted notice."""

    notice: str
    kind: NoticeKind
    reason: str
    proposed_by: str | None = None
    approval_reason: str = ""
    restrictions_read: bool = False


class NoticeTask(Fact):
    """Something to do for one notice being disseminated."""

    notice: str
    kind: NoticeKind
    mode: Mode


class DeliverBatch(NoticeTask):
    """Try the lines of the ledger from position `first` up to but not including `after`."""

    first: int
    after: int


class Tally(Message):
    """The lines of the ledger of a notice: `total` of them, `pending` still to be tried."""

    total: int
    pending: int


class AddAction(Fact):
    """Add or replace an action (the SHA-256 of its document) and look for conflicts."""

    action: str
    reason: str


class AgreePlan(Fact):
    """Record a country's agreement to a version of the plan."""

    country: Country
    version: int
    reason: str


class PlanSummary(Message):
    """The plan as a workflow needs it."""

    version: int
    actions: int
    conflicts: int
    journal_seq: int


class PlanSent(Fact):
    """A version of the plan has been disseminated."""

    version: int


class TakeInContribution(Fact):
    """Pool a contribution that has arrived and look for hits."""

    contribution: str


class CloseIncident(Fact):
    """End an incident."""

    status: Literal[Status.CLOSED, Status.NORMAL_PROCEDURE]
    outcome: str
    reason: str


class Done(Message):
    """The journal entry that proves it."""

    journal_seq: int
