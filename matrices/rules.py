"""A table made quick: its method, its triggers and the readers of the facts that they ask for.

Bits: the rules of the method first, then the triggers as they stand in the file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import and_

from leerp.facts import Facts
from leerp.incidents import Choice
from matrices.methods import Judge, judge_of
from matrices.readers import Ends, FactReader, fact_readers
from matrices.schema import TableFile, Trigger


@dataclass(frozen=True, slots=True)
class Lift:
    """A trigger among the rules: its bit and the ranks it lifts from and to."""

    trigger: Trigger
    bit: int
    lifts_from: int
    lifts_to: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules see in some facts: those that match, and those that still could.

    `each`: the rules that one fact allows, for each reader; `others`: those that all the other facts allow.
    """

    matched: int
    possible: int
    each: tuple[Ends, ...]
    others: tuple[Ends, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """A compiled table. `readers`: in the order in which equally useful facts are asked for; `reads`: how they read.

    `launch_from`, `watch_from`: the ranks of the recommendation.
    """

    readers: tuple[FactReader, ...]
    reads: tuple[Callable[[Facts], Ends], ...]
    judge: Judge
    lifts: tuple[Lift, ...]
    launch_from: int
    watch_from: int

    def matching(self, facts: Facts) -> tuple[int, int]:
        """The rules that match, and those that still could: nothing more, for a million cases."""
        matched = possible = -1
        for read in self.reads:
            mild, severe = read(facts)
            matched &= mild
            possible &= severe
        return matched, possible

    def reading(self, facts: Facts) -> Reading:
        """The same, with what each fact does to it."""
        each = tuple([read(facts) for read in self.reads])
        matched, others_mild = _without_each([ends.mild for ends in each])
        possible, others_severe = _without_each([ends.severe for ends in each])
        return Reading(matched, possible, each, tuple(map(Ends, others_mild, others_severe)))

    def lifted(self, base: int, matched: int) -> int:
        """The rank after the triggers that match; they start from what the method said, never from one another."""
        rank = base
        for lift in self.lifts:
            if matched & lift.bit and base >= lift.lifts_from and lift.lifts_to > rank:
                rank = lift.lifts_to
        return rank

    def rank(self, matched: int) -> int:
        """The rank of the level for a set of matched rules."""
        return self.lifted(self.judge.rank(matched), matched)

    def recommended(self, lowest: int, highest: int) -> Choice:
        """What a range of ranks leads to, as long as the incident is treated as criminal."""
        if lowest >= self.launch_from:
            return Choice.LAUNCH
        return Choice.WATCH if highest >= self.watch_from else Choice.NORMAL

    def known(self, rank: int) -> Choice:
        """The same where everything is known."""
        return self.recommended(rank, rank)

    def names(self) -> tuple[str, ...]:
        """The name of each rule, in the order of the bits, triggers last."""
        return (*self.judge.names, *(lift.trigger.id for lift in self.lifts))

    def raising(self, rank: int) -> int:
        """The rules and triggers that could lead above a rank."""
        return self.judge.raising(rank) | sum(lift.bit for lift in self.lifts if lift.lifts_to > rank)


def compile_rules(table: TableFile) -> Rules:
    """The rules of a table that has been read."""
    rank = table.level_ids.index
    judge = judge_of(table)
    lifts = tuple(
        Lift(trigger, 1 << (len(judge.whens) + at), rank(trigger.lifts_from), rank(trigger.lifts_to))
        for at, trigger in enumerate(table.triggers)
    )
    readers = fact_readers([*judge.whens, *(trigger.when for trigger in table.triggers)])
    return Rules(
        readers=readers,
        reads=tuple(reader.read for reader in readers),
        judge=judge,
        lifts=lifts,
        launch_from=rank(table.recommendation.launch_from),
        watch_from=rank(table.recommendation.watch_from),
    )


def _without_each(allowed: Sequence[int]) -> tuple[int, list[int]]:
    """The rules that all facts allow, and for each fact, those that all the others do."""
    before = list(accumulate(allowed, and_, initial=-1))
    after = list(accumulate(reversed(allowed), and_, initial=-1))[::-1]
    return before[-1], [before[at] & after[at + 1] for at in range(len(allowed))]
