"""Classify: how severe an incident is by one table, how severe it could still turn out, and what to ask next."""

from functools import reduce
from itertools import accumulate
from operator import and_

from leerp.countries import EU_MEMBER_STATES
from leerp.facts import Facts
from leerp.incidents import Choice, Classification, Presumption
from matrices.presumption import presume
from matrices.rules import Lift, Rules
from matrices.schema import ANNEX_I, When
from matrices.tables import Table


def classify(table: Table, facts: Facts) -> Classification:
    """The classification of facts by a table. Pure: the same table and facts always give the same answer.

    `level` counts every unknown fact as the mildest it could be; `lowest` and `highest` bound the level over all
    completions of what is unknown. (Where all conditions are minimums, as in the method `rows`, `lowest` is `level`.)
    A list of countries or sectors counts as complete only where the spread is contained.
    """
    rules = table.rules
    ends = [read(facts) for _, read in rules.readers]
    mild, severe = [end.mild for end in ends], [end.severe for end in ends]
    matched = reduce(and_, mild)
    lowest, highest = rules.rank(matched), rules.rank(reduce(and_, severe))
    presumption, _ = presume(facts)
    return Classification(
        table=table.name,
        table_version=table.version,
        table_sha256=table.sha256,
        level=table.levels[lowest],
        level_rank=lowest,
        lowest=table.levels[lowest],
        highest=table.levels[highest],
        ask_for=_ask_for(rules, mild, severe) if lowest < highest else (),
        trace=_trace(rules, matched),
        triggers=tuple(_fired(lift, rules, matched, facts, table.levels) for lift in rules.lifts if matched & lift.bit),
        presumption=presumption,
        recommendation=_recommend(rules, presumption, lowest, highest),
        facts=facts,
    )


def _recommend(rules: Rules, presumption: Presumption, lowest: int, highest: int) -> Choice:
    if presumption is Presumption.REBUTTED:
        return Choice.NORMAL
    if lowest >= rules.launch_from:
        return Choice.LAUNCH
    return Choice.WATCH if highest >= rules.watch_from else Choice.NORMAL


def _trace(rules: Rules, matched: int) -> tuple[str, ...]:
    """The rows that matched, most severe first."""
    lines = rules.lines
    return tuple(lines[at] for at in range(len(lines) - 1, -1, -1) if matched >> at & 1)


def _ask_for(rules: Rules, mild: list[int], severe: list[int]) -> tuple[str, ...]:
    """The facts not fully known that could move the level, the one that would narrow the range most first.

    How much one would narrow it: by how much the highest level falls if it turns out mild, plus by how much the lowest
    rises if it turns out severe. Among equals, the one that decides more rules, then the order of the readers.
    """
    others_mild, others_severe = _without_each(mild), _without_each(severe)
    matched, possible = mild[0] & others_mild[0], severe[0] & others_severe[0]
    undecided = possible & ~matched & rules.above[rules.base(matched)]
    gains = []
    for at, (fact, _) in enumerate(rules.readers):
        decides = undecided & ~mild[at]
        if decides and mild[at] != severe[at]:
            left = rules.rank(others_severe[at] & mild[at]) - rules.rank(others_mild[at] & severe[at])
            gains.append((left, -decides.bit_count(), at, fact))
    return tuple(fact for *_, fact in sorted(gains))


def _without_each(allowed: list[int]) -> list[int]:
    """For each fact, the rules that all the other facts allow."""
    before = list(accumulate(allowed, and_, initial=-1))
    after = list(accumulate(reversed(allowed), and_, initial=-1))[::-1]
    return [before[at] & after[at + 1] for at in range(len(allowed))]


def _fired(lift: Lift, rules: Rules, matched: int, facts: Facts, levels: tuple[str, ...]) -> str:
    """What a trigger that fired says: its reason, its evidence, and whether it lifted."""
    trigger, base = lift.trigger, rules.base(matched)
    if base < lift.lifts_from:
        effect = f"Does not lift {levels[base]}, only {trigger.lifts_from} and higher."
    elif base >= lift.lifts_to:
        effect = f"Nothing to lift: already {levels[base]}."
    else:
        effect = f"Lifts {levels[base]} to {trigger.lifts_to}."
    return f"{trigger.id}: {trigger.why} Evidence: {'; '.join(evidence(trigger.when, facts))}. {effect}"


def _named(facts: Facts, when: When) -> list[str]:
    wanted = when.sectors.any_of if when.sectors else ()
    return [sector for sector in facts.sectors if sector in wanted]


def evidence(when: When, facts: Facts) -> tuple[str, ...]:
    """The facts that the conditions look at, each as a person would read it. Empty where no condition is set."""
    said = {
        "activity": f"activity {facts.activity}",
        "service_impact": f"service impact {facts.service_impact}",
        "sectors": f"sectors {', '.join(_named(facts, when))}",
        "annex_i_sectors": f"NIS2 Annex I sectors {', '.join(sorted(ANNEX_I.intersection(facts.sectors)))}",
        "victims": f"at least {facts.victims_min or 0} victims",
        "countries": f"{len(facts.countries)} countries",
        "eu_countries": f"Member States {', '.join(sorted(set(EU_MEMBER_STATES).intersection(facts.countries)))}",
        "spread": f"spread {facts.spread}",
        "outlook": f"outlook {facts.outlook}",
        "recoverability": f"recoverability {facts.recoverability}",
        "life_threat": "life in danger",
        "political": "political reasons given",
    }
    return tuple(words for axis, words in said.items() if getattr(when, axis) is not None)
