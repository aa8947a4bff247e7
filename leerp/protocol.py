"""What the rooms say to a running incident: names that never change, and the acts people send.

Workflows, signals, updates, queries and activities are known by these names alone, so that moving a file never breaks
a running incident (DESIGN §2).
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from leerp.countries import Country
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incidents import Choice, Phase
from leerp.marking import Level
from leerp.meetings import MeetingKind
from leerp.model import Identifier, Instant, Line, Message
from leerp.notices import Mode, NoticeKind, PrivatePartyGround, Relation
from leerp.stakeholders import Group, Role

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
    REPORTS = "reports_received"
    CONTRIBUTION = "contribution_received"
    NOTICE_SENT = "notice_sent"
    CONSENT = "consent_answered"
    MOVED = "reports_moved"
    CLOCK = "clock_changed"


class Query(StrEnum):
    """What a running incident answers."""

    PHASE = "phase"


class ActName(StrEnum):
    """What people do, each a Temporal Update of the same name."""

    GRADE = "grade"
    ASSESS = "assess"
    DECIDE = "decide"
    RECONSIDER = "reconsider"
    RELEASE = "release"
    INFORM = "inform"
    MEET = "meet"
    MEETING_CANCEL = "meeting_cancel"
    MEETING_MINUTES = "meeting_minutes"
    PLAN_ADD = "plan_add"
    PLAN_AGREE = "plan_agree"
    PLAN_DRAFT = "plan_draft"
    PLAN_PROPOSE = "plan_propose"
    PLAN_ACCEPT = "plan_accept"
    PLAN_DECLINE = "plan_decline"
    PLAN_STATE = "plan_state"
    PLAN_OUTCOME = "plan_outcome"
    WARN = "warn"
    CLOSE = "close"
    TEAM_PLAN = "team_plan"
    TEAM_CHANGE = "team_change"
    TEAM_CONFIRM = "team_confirm"
    ROOM_OPEN = "room_open"
    ROOM_INVITE = "room_invite"
    ROOM_ARCHIVE = "room_archive"
    PRODUCT_REQUEST = "product_request"
    PRODUCT_ASSIGN = "product_assign"
    PRODUCT_DRAFT = "product_draft"
    PRODUCT_WITHDRAW = "product_withdraw"
    PACKAGE_BUILD = "package_build"
    RECALL = "recall"
    CONSENT = "consent"
    OVERRIDE = "override"
    MOVE = "move"
    SPLIT = "split"
    MERGE = "merge"


class RefusalReason(StrEnum):
    """Why an act was refused: the closed list."""

    WRONG_PHASE = "wrong_phase"
    NOT_AUTHORISED = "not_authorised"
    SAME_PERSON = "same_person"
    NOTHING_TO_DO = "nothing_to_do"
    UNKNOWN_SUBJECT = "unknown_subject"
    REASON_MISSING = "reason_missing"
    ALREADY_ENDED = "already_ended"
    CONDITIONS_UNMET = "conditions_unmet"
    NOT_PERMITTED = "not_permitted"
    SERVICE_AWAY = "service_away"


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


class ReconsiderAct(Act):
    """Go on with a launched protocol although a new classification recommends it no more.

    Whoever ends it instead closes it with the outcome `normal_procedure`.
    """

    choice: Literal["go_on"]


class ReleaseAct(Act):
    """Release a drafted notice. `restrictions_read`: this person has read the H3 restrictions in it.

    `ground`: on what ground private parties get the personal data in it too (Regulation (EU) 2016/794 Art. 26(5)).
    """

    notice: Identifier
    restrictions_read: bool = False
    ground: PrivatePartyGround | None = None


class InformAct(Act):
    """Send the launch notice to readers who join late, or whom an officer names."""

    readers: tuple[Identifier, ...] = Field(min_length=1, max_length=1_000)


class RelatedAct(Act):
    """An act that drafts a notice which may take the place of one of the same kind that was released, or correct it.

    `relation`, `earlier`: which of the two it is to do, and to which notice; both or neither.
    """

    relation: Literal[Relation.REPLACES, Relation.CORRECTS] | None = None
    earlier: Identifier | None = None

    @model_validator(mode="after")
    def _related(self) -> "RelatedAct":
        if (self.relation is None) != (self.earlier is None):
            raise ValueError("say both: whether it replaces or corrects, and which notice")
        return self


class MeetAct(RelatedAct):
    """Call a meeting or a conference call; `eurojust` where the case is relevant to it.

    `kind`: without one nothing is kept of it but the notice, as 0.2.0 did. `needed`: the countries without which
    nothing is decided. `invite`: whom to call instead of those who are called by the protocol.
    """

    at: Instant
    place: Line
    minutes: int = Field(default=60, ge=5, le=24 * 60)
    eurojust: bool = False
    kind: MeetingKind | None = None
    needed: tuple[Country, ...] = Field(default=(), max_length=64)
    invite: tuple[Identifier, ...] = Field(default=(), max_length=1_000)


class PlanAddAct(Act):
    """Add or replace an action, kept as a document (`action`, the SHA-256 of its JSON)."""

    action: str


class PlanAgreeAct(Act):
    """Record that a country agrees to the plan as it stands at `version`."""

    country: Country
    version: int


class PlanDraftAct(RelatedAct):
    """Draft the notice that carries the plan as it stands, to be released; `eurojust`: it is a reader too."""

    eurojust: bool = False


class WarnAct(RelatedAct):
    """Draft a fresh early warning or, once one has gone out, an update. `next_update_at`: when readers hear again."""

    kind: Literal[NoticeKind.EARLY_WARNING, NoticeKind.UPDATE]
    next_update_at: Instant | None = None


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


Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60)]
"""A time to acknowledge in: at most a week."""


class Policy(Message):
    """What a centre settles for itself, fixed for an incident when it opens. All values are project assumptions.

    `four_eyes`: acts that need a second person. `acknowledge_within_minutes`: per kind of notice; absent means no
    acknowledgement is asked for. `acknowledge_within_minutes_by_group`: where one is asked for, other minutes for the
    readers of some groups. `batch`: readers per delivery activity.
    `four_eyes_from`: from which level of the notice a release takes two people, and below it one; without it
    `four_eyes` decides alone. `consent_within_minutes`: how long a notice waits for what its providers say.
    """

    four_eyes: tuple[ActName, ...] = (ActName.DECIDE, ActName.RELEASE, ActName.CLOSE)
    acknowledge_within_minutes: dict[NoticeKind, int] = {}
    acknowledge_within_minutes_by_group: dict[Group, Minutes] = {}
    watch_again_after_minutes: int = 360
    give_up_sending_after_minutes: int = 24 * 60
    batch: int = Field(default=100, ge=1, le=1_000)
    four_eyes_from: dict[Literal[ActName.RELEASE], Level] = {}
    consent_within_minutes: int = Field(default=240, ge=1, le=7 * 24 * 60)
    table: Identifier = "leerp-1"
    roles_per_shift: tuple[Line, ...] = (
        "malware analyst",
        "digital forensic expert",
        "decryption expert",
        "cryptocurrency analyst",
        "operational analyst",
    )

    def two_release(self, level: Level | None) -> bool:
        """Whether the release of a notice of this level takes two people; of an unknown level it does."""
        threshold = self.four_eyes_from.get(ActName.RELEASE)
        if threshold is None:
            return ActName.RELEASE in self.four_eyes
        return level is None or level.rank >= threshold.rank

    def deadlines(self, kind: NoticeKind) -> dict[str, Any]:
        """How long readers have to confirm a notice of a kind, as the request to draft it has it."""
        minutes = self.acknowledge_within_minutes.get(kind)
        by_group = self.acknowledge_within_minutes_by_group if minutes is not None else {}
        named = {group.value: value for group, value in by_group.items()}
        return {"acknowledge_within_minutes": minutes, "acknowledge_within_minutes_by_group": named}


class Clock(Message):
    """How an incident's time follows the engine's: the scenario's hour and speed in an exercise, identity otherwise.

    `stopped`: the scenario's time stands at its origin, as while a live exercise is paused.
    """

    engine_origin: Instant | None = None
    scenario_origin: Instant | None = None
    speed: float = Field(default=1.0, gt=0, le=3600)
    stopped: bool = False

    def time(self, engine: datetime) -> datetime:
        """The incident's time when it is that time by the engine's clock."""
        if self.scenario_origin is None or self.engine_origin is None:
            return engine
        if self.stopped:
            return self.scenario_origin
        return self.scenario_origin + (engine - self.engine_origin) * self.speed


class Threat(Message):
    """A level of the classification in force: its name, and its rank from 0."""

    level: str
    rank: int


class Draft(Message):
    """A drafted notice that waits for release. `proposed_by` has proposed it; a second person must approve.

    `level`: of the whole. `restricted_by`: whose restrictions in words (H3) somebody has to read.
    `threat`: the level of the classification that it tells. `subject`: which product, or the package of which country;
    drafts about different ones stand beside each other.
    """

    notice: str
    kind: NoticeKind
    drafted_by: str
    proposed_by: str | None = None
    proposed_by_approver: bool = False
    proposed_reason: str = ""
    proposed_ground: PrivatePartyGround | None = None
    plan_version: int = 0
    level: Level | None = None
    restricted_by: tuple[str, ...] = ()
    relation: Relation | None = None
    earlier: str | None = None
    threat: Threat | None = None
    subject: str | None = None


class Sent(Message):
    """A notice whose dissemination was started; `fanned_out` once every delivery has been tried."""

    notice: str
    kind: NoticeKind
    fanned_out: bool = False
    relation: Relation | None = None
    earlier: str | None = None


class Pending(Message):
    """A choice (or an outcome of closure) that one person has proposed and a second must confirm."""

    choice: str
    reason: str
    actor: str
    approver: bool


class PendingOverride(Message):
    """An override that one person has proposed and a second must confirm."""

    notice: str
    readers: tuple[str, ...]
    reason: str
    actor: str


class Carried(Message):
    """What an incident's workflow remembers: references and progress, never documents.

    `inbox`: (signal, subject) pairs still to be worked on; `seen`: the newest subjects ever received, bounded;
    `receipts`: the newest acts with their answers, so that the same act twice is one act.
    `threat`: the level as it is now. `told_threat`: the one that was decided on, or that the readers were told last.
    `in_doubt`: a launched protocol is recommended no more, and nobody has said what to do.
    `merged_into`: the incident that has taken all reports of this one.
    `look_at`: when to look next at what has a time, such as an action or a meeting; None while nothing has.
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
    overriding: PendingOverride | None = None
    closed: bool = False
    look_at: Instant | None = None
    open_rooms: tuple[str, ...] = ()
    threat: Threat | None = None
    told_threat: Threat | None = None
    in_doubt: bool = False
    merged_into: str | None = None


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
