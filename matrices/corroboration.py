"""Corroborate: how many independent origins stand behind each fact, and who says the opposite.

Two reports are independent when what they tell comes from different origins: the one a report names, or else its
source. Who quotes another source counts as that source, and as whom that one quotes in turn. Counting is all that is
done: no grade becomes a number.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from leerp.confidence import Corroboration
from leerp.facts import Activity, Amount, Facts, InformationImpact, Outlook, ServiceImpact, Spread
from matrices.assertions import Asserted, Assertion
from matrices.grading import doubted
from matrices.merging import UNITED, merge, place
from matrices.readers import AMOUNTS, FLAGS, ORDERED

_ALTERNATIVES = ("root_cause", "actor")
"""Words that exclude one another: a more severe one is another answer, and says nothing for this one."""

_DENIALS = (Activity.NONE, ServiceImpact.NONE, InformationImpact.NONE, Spread.CONTAINED, Outlook.IMPROVING)
"""Words that deny everything more severe of their fact. Any other milder word says less, which is no contradiction."""


class End(StrEnum):
    """Which end of an amount a claim is about."""

    LEAST = "at least"
    MOST = "at most"


class Claim(NamedTuple):
    """One thing that stands: a word, yes or no, a member of a list, or one end of an amount."""

    fact: str
    value: Any
    end: End | None = None

    @property
    def text(self) -> str:
        """What stands, in words."""
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        return f"{self.end} {self.value:,}" if self.end else str(self.value)


def corroborate(
    asserted: Asserted, *, settled: Facts | None = None, merged: Facts | None = None
) -> tuple[Corroboration, ...]:
    """How each fact that stands is supported, in the order of the facts. The order of reports does not matter.

    `merged`: what `merge` makes of the same, where that is known already.

    Evidence (`rebuttal`) is a text that one source gives, and is not counted.
    """
    by_person = settled or Facts()
    return tuple(
        _counted(claim, asserted, settled=_supports(claim, by_person))
        for claim in _claims(merged or merge(asserted, settled=settled))
    )


def agreed(asserted: Asserted, *, origins: int) -> Facts:
    """As much of the facts as at least so many independent origins assert through sources that are not in doubt.

    Of words and minimums: the most that so many say, or more. Only what can raise a level is looked at: no maximum and
    no cause.
    """
    agreed_on: dict[str, Any] = {}
    for fact in UNITED:
        members = {member for one in asserted for member in getattr(one.facts, fact)}
        agreed_on[fact] = [one for one in members if len(_behind(Claim(fact, one), asserted)[0]) >= origins]
    for fact in (*ORDERED, *FLAGS, *AMOUNTS, "victims_min"):
        claim = _agreed_on(asserted, fact, origins)
        if claim is not None:
            agreed_on[fact] = Amount(at_least=claim.value) if fact in AMOUNTS else claim.value
    return Facts(**agreed_on)


def _claims(facts: Facts) -> Iterator[Claim]:
    for fact, value in facts:
        if fact in UNITED:
            yield from (Claim(fact, member) for member in value)
        elif fact in AMOUNTS or fact.startswith("victims_"):
            ends = zip(End, _ends(facts, fact), strict=True)
            yield from (Claim(fact, number, end) for end, number in ends if number is not None and _own(fact, end))
        elif value is not None and fact != "rebuttal":
            yield Claim(fact, value)


def _own(fact: str, end: End) -> bool:
    """Whether a fact speaks of this end: amounts of both, the two numbers of victims of one each."""
    return {"victims_min": end is End.LEAST, "victims_max": end is End.MOST}.get(fact, True)


def _ends(facts: Facts, fact: str) -> tuple[float | None, float | None]:
    if fact.startswith("victims_"):
        return facts.victims_min, facts.victims_max
    amount: Amount | None = getattr(facts, fact)
    return (None, None) if amount is None else (amount.at_least, amount.at_most)


def _counted(claim: Claim, asserted: Asserted, *, settled: bool) -> Corroboration:
    origins, doubted_only = _behind(claim, asserted)
    return Corroboration(
        fact=claim.fact,
        value=claim.text,
        origins=len(origins),
        doubted=len(doubted_only),
        contradicted_by=tuple(sorted({one.source for one in asserted if _denies(claim, one.facts)})),
        settled=settled,
    )


def _behind(claim: Claim, asserted: Asserted) -> tuple[set[str], set[str]]:
    """The independent origins that assert a claim, or more; and those that only doubted sources say do so."""
    voices = [one for one in asserted if _supports(claim, one.facts)]
    witnesses = {one.told_by for one in voices if one.told_by == one.seen_by}
    quoting: dict[str, set[str]] = defaultdict(set)
    for one in voices:
        if one.told_by not in witnesses:
            quoting[one.told_by].add(one.seen_by)
    sound, in_doubt = set[str](), set[str]()
    for one in voices:
        (in_doubt if doubted(one.grade) else sound).update(_first_hand(one.seen_by, quoting))
    return sound, in_doubt - sound


def _first_hand(origin: str, quoting: Mapping[str, set[str]]) -> set[str]:
    """Who has seen what an origin tells: itself, or whom it quotes in turn. Of those who quote in a circle, one."""
    reached, todo = set[str](), [origin]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo.extend(quoting.get(name, ()))
    return reached.difference(quoting) or {min(reached)}


def _supports(claim: Claim, facts: Facts) -> bool:
    """Whether facts say at least as much as a claim. The value of a type of incident also says its class."""
    if claim.end:
        least, most = _ends(facts, claim.fact)
        if claim.end is End.LEAST:
            return least is not None and bool(least >= claim.value)
        return most is not None and bool(most <= claim.value)
    said = getattr(facts, claim.fact)
    if said is None:
        return False
    if claim.fact in _ALTERNATIVES or claim.fact in FLAGS:
        return bool(said == claim.value)
    if claim.fact in ORDERED:
        return place(said) >= place(claim.value)
    return any(one == claim.value or one.startswith(f"{claim.value}:") for one in said)


def _denies(claim: Claim, facts: Facts) -> bool:
    """Whether facts say the opposite of a claim. Nobody denies a member of a list by not naming it."""
    if claim.end:
        least, most = _ends(facts, claim.fact)
        if claim.end is End.LEAST:
            return most is not None and bool(most < claim.value)
        return least is not None and bool(least > claim.value)
    said = getattr(facts, claim.fact)
    if said is None or claim.fact in UNITED or said == claim.value:
        return False
    if claim.fact in _ALTERNATIVES or claim.fact in FLAGS:
        return True
    return said in _DENIALS and place(claim.value) > place(said)


def _agreed_on(asserted: Asserted, fact: str, origins: int) -> Claim | None:
    """The most severe value, or the largest minimum, that enough origins support."""
    if fact in AMOUNTS or fact == "victims_min":
        asserted = _largest_each(asserted, fact)
        claims = {Claim(fact, _ends(one.facts, fact)[0], End.LEAST) for one in asserted}
    else:
        claims = {Claim(fact, value) for one in asserted if (value := getattr(one.facts, fact)) is not None}
    severest_first = sorted(claims, key=_severity, reverse=True)
    return next((one for one in severest_first if len(_behind(one, asserted)[0]) >= origins), None)


def _largest_each(asserted: Asserted, fact: str) -> Asserted:
    """Of each source with each origin the assertion of the largest minimum: who reaches a number is in there."""
    largest: dict[tuple[str, str, bool], tuple[float, Assertion]] = {}
    for one in asserted:
        least, _ = _ends(one.facts, fact)
        whose = (one.told_by, one.seen_by, doubted(one.grade))
        if least is not None and (whose not in largest or largest[whose][0] < least):
            largest[whose] = (least, one)
    return [one for _, one in largest.values()]


def _severity(claim: Claim) -> float:
    return place(claim.value) if claim.fact in ORDERED else claim.value
