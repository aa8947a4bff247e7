"""Merge: what many reports assert becomes one set of facts. Reports only add; only a person takes away.

- On ordered axes the most severe assertion stands, lists are united, and the largest "at least" counts.
- A source graded as mostly unreliable is heard on a fact only where no other source speaks of it.
- Where one source says malicious and another says failure, malicious stands: the presumption is for a person to end.
- Evidence against the presumption counts from a source judged reliable, or from a person; see `leerp.facts`.
- What a person has settled wins over every report.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from leerp.facts import Facts, RootCause
from leerp.grades import Grade
from matrices.grading import doubted, relied_on
from matrices.presumption import NOT_CRIMINAL

Asserted = Sequence[tuple[Facts, Grade]]
Value = TypeVar("Value")

_ORDERED = ("activity", "service_impact", "spread", "outlook", "recoverability")
_FLAGS = ("life_threat", "political")
_LISTS = ("countries", "sectors")


def merge(asserted: Asserted, *, settled: Facts | None = None) -> Facts:
    """The facts of an incident from its reports with the grades that stand. The order of reports does not matter."""
    by_person = settled or Facts()
    merged: dict[str, Any] = {}
    for fact in _ORDERED:
        merged[fact] = getattr(by_person, fact) or _most_severe(_heard(asserted, _reading(fact)))
    for fact in _FLAGS:
        said = getattr(by_person, fact)
        merged[fact] = max(_heard(asserted, _reading(fact)), default=None) if said is None else said
    for fact in _LISTS:
        listed = [one for several in _heard(asserted, _reading(fact)) for one in several]
        merged[fact] = getattr(by_person, fact) or tuple(sorted(set(listed)))
    return Facts(**merged, **_victims(asserted, by_person), **_cause(asserted, by_person))


def settle(earlier: Facts, later: Facts) -> Facts:
    """What people have settled, one after the other: the latest word on each fact.

    An earlier number of victims that the later one contradicts is dropped, and so is evidence for an earlier cause.
    """
    word = {fact: value for fact, value in later if value not in (None, ())}
    kept = {fact: value for fact, value in earlier if value not in (None, ())}
    if "root_cause" in word and word["root_cause"] != kept.get("root_cause"):
        kept.pop("rebuttal", None)
    both = kept | word
    if both.get("victims_min", 0) > both.get("victims_max", both.get("victims_min", 0)):
        del both["victims_min" if "victims_max" in word else "victims_max"]
    return Facts(**both)


def _reading(fact: str) -> Callable[[Facts], Any]:
    """Reads one fact; an empty list is as unknown as None."""

    def read(facts: Facts) -> object:
        value = getattr(facts, fact)
        return None if value == () else value

    return read


def _heard(asserted: Asserted, read: Callable[[Facts], Value | None]) -> list[Value]:
    """What is asserted of a fact, without doubted sources if any other speaks of it."""
    said = [(value, doubted(grade)) for facts, grade in asserted if (value := read(facts)) is not None]
    better = [value for value, in_doubt in said if not in_doubt]
    return better or [value for value, _ in said]


def _most_severe(values: list[StrEnum]) -> StrEnum | None:
    return max(values, key=_place, default=None)


def _place(value: StrEnum) -> int:
    kind: type[StrEnum] = type(value)
    return list(kind).index(value)


def _victims(asserted: Asserted, settled: Facts) -> dict[str, int | None]:
    """At least the largest minimum, at most the largest maximum; a reported end that the other disproves gives way.

    A maximum that is disproved becomes unknown, for nobody knows the true one. A minimum above what a person settled
    as the maximum comes down to it.
    """
    least, most = settled.victims_min, settled.victims_max
    if least is None:
        least = max(_heard(asserted, _reading("victims_min")), default=None)
    if most is None:
        most = max(_heard(asserted, _reading("victims_max")), default=None)
    if least is not None and most is not None and least > most:
        least, most = (most, most) if settled.victims_max is not None else (least, None)
    return {"victims_min": least, "victims_max": most}


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
        facts.rebuttal
        for facts, grade in asserted
        if facts.root_cause == cause and facts.rebuttal is not None and relied_on(grade)
    ]
