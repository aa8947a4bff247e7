"""What a classification table may say: the form of its file.

Every condition is a minimum on an ordered axis or a set to be met, so that more severe facts can never lower a level.
What only shows when a file is read whole stands in `matrices.wholeness`.
"""

from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, Field, StrictFloat, StrictInt, model_validator

from leerp.facts import (
    Activity,
    Actor,
    Entity,
    InformationImpact,
    Location,
    Outlook,
    PotentialImpact,
    Recoverability,
    Sector,
    ServiceImpact,
    Spread,
    VictimSize,
)
from leerp.model import Identifier, Line, Model
from matrices.wholeness import refuse_faults

Minimum = TypeVar("Minimum", bound=StrEnum)
Count = Annotated[StrictInt, Field(ge=1, le=1_000_000_000)]


class AtLeast(Model, Generic[Minimum]):
    """A minimum on an axis whose values are words, mildest first."""

    at_least: Minimum


class AtLeastCount(Model):
    """A minimum on an axis that counts."""

    at_least: Count


class Beyond(Model):
    """A bound on an amount: reached by `at_least`, or only exceeded by `more_than`. One of the two."""

    at_least: Annotated[StrictInt | StrictFloat, Field(gt=0, le=10**15)] | None = None
    more_than: Annotated[StrictInt | StrictFloat, Field(ge=0, le=10**15)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Beyond":
        if (self.at_least is None) == (self.more_than is None):
            raise ValueError("an amount is asked for with at_least or with more_than, one of the two")
        return self

    @property
    def threshold(self) -> tuple[float, int]:
        """The pair that a number n must not fall below as (n, 0): the value, and 1 where it must be exceeded."""
        return (self.more_than, 1) if self.more_than is not None else (self.at_least or 0, 0)


class AnyOf(Model):
    """At least one of these sectors is hit."""

    any_of: tuple[Sector, ...] = Field(min_length=1)


class AnyEntity(Model):
    """At least one entity of these kinds is hit."""

    any_of: tuple[Entity, ...] = Field(min_length=1)


def _says_something(condition: AtLeast[Minimum]) -> AtLeast[Minimum]:
    if condition.at_least == next(iter(type(condition.at_least))):
        raise ValueError(f"at_least {condition.at_least} is always so; name a higher value or leave the condition out")
    return condition


ActivityAtLeast = Annotated[AtLeast[Activity], AfterValidator(_says_something)]
ImpactAtLeast = Annotated[AtLeast[ServiceImpact], AfterValidator(_says_something)]
SpreadAtLeast = Annotated[AtLeast[Spread], AfterValidator(_says_something)]
OutlookAtLeast = Annotated[AtLeast[Outlook], AfterValidator(_says_something)]
RecoverabilityAtLeast = Annotated[AtLeast[Recoverability], AfterValidator(_says_something)]


VictimAtLeast = Annotated[AtLeast[VictimSize], AfterValidator(_says_something)]
LocationAtLeast = Annotated[AtLeast[Location], AfterValidator(_says_something)]
ActorAtLeast = Annotated[AtLeast[Actor], AfterValidator(_says_something)]
InformationAtLeast = Annotated[AtLeast[InformationImpact], AfterValidator(_says_something)]
PotentialAtLeast = Annotated[AtLeast[PotentialImpact], AfterValidator(_says_something)]
Yes = Literal[True]


class When(Model):
    """Conditions that must all hold.

    `victims`, `countries` (all of them), `eu_countries` (Member States only) and `annex_i_sectors` count; flags can
    only be asked to be true.
    """

    activity: ActivityAtLeast | None = None
    service_impact: ImpactAtLeast | None = None
    sectors: AnyOf | None = None
    annex_i_sectors: AtLeastCount | None = None
    entities: AnyEntity | None = None
    victims: AtLeastCount | None = None
    largest_victim: VictimAtLeast | None = None
    countries: AtLeastCount | None = None
    eu_countries: AtLeastCount | None = None
    spread: SpreadAtLeast | None = None
    outlook: OutlookAtLeast | None = None
    recoverability: RecoverabilityAtLeast | None = None
    life_threat: Yes | None = None
    political: Yes | None = None
    location: LocationAtLeast | None = None
    actor: ActorAtLeast | None = None
    information_impact: InformationAtLeast | None = None
    potential_impact: PotentialAtLeast | None = None
    outage_minutes: Beyond | None = None
    limited_minutes: Beyond | None = None
    users_affected: Beyond | None = None
    users_percent: Beyond | None = None
    counterparts_percent: Beyond | None = None
    transactions_percent: Beyond | None = None
    loss_eur: Beyond | None = None
    loss_turnover_percent: Beyond | None = None
    critical_functions: Yes | None = None
    data_compromised: Yes | None = None
    trade_secrets: Yes | None = None
    physical_access: Yes | None = None
    relevant_client: Yes | None = None
    reputation: Yes | None = None
    recurring: Yes | None = None
    health_damage: Yes | None = None
    deaths: Yes | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of the conditions that are set."""
        return tuple(axis for axis in type(self).model_fields if getattr(self, axis) is not None)

    @model_validator(mode="after")
    def _not_empty(self) -> "When":
        if not self.asked:
            raise ValueError(f"no condition at all; name at least one of {', '.join(type(self).model_fields)}")
        return self


class ThreatLevel(Model):
    """A level: what it means, and what follows from it for the response. `from_score`: only where scores are made."""

    id: Identifier
    name: Line
    definition: Line
    consequence: Line
    from_score: Annotated[StrictInt, Field(ge=0, le=100)] | None = None


class Row(Model):
    """Facts that lead to a level, why they do, and where that comes from."""

    id: Identifier
    level: Identifier
    when: When
    why: Line
    source: Line


class Trigger(Model):
    """Facts that lift an incident, which the rows already put at `lifts_from` or higher, to `lifts_to`."""

    id: Identifier
    lifts_from: Identifier
    lifts_to: Identifier
    when: When
    why: Line
    source: Line


class Option(Model):
    """One answer of a category and the points it gives; without `when` it is what stands until another one holds."""

    id: Identifier
    points: Annotated[StrictInt, Field(ge=0, le=100)]
    when: When | None = None


class Category(Model):
    """A question that gives points: those of the highest option that holds, times its weight."""

    id: Identifier
    weight: Annotated[StrictInt, Field(ge=1, le=100)]
    why: Line
    source: Line
    options: tuple[Option, ...] = Field(min_length=2, max_length=50)


class Criterion(Model):
    """Something that is met when any one of its sets of conditions holds."""

    id: Identifier
    when_any: tuple[When, ...] = Field(min_length=1, max_length=50)
    why: Line
    source: Line


class Counting(Model):
    """Leads to a level when any criterion of the gate is met, and with it a decisive one, or as many as are needed."""

    leads_to: Identifier
    gate: tuple[Criterion, ...] = Field(min_length=1, max_length=50)
    decisive: tuple[Criterion, ...] = Field(default=(), max_length=50)
    needed: Annotated[StrictInt, Field(ge=1, le=50)]
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=50)


class RecommendationRule(Model):
    """`launch_from`: the level itself has come this far; `watch_from`: the level could still come this far."""

    launch_from: Identifier
    watch_from: Identifier


class Method(StrEnum):
    """How a table comes to a level. Triggers may lift what comes out of any of them.

    ROWS: the highest level of all rows that match. SCORE: points of categories, weighted, on a scale from 0 to 100.
    COUNT: a gate, and then one decisive criterion or a number of others.
    """

    ROWS = "rows"
    SCORE = "score"
    COUNT = "count"


class TableFile(Model):
    """A classification table as it stands in its file. Levels stand mildest first; the first needs no row.

    `rows`, `categories` or `counting` stands there, as the method asks for.
    """

    table: Identifier
    version: Line
    title: Line
    status: Line
    method: Method
    sources: tuple[Line, ...] = Field(min_length=1, max_length=50)
    levels: tuple[ThreatLevel, ...] = Field(min_length=2, max_length=20)
    rows: tuple[Row, ...] = Field(default=(), max_length=500)
    categories: tuple[Category, ...] = Field(default=(), max_length=50)
    counting: Counting | None = None
    triggers: tuple[Trigger, ...] = Field(default=(), max_length=100)
    recommendation: RecommendationRule

    @property
    def level_ids(self) -> tuple[str, ...]:
        """The ids of the levels, mildest first."""
        return tuple(level.id for level in self.levels)

    @model_validator(mode="after")
    def _whole(self) -> "TableFile":
        refuse_faults(self)
        return self


MODELS: tuple[type[Model], ...] = (
    *(TableFile, ThreatLevel, Row, Trigger, Option, Category, Criterion, Counting, RecommendationRule),
    *(When, AtLeastCount, Beyond, AnyOf, AnyEntity),
)
"""Every model of a table file, so that a test and a hint know every key there is."""
