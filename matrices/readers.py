"""How each fact is read for a table: every rule is one bit, and every fact says which rules it allows.

The rules that match are the bits that all facts allow. A fact that is not fully known allows less when it turns out
mild and more when it turns out severe; since conditions are minimums, these two ends bound everything in between.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import product
from operator import attrgetter, or_
from typing import Any, NamedTuple

from leerp.countries import ALL, EU_MEMBER_STATES
from leerp.facts import (
    Activity,
    Actor,
    Amount,
    Entity,
    Facts,
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
from matrices.implication import ANNEX_I
from matrices.schema import AtLeastCount, Beyond, When

_EU = frozenset(EU_MEMBER_STATES)
_ELSEWHERE = tuple(sorted(ALL - _EU))

ORDERED: dict[str, type[StrEnum]] = {
    "activity": Activity,
    "service_impact": ServiceImpact,
    "largest_victim": VictimSize,
    "spread": Spread,
    "outlook": Outlook,
    "recoverability": Recoverability,
    "location": Location,
    "actor": Actor,
    "information_impact": InformationImpact,
    "potential_impact": PotentialImpact,
}
"""The facts whose values are words, mildest first."""

AMOUNTS = (
    "outage_minutes",
    "limited_minutes",
    "users_affected",
    "users_percent",
    "counterparts_percent",
    "transactions_percent",
    "loss_eur",
    "loss_turnover_percent",
)
"""The facts that are amounts."""

FLAGS = (
    "life_threat",
    "political",
    "critical_functions",
    "data_compromised",
    "trade_secrets",
    "physical_access",
    "relevant_client",
    "reputation",
    "recurring",
    "health_damage",
    "deaths",
)
"""The facts that are yes or no."""

LISTS = ("sectors", "entities", "countries")
"""The facts that are lists, and complete only where the spread is contained."""

ASKING = (
    *("activity", "service_impact", "sectors", "victims", "countries", "spread", "outlook", "life_threat"),
    *("recoverability", "political", "largest_victim", "entities"),
    *(fact for fact in (*ORDERED, *FLAGS, *AMOUNTS)),
)
"""The order in which equally useful facts are asked for: what an officer can find out soonest stands first."""


class Ends(NamedTuple):
    """The rules a fact allows if what is unknown of it is mild, and if it is severe. Equal when it is known."""

    mild: int
    severe: int


class Value(NamedTuple):
    """A value of a fact that the rules can tell from others: the rules it allows, and the mildest facts that mean it.

    `step`: how far the value is from the mildest one.
    """

    mask: int
    facts: Mapping[str, Any]
    step: int


@dataclass(frozen=True, slots=True)
class FactReader:
    """One fact of a compiled table. `values`: every value that the rules can tell from another, mildest first."""

    fact: str
    read: Callable[[Facts], Ends]
    values: tuple[Value, ...]


def fact_readers(whens: Sequence[When | None]) -> tuple[FactReader, ...]:
    """The readers of the facts that any of these conditions asks for; bit n is the n-th. None always holds."""
    asked = {axis for when in whens if when for axis in when.asked}
    facts = {{"annex_i_sectors": "sectors", "eu_countries": "countries"}.get(axis, axis) for axis in asked}
    return tuple(_reader(fact, whens) for fact in dict.fromkeys(ASKING) if fact in facts)


def _reader(fact: str, whens: Sequence[When | None]) -> FactReader:
    special = {"sectors": _sectors, "entities": _entities, "victims": _victims, "countries": _countries}
    if fact in special:
        return special[fact](whens)
    if fact in ORDERED:
        return _ordered(fact, whens)
    return _flag(fact, whens) if fact in FLAGS else _amount(fact, whens)


def mask_of(allowed: Sequence[bool]) -> int:
    """The bits of the rules that are allowed."""
    return sum(1 << bit for bit, yes in enumerate(allowed) if yes)


def _of(whens: Sequence[When | None], axis: str) -> list[Any]:
    return [None if when is None else getattr(when, axis) for when in whens]


def _told_apart(values: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[Value, ...]:
    """The first of all values that allow the same rules; they come mildest first."""
    first: dict[int, Mapping[str, Any]] = {}
    for mask, facts in values:
        first.setdefault(mask, facts)
    return tuple(Value(mask, facts, step) for step, (mask, facts) in enumerate(first.items()))


def _ordered(fact: str, whens: Sequence[When | None]) -> FactReader:
    steps = list(ORDERED[fact])
    minimums = [0 if condition is None else steps.index(condition.at_least) for condition in _of(whens, fact)]
    masks = [mask_of([minimum <= step for minimum in minimums]) for step in range(len(steps))]
    ends: dict[object, Ends] = {value: Ends(mask, mask) for value, mask in zip(steps, masks, strict=True)}
    ends[None] = Ends(masks[0], masks[-1])
    read = attrgetter(fact)
    values = _told_apart((mask, {fact: value}) for value, mask in zip(steps, masks, strict=True))
    return FactReader(fact, lambda facts: ends[read(facts)], values)


def _flag(fact: str, whens: Sequence[When | None]) -> FactReader:
    every = mask_of([True for _ in whens])
    without = mask_of([condition is None for condition in _of(whens, fact)])
    ends = {True: Ends(every, every), False: Ends(without, without), None: Ends(without, every)}
    read = attrgetter(fact)
    values = _told_apart(((without, {fact: False}), (every, {fact: True})))
    return FactReader(fact, lambda facts: ends[read(facts)], values)


def _amount(fact: str, whens: Sequence[When | None]) -> FactReader:
    conditions: list[Beyond | None] = _of(whens, fact)
    thresholds = [condition.threshold if condition else (0, 0) for condition in conditions]
    steps = sorted({threshold for threshold in thresholds if threshold != (0, 0)})
    masks = [mask_of([threshold <= reached for threshold in thresholds]) for reached in ((0, 0), *steps)]
    unknown = Ends(masks[0], masks[-1])
    read = attrgetter(fact)

    def reached(number: float) -> int:
        return masks[bisect_right(steps, (number, 0))]

    def ends(facts: Facts) -> Ends:
        amount: Amount | None = read(facts)
        if amount is None:
            return unknown
        severe = masks[-1] if amount.at_most is None else reached(amount.at_most)
        return Ends(reached(amount.at_least or 0), severe)

    values = ((mask, {fact: step}) for mask, step in zip(masks, (0, *map(_just_reaching, steps)), strict=True))
    return FactReader(fact, ends, _told_apart(values))


def _just_reaching(threshold: tuple[float, int]) -> float:
    """A number, as small as a person would write it, that reaches the threshold."""
    value, exceeded = threshold
    return value + 1 if exceeded else value


def _counted(axis: str, whens: Sequence[When | None]) -> tuple[list[int], Callable[[int], int]]:
    """The counts at which rules begin to be allowed, and the rules a count allows."""
    conditions: list[AtLeastCount | None] = _of(whens, axis)
    minimums = [condition.at_least if condition else 0 for condition in conditions]
    steps = sorted({minimum for minimum in minimums if minimum})
    masks = [mask_of([minimum <= reached for minimum in minimums]) for reached in (0, *steps)]
    return [0, *steps], lambda count: masks[bisect_right(steps, count)]


def _victims(whens: Sequence[When | None]) -> FactReader:
    steps, reached = _counted("victims", whens)
    every = mask_of([True for _ in whens])

    def ends(facts: Facts) -> Ends:
        most = facts.victims_max
        return Ends(reached(facts.victims_min or 0), every if most is None else reached(most))

    values = _told_apart((reached(step), {"victims_min": step, "victims_max": step}) for step in steps)
    return FactReader("victims", ends, values)


def _open_ended(facts: Facts, listed: tuple[str, ...]) -> bool:
    """Whether a list may still grow: it is complete only where the spread is contained and something is listed."""
    return not listed or facts.spread is not Spread.CONTAINED


def _countries(whens: Sequence[When | None]) -> FactReader:
    every = mask_of([True for _ in whens])
    steps, all_of_them = _counted("countries", whens)
    eu_steps, of_the_eu = _counted("eu_countries", whens)

    def allowed(listed: Sequence[str]) -> int:
        return all_of_them(len(listed)) & of_the_eu(len(_EU.intersection(listed)))

    def ends(facts: Facts) -> Ends:
        known = allowed(facts.countries)
        return Ends(known, every if _open_ended(facts, facts.countries) else known)

    pairs = sorted({(max(count, member_states), member_states) for count, member_states in product(steps, eu_steps)})
    lists = [
        (*EU_MEMBER_STATES[:eu], *_ELSEWHERE[: count - eu]) for count, eu in pairs if count - eu <= len(_ELSEWHERE)
    ]
    values = _told_apart((allowed(listed), {"countries": sorted(listed)}) for listed in lists)
    return FactReader("countries", ends, values)


def _entities(whens: Sequence[When | None]) -> FactReader:
    return _listed("entities", Entity, whens, _Counted(frozenset(), lambda _: -1, asked=False))


def _sectors(whens: Sequence[When | None]) -> FactReader:
    steps, in_annex_i = _counted("annex_i_sectors", whens)
    return _listed("sectors", Sector, whens, _Counted(ANNEX_I, in_annex_i, asked=len(steps) > 1))


class _Counted(NamedTuple):
    """Members of a list that count: which ones, the rules a count allows, and whether any rule asks."""

    members: frozenset[Any]
    allowed: Callable[[int], int]
    asked: bool


def _listed(fact: str, kind: type[StrEnum], whens: Sequence[When | None], counted: _Counted) -> FactReader:
    """A list that rules ask for any of, and some of whose members may count."""
    every = mask_of([True for _ in whens])
    wanted = [condition.any_of if condition else () for condition in _of(whens, fact)]
    anything = mask_of([not one for one in wanted])
    meeting = {one: mask_of([one in several for several in wanted]) for one in kind}
    read = attrgetter(fact)

    def allowed(listed: Sequence[StrEnum]) -> int:
        met = reduce(or_, (meeting[one] for one in listed), anything)
        return met & counted.allowed(len(counted.members.intersection(listed)))

    def ends(facts: Facts) -> Ends:
        listed = read(facts)
        known = allowed(listed)
        return Ends(known, every if _open_ended(facts, listed) else known)

    values = _told_apart((allowed(listed), {fact: list(listed)}) for listed in _choices(meeting, counted))
    return FactReader(fact, ends, values)


def _choices(meeting: Mapping[StrEnum, int], counted: _Counted) -> Iterator[tuple[StrEnum, ...]]:
    """Lists that stand for all there are, shortest first: of members that are alike, one stands for any other."""
    alike: dict[tuple[int, bool], list[StrEnum]] = {}
    for one, mask in meeting.items():
        alike.setdefault((mask, counted.asked and one in counted.members), []).append(one)
    takes = [range(len(members) + 1) if counts else range(2) for (_, counts), members in alike.items()]
    for taken in sorted(product(*takes), key=sum):
        yield tuple(one for members, n in zip(alike.values(), taken, strict=True) for one in members[:n])
