"""A table made quick: every rule is one bit, and every fact says which rules it allows.

The rows and triggers that match are then the bits that all facts allow. A fact that is not fully known allows less
when it turns out mild and more when it turns out severe; since conditions are minimums, these two ends bound the level.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from leerp.countries import EU_MEMBER_STATES
from leerp.facts import Activity, Facts, Outlook, Recoverability, Sector, ServiceImpact, Spread
from matrices.schema import ANNEX_I, AtLeastCount, Row, TableFile, Trigger, When

_EU = frozenset(EU_MEMBER_STATES)
_ORDERED: tuple[tuple[str, type[StrEnum]], ...] = (
    ("activity", Activity),
    ("service_impact", ServiceImpact),
    ("spread", Spread),
    ("outlook", Outlook),
    ("recoverability", Recoverability),
)


class Ends(NamedTuple):
    """The rules a fact allows if what is unknown of it is mild, and if it is severe. Equal when it is known."""

    mild: int
    severe: int


Reader = Callable[[Facts], Ends]


@dataclass(frozen=True, slots=True)
class Lift:
    """A trigger among the rules: its bit and the ranks it lifts from and to."""

    trigger: Trigger
    bit: int
    lifts_from: int
    lifts_to: int


@dataclass(frozen=True, slots=True)
class Rules:
    """A compiled table. Bits: the rows, mildest level first, then the triggers as they stand in the file.

    `readers`: (name of the fact, reader), in the order in which equally useful facts are asked for.
    `above`: for each rank, the rules that could lead above it. `lines`: what a trace says of each row.
    `launch_from`, `watch_from`: the ranks of the recommendation.
    """

    readers: tuple[tuple[str, Reader], ...]
    rows: tuple[Row, ...]
    row_ranks: tuple[int, ...]
    lifts: tuple[Lift, ...]
    above: tuple[int, ...]
    lines: tuple[str, ...]
    launch_from: int
    watch_from: int

    def base(self, matched: int) -> int:
        """The rank that the rows alone lead to; triggers start from it, never from one another."""
        highest = (matched & ((1 << len(self.rows)) - 1)).bit_length()
        return self.row_ranks[highest - 1] if highest else 0

    def rank(self, matched: int) -> int:
        """The rank of the level for a set of matched rules."""
        base = rank = self.base(matched)
        for lift in self.lifts:
            if matched & lift.bit and base >= lift.lifts_from and lift.lifts_to > rank:
                rank = lift.lifts_to
        return rank


def compile_rules(table: TableFile) -> Rules:
    """The rules of a table that has been read."""
    rank = table.level_ids.index
    rows = tuple(sorted(table.rows, key=lambda row: rank(row.level)))
    lifts = tuple(
        Lift(trigger, 1 << (len(rows) + at), rank(trigger.lifts_from), rank(trigger.lifts_to))
        for at, trigger in enumerate(table.triggers)
    )
    reached = [rank(row.level) for row in rows] + [lift.lifts_to for lift in lifts]
    return Rules(
        readers=_readers([row.when for row in rows] + [trigger.when for trigger in table.triggers]),
        rows=rows,
        row_ranks=tuple(reached[: len(rows)]),
        lifts=lifts,
        above=tuple(_mask([to > level for to in reached]) for level in range(len(table.levels))),
        lines=tuple(f"{row.id}: {row.level}. {row.why}" for row in rows),
        launch_from=rank(table.recommendation.launch_from),
        watch_from=rank(table.recommendation.watch_from),
    )


def _readers(whens: Sequence[When]) -> tuple[tuple[str, Reader], ...]:
    special: dict[str, Reader] = {
        "sectors": _sectors(whens),
        "victims": _victims(whens),
        "countries": _countries(whens),
        "life_threat": _flag("life_threat", whens),
        "political": _flag("political", whens),
    }
    ordered = {fact: _ordered(fact, kind, whens) for fact, kind in _ORDERED}
    order = ("activity", "service_impact", "sectors", "victims", "countries", "spread", "outlook", "life_threat")
    return tuple((fact, {**special, **ordered}[fact]) for fact in (*order, "recoverability", "political"))


def _mask(allowed: Sequence[bool]) -> int:
    return sum(1 << bit for bit, yes in enumerate(allowed) if yes)


def _ordered(fact: str, kind: type[StrEnum], whens: Sequence[When]) -> Reader:
    """Rules whose minimum on this axis is reached, for each value and for unknown."""
    steps = list(kind)
    minimums = [0 if condition is None else steps.index(condition.at_least) for condition in _of(whens, fact)]
    masks = [_mask([minimum <= step for minimum in minimums]) for step in range(len(steps))]
    ends: dict[object, Ends] = {value: Ends(mask, mask) for value, mask in zip(steps, masks, strict=True)}
    ends[None] = Ends(masks[0], masks[-1])
    read = attrgetter(fact)
    return lambda facts: ends[read(facts)]


def _flag(fact: str, whens: Sequence[When]) -> Reader:
    every = _mask([True for _ in whens])
    without = _mask([condition is None for condition in _of(whens, fact)])
    ends = {True: Ends(every, every), False: Ends(without, without), None: Ends(without, every)}
    read = attrgetter(fact)
    return lambda facts: ends[read(facts)]


def _of(whens: Sequence[When], axis: str) -> list:  # type: ignore[type-arg]  # a different condition for each axis
    return [getattr(when, axis) for when in whens]


def _counted(axis: str, whens: Sequence[When]) -> Callable[[int], int]:
    """Rules whose minimum on this axis is reached by a count."""
    conditions: list[AtLeastCount | None] = _of(whens, axis)
    minimums = [condition.at_least if condition else 0 for condition in conditions]
    steps = sorted({minimum for minimum in minimums if minimum})
    masks = [_mask([minimum <= reached for minimum in minimums]) for reached in (0, *steps)]
    return lambda count: masks[bisect_right(steps, count)]


def _victims(whens: Sequence[When]) -> Reader:
    reached = _counted("victims", whens)
    every = _mask([True for _ in whens])

    def read(facts: Facts) -> Ends:
        most = facts.victims_max
        return Ends(reached(facts.victims_min or 0), every if most is None else reached(most))

    return read


def _open_ended(facts: Facts, listed: tuple[str, ...]) -> bool:
    """Whether a list may still grow: it is complete only where the spread is contained and something is listed."""
    return not listed or facts.spread is not Spread.CONTAINED


def _countries(whens: Sequence[When]) -> Reader:
    every = _mask([True for _ in whens])
    all_of_them, of_the_eu = _counted("countries", whens), _counted("eu_countries", whens)

    def read(facts: Facts) -> Ends:
        listed = facts.countries
        known = all_of_them(len(listed)) & of_the_eu(len(_EU.intersection(listed)))
        return Ends(known, every if _open_ended(facts, listed) else known)

    return read


def _sectors(whens: Sequence[When]) -> Reader:
    every = _mask([True for _ in whens])
    in_annex_i = _counted("annex_i_sectors", whens)
    wanted = [condition.any_of if condition else () for condition in _of(whens, "sectors")]
    any_sector = _mask([not sectors for sectors in wanted])
    meeting = {sector: _mask([sector in sectors for sectors in wanted]) for sector in Sector}

    def read(facts: Facts) -> Ends:
        listed = facts.sectors
        met = any_sector
        for sector in listed:
            met |= meeting[sector]
        known = met & in_annex_i(len(ANNEX_I.intersection(listed)))
        return Ends(known, every if _open_ended(facts, listed) else known)

    return read
