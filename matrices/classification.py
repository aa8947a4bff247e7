"""Classify: how severe an incident is by one table, how severe it could still turn out, and what to ask next."""

from typing import NamedTuple

from leerp.facts import Facts
from leerp.incidents import Choice, Classification, Presumption
from matrices.evidence import evidence
from matrices.incident_types import assign
from matrices.presumption import presume
from matrices.questions import question
from matrices.rules import Lift, Reading, Rules
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
    matched, possible = rules.matching(facts)
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
    reading = rules.reading(facts)
    matched = reading.matched
    lowest, highest = rules.rank(matched), rules.rank(reading.possible)
    missing = _ask_for(rules, reading) if lowest < highest else ()
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
        would_change=what_would_change(rules, table.levels, reading, presumption),
        facts=facts,
    )


def _recommend(rules: Rules, presumption: Presumption, lowest: int, highest: int) -> Choice:
    """What is recommended; where the presumption is rebutted, the normal procedure, however severe it is."""
    return Choice.NORMAL if presumption is Presumption.REBUTTED else rules.recommended(lowest, highest)


def _ask_for(rules: Rules, reading: Reading) -> tuple[str, ...]:
    """The facts not fully known that could move the level, the one that would narrow the range most first.

    How much one would narrow it: by how much the highest level falls if it turns out mild, plus by how much the lowest
    rises if it turns out severe. Among equals, the one that decides more rules, then the order of the readers.
    """
    undecided = reading.possible & ~reading.matched & rules.raising(rules.judge.rank(reading.matched))
    gains = []
    for at, (reader, own, others) in enumerate(zip(rules.readers, reading.each, reading.others, strict=True)):
        decides = undecided & ~own.mild
        if decides and own.mild != own.severe:
            left = rules.rank(others.severe & own.mild) - rules.rank(others.mild & own.severe)
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
