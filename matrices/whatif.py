"""What would change a result: for each fact, the nearest value that leads to another level or recommendation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leerp.countries import EU_MEMBER_STATES
from leerp.incidents import Choice, Presumption
from matrices.evidence import amount_text
from matrices.readers import AMOUNTS, FLAGS, FactReader, Value
from matrices.rules import Reading, Rules

_EU = frozenset(EU_MEMBER_STATES)


def what_would_change(
    rules: Rules, levels: Sequence[str], reading: Reading, presumption: Presumption
) -> tuple[str, ...]:
    """One line for each fact and direction, in the order in which facts are asked for; `levels`: by rank.

    More severe values first, then milder ones.
    """
    now = rules.rank(reading.matched), rules.rank(reading.possible)
    here = (now[0], rules.recommended(*now))
    lines = [*_cause(here[1], presumption)]
    for up in (True, False):
        for reader, (now_mild, _), (mild, severe) in zip(rules.readers, reading.each, reading.others, strict=True):
            for value in _nearer(reader, now_mild, up=up):
                lowest = rules.rank(mild & value.mask)
                there = (lowest, rules.recommended(lowest, rules.rank(severe & value.mask)))
                if there[0] != here[0]:
                    lines.append(f"{words(value.facts, more=up)}: {levels[lowest]}, {_said(there[1], presumption)}")
                    break
    return tuple(lines)


def _cause(recommended: Choice, presumption: Presumption) -> Iterator[str]:
    if presumption is Presumption.REBUTTED and recommended is not Choice.NORMAL:
        yield f"a criminal cause after all: {recommended.value}"
    if presumption is Presumption.RAISED and recommended is not Choice.NORMAL:
        yield f"evidence that the cause is not criminal: {Choice.NORMAL.value}"


def _said(recommended: Choice, presumption: Presumption) -> str:
    return Choice.NORMAL.value if presumption is Presumption.REBUTTED else recommended.value


def _nearer(reader: FactReader, now: int, *, up: bool) -> list[Value]:
    """The values that allow more (or less) than is known now, the nearest first."""
    if up:
        return [value for value in reader.values if value.mask != now and value.mask & now == now]
    return [value for value in reversed(reader.values) if value.mask != now and value.mask & now == value.mask]


def words(facts: Mapping[str, Any], *, more: bool) -> str:
    """A value of a fact as a person would say it; a list is what is added to it, or all that is left of it."""
    ((fact, value), *_) = facts.items()
    if fact == "victims_min":
        return f"{value:,} victims"
    if fact == "countries":
        countries = "1 country" if len(value) == 1 else f"{len(value)} countries"
        return f"{countries}, {len(_EU.intersection(value))} of the Union"
    name = fact.replace("_", " ")
    if fact in FLAGS:
        return name if value else f"not {name}"
    if fact in AMOUNTS:
        return amount_text(fact, value)
    if isinstance(value, list):
        listed = ", ".join(value)
        return f"{name} also {listed}" if more else f"{name} only {listed}" if listed else f"no {name}"
    return f"{name} {value}"
