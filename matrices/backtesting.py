"""Past cases through a table: how often it would have called for a launch, and how often it would have been right.

A million cases come to few different situations; each case is read once, and each situation judged once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from leerp.facts import Facts
from leerp.incidents import Choice, Presumption
from leerp.model import Message
from matrices.presumption import presume
from matrices.rules import Rules, compile_rules
from matrices.schema import Method, TableFile
from matrices.tables import Table


class PastFacts(NamedTuple):
    """What was known of a past case at one moment. `label`: what it should have come to, if somebody has said."""

    case: str
    facts: Facts
    label: Choice | None = None
    year: int | None = None


class Matter(Message):
    """What a rule, or the weight of a category, matters: in how many cases the recommendation would be another.

    `without`: if the rule were not there, or the weight were one less; `more`: if the weight were one more.
    """

    rule: str
    matched: int
    without: int
    more: int | None = None


class Backtest(Message):
    """What a table would have said of past cases. A case counts as launched if a launch is recommended at any moment.

    `labelled`: cases of which somebody has said what they should have come to; `expected`, of these, the launches.
    `recall`: of these, the part for which a launch is recommended. `false_triggers`: labelled cases that should not
    have been launched and for which a launch is recommended. `per_year`: launches in each year that is known.
    """

    table: str
    version: str
    sha256: str
    cases: int
    moments: int
    launched: int
    watched: int
    rebutted: int
    years: int
    launches_per_year: float | None
    per_year: Mapping[int, int]
    labelled: int
    expected: int
    found: int
    recall: float | None
    missed: tuple[str, ...]
    false_triggers: tuple[str, ...]
    false_trigger_count: int
    matters: tuple[Matter, ...]


class _Situation(NamedTuple):
    """All that a table sees of a moment: rules that match, rules that could, and whether the cause is criminal."""

    matched: int
    possible: int
    rebutted: bool


_SHOWN = 20
"""How many cases are named where there are more."""


class _Case(NamedTuple):
    """What is remembered of a case over its moments."""

    label: Choice | None
    year: int | None
    situations: tuple[_Situation, ...]


def backtest(table: Table, past: Iterable[PastFacts]) -> Backtest:
    """Run past cases through a table. Moments of one case need not stand together."""
    cases: dict[str, _Case] = {}
    moments: Counter[_Situation] = Counter()
    for one in past:
        situation = _situation(table.rules, one.facts)
        moments[situation] += 1
        before = cases.get(one.case)
        seen = before.situations if before else ()
        if situation not in seen:
            seen = (*seen, situation)
        label = one.label or (before.label if before else None)
        cases[one.case] = _Case(label, one.year or (before.year if before else None), seen)
    return _result(table, cases, moments)


def _situation(rules: Rules, facts: Facts) -> _Situation:
    matched, possible = rules.matching(facts)
    return _Situation(matched, possible, presume(facts)[0] is Presumption.REBUTTED)


def _choice(rules: Rules, one: _Situation) -> Choice:
    if one.rebutted:
        return Choice.NORMAL
    return rules.recommended(rules.rank(one.matched), rules.rank(one.possible))


def _result(table: Table, cases: Mapping[str, _Case], moments: Mapping[_Situation, int]) -> Backtest:
    choices = {situation: _choice(table.rules, situation) for situation in moments}
    said = {name: {choices[one] for one in case.situations} for name, case in cases.items()}
    launched = {name for name, choice in said.items() if Choice.LAUNCH in choice}
    expected = {name for name, case in cases.items() if case.label is Choice.LAUNCH}
    wrong = sorted(name for name in launched if cases[name].label not in (None, Choice.LAUNCH))
    per_year = Counter(year for name, case in cases.items() if (year := case.year) is not None and name in launched)
    known = [case.year for case in cases.values() if case.year is not None]
    years = max(known) - min(known) + 1 if known else 0
    dated = sum(1 for name in launched if cases[name].year is not None)
    return Backtest(
        table=table.name,
        version=table.version,
        sha256=table.sha256,
        cases=len(cases),
        moments=sum(moments.values()),
        launched=len(launched),
        watched=sum(1 for name, choice in said.items() if Choice.WATCH in choice and name not in launched),
        rebutted=sum(1 for case in cases.values() if any(one.rebutted for one in case.situations)),
        years=years,
        launches_per_year=round(dated / years, 3) if years else None,
        per_year=dict(sorted(per_year.items())),
        labelled=sum(1 for case in cases.values() if case.label is not None),
        expected=len(expected),
        found=len(expected & launched),
        recall=round(len(expected & launched) / len(expected), 4) if expected else None,
        missed=tuple(sorted(expected - launched)[:_SHOWN]),
        false_triggers=tuple(wrong[:_SHOWN]),
        false_trigger_count=len(wrong),
        matters=tuple(_matters(table, cases, choices)),
    )


def _matters(table: Table, cases: Mapping[str, _Case], choices: Mapping[_Situation, Choice]) -> Iterator[Matter]:
    """Each rule and each weight, those that matter most first. Cases with the same situations are judged once."""
    alike = Counter(case.situations for case in cases.values())
    found = [*_rules_that_matter(table.rules, alike, choices)]
    if table.document.method is Method.SCORE:
        found += _weights_that_matter(table, alike, choices)
    yield from sorted(found, key=lambda one: (-max(one.without, one.more or 0), -one.matched, one.rule))


Alike = Mapping[tuple[_Situation, ...], int]


def _rules_that_matter(rules: Rules, alike: Alike, choices: Mapping[_Situation, Choice]) -> Iterator[Matter]:
    for at, name in enumerate(rules.names()):
        bit = 1 << at
        if at < len(rules.judge.whens) and rules.judge.whens[at] is None:
            continue
        touched = {one for one in choices if one.possible & bit}
        other = {
            one: _choice(rules, _Situation(one.matched & ~bit, one.possible & ~bit, one.rebutted)) for one in touched
        }
        matched = sum(n for situations, n in alike.items() if any(one.matched & bit for one in situations))
        yield Matter(rule=name, matched=matched, without=_changed(alike, choices, {**choices, **other}))


def _changed(alike: Alike, before: Mapping[_Situation, Choice], after: Mapping[_Situation, Choice]) -> int:
    """In how many cases the gravest recommendation of all moments is another."""
    return sum(n for situations, n in alike.items() if _gravest(situations, before) is not _gravest(situations, after))


def _gravest(situations: Sequence[_Situation], choices: Mapping[_Situation, Choice]) -> Choice:
    if len(situations) == 1:
        return choices[situations[0]]
    return max((choices[one] for one in situations), key=_GRAVITY.index)


_GRAVITY = (Choice.NORMAL, Choice.WATCH, Choice.LAUNCH)


def _weights_that_matter(table: Table, alike: Alike, choices: Mapping[_Situation, Choice]) -> Iterator[Matter]:
    for at, category in enumerate(table.document.categories):
        less, more = (_with_weight(table.document, at, category.weight + step) for step in (-1, 1))
        yield Matter(
            rule=f"weight of {category.id}",
            matched=sum(alike.values()),
            without=_changed(alike, choices, {one: _choice(less, one) for one in choices}),
            more=_changed(alike, choices, {one: _choice(more, one) for one in choices}),
        )


def _with_weight(document: TableFile, at: int, weight: int) -> Rules:
    """The same table with another weight of one category; it need not be one that could be written into a file."""
    categories = list(document.categories)
    categories[at] = categories[at].model_copy(update={"weight": weight})
    return compile_rules(document.model_copy(update={"categories": tuple(categories)}))
