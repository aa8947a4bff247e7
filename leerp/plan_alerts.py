"""Alerts: two planned actions collide, both owners are told whom to call, and what comes of it is on record.

An owner learns that there is an overlap with an action of its own, how grave it is, and whom to call. Nothing of the
other action is said, not even in which incident it is planned: a system tells people to talk and decides nothing.
"""

from enum import StrEnum

from leerp.model import Instant, Line, Message
from leerp.plans import AlertLevel


class Outcome(StrEnum):
    """What comes of an alert: the closed list of practice (deconfliction systems record it in writing)."""

    PROCEED = "proceed"
    JOINT = "joint"
    DELAY = "delay"
    CANCEL = "cancel"


class AlertSide(Message):
    """One of the two actions. `notice`: which told its owner; None where the owner of both is the same.

    `acknowledged`: the owner has confirmed that notice.
    """

    incident: str
    action: str
    owner: str
    notice: str | None = None
    acknowledged: bool = False

    @property
    def answered(self) -> bool:
        """Whether nobody waits for this owner."""
        return self.notice is None or self.acknowledged


class Alert(Message):
    """Two actions that collide, `first` the smaller one by incident and id. `rule`, `because`: why, without a target.

    `answer_by`: until when both owners are to have confirmed. `begins_at`: when the first of them begins.
    `late`: who or what is overdue as far as it was raised. `closed`: they collide no more, or more gravely.
    """

    id: str
    level: AlertLevel
    rule: str
    because: Line
    raised_at: Instant
    answer_by: Instant
    begins_at: Instant
    first: AlertSide
    second: AlertSide
    late: tuple[str, ...] = ()
    outcome: Outcome | None = None
    decided_by: str | None = None
    reason: str = ""
    closed: bool = False

    @property
    def sides(self) -> tuple[AlertSide, AlertSide]:
        """Both of them."""
        return self.first, self.second

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return not self.closed and self.outcome is None

    @property
    def silent(self) -> tuple[str, ...]:
        """The owners who have not confirmed yet."""
        return tuple(dict.fromkeys(side.owner for side in self.sides if not side.answered))

    def sentences(self, incident: str) -> tuple[str, ...]:
        """What it waits for, as the officers of an incident are told, with the command that does it."""
        if not self.open:
            return ()
        first, second = (_named(side, incident) for side in self.sides)
        what = f"{self.level.value}, {first} and {second}"
        calls = [
            f"a call to {side.owner}: alert {self.id} ({what}) is not confirmed{_since(self.late, side.owner)}"
            f" (acknowledge {side.notice})"
            for side in self.sides
            if not side.answered
        ]
        undecided = ", overdue: the first of them has begun" if UNDECIDED in self.late else ""
        return (*calls, f"an outcome of alert {self.id} ({what}){undecided} (plan outcome)")


UNDECIDED = "undecided"
"""What is late where no owner is: an outcome."""

_TWICE = 2


def _named(side: AlertSide, incident: str) -> str:
    return side.action if side.incident == incident else f"{side.action} in {side.incident}"


def _since(late: tuple[str, ...], owner: str) -> str:
    times = late.count(owner)
    return ", overdue for the approver" if times >= _TWICE else ", overdue" if times else ""


class PlanProposal(Message):
    """An action that a stakeholder proposes. `id` is the number of its journal entry, as `P-12`.

    `document`: the SHA-256 of the action. `accepted`: None while nobody has decided.
    """

    id: str
    action: str
    proposed_by: str
    proposed_at: Instant
    document: str
    conflicts: int = 0
    accepted: bool | None = None
    decided_by: str | None = None
    reason: str = ""


class PlanVersion(Message):
    """A version of the plan: which actions came in or changed with it, who did it, and who agreed to it."""

    version: int
    at: Instant
    by: str
    actions: tuple[str, ...]
    documents: tuple[str, ...]
    agreed_by: tuple[str, ...] = ()
    reason: str = ""
