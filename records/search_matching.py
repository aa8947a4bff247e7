"""Matching: what was found, in an order that rests on each thing by itself, and how the last word may go on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from leerp.search_terms import WORD, Wanted, key_of, observable_of
from leerp.search_things import Place as Weight
from leerp.search_things import thing_name
from leerp.searching import MOST_SUGGESTED, SearchKind
from records.search_rows import Place

_EXACT, _BEGINS = 2, 1
"""What a place counts for, times how well the word fits it."""

_MOST_REASONS = 4
_MOST_HOLDERS = 10

Rank = tuple[int, int, str, str]
"""The better one is smaller: how well it matches, how old it is, its kind and its id."""


class Outcome(NamedTuple):
    """The places of each word, in the things that have all of the words. `cut`: there may be more."""

    rows: Sequence[Sequence[Place]]
    cut: bool


class Match(NamedTuple):
    """Something that was found. `holders`: of an observable how many things hold it; `held_by`: the newest."""

    kind: SearchKind
    id: str
    why: tuple[str, ...]
    holders: int = 0
    held_by: tuple[str, ...] = ()


def ranked(outcome: Outcome, wanted: Sequence[Wanted], kinds: Collection[SearchKind]) -> list[Rank]:
    """The things of these kinds that were found, and the observables, which only one word by itself can mean."""
    letters = {kind.value[0]: kind.value for kind in kinds}
    scores: dict[str, int] = defaultdict(int)
    ages: dict[str, int] = {}
    for rows, one in zip(outcome.rows, wanted, strict=True):
        for thing, (score, age) in _best(rows, one).items():
            scores[thing] += score
            ages[thing] = age
    found = [(-scores[thing], ages[thing], letters[thing[0]], thing[2:]) for thing in scores if thing[0] in letters]
    if SearchKind.OBSERVABLE in kinds and len(wanted) == 1:
        found += _observables(outcome.rows[0], wanted[0])
    return sorted(found)


def _best(rows: Iterable[Place], one: Wanted) -> dict[str, tuple[int, int]]:
    """For each thing the place that counts most, and its age."""
    fits: dict[str, int] = {}
    best: dict[str, tuple[int, int]] = {}
    for thing, term, place, age in rows:
        fit = fits.get(term)
        if fit is None:
            fit = fits[term] = _fit(term, one)
        score = place * fit
        if thing not in best or best[thing][0] < score:
            best[thing] = (score, age)
    return best


def _observables(rows: Iterable[Place], one: Wanted) -> list[Rank]:
    kind = SearchKind.OBSERVABLE.value
    found: dict[str, tuple[int, int]] = {}
    named: dict[str, tuple[str | None, int]] = {}
    for _, term, _, age in rows:
        if term not in named:
            named[term] = (observable_of(term), _fit(term, one))
        observable, fit = named[term]
        if observable:
            best, newest = found.get(observable, (0, age))
            found[observable] = (max(best, fit), min(newest, age))
    return [(-Weight.VALUE * found[name][0], found[name][1], kind, name) for name in found]


def told(outcome: Outcome, wanted: Sequence[Wanted], page: Sequence[Rank]) -> list[Match]:
    """Of what stands on a page, why it was found, and of observables who holds them."""
    kinds = [SearchKind(kind) for _, _, kind, _ in page]
    names = [thing_name(kind, rank[3]) for kind, rank in zip(kinds, page, strict=True)]
    reasons: dict[str, dict[str, None]] = {name: {} for name in names}
    holding: dict[str, dict[str, int]] = {name: {} for name in names}
    for rows, one in zip(outcome.rows, wanted, strict=True):
        for row in rows:
            if row.thing in reasons:
                reasons[row.thing][_reason(row, one)] = None
            if (observable := observable_of(row.term)) and (name := f"o:{observable}") in reasons:
                holding[name][row.thing] = row.age
                reasons[name][_how(row.term, one)] = None
    return [
        Match(
            kind=kind,
            id=rank[3],
            why=tuple(reasons[name])[:_MOST_REASONS],
            holders=len(holding[name]),
            held_by=tuple(sorted(holding[name], key=lambda thing: (holding[name][thing], thing))[:_MOST_HOLDERS]),
        )
        for kind, name, rank in zip(kinds, names, page, strict=True)
    ]


def _fit(term: str, one: Wanted) -> int:
    found = one.range_of(term)
    return _EXACT if found and found.whole == key_of(term) else _BEGINS


def _how(term: str, one: Wanted) -> str:
    found = one.range_of(term)
    return found.why if found else ""


def _reason(row: Place, one: Wanted) -> str:
    """Where a word was found, for a person."""
    observable = observable_of(row.term)
    if row.place == Weight.COUNTED:
        return f"counted on it: {key_of(row.term)}"
    if observable is None:
        return f"{Weight(row.place).name.lower()}: {key_of(row.term)}" if _how(row.term, one) == WORD else "text"
    kind, _, value = observable.partition(":")
    return f"holds {kind} {value}" if value.isprintable() else f"holds {kind}"


def suggested(outcome: Outcome, last: Wanted) -> tuple[str, ...]:
    """How the last word may go on, by what was found: what stands in most of it first."""
    things: dict[str, set[str]] = defaultdict(set)
    for row in outcome.rows[-1]:
        things[row.term].add(row.thing)
    going_on: dict[str, set[str]] = defaultdict(set)
    for term, where in things.items():
        key = key_of(term)
        if key[0] not in "<>":
            going_on[key.removeprefix("=")] |= where
    longer = [word for word in going_on if word.startswith(last.word) and word != last.word]
    return tuple(sorted(longer, key=lambda word: (-len(going_on[word]), word))[:MOST_SUGGESTED])
