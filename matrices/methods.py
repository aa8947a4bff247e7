"""The ways a table comes to a level from the rules that match, and what each says of its way.

A set of rules is a number whose bits are the rules, in the order of the method's own list.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from matrices.schema import Category, Counting, Criterion, Method, Row, TableFile, When


class Folded(NamedTuple):
    """What a search over combinations must still know: rules that can still matter, and what is already certain."""

    open: int
    certain: int


class Judge(Protocol):
    """A method with its rules. What is certain of a combination is a number, 0 before any fact is known."""

    @property
    def whens(self) -> tuple[When | None, ...]:
        """The conditions of each rule, None where it always holds."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each rule."""

    def rank(self, matched: int) -> int:
        """The rank of the level for the rules that match."""

    def raising(self, rank: int) -> int:
        """The rules that could lead above a rank."""

    def trace(self, matched: int) -> tuple[str, ...]:
        """What is said of the rules that match, the most telling first."""

    def score(self, matched: int) -> float | None:
        """Points from 0 to 100 where the method makes points."""

    def fold(self, open_rules: int, decided: int, certain: int) -> Folded:
        """The same state without what cannot matter any more; `decided`: rules on which no further fact has a say."""

    def rank_of(self, certain: int) -> int:
        """The rank once everything is decided and folded."""


def judge_of(table: TableFile) -> Judge:
    """The method of a table that has been read."""
    if table.method is Method.SCORE:
        return ScoreJudge.of(table)
    if table.counting is not None:
        return CountJudge.of(table, table.counting)
    return RowsJudge.of(table)


@dataclass(frozen=True, slots=True)
class RowsJudge:
    """The highest level of all rows that match. Rows stand mildest level first. `certain`: the rank reached."""

    rows: tuple[Row, ...]
    ranks: tuple[int, ...]
    above: tuple[int, ...]
    whens: tuple[When | None, ...]

    @classmethod
    def of(cls, table: TableFile) -> "RowsJudge":
        """The rows of a table, mildest level first."""
        rank = table.level_ids.index
        rows = tuple(sorted(table.rows, key=lambda row: rank(row.level)))
        ranks = tuple(rank(row.level) for row in rows)
        above = tuple(sum(1 << at for at, to in enumerate(ranks) if to > level) for level in range(len(table.levels)))
        return cls(rows, ranks, above, tuple(row.when for row in rows))

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the rows."""
        return tuple(row.id for row in self.rows)

    def rank(self, matched: int) -> int:
        """The rank of the highest row."""
        highest = (matched & ((1 << len(self.rows)) - 1)).bit_length()
        return self.ranks[highest - 1] if highest else 0

    def raising(self, rank: int) -> int:
        """The rows of higher levels."""
        return self.above[rank]

    def trace(self, matched: int) -> tuple[str, ...]:
        """The rows that match, most severe first."""
        told = reversed(list(enumerate(self.rows)))
        return tuple(f"{row.id}: {row.level}. {row.why}" for at, row in told if matched >> at & 1)

    def score(self, matched: int) -> float | None:  # noqa: ARG002 - rows make no points
        """None."""
        return None

    def fold(self, open_rules: int, decided: int, certain: int) -> Folded:
        """Rows that lead no higher than what is certain do not matter any more."""
        certain = max(certain, self.rank(open_rules & decided))
        return Folded(open_rules & ~decided & self.above[certain], certain)

    def rank_of(self, certain: int) -> int:
        """The rank reached."""
        return certain


@dataclass(frozen=True, slots=True)
class _Part:
    """A category with its bits: where they begin, and all of them."""

    category: Category
    shift: int
    mask: int

    def points(self, matched: int) -> int:
        """The points of the highest option that holds, weighted."""
        return self.option_points((matched & self.mask) >> self.shift)

    def option_points(self, held: int) -> int:
        """The same for bits that begin at 0."""
        return self.category.weight * self.category.options[max(held.bit_length() - 1, 0)].points


@dataclass(frozen=True, slots=True)
class ScoreJudge:
    """Weighted points on a scale from 0, the least possible sum, to 100, the most. `certain`: points so far."""

    parts: tuple[_Part, ...]
    starts: tuple[int, ...]
    least: int
    most: int
    whens: tuple[When | None, ...]

    @classmethod
    def of(cls, table: TableFile) -> "ScoreJudge":
        """The categories of a table, their options mildest first."""
        parts, shift = [], 0
        for category in table.categories:
            size = len(category.options)
            parts.append(_Part(category, shift, ((1 << size) - 1) << shift))
            shift += size
        ends = [(one.weight * one.options[0].points, one.weight * one.options[-1].points) for one in table.categories]
        return cls(
            parts=tuple(parts),
            starts=tuple(level.from_score or 0 for level in table.levels),
            least=sum(low for low, _ in ends),
            most=sum(high for _, high in ends),
            whens=tuple(option.when for one in table.categories for option in one.options),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Each option by its category: `functional-impact: loss-of-control`."""
        return tuple(f"{part.category.id}: {option.id}" for part in self.parts for option in part.category.options)

    def _rank(self, points: int) -> int:
        reached = 100 * (points - self.least)
        scale = self.most - self.least
        return max(rank for rank, start in enumerate(self.starts) if reached >= start * scale)

    def _points(self, matched: int) -> int:
        return sum(part.points(matched) for part in self.parts)

    def rank(self, matched: int) -> int:
        """The rank of the last level that begins at or below the score."""
        return self._rank(self._points(matched))

    def raising(self, rank: int) -> int:  # noqa: ARG002 - any point counts
        """Every option: any point counts."""
        return -1

    def score(self, matched: int) -> float | None:
        """The score, from 0 to 100, to two decimals."""
        return round(100 * (self._points(matched) - self.least) / (self.most - self.least), 2)

    def trace(self, matched: int) -> tuple[str, ...]:
        """What each category gives, the most points first."""
        told = []
        for part in self.parts:
            held = max(((matched & part.mask) >> part.shift).bit_length() - 1, 0)
            option, weight = part.category.options[held], part.category.weight
            text = f"{part.category.id}: {option.id}, {option.points} points, weight {weight}. {part.category.why}"
            told.append((-option.points * weight, text))
        return tuple(text for _, text in sorted(told, key=lambda one: one[0]))

    def fold(self, open_rules: int, decided: int, certain: int) -> Folded:
        """A category that is decided is a number of points; in an open one, options below a certain one do not matter.

        The bits of a category that is already counted are gone: there is always its first option until then.
        """
        for part in self.parts:
            held = open_rules & part.mask
            if not held:
                continue
            open_rules &= ~part.mask
            sure = held & decided
            if sure == held:
                certain += part.points(held)
            else:
                open_rules |= held & ~((1 << (max(sure.bit_length(), 1) - 1)) - 1)
        return Folded(open_rules, certain)

    def rank_of(self, certain: int) -> int:
        """The rank of the points."""
        return self._rank(certain)


@dataclass(frozen=True, slots=True)
class CountJudge:
    """A gate, and with it something decisive or enough criteria. `certain`: the bits of criteria that are met.

    `groups`: for each criterion, gate and decisive ones first, the bits of its sets of conditions.
    """

    counting: Counting
    criteria: tuple[Criterion, ...]
    groups: tuple[int, ...]
    leads_to: int
    whens: tuple[When | None, ...]

    @classmethod
    def of(cls, table: TableFile, counting: Counting) -> "CountJudge":
        """The criteria of a table: those of the gate, the decisive ones, and those that are counted."""
        criteria = (*counting.gate, *counting.decisive, *counting.criteria)
        groups, shift = [], 0
        for one in criteria:
            groups.append(((1 << len(one.when_any)) - 1) << shift)
            shift += len(one.when_any)
        whens = tuple(when for one in criteria for when in one.when_any)
        return cls(counting, criteria, tuple(groups), table.level_ids.index(counting.leads_to), whens)

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the criteria, once for each of their sets of conditions."""
        return tuple(one.id for one in self.criteria for _ in one.when_any)

    def _met(self, matched: int) -> int:
        return sum(1 << at for at, group in enumerate(self.groups) if matched & group)

    def rank(self, matched: int) -> int:
        """The rank it leads to, or 0."""
        return self.rank_of(self._met(matched))

    def rank_of(self, certain: int) -> int:
        """The same from the criteria that are met."""
        gate, decisive = len(self.counting.gate), len(self.counting.decisive)
        opened = certain & ((1 << gate) - 1)
        decided = certain >> gate & ((1 << decisive) - 1)
        enough = (certain >> (gate + decisive)).bit_count() >= self.counting.needed
        return self.leads_to if opened and (decided or enough) else 0

    def raising(self, rank: int) -> int:  # noqa: ARG002 - each criterion may be the one that is needed
        """Every criterion: each may be the one that is needed."""
        return -1

    def score(self, matched: int) -> float | None:  # noqa: ARG002 - counting makes no points
        """None."""
        return None

    def trace(self, matched: int) -> tuple[str, ...]:
        """The criteria that are met, by the part they stand in."""
        gate, decisive = len(self.counting.gate), len(self.counting.decisive)
        parts = ["gate"] * gate + ["decisive"] * decisive + ["criterion"] * len(self.counting.criteria)
        met = self._met(matched)
        told = enumerate(zip(parts, self.criteria, strict=True))
        return tuple(f"{one.id}: {part}. {one.why}" for at, (part, one) in told if met >> at & 1)

    def fold(self, open_rules: int, decided: int, certain: int) -> Folded:
        """What is met is met; its other sets of conditions do not matter any more."""
        certain |= self._met(open_rules & decided)
        for at, group in enumerate(self.groups):
            if certain >> at & 1:
                open_rules &= ~group
        return Folded(open_rules & ~decided, certain)
