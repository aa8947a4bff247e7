"""What a classification table may say: the form of its file, and the faults that only show when it is read whole.

Every condition is a minimum on an ordered axis or a set to be met, so that more severe facts can never lower a level.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import chain
from typing import Annotated, Generic, Literal, NoReturn, TypeVar

from pydantic import AfterValidator, Field, StrictInt, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from leerp.facts import Activity, Outlook, Recoverability, Sector, ServiceImpact, Spread
from leerp.model import Identifier, Line, Model

ANNEX_I = frozenset(
    {
        Sector.ENERGY,
        Sector.TRANSPORT,
        Sector.BANKING,
        Sector.FINANCIAL,
        Sector.HEALTH,
        Sector.DRINKING_WATER,
        Sector.WASTE_WATER,
        Sector.DIGITAL_INFRASTRUCTURE,
        Sector.ICT_SERVICES,
        Sector.PUBLIC_ADMINISTRATION,
        Sector.SPACE,
    }
)
"""The sectors of high criticality: Directive (EU) 2022/2555 (NIS2), Annex I."""

Minimum = TypeVar("Minimum", bound=StrEnum)
Count = Annotated[StrictInt, Field(ge=1, le=1_000_000_000)]


class AtLeast(Model, Generic[Minimum]):
    """A minimum on an axis whose values are words, mildest first."""

    at_least: Minimum


class AtLeastCount(Model):
    """A minimum on an axis that counts."""

    at_least: Count


class AnyOf(Model):
    """At least one of these sectors is hit."""

    any_of: tuple[Sector, ...] = Field(min_length=1)


def _says_something(condition: AtLeast[Minimum]) -> AtLeast[Minimum]:
    if condition.at_least == next(iter(type(condition.at_least))):
        raise ValueError(f"at_least {condition.at_least} is always so; name a higher value or leave the condition out")
    return condition


ActivityAtLeast = Annotated[AtLeast[Activity], AfterValidator(_says_something)]
ImpactAtLeast = Annotated[AtLeast[ServiceImpact], AfterValidator(_says_something)]
SpreadAtLeast = Annotated[AtLeast[Spread], AfterValidator(_says_something)]
OutlookAtLeast = Annotated[AtLeast[Outlook], AfterValidator(_says_something)]
RecoverabilityAtLeast = Annotated[AtLeast[Recoverability], AfterValidator(_says_something)]


class When(Model):
    """Conditions that must all hold.

    `victims`, `countries` (all of them), `eu_countries` (Member States only) and `annex_i_sectors` count;
    `life_threat` and `political` can only be asked to be true.
    """

    activity: ActivityAtLeast | None = None
    service_impact: ImpactAtLeast | None = None
    sectors: AnyOf | None = None
    annex_i_sectors: AtLeastCount | None = None
    victims: AtLeastCount | None = None
    countries: AtLeastCount | None = None
    eu_countries: AtLeastCount | None = None
    spread: SpreadAtLeast | None = None
    outlook: OutlookAtLeast | None = None
    recoverability: RecoverabilityAtLeast | None = None
    life_threat: Literal[True] | None = None
    political: Literal[True] | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> "When":
        if not any(getattr(self, axis) is not None for axis in type(self).model_fields):
            raise ValueError(f"no condition at all; name at least one of {', '.join(type(self).model_fields)}")
        return self


class ThreatLevel(Model):
    """A level: what it means, and what follows from it for the response."""

    id: Identifier
    name: Line
    definition: Line
    consequence: Line


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


class RecommendationRule(Model):
    """`launch_from`: the level itself has come this far; `watch_from`: the level could still come this far."""

    launch_from: Identifier
    watch_from: Identifier


class Method(StrEnum):
    """How a table comes to a level: the highest level of all rows that match, lifted by triggers."""

    ROWS = "rows"


class TableFile(Model):
    """A classification table as it stands in its file. Levels stand mildest first; the first needs no row."""

    table: Identifier
    version: Line
    title: Line
    status: Line
    method: Method
    sources: tuple[Line, ...] = Field(min_length=1, max_length=50)
    levels: tuple[ThreatLevel, ...] = Field(min_length=2, max_length=20)
    rows: tuple[Row, ...] = Field(min_length=1, max_length=500)
    triggers: tuple[Trigger, ...] = Field(default=(), max_length=100)
    recommendation: RecommendationRule

    @property
    def level_ids(self) -> tuple[str, ...]:
        """The ids of the levels, mildest first."""
        return tuple(level.id for level in self.levels)

    @model_validator(mode="after")
    def _whole(self) -> "TableFile":
        fault = next(chain(_names_of_levels(self), _repeated(self), _out_of_order(self)), None)
        if fault:
            _refuse(*fault)
        return self


Location = tuple[str | int, ...]
Fault = tuple[Location, str]


def _refuse(location: Location, message: str) -> NoReturn:
    # A ValueError would point at the whole table; only a ValidationError carries the place, and with it the line.
    detail = InitErrorDetails(type="value_error", loc=location, input=None, ctx={"error": message})
    raise ValidationError.from_exception_data("table", [detail])


def _names_of_levels(table: TableFile) -> Iterator[Fault]:
    named: list[tuple[Location, str]] = [(("rows", at, "level"), row.level) for at, row in enumerate(table.rows)]
    for at, trigger in enumerate(table.triggers):
        named.append((("triggers", at, "lifts_from"), trigger.lifts_from))
        named.append((("triggers", at, "lifts_to"), trigger.lifts_to))
    named.append((("recommendation", "launch_from"), table.recommendation.launch_from))
    named.append((("recommendation", "watch_from"), table.recommendation.watch_from))
    for location, level in named:
        if level not in table.level_ids:
            yield location, f"there is no level {level!r}; the levels are {', '.join(table.level_ids)}"


def _repeated(table: TableFile) -> Iterator[Fault]:
    rules = [row.id for row in table.rows], [trigger.id for trigger in table.triggers]
    yield from _twice("levels", list(table.level_ids), Counter(table.level_ids))
    both = Counter(rules[0] + rules[1])
    yield from _twice("rows", rules[0], both)
    yield from _twice("triggers", rules[1], both)


def _twice(key: str, ids: Sequence[str], times: Counter[str]) -> Iterator[Fault]:
    for at, one in reversed(list(enumerate(ids))):
        if times[one] > 1:
            yield (key, at, "id"), f"the id {one!r} stands twice; a trace must name one rule"


def _out_of_order(table: TableFile) -> Iterator[Fault]:
    rank = table.level_ids.index
    for at, row in enumerate(table.rows):
        if rank(row.level) == 0:
            yield ("rows", at, "level"), f"{row.level} is where an incident stands without any row; leave the row out"
    for at, trigger in enumerate(table.triggers):
        if rank(trigger.lifts_from) >= rank(trigger.lifts_to):
            yield (
                ("triggers", at, "lifts_to"),
                f"a trigger lifts, and {trigger.lifts_to} is not above {trigger.lifts_from}",
            )
    if rank(table.recommendation.watch_from) > rank(table.recommendation.launch_from):
        yield ("recommendation", "watch_from"), "watch_from stands above launch_from; watching is the lesser step"
