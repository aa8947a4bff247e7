"""The operational action plan: who does what, to what, when; and where two actions collide."""

from enum import StrEnum

from pydantic import Field, model_validator

from leerp.countries import Country
from leerp.marking import Marking
from leerp.model import Identifier, Instant, Line, Message, Model
from leerp.pointers import SealedTargets
from leerp.targets import AnyTarget


class ActionType(StrEnum):
    """What an action does."""

    SEIZURE = "seizure"
    TAKEDOWN = "takedown"
    SINKHOLE = "sinkhole"
    ARREST = "arrest"
    SEARCH = "search"
    INTERVIEW = "interview"
    COVERT_MONITORING = "covert_monitoring"
    INTERCEPTION = "interception"
    CONTROLLED_LOGIN = "controlled_login"
    UNDERCOVER_PURCHASE = "undercover_purchase"
    DISCLOSURE_REQUEST = "disclosure_request"
    PRESERVATION_REQUEST = "preservation_request"
    LEGAL_ASSISTANCE_REQUEST = "legal_assistance_request"
    ASSET_FREEZE = "asset_freeze"
    DISINFECTION = "disinfection"
    VICTIM_NOTIFICATION = "victim_notification"
    PUBLIC_STATEMENT = "public_statement"
    FORENSIC_ANALYSIS = "forensic_analysis"
    OTHER = "other"


class ActionState(StrEnum):
    """How far an action is."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    READY = "ready"
    UNDER_WAY = "under_way"
    BLOCKED = "blocked"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it: it collides with nothing and is never late."""
        return self in (ActionState.DONE, ActionState.FAILED, ActionState.CANCELLED)

    @property
    def next_states(self) -> tuple["ActionState", ...]:
        """What it may become; nothing once it is over."""
        return _NEXT.get(self, ())


_NEXT = {
    ActionState.PROPOSED: (ActionState.AGREED, ActionState.BLOCKED, ActionState.CANCELLED),
    ActionState.AGREED: (
        *(ActionState.READY, ActionState.UNDER_WAY, ActionState.BLOCKED),
        ActionState.CANCELLED,
    ),
    ActionState.READY: (
        *(ActionState.UNDER_WAY, ActionState.BLOCKED),
        *(ActionState.DONE, ActionState.FAILED, ActionState.CANCELLED),
    ),
    ActionState.UNDER_WAY: (
        *(ActionState.BLOCKED, ActionState.DONE, ActionState.FAILED),
        ActionState.CANCELLED,
    ),
    ActionState.BLOCKED: (
        *(ActionState.AGREED, ActionState.READY, ActionState.UNDER_WAY),
        *(ActionState.FAILED, ActionState.CANCELLED),
    ),
}


class Action(Model):
    """One action. `owner` is the stakeholder that does it; `starts_at` must lie before `ends_at`.

    `agency`: the authority that acts, in its own words. `lead`, `support`: the stakeholders that lead and help.
    `legal_basis`: on which lawful ground, so that what is captured can be used as evidence later (seed, V.2).
    `case`: the number of the country's own case. `after`: the actions that must have ended before it begins, whatever
    came of them. `needs`: those that must be done before it begins. `proposed_by`: the stakeholder who proposed it.
    `sealed`: its targets as pointers, where the country does not show them; then it has no `targets`.
    """

    id: Identifier
    title: Line
    type: ActionType
    owner: Identifier
    country: Country
    agency: Line | None = None
    lead: Identifier | None = None
    support: tuple[Identifier, ...] = Field(default=(), max_length=64)
    targets: tuple[AnyTarget, ...] = Field(default=(), max_length=1_000)
    starts_at: Instant
    ends_at: Instant
    legal_basis: Line | None = None
    case: Line | None = None
    after: tuple[Identifier, ...] = Field(default=(), max_length=256)
    needs: tuple[Identifier, ...] = Field(default=(), max_length=256)
    proposed_by: Identifier | None = None
    marking: Marking = Marking()
    state: ActionState = ActionState.PROPOSED
    sealed: SealedTargets | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Action":
        if self.starts_at >= self.ends_at:
            raise ValueError(f"the window of action {self.id} ends before it begins")
        if self.id in self.depends_on:
            raise ValueError(f"action {self.id} waits for itself")
        if self.sealed is not None and self.targets:
            raise ValueError(f"action {self.id} has sealed targets and open ones; give one or the other")
        return self

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The actions it waits for, of both kinds, each once."""
        return tuple(dict.fromkeys((*self.after, *self.needs)))


class AlertLevel(StrEnum):
    """What two owners whose actions collide are told to do, gravest first."""

    STOP_AND_CALL = "stop_and_call"
    COORDINATE = "coordinate"
    INFORM = "inform"

    @property
    def rank(self) -> int:
        """0 for the mildest."""
        return 2 - list(AlertLevel).index(self)


class Conflict(Message):
    """Two actions that collide, and why. Actions are named by id, the smaller id first."""

    first: Identifier
    second: Identifier
    alert: AlertLevel
    because: Line


class Plan(Message):
    """A version of the plan; `agreed_by` names countries. A change raises the version and clears agreement.

    How far an action is changes no version: nobody has to agree again.
    """

    version: int = 0
    actions: tuple[Action, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    agreed_by: tuple[Country, ...] = ()
    disseminated_version: int = 0

    def action(self, identifier: str) -> Action | None:
        """The action with this id."""
        return next((one for one in self.actions if one.id == identifier), None)


class ActionFile(Model):
    """Several actions in one file, which come into the plan together or not at all."""

    actions: tuple[Action, ...] = Field(min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def _ids_once(self) -> "ActionFile":
        ids = [one.id for one in self.actions]
        twice = next((one for one in ids if ids.count(one) > 1), None) if len(set(ids)) < len(ids) else None
        if twice:
            raise ValueError(f"action {twice} stands twice in the file")
        return self
