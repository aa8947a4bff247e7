"""Facts as hypothesis draws them: fully known, or with any of them unknown."""

from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from leerp.countries import EU_MEMBER_STATES
from leerp.facts import Entity, Facts, Sector
from leerp.grades import Grade, Scale
from matrices.readers import ORDERED as EVERY_ORDERED
from matrices.tables import Table

ORDERED: dict[str, type[StrEnum]] = {
    fact: EVERY_ORDERED[fact] for fact in ("activity", "service_impact", "spread", "outlook", "recoverability")
}
FLAGS = ("life_threat", "political")
COUNTRIES = ("DE", "ES", "FR", "IE", "PL", "GB", "UA", "US")
MANY_COUNTRIES = (*EU_MEMBER_STATES, "GB", "UA", "US")
COUNTS = (0, 1, 2, 9, 10, 99, 100, 999, 1000, 50_000)

EVERY_LIST: dict[str, tuple[str, ...]] = {
    "countries": MANY_COUNTRIES,
    "sectors": tuple(Sector),
    "entities": tuple(Entity),
}
PERCENTS = (0, 0.1, 0.2, 1, 2, 5, 6, 10, 11, 30, 31, 100)
MINUTES = (0, 1, 20, 21, 30, 31, 60, 61, 120, 121, 1440, 1441)
PEOPLE = (0, 100, 101, 99_999, 100_000, 100_001, 200_000, 200_001, 1_000_000, 1_000_001)
EUROS = (0, 100_000, 100_001, 500_000, 500_001)
AMOUNTS: dict[str, tuple[float, ...]] = {
    "outage_minutes": MINUTES,
    "limited_minutes": MINUTES,
    "users_affected": PEOPLE,
    "users_percent": PERCENTS,
    "counterparts_percent": PERCENTS,
    "transactions_percent": PERCENTS,
    "loss_eur": EUROS,
    "loss_turnover_percent": PERCENTS,
}


@st.composite
def known_facts(draw: st.DrawFn) -> Facts:
    """Facts in which nothing is unknown but the cause."""
    values: dict[str, Any] = {fact: draw(st.sampled_from(list(kind))) for fact, kind in ORDERED.items()}
    values |= {fact: draw(st.booleans()) for fact in FLAGS}
    values["countries"] = draw(st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=5))
    values["sectors"] = draw(st.lists(st.sampled_from(list(Sector)), min_size=1, max_size=4))
    values["victims_min"], values["victims_max"] = sorted(
        (draw(st.sampled_from(COUNTS)), draw(st.sampled_from(COUNTS)))
    )
    return Facts(**values)


def blanked(facts: Facts, unknown: set[str]) -> Facts:
    """The same facts with some of them unknown."""
    return Facts(**{fact: value for fact, value in facts.model_dump().items() if fact not in unknown})


def blankings() -> st.SearchStrategy[set[str]]:
    """Sets of facts to be unknown."""
    names = (*ORDERED, *FLAGS, "countries", "sectors", "victims_min", "victims_max")
    return st.sets(st.sampled_from(names))


def some_facts() -> st.SearchStrategy[Facts]:
    """Facts in which anything may be unknown."""
    return st.builds(blanked, known_facts(), blankings())


def facts_read(table: Table) -> tuple[str, ...]:
    """The facts that a table reads, and the spread, which says whether lists are complete."""
    return tuple({*(reader.fact for reader in table.rules.readers), "spread"})


@st.composite
def known_facts_for(draw: st.DrawFn, table: Table) -> Facts:
    """Facts in which nothing that the table reads is unknown, though of numbers only bounds may be known."""
    return Facts(**{key: value for fact in sorted(facts_read(table)) for key, value in draw(_known(fact)).items()})


def some_facts_for(table: Table) -> st.SearchStrategy[Facts]:
    """Facts in which anything that the table reads may be unknown."""
    return st.builds(blanked, known_facts_for(table), blankings_for(table))


def blankings_for(table: Table) -> st.SearchStrategy[set[str]]:
    """Sets of facts that the table reads, to be unknown."""
    names = {*facts_read(table)} - {"victims"} | {"victims_min", "victims_max"}
    return st.sets(st.sampled_from(sorted(names)))


def _known(fact: str) -> st.SearchStrategy[dict[str, Any]]:
    if fact == "victims":
        return _bounds(COUNTS).map(lambda pair: {"victims_min": pair[0], "victims_max": pair[1]})
    if fact in AMOUNTS:
        kept = st.sampled_from((("at_least", "at_most"), ("at_least",), ("at_most",)))
        bounds = _bounds(AMOUNTS[fact]).map(lambda pair: {"at_least": pair[0], "at_most": pair[1]})
        return st.builds(lambda amount, names: {fact: {name: amount[name] for name in names}}, bounds, kept)
    if fact in EVERY_LIST:
        return st.lists(st.sampled_from(EVERY_LIST[fact]), min_size=1, max_size=4).map(lambda value: {fact: value})
    values = st.sampled_from(list(EVERY_ORDERED[fact])) if fact in EVERY_ORDERED else st.booleans()
    return values.map(lambda value: {fact: value})


def _bounds(numbers: tuple[float, ...]) -> st.SearchStrategy[list[float]]:
    """Two numbers in order, or the same one twice."""
    one = st.sampled_from(numbers)
    return st.one_of(one.map(lambda number: [number, number]), st.tuples(one, one).map(sorted))


def grades() -> st.SearchStrategy[Grade]:
    """Grades of both grids."""
    europol = st.builds(
        lambda a, b: Grade(scale=Scale.FOUR_BY_FOUR, code=a + b), *map(st.sampled_from, ("ABCX", "1234"))
    )
    nato = st.builds(lambda a, b: Grade(scale=Scale.ADMIRALTY, code=a + b), *map(st.sampled_from, ("ABCDEF", "123456")))
    return st.one_of(europol, nato)
