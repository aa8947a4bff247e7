"""What the rooms say to a running incident: names that never change, and the acts people send.

Workflows, signals, updates, queries and activities are known by these names alone, so that moving a file never breaks
a running incident (DESIGN §2).
"""

from enum import StrEnum
from typing import Literal

from pydantic import Field, field_validator

from leerp.countries import Country
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incidents import Choice, Phase
from leerp.model import Identifier, Instant, Line, Message
from leerp.notices import Mode, NoticeKind
from leerp.stakeholders import Role

EMERGENCY = "Emergency"
DISSEMINATION = "Dissemination"
QUEUES = {Mode.ACTUAL: "leerp-actual", Mode.EXERCISE: "leerp-exercise"}
"""Task queues: a worker serves one mode and never the other (DESIGN rule 10)."""


def emergency_id(reference: str) -> str:
    """The workflow id of an incident."""
    return f"emergency/{reference}"


def dissemination_id(reference: str, notice: str) -> str:
    """The workflow id of the dissemination of one notice."""
    return f"dissemination/{reference}/{notice}"


class SearchAttribute(StrEnum):
    """Keywords by which a running incident is found in the engine. Never anything of a report in them."""

    REFERENCE = "LeerpReference"
    PHASE = "LeerpPhase"
    STATUS = "LeerpStatus"
    MODE = "LeerpMode"


class Signal(StrEnum):
    """What machines tell a running incident. Never awaited, deduplicated by id."""

    REPORT = "report_received"
    CONTRIBUTION = "contribution_received"
    NOTICE_SENT = "notice_sent"


class Query(StrEnum):
    """What a running incident answers."""

    PHASE = "phase"


class ActName(StrEnum):
    """What people do, each a Temporal Update of the same name."""

    GRADE = "grade"
    ASSESS = "assess"
    DECIDE = "decide"
    RELEASE = "release"
    INFORM = "inform"
    MEET = "meet"
    PLAN_ADD = "plan_add"
    PLAN_AGREE = "plan_agree"
    PLAN_DRAFT = "plan_draft"
    WARN = "warn"
    CLOSE = "close"


class RefusalReason(StrEnum):
    """Why an act was refused: the closed list."""

    WRONG_PHASE = "wrong_phase"
    NOT_AUTHORISED = "not_authorised"
    SAME_PERSON = "same_person"
    NOTHING_TO_DO = "nothing_to_do"
    UNKNOWN_SUBJECT = "unknown_subject"
    REASON_MISSING = "reason_missing"
    ALREADY_ENDED = "already_ended"


class Actor(Message):
    """Who acts: an officer's id and the roles that officer has in the directory."""

    id: Identifier
    roles: tuple[Role, ...] = ()


class Act(Message):
    """What every act carries. `act` makes it idempotent: the same act twice is one act."""

    act: Identifier
    actor: Actor
    reason: str = Field(default="", max_length=2_000)


class GradeAct(Act):
    """Propose another grade for a report. It stands only if `provider_agrees` (Regulation 2016/794 Art. 29(3)).

    What the centre collected itself from open sources needs nobody's agreement (Art. 29(6)).
    """

    report: Identifier
    grade: Grade
    provider_agrees: bool = False


class AssessAct(Act):
    """Settle facts, and optionally record a tactical assessment kept as a document (`assessment`, its SHA-256).

    `table`: classify anew by this table as it stands now; without it the incident keeps the table it has.
    `unsettle`: facts that a person has settled and that are not settled any more; what reports say counts again.
    """

    facts: Facts = Facts()
    assessment: str | None = None
    table: Identifier | None = None
    unsettle: tuple[Identifier, ...] = ()

    @field_validator("unsettle", mode="after")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in Facts.model_fields:
                raise ValueError(f"{name!r} is no fact; the facts are {', '.join(Facts.model_fields)}")
        return names


class DecideAct(Act):
    """Decide at the end of triage. A second person with the approver's role confirms by the same act."""

    choice: Choice


class ReleaseAct(Act):
    """Release a drafted notice. `restrictions_read`: this person has read the H3 restrictions in it."""

    notice: Identifier
    restrictions_read: bool = False


class InformAct(Act):
    """Send the launch notice to readers who join late, or whom an officer names."""

    readers: tuple[Identifier, ...] = Field(min_length=1, max_length=1_000)


class MeetAct(Act):
    """Call an emergency meeting or a conference call; `eurojust` where the case is relevant to it."""

    at: Instant
    place: Line
    minutes: int = Field(default=60, ge=5, le=24 * 60)
    eurojust: bool = False


class PlanAddAct(Act):
    """Add or replace an action, kept as a document (`action`, the SHA-256 of its JSON)."""

    action: str


class PlanAgreeAct(Act):
    """Record that a country agrees to the plan as it stands at `version`."""

    country: Country
    version: int


class PlanDraftAct(Act):
    """Draft the notice that carries the plan as it stands, to be released."""


class WarnAct(Act):
    """Draft a fresh early warning or, once one has gone out, an update."""

    kind: Literal[NoticeKind.EARLY_WARNING, NoticeKind.UPDATE]


class CloseAct(Act):
    """Close the protocol. A second person with the approver's role confirms by the same act (seed, VII)."""

    outcome: Literal["operational_success", "normal_procedure"]


class Receipt(Message):
    """The answer to an act, given only after it is journalled."""

    incident: str
    journal_seq: int
    sentence: str
    pending_approval: bool = False
    notice: str | None = None


class Policy(Message):
    """What a centre settles for itself, fixed for an incident when it opens. All values are project assumptions.

    `four_eyes`: acts that need a second person. `acknowledge_within_minutes`: per kind of notice; absent means no
    acknowledgement is asked for. `batch`: readers per delivery activity.
    """

    four_eyes: tuple[ActName, ...] = (ActName.DECIDE, ActName.RELEASE, ActName.CLOSE)
    acknowledge_within_minutes: dict[NoticeKind, int] = {}
    watch_again_after_minutes: int = 360
    give_up_sending_after_minutes: int = 24 * 60
    batch: int = Field(default=100, ge=1, le=1_000)
    table: Identifier = "leerp-1"
    roles_per_shift: tuple[Line, ...] = (
        "malware analyst",
        "digital forensic expert",
        "decryption expert",
        "cryptocurrency analyst",
        "operational analyst",
    )


class Clock(Message):
    """How an incident's time follows the engine's: the scenario's hour and speed in an exercise, identity otherwise."""

    engine_origin: Instant | None = None
    scenario_origin: Instant | None = None
    speed: float = Field(default=1.0, gt=0, le=3600)


class Draft(Message):
    """A drafted notice that waits for release. `proposed_by` has proposed it; a second person must approve."""

    notice: str
    kind: NoticeKind
    drafted_by: str
    proposed_by: str | None = None
    proposed_by_approver: bool = False
    proposed_reason: str = ""
    plan_version: int = 0


class Sent(Message):
    """A notice whose dissemination was started; `fanned_out` once every delivery has been tried."""

    notice: str
    kind: NoticeKind
    fanned_out: bool = False


class Pending(Message):
    """A choice (or an outcome of closure) that one person has proposed and a second must confirm."""

    choice: str
    reason: str
    actor: str
    approver: bool


class Carried(Message):
    """What an incident's workflow remembers: references and progress, never documents.

    `inbox`: (signal, subject) pairs still to be worked on; `seen`: the newest subjects ever received, bounded;
    `receipts`: the newest acts with their answers, so that the same act twice is one act.
    """

    phase: Phase = Phase.DETECTION
    inbox: tuple[tuple[Signal, str], ...] = ()
    seen: tuple[str, ...] = ()
    receipts: tuple[tuple[str, Receipt], ...] = ()
    sequence: int = 0
    classified: bool = False
    recommended: Choice | None = None
    pending: Pending | None = None
    choice: Choice | None = None
    watch_until: Instant | None = None
    team_formed: bool = False
    drafts: tuple[Draft, ...] = ()
    notices: tuple[Sent, ...] = ()
    plan_version: int = 0
    plan_sent_version: int = 0
    blueprint_fed: bool = False
    closing: Pending | None = None
    closing_approved: bool = False
    closed: bool = False


class EmergencyStart(Message):
    """What an incident's workflow starts with; `carried` is its state when it continues as new.

    `searchable`: the engine knows our search attributes; setting one that it does not know would stop the workflow.
    """

    reference: str
    mode: Mode
    opened_at: Instant
    policy: Policy = Policy()
    clock: Clock = Clock()
    carried: Carried = Carried()
    continue_after_events: int = 3_000
    searchable: bool = False


class DisseminationStart(Message):
    """What the dissemination of one notice starts with."""

    reference: str
    notice: str
    kind: NoticeKind
    mode: Mode
    clock: Clock
    policy: Policy
