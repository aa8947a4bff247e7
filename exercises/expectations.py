"""Expectations: what must have happened, asked of the journal and of the delivery ledger."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from exercises.conditions import After, KnownKind, Scalar
from leerp.model import Identifier, Line, Model
from leerp.notices import DeliveryState, NoticeKind


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

    kind: KnownKind
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


class SightExpectation(Base):
    """What a reader could see of all the notices that went to it, by the time they were sent.

    `could_see`: a text that some file to it must hold; `never_sees`: a text that none may hold.
    """

    reader: Identifier
    could_see: Line | None = None
    never_sees: Line | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "SightExpectation":
        if (self.could_see is None) == (self.never_sees is None):
            raise ValueError("say either what the reader could see or what it never sees")
        return self


def _which(value: object) -> str:
    if isinstance(value, dict):
        if "could_see" in value or "never_sees" in value:
            return "sight"
        return "delivery" if "notice" in value else "journal"
    if isinstance(value, SightExpectation):
        return "sight"
    return "delivery" if isinstance(value, DeliveryExpectation) else "journal"


Expectation = Annotated[
    Annotated[JournalExpectation, Tag("journal")]
    | Annotated[DeliveryExpectation, Tag("delivery")]
    | Annotated[SightExpectation, Tag("sight")],
    Discriminator(_which),
]
"""Told apart by what they name: a text that is seen, a `notice`, or a `kind` of journal entry."""
