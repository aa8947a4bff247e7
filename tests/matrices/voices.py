"""What reports assert, as hypothesis draws it: every fact there is, from several sources of every grade."""

from typing import Any

from hypothesis import strategies as st

from leerp.facts import Entity, Facts, RootCause, Sector
from leerp.grades import Grade, Scale
from matrices.assertions import Assertion
from matrices.readers import AMOUNTS, FLAGS, ORDERED
from tests.matrices.strategies import grades

RELIABLE = Grade(scale=Scale.FOUR_BY_FOUR, code="A1")
DOUBTED = Grade(scale=Scale.FOUR_BY_FOUR, code="C4")
SOURCES = ("csirt-es", "csirt-fr", "vendor-one", "bureau-nl")
TYPES = ("intrusions", "intrusions:system-compromise", "malicious-code", "availability:ddos")
NUMBERS = (0, 1, 30, 30.0, 31, 2.5, 5_000_000)
VICTIMS = (0, 1, 9, 10, 60, 1_000)


WHOLE = Facts.model_validate(
    {
        **{fact: list(kind)[-1] for fact, kind in ORDERED.items()},
        **dict.fromkeys(FLAGS, False),
        **{fact: {"at_least": 1, "at_most": 2.5} for fact in AMOUNTS},
        "root_cause": "system-failures",
        "rebuttal": "a burnt board",
        "types": ["availability:outage"],
        "sectors": ["health"],
        "entities": ["cloud"],
        "countries": ["ES"],
        "victims_min": 0,
        "victims_max": 3,
    }
)
"""Something of every fact there is."""


def said(facts: Facts, source: str = "csirt-es", *, origin: str | None = None, grade: Grade = RELIABLE) -> Assertion:
    """What a source says, of itself or from an origin."""
    return Assertion(facts, grade, source, origin)


def bounds(numbers: tuple[float, ...]) -> st.SearchStrategy[tuple[float | None, float | None]]:
    """Two ends in their order, either of them unknown."""
    ends = st.tuples(st.none() | st.sampled_from(numbers), st.none() | st.sampled_from(numbers))
    return ends.filter(lambda pair: pair[0] is None or pair[1] is None or pair[0] <= pair[1])


def _amount(pair: tuple[float | None, float | None]) -> dict[str, float | None] | None:
    return None if pair == (None, None) else {"at_least": pair[0], "at_most": pair[1]}


FACTS: dict[str, st.SearchStrategy[Any]] = {
    **{fact: st.sampled_from(list(kind)) for fact, kind in ORDERED.items()},
    **dict.fromkeys(FLAGS, st.booleans()),
    **dict.fromkeys(AMOUNTS, bounds(NUMBERS).map(_amount)),
    "sectors": st.lists(st.sampled_from(list(Sector)), max_size=3),
    "entities": st.lists(st.sampled_from(list(Entity)), max_size=3),
    "countries": st.lists(st.sampled_from(("DE", "ES", "FR", "GB")), max_size=4),
    "types": st.lists(st.sampled_from(TYPES), max_size=3),
    "root_cause": st.sampled_from(RootCause),
    "rebuttal": st.sampled_from(("a faulty update", "a fire in the hall")),
}


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    """Facts of every kind, most of them unknown."""
    values = draw(st.fixed_dictionaries({}, optional=FACTS))
    least, most = draw(bounds(VICTIMS))
    return Facts(**values, victims_min=least, victims_max=most)


def assertions() -> st.SearchStrategy[list[Assertion]]:
    """Up to four reports of four sources, some of which quote one another, or somebody else."""
    origins = st.none() | st.sampled_from((*SOURCES, "The Daily Byte", "the daily  byte"))
    return st.lists(st.builds(Assertion, any_facts(), grades(), st.sampled_from(SOURCES), origins), max_size=4)
