"""Deeds of step V: meetings and the action plan."""

from typing import Literal

from pydantic import Field, model_validator

from exercises.deed_parts import OtherAct, Readers, Related
from exercises.offsets import Offset
from leerp.countries import Country
from leerp.marking import Marking
from leerp.meetings import Answer, MeetingKind
from leerp.model import Identifier, Line, Model, Text
from leerp.plan_alerts import Outcome
from leerp.plans import ActionState, ActionType
from leerp.protocol import ActName
from leerp.targets import AnyTarget


class MeetDeed(Related):
    """Call a meeting for a time of the scenario. `kind`, `needed`, `invite`: as `leerp.protocol.MeetAct` has them."""

    act: Literal[ActName.MEET]
    meeting_at: Offset
    place: Line
    minutes: int = Field(default=60, ge=5, le=24 * 60)
    eurojust: bool = False
    kind: MeetingKind | None = None
    needed: tuple[Country, ...] = Field(default=(), max_length=64)
    invite: Readers = ()


class MeetingCancelDeed(Model):
    """Cancel a meeting. `call`: the number of the inject that called it."""

    act: Literal[ActName.MEETING_CANCEL]
    call: int


class MeetingAnswerDeed(Model):
    """Record what a reader answers to a call: an officer who was told so writes it down."""

    act: Literal[OtherAct.MEETING_ANSWER]
    call: int
    reader: Identifier
    answer: Answer
    via: Line = "telephone"


class PlannedAction(Model):
    """An action of the plan, its window as offsets; see `leerp.plans.Action`."""

    id: Identifier
    title: Line
    type: ActionType
    owner: Identifier
    country: Country
    agency: Line | None = None
    lead: Identifier | None = None
    support: tuple[Identifier, ...] = Field(default=(), max_length=64)
    targets: tuple[AnyTarget, ...] = Field(default=(), max_length=1_000)
    starts: Offset
    ends: Offset
    legal_basis: Line | None = None
    case: Line | None = None
    after: tuple[Identifier, ...] = Field(default=(), max_length=256)
    needs: tuple[Identifier, ...] = Field(default=(), max_length=256)
    marking: Marking = Marking()
    state: ActionState = ActionState.PROPOSED

    @model_validator(mode="after")
    def _window_in_order(self) -> "PlannedAction":
        if self.starts >= self.ends:
            raise ValueError(f"the window of action {self.id} ends before it begins")
        return self


class DecisionOfMeeting(Model):
    """What a meeting decided. `action`: what is to be done for it, which goes into the plan."""

    text: Text = Field(min_length=1)
    marking: Marking = Marking()
    action: PlannedAction | None = None


class MeetingMinutesDeed(Model):
    """Keep the minutes of a meeting. `attended`: the stakeholders who were there."""

    act: Literal[ActName.MEETING_MINUTES]
    call: int
    attended: Readers
    text: Text = ""
    marking: Marking = Marking()
    decisions: tuple[DecisionOfMeeting, ...] = Field(default=(), max_length=200)


class PlanAddDeed(Model):
    """Add an action to the plan, or replace the one with its id."""

    act: Literal[ActName.PLAN_ADD]
    action: PlannedAction


class PlanProposeDeed(Model):
    """Record an action that a stakeholder proposes."""

    act: Literal[ActName.PLAN_PROPOSE]
    proposed_by: Identifier
    action: PlannedAction


class PlanAcceptDeed(Model):
    """Take a proposal into the plan. `proposal`: the number of the inject that brought it."""

    act: Literal[ActName.PLAN_ACCEPT]
    proposal: int


class PlanDeclineDeed(Model):
    """Decline a proposal. `proposal`: the number of the inject that brought it."""

    act: Literal[ActName.PLAN_DECLINE]
    proposal: int


class PlanStateDeed(Model):
    """Say how far an action is."""

    act: Literal[ActName.PLAN_STATE]
    action: Identifier
    state: ActionState


class PlanOutcomeDeed(Model):
    """Record what the owners of two colliding actions have agreed on. `actions`: the ids of the two."""

    act: Literal[ActName.PLAN_OUTCOME]
    actions: tuple[Identifier, Identifier]
    outcome: Outcome


class PlanAgreeDeed(Model):
    """Record that a country agrees; to the version that stands unless another is named."""

    act: Literal[ActName.PLAN_AGREE]
    country: Country
    version: int | None = None


class PlanDraftDeed(Related):
    """Draft the notice that carries the plan; `eurojust`: it is a reader too."""

    act: Literal[ActName.PLAN_DRAFT]
    eurojust: bool = False
