"""Products of the investigation: asked for by a stakeholder, assigned, drafted, released as a notice of their own kind.

The protocol names a "catalogue of products" and no product (seed, VI); which there are stands in
`matrices/tables/products.yaml`.
"""

from enum import StrEnum

from pydantic import Field, field_validator

from leerp.grades import Grade
from leerp.marking import Marking, join_all
from leerp.model import Identifier, Instant, Line, Message, Model, Text
from leerp.notices import Section

MAX_OBSERVABLES_TOLD = 20_000
"""The most observables that one product or one package tells."""


class GeneratedSection(StrEnum):
    """What a product is made of besides the analyst's own statements: taken from what the incident holds."""

    FACTS = "facts"
    CONTRIBUTIONS = "contributions"
    HITS = "hits"
    OBSERVABLES = "observables"
    PLAN = "plan"


class ProductState(StrEnum):
    """How far a product is."""

    REQUESTED = "requested"
    ASSIGNED = "assigned"
    DRAFTED = "drafted"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"

    @property
    def over(self) -> bool:
        """Whether nobody has anything to do for it any more."""
        return self in (ProductState.RELEASED, ProductState.WITHDRAWN)


class Product(Message):
    """One product, as the journal tells it. `id` tells nothing of how many others there are.

    `kind`: of the catalogue. `requested_by`: a stakeholder. `assigned_to`: an officer. `question`: the SHA-256 of what
    exactly is asked, which may be above what the journal may hold. `notice`: the last draft, or what was released.
    `overdue`: it was raised that its time has passed, and it still is.
    """

    id: Identifier
    kind: Identifier
    title: Line
    requested_by: Identifier
    requested_at: Instant
    due_at: Instant
    state: ProductState = ProductState.REQUESTED
    assigned_to: Identifier | None = None
    question: str | None = None
    notice: Identifier | None = None
    overdue: bool = False


class Question(Model):
    """What exactly a product is to answer, under the marking of whoever asks."""

    text: Text = Field(min_length=1)
    marking: Marking = Marking()


_STATED = frozenset(
    {
        *(Section.SUMMARY, Section.FACT, Section.ASSUMPTION, Section.UNKNOWN, Section.ASSESSMENT),
        *(Section.MITIGATION, Section.ASK),
    }
)


class Statement(Model):
    """One statement of an analyst. It has no marking of its own accord: whoever writes it says which.

    `derived_from`: the reports and contributions it rests on; the statement is marked at least as tightly as each.
    """

    section: Section
    text: Text = Field(min_length=1)
    marking: Marking
    grade: Grade | None = None
    derived_from: tuple[Identifier, ...] = Field(default=(), max_length=200)

    @field_validator("section", mode="after")
    @classmethod
    def _of_an_analyst(cls, section: Section) -> Section:
        if section not in _STATED:
            raise ValueError(f"{section.value} is no section of an analyst; there are {', '.join(sorted(_STATED))}")
        return section

    @field_validator("text", mode="after")
    @classmethod
    def _not_blank(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("a statement says something")
        return text


class StatementsFile(Model):
    """The file of an analyst's statements, in the order in which they are told."""

    statements: tuple[Statement, ...] = Field(min_length=1, max_length=1_000)

    @property
    def whole_marking(self) -> Marking:
        """At least as tight as each statement."""
        return join_all(one.marking for one in self.statements)
