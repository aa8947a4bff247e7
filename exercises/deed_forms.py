"""Deeds: what a scenario says that people do, before what it names is looked up in the incident as it stands.

What an earlier inject made (a meeting, a room, a product, a proposal) is named by the number of that inject.
"""

from typing import Annotated, Literal

from pydantic import Field

from exercises.centre_deeds import (
    HitDeed,
    PackageBuildDeed,
    ProductAssignDeed,
    ProductDraftDeed,
    ProductRequestDeed,
    ProductWithdrawDeed,
    RoomArchiveDeed,
    RoomInviteDeed,
    RoomOpenDeed,
    RoomPinDeed,
    TeamChangeDeed,
    TeamConfirmDeed,
    TeamPlanDeed,
)
from exercises.deed_parts import Readers, Related
from exercises.offsets import Offset
from exercises.plan_deeds import (
    MeetDeed,
    MeetingAnswerDeed,
    MeetingCancelDeed,
    MeetingMinutesDeed,
    PlanAcceptDeed,
    PlanAddDeed,
    PlanAgreeDeed,
    PlanDeclineDeed,
    PlanDraftDeed,
    PlanOutcomeDeed,
    PlanProposeDeed,
    PlanStateDeed,
)
from leerp.assessments import Assessment
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incidents import Choice
from leerp.model import Identifier, Line, Model
from leerp.notices import NoticeKind, PrivatePartyGround
from leerp.protocol import ActName


class GradeDeed(Model):
    """Propose another grade for the report of an earlier inject."""

    act: Literal[ActName.GRADE]
    report: int
    grade: Grade
    provider_agrees: bool = False


class AssessDeed(Model):
    """Settle facts, record a tactical assessment, or both.

    `unsettle`: facts that are not settled any more. `table`: the decision table to classify by from now on.
    """

    act: Literal[ActName.ASSESS]
    facts: Facts = Facts()
    assessment: Assessment | None = None
    table: Identifier | None = None
    unsettle: tuple[Identifier, ...] = ()


class DecideDeed(Model):
    """Decide at the end of triage, or confirm what a first person has proposed."""

    act: Literal[ActName.DECIDE]
    choice: Choice


class ReconsiderDeed(Model):
    """Go on with a launched protocol that is recommended no more."""

    act: Literal[ActName.RECONSIDER]
    choice: Literal["go_on"] = "go_on"


class ReleaseDeed(Model):
    """Release the newest draft of a kind, or approve the release that a first person has proposed.

    `ground`: on what ground private parties get the personal data in it too.
    """

    act: Literal[ActName.RELEASE]
    notice: NoticeKind
    restrictions_read: bool = False
    ground: PrivatePartyGround | None = None


class InformDeed(Model):
    """Tell late joiners of the launch."""

    act: Literal[ActName.INFORM]
    readers: tuple[Identifier, ...] = Field(min_length=1, max_length=1_000)


class WarnDeed(Related):
    """Draft a fresh early warning, or an update to one that went out. `next_update`: when readers hear again."""

    act: Literal[ActName.WARN]
    notice: Literal[NoticeKind.EARLY_WARNING, NoticeKind.UPDATE]
    next_update: Offset | None = None


class CloseDeed(Model):
    """Propose closure, or confirm what a first person has proposed."""

    act: Literal[ActName.CLOSE]
    outcome: Literal["operational_success", "normal_procedure"]


class RecallDeed(Model):
    """Take the newest released notice of a kind back."""

    act: Literal[ActName.RECALL]
    notice: NoticeKind


class ConsentDeed(Model):
    """Record what a provider said of its H2 information: for the newest notice of a kind, or the whole incident."""

    act: Literal[ActName.CONSENT]
    provider: Identifier
    given: bool
    notice: NoticeKind | None = None
    readers: Readers = ()
    via: Line = "telephone"


class OverrideDeed(Model):
    """Lift restrictions on the newest notice of a kind for these readers, against an imminent threat to life."""

    act: Literal[ActName.OVERRIDE]
    notice: NoticeKind
    readers: tuple[Identifier, ...] = Field(min_length=1, max_length=1_000)


Deed = Annotated[
    GradeDeed
    | AssessDeed
    | DecideDeed
    | ReconsiderDeed
    | ReleaseDeed
    | InformDeed
    | MeetDeed
    | MeetingCancelDeed
    | MeetingAnswerDeed
    | MeetingMinutesDeed
    | PlanAddDeed
    | PlanProposeDeed
    | PlanAcceptDeed
    | PlanDeclineDeed
    | PlanStateDeed
    | PlanOutcomeDeed
    | PlanAgreeDeed
    | PlanDraftDeed
    | WarnDeed
    | TeamPlanDeed
    | TeamChangeDeed
    | TeamConfirmDeed
    | RoomOpenDeed
    | RoomInviteDeed
    | RoomArchiveDeed
    | RoomPinDeed
    | ProductRequestDeed
    | ProductAssignDeed
    | ProductDraftDeed
    | ProductWithdrawDeed
    | PackageBuildDeed
    | RecallDeed
    | ConsentDeed
    | OverrideDeed
    | HitDeed
    | CloseDeed,
    Field(discriminator="act"),
]
