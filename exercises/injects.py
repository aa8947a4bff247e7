"""Injects: what reaches the players, or what they do, at an offset from the start. The columns are those of an MSEL.

Each kind is a body, and an inject: a body with its number and time. A contingency holds the body of what it does.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from exercises.conditions import Condition
from exercises.deed_forms import Deed
from exercises.offsets import AnyOffset, Offset
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incidents import Choice
from leerp.marking import Marking
from leerp.model import Identifier, Line, Model, Text
from leerp.notices import NoticeKind
from leerp.observables import Observable
from leerp.protocol import RefusalReason
from leerp.reports import IntakeOutcome

CONTROL = "exercise-control"
"""Who takes in, in an exercise, what comes from outside, and who makes things fail."""

APART = timedelta(minutes=1)
"""How long after each other several people decide."""


class Columns(Model):
    """The columns that every inject has, beside its number and time.

    `expected`: what a good answer to it is, in words. `objective` and `sources` name entries of the scenario.
    `evaluator_note`: for whoever watches. `max_minutes`: how long the answer may take. `controller`: who brings it.
    `learning_point`: what can be learned from it.
    """

    to: Line = "duty desk"
    delivery: Line = "leerp"
    description: Text = ""
    expected: Text = ""
    objective: Identifier | None = None
    sources: tuple[Identifier, ...] = ()
    evaluator_note: Text = ""
    max_minutes: int | None = Field(default=None, ge=1, le=100_000)
    controller: Line | None = None
    learning_point: Text = ""


class Scheduled(Model):
    """What makes a body an inject.

    `at`: offset from the start. `branch`: the branch it stands in. `when`, `unless`: asked of the journal at its time;
    it is played only when that holds, or unless that holds.
    """

    number: int = Field(ge=1, le=99_999)
    at: Offset
    description: Text = Field(min_length=1)
    branch: Identifier | None = None
    when: Condition | None = None
    unless: Condition | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> "Scheduled":
        if self.when is not None and self.unless is not None:
            raise ValueError("give when or unless, not both; a branch can hold the other one")
        return self


class ReportContent(Model):
    """What a report says; see `leerp.reports.Report`. The same `id` of one source twice is one report sent twice."""

    id: Identifier | None = None
    title: Line
    narrative: Text = ""
    observed: AnyOffset | None = None
    marking: Marking = Marking()
    grade: Grade | None = None
    open_source: bool = False
    origin: Line | None = None
    facts: Facts = Facts()
    observables: tuple[Observable, ...] = Field(default=(), max_length=20_000)


class ReportBody(Columns):
    """A stakeholder reports.

    `outcome`: what must become of it, where that is part of the exercise. `turned_away`: it must not be taken in.
    """

    kind: Literal["report"]
    sender: Identifier = Field(alias="from")
    says: ReportContent
    outcome: IntakeOutcome | None = None
    turned_away: bool = False


class ReportInject(Scheduled, ReportBody):
    """A report at its time."""


class ContributionContent(Model):
    """What a contribution says; see `leerp.contributions.Contribution`."""

    id: Identifier | None = None
    title: Line
    narrative: Text = ""
    marking: Marking = Marking()
    grade: Grade | None = None
    legal_basis: Line | None = None
    observables: tuple[Observable, ...] = Field(default=(), max_length=20_000)


class ContributionBody(Columns):
    """A stakeholder contributes to an incident: the first one, or the one that the report of that inject went to.

    `turned_away`: it must not be taken in.
    """

    kind: Literal["contribution"]
    sender: Identifier = Field(alias="from")
    says: ContributionContent
    incident: int | None = None
    turned_away: bool = False


class ContributionInject(Scheduled, ContributionBody):
    """A contribution at its time."""


class AcknowledgeBody(Columns):
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


class AcknowledgeInject(Scheduled, AcknowledgeBody):
    """Confirmations from their time on."""


class ActBody(Columns):
    """An officer acts. `refused`: why the centre must refuse it, where that is part of the exercise."""

    kind: Literal["act"]
    sender: Identifier = Field(alias="from")
    does: Deed
    reason: str = Field(default="", max_length=2_000)
    refused: RefusalReason | None = None
    incident: int | None = None


class ActInject(Scheduled, ActBody):
    """An act at its time."""


class DecisionBody(Columns):
    """Officers decide at the end of triage: the first at the time of the inject, each further one a minute later.

    `refused`: why the centre must refuse the last of them, where that is part of the exercise.
    """

    kind: Literal["decision"]
    senders: tuple[Identifier, ...] = Field(alias="from", min_length=1, max_length=10)
    choice: Choice
    reason: str = Field(default="", max_length=2_000)
    refused: RefusalReason | None = None
    incident: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_alone(cls, value: Any) -> Any:  # noqa: ANN401 - whatever stands there
        alone = isinstance(value, dict) and isinstance(value.get("from"), str)
        return {**value, "from": [value["from"]]} if alone else value


class DecisionInject(Scheduled, DecisionBody):
    """A decision at its time."""


class FactBody(Columns):
    """An officer learns facts; played fast, they are settled in the incident by that officer.

    `refused`: why the centre must refuse it, where that is part of the exercise.
    """

    kind: Literal["fact"]
    sender: Identifier = Field(alias="from")
    facts: Facts
    reason: str = Field(default="", max_length=2_000)
    refused: RefusalReason | None = None
    incident: int | None = None


class FactInject(Scheduled, FactBody):
    """Facts at their time."""


class MessageContent(Model):
    """What a message says."""

    subject: Line
    text: Text = ""


class MessageBody(Columns):
    """Somebody outside the protocol says something to the players; nothing of it goes into the incident."""

    kind: Literal["message"]
    sender: Line = Field(alias="from")
    says: MessageContent


class MessageInject(Scheduled, MessageBody):
    """A message at its time."""


class FaultKind(StrEnum):
    """What can fail in an exercise."""

    CHANNEL_DOWN = "channel_down"
    WORKER_KILLED = "worker_killed"
    OFFICER_ILL = "officer_ill"


class FaultBody(Columns):
    """Something fails.

    `channel_down`: nothing goes out over `channel` for as long as it `lasts`, then everything does. `worker_killed`:
    what carries the protocol out is stopped at once and begins again. `officer_ill`: that `officer` does nothing for as
    long as it `lasts`. Without `lasts` it is to the end of the exercise.
    """

    kind: Literal["fault"]
    what: FaultKind
    channel: Identifier | None = None
    officer: Identifier | None = None
    lasts: Offset | None = None

    @model_validator(mode="after")
    def _whole(self) -> "FaultBody":
        if (self.channel is not None) != (self.what is FaultKind.CHANNEL_DOWN):
            raise ValueError("a channel belongs to channel_down, and to nothing else")
        if (self.officer is not None) != (self.what is FaultKind.OFFICER_ILL):
            raise ValueError("an officer belongs to officer_ill, and to nothing else")
        if self.lasts is not None and self.what is FaultKind.WORKER_KILLED:
            raise ValueError("a worker that was killed begins again at once; leave out lasts")
        return self


class FaultInject(Scheduled, FaultBody):
    """A fault at its time."""


Body = Annotated[
    ReportBody | ContributionBody | AcknowledgeBody | ActBody | DecisionBody | FactBody | MessageBody | FaultBody,
    Field(discriminator="kind"),
]
"""What an inject does, without its number and time."""

PlainInject = (
    ReportInject
    | ContributionInject
    | AcknowledgeInject
    | ActInject
    | DecisionInject
    | FactInject
    | MessageInject
    | FaultInject
)
"""Every inject but a contingency."""

_INJECTS: dict[type[Columns], type[Any]] = {
    ReportBody: ReportInject,
    ContributionBody: ContributionInject,
    AcknowledgeBody: AcknowledgeInject,
    ActBody: ActInject,
    DecisionBody: DecisionInject,
    FactBody: FactInject,
    MessageBody: MessageInject,
    FaultBody: FaultInject,
}


class ContingencyInject(Scheduled, Columns):
    """What exercise control has ready: it comes only if what was expected has not happened (or, by `when`, if it has).

    `does`: what then happens. Its description may stand there alone.
    """

    kind: Literal["contingency"]
    does: Body

    @model_validator(mode="before")
    @classmethod
    def _described(cls, value: Any) -> Any:  # noqa: ANN401 - whatever stands there
        if isinstance(value, dict) and "description" not in value and isinstance(value.get("does"), dict):
            told = value["does"].get("description")
            return {**value, "description": told} if told else value
        return value

    @model_validator(mode="after")
    def _on_condition(self) -> "ContingencyInject":
        if self.when is None and self.unless is None:
            raise ValueError("a contingency needs unless: what must have happened for it to stay away; or when")
        return self

    @property
    def inject(self) -> PlainInject:
        """What it does as an inject of its number and time."""
        said = {name: value for name, value in self.does if name != "description"}
        placed = {"number": self.number, "at": self.at, "description": self.does.description or self.description}
        made: PlainInject = _INJECTS[type(self.does)].model_construct(**said, **placed)
        return made


Inject = Annotated[
    ReportInject
    | ContributionInject
    | AcknowledgeInject
    | ActInject
    | DecisionInject
    | FactInject
    | MessageInject
    | FaultInject
    | ContingencyInject,
    Field(discriminator="kind"),
]


def plain(inject: Inject) -> PlainInject:
    """The inject itself; of a contingency, what it does."""
    return inject.inject if isinstance(inject, ContingencyInject) else inject


def senders(inject: Inject) -> tuple[str, ...]:
    """Who an inject comes from. Of a fault, exercise control."""
    match inject:
        case ContingencyInject():
            return senders(inject.inject)
        case AcknowledgeInject() | DecisionInject():
            return inject.senders
        case FaultInject():
            return (CONTROL,)
        case _:
            return (inject.sender,)
