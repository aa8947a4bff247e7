"""Every combination of facts that a table can tell from another, without walking through them one by one.

Facts are taken one after the other. Combinations that leave the same rules open and have made the same things certain
are one from then on; they are counted together, and the mildest of them is kept as an example. So the search is
exhaustive over axes whose combinations number billions, and takes as long as there are different situations.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from leerp.facts import Facts
from matrices.methods import Judge
from matrices.readers import FactReader, Value, fact_readers
from matrices.rules import Rules


class Example(NamedTuple):
    """A combination: how far it is from the mildest one, and its facts as (name, value)."""

    steps: int
    facts: tuple[tuple[str, Any], ...]

    def model(self) -> Facts:
        """The facts."""
        return Facts(**dict(self.facts))


class Found(NamedTuple):
    """How many combinations there are of a kind, and the mildest of them."""

    number: int
    example: Example


class _Situation(NamedTuple):
    """Where a table stands after some facts: rules that still count, what is certain, triggers that still may fire."""

    open: int
    certain: int
    lifts: int


@dataclass(frozen=True)
class _Side:
    """One table of a search: its judge, its triggers, and where its bits begin among those of all tables."""

    rules: Rules
    shift: int
    judge: Judge
    without: int = 0
    """Rules of this side that are left out of the search."""

    @property
    def size(self) -> int:
        """How many bits this side has."""
        return len(self.judge.whens) + len(self.rules.lifts)

    def begin(self) -> _Situation:
        """Before any fact: everything is open but what is left out."""
        rules = (1 << len(self.judge.whens)) - 1
        lifts = (1 << self.size) - 1 & ~rules
        return _Situation(rules & ~self.without, 0, lifts & ~self.without)

    def after(self, situation: _Situation, allowed: int, decided: int) -> _Situation:
        """After a fact that allows these rules and leaves these without further facts to ask."""
        own, done = allowed >> self.shift, decided >> self.shift
        folded = self.judge.fold(situation.open & own, done, situation.certain)
        return _Situation(folded.open, folded.certain, situation.lifts & own)

    def rank(self, situation: _Situation) -> int:
        """The rank at the end."""
        return self.rules.lifted(self.judge.rank_of(situation.certain), situation.lifts)


Situations = tuple[_Situation, ...]


def outcomes(
    tables: Sequence[Rules],
    *,
    without: Sequence[int] | None = None,
    by_points: bool = False,
    values: Callable[[FactReader], Sequence[Value]] = lambda reader: reader.values,
) -> Mapping[tuple[int, ...], Found]:
    """For every tuple of ranks that these tables come to together: how many combinations lead there, and the mildest.

    `without`: for each table, rules to leave out. `by_points`: tell results apart by what is certain at the end (the
    points of a score) and not only by rank. `values`: which values of a fact to look at; all by default.
    """
    sides = _sides(tables, without or [0] * len(tables))
    whens = [when for side in sides for when in (*side.judge.whens, *(lift.trigger.when for lift in side.rules.lifts))]
    readers = sorted(fact_readers(whens), key=lambda reader: -_asking(reader))
    states: dict[Situations, Found] = {tuple(side.begin() for side in sides): Found(1, Example(0, ()))}
    settled = dict(_decided(readers, len(whens)))
    states = _step(sides, states, [Value(-1, {}, 0)], settled[-1])
    for at, reader in enumerate(readers):
        states = _step(sides, states, values(reader), settled[at])
    ended: dict[tuple[int, ...], Found] = {}
    for situations, found in states.items():
        ends = zip(sides, situations, strict=True)
        results = tuple(situation.certain if by_points else side.rank(situation) for side, situation in ends)
        _add(ended, results, found)
    return dict(sorted(ended.items()))


def _sides(tables: Sequence[Rules], without: Sequence[int]) -> list[_Side]:
    sides: list[_Side] = []
    shift = 0
    for rules, left_out in zip(tables, without, strict=True):
        sides.append(_Side(rules, shift, rules.judge, left_out))
        shift += sides[-1].size
    return sides


def _asking(reader: FactReader) -> int:
    """How many rules ask for a fact: those that its mildest value does not allow."""
    every = 0
    for value in reader.values:
        every |= value.mask
    return (every & ~reader.values[0].mask).bit_count()


def _decided(readers: Sequence[FactReader], size: int) -> Iterator[tuple[int, int]]:
    """For each place in the order, and for -1 (before the first), the rules that no later fact can still refuse."""
    undecided = 0
    for at in range(len(readers) - 1, -2, -1):
        yield at, ((1 << size) - 1) & ~undecided
        if at >= 0:
            every = 0
            for value in readers[at].values:
                every |= value.mask
            for value in readers[at].values:
                undecided |= every & ~value.mask


def _step(
    sides: Sequence[_Side], states: Mapping[Situations, Found], values: Sequence[Value], decided: int
) -> dict[Situations, Found]:
    after: dict[Situations, Found] = {}
    for situations, found in states.items():
        for value in values:
            moved = tuple(
                side.after(situation, value.mask, decided) for side, situation in zip(sides, situations, strict=True)
            )
            example = Example(found.example.steps + value.step, (*found.example.facts, *value.facts.items()))
            _add(after, moved, Found(found.number, example))
    return after


def _add(found: dict[Any, Found], key: object, new: Found) -> None:
    before = found.get(key)
    if before is None:
        found[key] = new
        return
    example = new.example if new.example.steps < before.example.steps else before.example
    found[key] = Found(before.number + new.number, example)
