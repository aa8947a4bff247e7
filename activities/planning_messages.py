"""What the workflow says to the activities of the plan and hears back."""

from activities.messages import Fact, PlanSummary
from leerp.model import Message
from leerp.plan_alerts import Outcome
from leerp.plans import ActionState


class Told(Message):
    """A notice to an owner, released and to be sent; the incident may be another one, whose plan it stands in."""

    incident: str
    notice: str


class PlanChanged(PlanSummary):
    """The plan as it stands now, and the owners who are told of collisions."""

    told: tuple[Told, ...] = ()


class ProposeAction(Fact):
    """Record a proposal (the SHA-256 of the document of its action)."""

    action: str
    proposed_by: str
    reason: str


class Proposed(Message):
    """The proposal, and with how many actions it would collide."""

    journal_seq: int
    proposal: str
    conflicts: int


class DecideProposal(Fact):
    """Take a proposal into the plan, or decline it."""

    proposal: str
    reason: str


class MoveAction(Fact):
    """Say how far an action is."""

    action: str
    state: ActionState
    reason: str


class Moved(Message):
    """The entry, the notices that come of it, and what holds the action up all the same."""

    journal_seq: int
    before: ActionState
    hindrances: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


class DecideAlert(Fact):
    """Record what the owners of two colliding actions have agreed on."""

    alert: str
    outcome: Outcome
    reason: str
