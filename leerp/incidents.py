"""Incidents: where one stands, how it was classified, what was decided, and the view that is exported of it."""

from enum import StrEnum

from pydantic import JsonValue

from leerp.confidence import Confidence, Corroboration
from leerp.contributions import Contribution
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incident_types import TypeAssignment
from leerp.model import Instant, Message
from leerp.moving import Move
from leerp.notices import Mode, NoticeKind
from leerp.plan_alerts import Alert, PlanProposal
from leerp.plans import Plan
from leerp.products import Product
from leerp.rota import RotaView


class Phase(StrEnum):
    """The seven steps of the protocol, in order."""

    DETECTION = "detection"
    TRIAGE = "triage"
    COORDINATION = "coordination"
    WARNING = "warning"
    PLAN = "plan"
    INVESTIGATION = "investigation"
    CLOSURE = "closure"

    @property
    def rank(self) -> int:
        """0 for detection to 6 for closure."""
        return list(Phase).index(self)


class Status(StrEnum):
    """Whether an incident is still being worked on, and how it ended."""

    OPEN = "open"
    WATCHED = "watched"
    NORMAL_PROCEDURE = "normal_procedure"
    EMERGENCY = "emergency"
    CLOSED = "closed"
    MERGED = "merged"

    @property
    def ended(self) -> bool:
        """Nothing more joins an incident that has ended."""
        return self in (Status.NORMAL_PROCEDURE, Status.CLOSED, Status.MERGED)


class Choice(StrEnum):
    """What a person may decide at the end of triage, and what is recommended."""

    LAUNCH = "launch"
    NORMAL = "normal"
    WATCH = "watch"


class Presumption(StrEnum):
    """Criminal until shown otherwise (seed, I)."""

    RAISED = "raised"
    REBUTTED = "rebutted"


class Classification(Message):
    """The result of one table over one set of facts, with everything needed to repeat it.

    `lowest` and `highest` bound the level over everything unknown. `ask_for` names the missing facts, the one that
    would narrow the range most first, and `questions` says the same in words. `trace` names the rows that matched and
    `triggers` what lifts the level, each with its evidence. `score`: from 0 to 100, for tables that make points.
    `would_change`: for each fact, the nearest value that leads to another level, and what it leads to. `types`: in both
    taxonomies. `corroboration`, `confidence`: who stands behind each fact, and how far the level may be relied on.
    """

    table: str
    table_version: str
    table_sha256: str
    level: str
    level_rank: int
    levels: int = 0
    lowest: str
    highest: str
    ask_for: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    score: float | None = None
    trace: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    presumption: Presumption
    presumed_because: str = ""
    recommendation: Choice
    types: tuple[TypeAssignment, ...] = ()
    would_change: tuple[str, ...] = ()
    corroboration: tuple[Corroboration, ...] = ()
    confidence: Confidence | None = None
    facts: Facts


class Decision(Message):
    """One decision of one person, as the journal has it."""

    seq: int
    at: Instant
    actor: str
    kind: str
    choice: str
    reason: str
    approved_by: str | None = None
    recommended: str | None = None

    @property
    def against_recommendation(self) -> bool:
        """Whether something else had been recommended."""
        return self.recommended is not None and self.recommended != self.choice


class TeamMember(Message):
    """A function of the Emergency Response Team and who fills it; None is a shortfall, and is said."""

    role: str
    officer: str | None


class ReportView(Message):
    """A report as the incident view shows it: no content above its marking, which is why there is no title.

    `repeats`: how many that are nearly identical were kept, counted on this one, and not handed on one by one.
    """

    id: str
    source: str
    received_at: Instant
    grade: Grade
    marking: str
    content_sha256: str
    observables: int
    repeats: int = 0


class NoticeView(Message):
    """A notice as the incident view shows it, with its sum: planned = sent + failed + withheld + pending."""

    id: str
    kind: NoticeKind
    marking: str
    issued_at: Instant
    released: bool
    planned: int
    sent: int
    failed: int
    withheld: int
    pending: int
    acknowledged: int


class ContributionView(Message):
    """A contribution as the incident view shows it."""

    id: str
    contributor: str
    at: Instant
    marking: str
    observables: int
    hits: int

    @classmethod
    def of(cls, contribution: Contribution, *, hits: int) -> "ContributionView":
        """The view of a contribution with its number of hits."""
        return cls(
            id=contribution.id,
            contributor=contribution.contributor,
            at=contribution.contributed_at,
            marking=contribution.marking.banner,
            observables=len(contribution.observables),
            hits=hits,
        )


class IncidentView(Message):
    """`incident.json` (DESIGN §6): what there is to know of an incident, from the store alone.

    `moves`: the acts by which reports left it or came to it. `merged_into`: the incident that took all of them.
    """

    reference: str
    title: str
    status: Status
    phase: Phase
    mode: Mode
    marking: str
    reports: tuple[ReportView, ...]
    classification: Classification | None
    decisions: tuple[Decision, ...]
    team: tuple[TeamMember, ...]
    notices: tuple[NoticeView, ...]
    plan: Plan
    contributions: tuple[ContributionView, ...]
    plan_alerts: tuple[Alert, ...] = ()
    plan_proposals: tuple[PlanProposal, ...] = ()
    rota: RotaView | None = None
    products: tuple[Product, ...] = ()
    waiting_for: tuple[str, ...] = ()
    opened_at: Instant
    closed_at: Instant | None = None
    moves: tuple[Move, ...] = ()
    merged_into: str | None = None


class IncidentPatch(Message):
    """What a step changes in the stored incident; None leaves a field as it is."""

    status: Status | None = None
    phase: Phase | None = None
    waiting_for: tuple[str, ...] | None = None
    closed_at: Instant | None = None
    classification: Classification | None = None
    team: tuple[TeamMember, ...] | None = None
    extra: dict[str, JsonValue] = {}
