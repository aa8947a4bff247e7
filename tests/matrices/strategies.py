"""Facts as hypothesis draws them: fully known, or with any of them unknown."""

from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from leerp.countries import EU_MEMBER_STATES
from leerp.facts import Activity, Facts, Outlook, Recoverability, Sector, ServiceImpact, Spread
from leerp.grades import Grade, Scale

ORDERED: dict[str, type[StrEnum]] = {
    "activity": Activity,
    "service_impact": ServiceImpact,
    "spread": Spread,
    "outlook": Outlook,
    "recoverability": Recoverability,
}
FLAGS = ("life_threat", "political")
COUNTRIES = ("DE", "ES", "FR", "IE", "PL", "GB", "UA", "US")
MANY_COUNTRIES = (*EU_MEMBER_STATES, "GB", "UA", "US")
COUNTS = (0, 1, 2, 9, 10, 99, 100, 999, 1000, 50_000)


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


def grades() -> st.SearchStrategy[Grade]:
    """Grades of both grids."""
    europol = st.builds(
        lambda a, b: Grade(scale=Scale.FOUR_BY_FOUR, code=a + b), *map(st.sampled_from, ("ABCX", "1234"))
    )
    nato = st.builds(lambda a, b: Grade(scale=Scale.ADMIRALTY, code=a + b), *map(st.sampled_from, ("ABCDEF", "123456")))
    return st.one_of(europol, nato)
