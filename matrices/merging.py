"""Merge: what many reports assert becomes one set of facts. Reports only add; only a person takes away.

- Of words the most severe stands, yes stands against no, lists are united, and of amounts the largest bounds count.
- A source graded as mostly unreliable is heard on a fact only where no other source speaks of it.
- Where one source says malicious and another says failure, malicious stands: the presumption is for a person to end.
- Evidence against the presumption counts from a source judged reliable, or from a person; see `leerp.facts`.
- What a person has settled wins over every report.

The kinds of facts are those of `matrices.readers`: a fact is added there and is merged here.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from leerp.facts import Amount, Facts, RootCause
from matrices.assertions import Asserted
from matrices.grading import doubted, relied_on
from matrices.presumption import NOT_CRIMINAL
from matrices.readers import AMOUNTS, FLAGS, LISTS, ORDERED

Value = TypeVar("Value")
Bounds = tuple[float | None, float | None]

UNITED = (*LISTS, "types")
"""The facts of which all that is asserted stands together."""


def merge(asserted: Asserted, *, settled: Facts | None = None) -> Facts:
    """The facts of an incident from its reports with the grades that stand. The order of reports does not matter."""
    by_person = settled or Facts()
    merged: dict[str, Any] = {}
    for fact in ORDERED:
        merged[fact] = getattr(by_person, fact) or _most_severe(_heard(asserted, _reading(fact)))
    for fact in FLAGS:
        said = getattr(by_person, fact)
        merged[fact] = max(_heard(asserted, _reading(fact)), default=None) if said is None else said
    for fact in UNITED:
        listed = [one for several in _heard(asserted, _reading(fact)) for one in several]
        merged[fact] = getattr(by_person, fact) or tuple(sorted(set(listed)))
    for fact in AMOUNTS:
        merged[fact] = _amount(asserted, by_person, fact)
    return Facts(**merged, **_victims(asserted, by_person), **_cause(asserted, by_person))


def settle(earlier: Facts, later: Facts) -> Facts:
    """What people have settled, one after the other: the latest word on each fact; a later amount is a new amount.

    An earlier number of victims that the later one contradicts is dropped, and so is evidence for an earlier cause.
    """
    word = _said(later)
    kept = _said(earlier)
    if "root_cause" in word and word["root_cause"] != kept.get("root_cause"):
        kept.pop("rebuttal", None)
    both = kept | word
    if both.get("victims_min", 0) > both.get("victims_max", both.get("victims_min", 0)):
        del both["victims_min" if "victims_max" in word else "victims_max"]
    return Facts(**both)


def unsettle(settled: Facts, names: Sequence[str]) -> Facts:
    """What is still settled when these facts are not any more; evidence goes with the cause that it is for."""
    gone = {*names, *(("rebuttal",) if "root_cause" in names else ())}
    return Facts(**{fact: value for fact, value in _said(settled).items() if fact not in gone})


def place(value: StrEnum) -> int:
    """How severe a word is among those of its fact, from 0."""
    return _places(type(value))[value]


@cache
def _places(kind: type[StrEnum]) -> dict[StrEnum, int]:
    return {word: at for at, word in enumerate(kind)}


def _said(facts: Facts) -> dict[str, Any]:
    return {fact: value for fact, value in facts if value not in (None, ())}


def _reading(fact: str) -> Callable[[Facts], Any]:
    """Reads one fact; an empty list is as unknown as None."""

    def read(facts: Facts) -> object:
        value = getattr(facts, fact)
        return None if value == () else value

    return read


def _bound(fact: str, end: str) -> Callable[[Facts], Any]:
    """Reads one end of an amount; None where the amount or this end is unknown."""

    def read(facts: Facts) -> object:
        amount: Amount | None = getattr(facts, fact)
        return None if amount is None else getattr(amount, end)

    return read


def _heard(asserted: Asserted, read: Callable[[Facts], Value | None]) -> list[Value]:
    """What is asserted of a fact, without doubted sources if any other speaks of it."""
    said = [(value, doubted(one.grade)) for one in asserted if (value := read(one.facts)) is not None]
    better = [value for value, in_doubt in said if not in_doubt]
    return better or [value for value, _ in said]


def _most_severe(values: list[StrEnum]) -> StrEnum | None:
    return max(values, key=place, default=None)


def _largest(values: list[float]) -> float | None:
    """The largest number. Of 30 and 30.0, which are equal but not written alike, always the same one."""
    return max(values, key=lambda value: (value, isinstance(value, float)), default=None)


def _between(settled: Bounds, reported: Bounds) -> Bounds:
    """At least the one end and at most the other; what a person settled stands, and a disproved end gives way.

    A reported maximum that is disproved becomes unknown, for nobody knows the true one. A minimum above what a person
    settled as the maximum comes down to it.
    """
    least, most = (mine if mine is not None else theirs for mine, theirs in zip(settled, reported, strict=True))
    if least is not None and most is not None and least > most:
        return (most, most) if settled[1] is not None else (least, None)
    return least, most


def _amount(asserted: Asserted, settled: Facts, fact: str) -> Amount | None:
    """At least the largest minimum, at most the largest maximum, of everything that is said of an amount."""
    reads = [_bound(fact, end) for end in ("at_least", "at_most")]
    least, most = (_largest(_heard(asserted, read)) for read in reads)
    own_least, own_most = (read(settled) for read in reads)
    at_least, at_most = _between((own_least, own_most), (least, most))
    return None if at_least is None and at_most is None else Amount(at_least=at_least, at_most=at_most)


def _victims(asserted: Asserted, settled: Facts) -> Mapping[str, Any]:
    """At least the largest minimum, at most the largest maximum; a reported end that the other disproves gives way."""
    least, most = (_largest(_heard(asserted, _reading(fact))) for fact in ("victims_min", "victims_max"))
    at_least, at_most = _between((settled.victims_min, settled.victims_max), (least, most))
    return {"victims_min": at_least, "victims_max": at_most}


def _cause(asserted: Asserted, settled: Facts) -> dict[str, str | None]:
    cause = settled.root_cause or _asserted_cause(asserted)
    rebuttal = settled.rebuttal
    if rebuttal is None and cause in NOT_CRIMINAL:
        rebuttal = min(_evidence(asserted, cause), default=None)
    return {"root_cause": cause, "rebuttal": rebuttal}


def _asserted_cause(asserted: Asserted) -> RootCause | None:
    """Malicious where any source heard says so; else the cause with evidence; else the first in their order."""
    causes = set(_heard(asserted, _reading("root_cause")))
    if RootCause.MALICIOUS_ACTIONS in causes:
        return RootCause.MALICIOUS_ACTIONS
    shown = [cause for cause in RootCause if cause in causes and _evidence(asserted, cause)]
    return next(iter([*shown, *(cause for cause in RootCause if cause in causes)]), None)


def _evidence(asserted: Asserted, cause: RootCause | None) -> list[str]:
    """The evidence for a cause from sources judged reliable."""
    return [
        one.facts.rebuttal
        for one in asserted
        if one.facts.root_cause == cause and one.facts.rebuttal is not None and relied_on(one.grade)
    ]
