"""Injects: what reaches the players, or what they do, at an offset from the start. The columns are those of an MSEL."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from exercises.offsets import AnyOffset, Offset
from leerp.assessments import Assessment
from leerp.countries import Country
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incidents import Choice
from leerp.marking import Marking
from leerp.model import Identifier, Line, Model, Text
from leerp.notices import NoticeKind
from leerp.observables import Observable
from leerp.plans import ActionState, ActionType
from leerp.protocol import ActName, RefusalReason
from leerp.reports import IntakeOutcome
from leerp.targets import AnyTarget


class Base(Model):
    """The columns that every inject has.

    `at`: offset from the start. `expected`: what a good answer to it is, in words. `objective` and `sources` name
    entries of the scenario. `evaluator_note`: for whoever watches.
    """

    number: int = Field(ge=1, le=99_999)
    at: Offset
    to: Line = "duty desk"
    delivery: Line = "leerp"
    description: Text = Field(min_length=1)
    expected: Text = ""
    objective: Identifier | None = None
    sources: tuple[Identifier, ...] = ()
    evaluator_note: Text = ""


class ReportContent(Model):
    """What a report says; see `leerp.reports.Report`. The same `id` of one source twice is one report sent twice."""

    id: Identifier | None = None
    title: Line
    narrative: Text = ""
    observed: AnyOffset | None = None
    marking: Marking = Marking()
    grade: Grade | None = None
    facts: Facts = Facts()
    observables: tuple[Observable, ...] = Field(default=(), max_length=20_000)


class ReportInject(Base):
    """A stakeholder reports.

    `outcome`: what must become of it, where that is part of the exercise. `turned_away`: it must not be taken in.
    """

    kind: Literal["report"]
    sender: Identifier = Field(alias="from")
    says: ReportContent
    outcome: IntakeOutcome | None = None
    turned_away: bool = False


class ContributionContent(Model):
    """What a contribution says; see `leerp.contributions.Contribution`."""

    title: Line
    narrative: Text = ""
    marking: Marking = Marking()
    grade: Grade | None = None
    legal_basis: Line | None = None
    observables: tuple[Observable, ...] = Field(default=(), max_length=20_000)


class ContributionInject(Base):
    """A stakeholder contributes to an incident: the first one, or the one that the report of that inject went to.

    `turned_away`: it must not be taken in.
    """

    kind: Literal["contribution"]
    sender: Identifier = Field(alias="from")
    says: ContributionContent
    incident: int | None = None
    turned_away: bool = False


class AcknowledgeInject(Base):
    """Readers confirm the newest notice of a kind that went to them.

    `over`: one after another within this span, each at a moment drawn by the seed. `refused`: why the centre must
    refuse it, such as from a reader who was told nothing.
    """

    kind: Literal["acknowledge"]
    senders: tuple[Identifier, ...] = Field(alias="from", min_length=1, max_length=1_000)
    notice: NoticeKind
    how: Line = "telephone"
    over: Offset = timedelta()
    refused: RefusalReason | None = None
    incident: int | None = None


class GradeDeed(Model):
    """Propose another grade for the report of an earlier inject."""

    act: Literal[ActName.GRADE]
    report: int
    grade: Grade
    provider_agrees: bool = False


class AssessDeed(Model):
    """Settle facts, record a tactical assessment, or both."""

    act: Literal[ActName.ASSESS]
    facts: Facts = Facts()
    assessment: Assessment | None = None


class DecideDeed(Model):
    """Decide at the end of triage, or confirm what a first person has proposed."""

    act: Literal[ActName.DECIDE]
    choice: Choice


class ReleaseDeed(Model):
    """Release the newest draft of a kind, or approve the release that a first person has proposed."""

    act: Literal[ActName.RELEASE]
    notice: NoticeKind
    restrictions_read: bool = False


class InformDeed(Model):
    """Tell late joiners of the launch."""

    act: Literal[ActName.INFORM]
    readers: tuple[Identifier, ...] = Field(min_length=1, max_length=1_000)


class MeetDeed(Model):
    """Call a meeting for a time of the scenario."""

    act: Literal[ActName.MEET]
    meeting_at: Offset
    place: Line
    minutes: int = Field(default=60, ge=5, le=24 * 60)
    eurojust: bool = False


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


class PlanAddDeed(Model):
    """Add an action to the plan, or replace the one with its id."""

    act: Literal[ActName.PLAN_ADD]
    action: PlannedAction


class PlanAgreeDeed(Model):
    """Record that a country agrees; to the version that stands unless another is named."""

    act: Literal[ActName.PLAN_AGREE]
    country: Country
    version: int | None = None


class PlanDraftDeed(Model):
    """Draft the notice that carries the plan."""

    act: Literal[ActName.PLAN_DRAFT]


class WarnDeed(Model):
    """Draft a fresh early warning, or an update to one that went out."""

    act: Literal[ActName.WARN]
    notice: Literal[NoticeKind.EARLY_WARNING, NoticeKind.UPDATE]


class CloseDeed(Model):
    """Propose closure, or confirm what a first person has proposed."""

    act: Literal[ActName.CLOSE]
    outcome: Literal["operational_success", "normal_procedure"]


Deed = Annotated[
    GradeDeed
    | AssessDeed
    | DecideDeed
    | ReleaseDeed
    | InformDeed
    | MeetDeed
    | PlanAddDeed
    | PlanAgreeDeed
    | PlanDraftDeed
    | WarnDeed
    | CloseDeed,
    Field(discriminator="act"),
]


class ActInject(Base):
    """An officer acts. `refused`: why the centre must refuse it, where that is part of the exercise."""

    kind: Literal["act"]
    sender: Identifier = Field(alias="from")
    does: Deed
    reason: str = Field(default="", max_length=2_000)
    refused: RefusalReason | None = None
    incident: int | None = None


Inject = Annotated[
    ReportInject | ContributionInject | AcknowledgeInject | ActInject,
    Field(discriminator="kind"),
]


def senders(inject: Inject) -> tuple[str, ...]:
    """Who an inject comes from."""
    return inject.senders if isinstance(inject, AcknowledgeInject) else (inject.sender,)
