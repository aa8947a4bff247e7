"""The operational action plan: who does what, to what, when; and where two actions collide."""

from enum import StrEnum

from pydantic import Field, model_validator

from leerp.countries import Country
from leerp.marking import Marking
from leerp.model import Identifier, Instant, Line, Message, Model
from leerp.observables import Observable


class ActionType(StrEnum):
    """What an action does."""

    SEIZURE = "seizure"
    TAKEDOWN = "takedown"
    SINKHOLE = "sinkhole"
    ARREST = "arrest"
    SEARCH = "search"
    COVERT_MONITORING = "covert_monitoring"
    CONTROLLED_LOGIN = "controlled_login"
    DISCLOSURE_REQUEST = "disclosure_request"
    VICTIM_NOTIFICATION = "victim_notification"
    PUBLIC_STATEMENT = "public_statement"
    FORENSIC_ANALYSIS = "forensic_analysis"
    OTHER = "other"


class ActionState(StrEnum):
    """How far an action is."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    DONE = "done"
    CANCELLED = "cancelled"


class Action(Model):
    """One action. `owner` is the stakeholder that does it; `starts_at` must lie before `ends_at`.

    `legal_basis`: on which lawful ground, so that what is captured can be used as evidence later (seed, V.2).
    """

    id: Identifier
    title: Line
    type: ActionType
    owner: Identifier
    country: Country
    targets: tuple[Observable, ...] = Field(default=(), max_length=1_000)
    starts_at: Instant
    ends_at: Instant
    legal_basis: Line | None = None
    marking: Marking = Marking()
    state: ActionState = ActionState.PROPOSED

    @model_validator(mode="after")
    def _window_in_order(self) -> "Action":
        if self.starts_at >= self.ends_at:
            raise ValueError(f"the window of action {self.id} ends before it begins")
        return self


class AlertLevel(StrEnum):
    """What two owners whose actions collide are told to do."""

    STOP_AND_CALL = "stop_and_call"
    COORDINATE = "coordinate"


class Conflict(Message):
    """Two actions that collide, and why. Actions are named by id, the smaller id first."""

    first: Identifier
    second: Identifier
    alert: AlertLevel
    because: Line


class Plan(Message):
    """A version of the plan; `agreed_by` names countries. A change raises the version and clears agreement."""

    version: int = 0
    actions: tuple[Action, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    agreed_by: tuple[Country, ...] = ()
    disseminated_version: int = 0
