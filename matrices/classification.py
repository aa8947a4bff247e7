"""Classify: how severe an incident is by one table, how severe it could still turn out, and what to ask next."""

from functools import reduce
from operator import and_
from typing import NamedTuple

from leerp.facts import Facts
from leerp.incidents import Choice, Classification, Presumption
from matrices.evidence import evidence
from matrices.incident_types import assign
from matrices.presumption import presume
from matrices.questions import question
from matrices.rules import Lift, Rules, without_each
from matrices.tables import Table
from matrices.whatif import what_would_change


class Verdict(NamedTuple):
    """What a table says in short. `lowest`, `highest`: ranks; `lowest` is the rank of the level."""

    lowest: int
    highest: int
    presumption: Presumption
    recommendation: Choice


def verdict(table: Table, facts: Facts) -> Verdict:
    """The level, its range and the recommendation, without the reasons: what a backtest needs of a million cases."""
    rules = table.rules
    matched = possible = -1
    for reader in rules.readers:
        ends = reader.read(facts)
        matched &= ends.mild
        possible &= ends.severe
    lowest, highest = rules.rank(matched), rules.rank(possible)
    presumption, _ = presume(facts)
    return Verdict(lowest, highest, presumption, _recommend(rules, presumption, lowest, highest))


def classify(table: Table, facts: Facts) -> Classification:
    """The classification of facts by a table. Pure: the same table and facts always give the same answer.

    `level` counts every unknown fact as the mildest it could be; `lowest` and `highest` bound the level over all
    completions of what is unknown. Since all conditions are minimums, `lowest` is `level`.
    A list of countries, sectors or entities counts as complete only where the spread is contained.
    """
    rules = table.rules
    ends = [reader.read(facts) for reader in rules.readers]
    mild, severe = [end.mild for end in ends], [end.severe for end in ends]
    matched = reduce(and_, mild, -1)
    lowest, highest = rules.rank(matched), rules.rank(reduce(and_, severe, -1))
    missing = _ask_for(rules, mild, severe) if lowest < highest else ()
    presumption, because = presume(facts)
    return Classification(
        table=table.name,
        table_version=table.version,
        table_sha256=table.sha256,
        level=table.levels[lowest],
        level_rank=lowest,
        levels=len(table.levels),
        lowest=table.levels[lowest],
        highest=table.levels[highest],
        score=rules.judge.score(matched),
        ask_for=missing,
        questions=tuple(question(fact, facts) for fact in missing),
        trace=rules.judge.trace(matched),
        triggers=tuple(_fired(lift, rules, matched, facts, table.levels) for lift in rules.lifts if matched & lift.bit),
        presumption=presumption,
        presumed_because=because,
        recommendation=_recommend(rules, presumption, lowest, highest),
        types=assign(facts.types),
        would_change=what_would_change(rules, table.levels, ends, presumption),
        facts=facts,
    )


def _recommend(rules: Rules, presumption: Presumption, lowest: int, highest: int) -> Choice:
    """What is recommended; where the presumption is rebutted, the normal procedure, however severe it is."""
    return Choice.NORMAL if presumption is Presumption.REBUTTED else rules.recommended(lowest, highest)


def _ask_for(rules: Rules, mild: list[int], severe: list[int]) -> tuple[str, ...]:
    """The facts not fully known that could move the level, the one that would narrow the range most first.

    How much one would narrow it: by how much the highest level falls if it turns out mild, plus by how much the lowest
    rises if it turns out severe. Among equals, the one that decides more rules, then the order of the readers.
    """
    others_mild, others_severe = without_each(mild), without_each(severe)
    matched, possible = mild[0] & others_mild[0], severe[0] & others_severe[0]
    undecided = possible & ~matched & rules.raising(rules.judge.rank(matched))
    gains = []
    for at, reader in enumerate(rules.readers):
        decides = undecided & ~mild[at]
        if decides and mild[at] != severe[at]:
            left = rules.rank(others_severe[at] & mild[at]) - rules.rank(others_mild[at] & severe[at])
            gains.append((left, -decides.bit_count(), at, reader.fact))
    return tuple(fact for *_, fact in sorted(gains))


def _fired(lift: Lift, rules: Rules, matched: int, facts: Facts, levels: tuple[str, ...]) -> str:
    """What a trigger that fired says: its reason, its evidence, and whether it lifted."""
    trigger, base = lift.trigger, rules.judge.rank(matched)
    if base < lift.lifts_from:
        effect = f"Does not lift {levels[base]}, only {trigger.lifts_from} and higher."
    elif base >= lift.lifts_to:
        effect = f"Nothing to lift: already {levels[base]}."
    else:
        effect = f"Lifts {levels[base]} to {trigger.lifts_to}."
    return f"{trigger.id}: {trigger.why} Evidence: {'; '.join(evidence(trigger.when, facts))}. {effect}"
