"""Expectations: what must have happened, asked of the journal and of the delivery ledger."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from leerp.journal import JournalKind
from leerp.model import Identifier, Line, Model
from leerp.notices import DeliveryState, NoticeKind

Scalar = str | bool | int


class After(Model):
    """From when an expectation counts: an inject, or the first journal entry of a kind (and with that data)."""

    inject: int | None = None
    kind: JournalKind | None = None
    where: dict[Line, Scalar] = {}

    @model_validator(mode="after")
    def _one_of_them(self) -> "After":
        if (self.inject is None) == (self.kind is None):
            raise ValueError("name either an inject or a kind of journal entry")
        return self


class Base(Model):
    """What every expectation has. Without `after` it counts from the start; without a limit, to the end."""

    id: Identifier
    text: Line
    objective: Identifier | None = None
    after: After | None = None
    within_minutes: int | None = Field(default=None, ge=1)


class JournalExpectation(Base):
    """That the journal has entries of a kind.

    `where`: fields of the entry's data and the values they must have. `reader`: a stakeholder that the entry must be
    about. `at_least`, `at_most`: how many such entries, inclusive; 0 and 0 for what must never happen.
    """

    kind: JournalKind
    where: dict[Line, Scalar] = {}
    actor: Identifier | None = None
    reader: Identifier | None = None
    at_least: int = Field(default=1, ge=0)
    at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _limits_in_order(self) -> "JournalExpectation":
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError("at_most is smaller than at_least")
        return self


class DeliveryExpectation(Base):
    """What became of the notices of a kind for one reader, and what that reader could see.

    `state` sent counts what was acknowledged too. `shows` must be found, and `hides` must not be found, in the files
    that the reader received of notices of this kind.
    """

    notice: NoticeKind
    reader: Identifier
    state: Literal[DeliveryState.SENT, DeliveryState.ACKNOWLEDGED, DeliveryState.WITHHELD, DeliveryState.FAILED]
    reason: Line | None = None
    shows: tuple[Line, ...] = ()
    hides: tuple[Line, ...] = ()


def _which(value: object) -> str:
    of_delivery = "notice" in value if isinstance(value, dict) else isinstance(value, DeliveryExpectation)
    return "delivery" if of_delivery else "journal"


Expectation = Annotated[
    Annotated[JournalExpectation, Tag("journal")] | Annotated[DeliveryExpectation, Tag("delivery")],
    Discriminator(_which),
]
"""Told apart by what they name: a `notice`, or a `kind` of journal entry."""
