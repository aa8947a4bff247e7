"""Confidence: a level is worth as much as the sources that carry it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.confidence import Confidence, ConfidenceWord
from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.grades import UNGRADED, Grade, Scale
from matrices.assertions import Assertion
from matrices.classification import classify
from matrices.confidence import load_words, shipped_words, weigh
from matrices.grading import doubted
from matrices.merging import merge
from matrices.tables import content_of, load_table, shipped
from tests.matrices.voices import DOUBTED, any_facts, assertions, said

TABLE = shipped("leerp-1")
CONTENT = content_of("confidence").decode()
ORDER = list(ConfidenceWord)
SEVERE = Facts(
    activity="effect", service_impact="lost", sectors=("health",), countries=("DE", "ES"), victims_min=40, spread="fast"
)
MODERATE = Facts(activity="presence")
FAIR = Grade(scale=Scale.ADMIRALTY, code="C3")


def weighed(*asserted: Assertion, settled: Facts | None = None) -> tuple[str, str, str]:
    """Word, level on reliable sources, level on what is corroborated."""
    told = weigh(TABLE, asserted, settled=settled)
    return told.word.value, told.reliable_level, told.corroborated_level


def rank(confidence: Confidence) -> int:
    """0 for high to 2 for low."""
    return ORDER.index(confidence.word)


def level(*asserted: Assertion) -> str:
    """The level of everything that is asserted."""
    return classify(TABLE, merge(asserted)).level


def test_reliable_and_corroborated_is_high() -> None:
    """Two independent origins, each through a source judged reliable, carry the whole level."""
    both = said(SEVERE), said(SEVERE, "csirt-fr", grade=FAIR)
    assert weighed(*both) == ("high", level(*both), level(*both))


def test_reliable_alone_is_moderate() -> None:
    """One reliable source carries the level, and what a second one corroborates carries a lower one."""
    both = said(SEVERE), said(MODERATE, "csirt-fr")
    assert weighed(*both) == ("moderate", level(*both), level(said(MODERATE)))


def test_the_same_origin_twice_is_not_corroborated() -> None:
    """Two reliable sources that quote the same article are one origin."""
    quotes = [said(SEVERE, source, origin="The Daily Byte") for source in ("csirt-es", "csirt-fr")]
    assert weighed(*quotes)[0] == "moderate"


@pytest.mark.parametrize("grade", [UNGRADED, DOUBTED])
def test_without_a_judged_source_it_is_low(grade: Grade) -> None:
    """However many there are: sources that nobody can judge, or that are in doubt, make no reliable one."""
    voices = [said(SEVERE, source, grade=grade) for source in ("csirt-es", "csirt-fr", "vendor-one")]
    assert weighed(*voices)[:2] == ("low", TABLE.levels[0])


def test_what_a_person_settled_needs_no_source() -> None:
    """A level that a person's word alone carries is relied on, whoever reported it."""
    assert weighed(said(SEVERE, grade=UNGRADED), settled=SEVERE)[0] == "high"


def test_the_lowest_level_proves_nothing() -> None:
    """Where nothing raises the level, it is also where nothing is known: low, until a person rules the rest out."""
    told = weigh(TABLE, [])
    assert (told.word, told.because) == (
        ConfidenceWord.LOW,
        "Nothing that is known raises the level above localised, which is also where nothing is known.",
    )
    nothing = Facts.model_validate(
        {
            "activity": "none",
            "service_impact": "none",
            "spread": "contained",
            "outlook": "improving",
            "victims_min": 0,
            "victims_max": 0,
            "countries": ["ES"],
            "sectors": ["food"],
            "life_threat": False,
            "political": False,
            "recoverability": "regular",
        }
    )
    assert classify(TABLE, nothing).highest == TABLE.levels[0]
    assert weighed(settled=nothing) == ("high", TABLE.levels[0], TABLE.levels[0])


def test_it_says_why() -> None:
    """One sentence names both levels and what they rest on."""
    both = said(SEVERE), said(MODERATE, "csirt-fr", grade=UNGRADED)
    told = weigh(TABLE, both)
    assert told.because == (
        f"The level is {level(*both)}: on what sources judged reliable say alone it stands, and on what 2 independent"
        f" origins assert alone it would be {level(said(MODERATE))}; what a person settled counts in both."
    )
    assert (told.table_version, told.table_sha256) == ("1", shipped_words().sha256)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), asserted=assertions(), settled=st.none() | any_facts())
def test_order_and_repetition_change_nothing(
    data: st.DataObject, asserted: list[Assertion], settled: Facts | None
) -> None:
    """The same reports in any order, some of them twice, weigh the same."""
    shuffled = data.draw(st.permutations(asserted + asserted[:2]))
    assert weigh(TABLE, shuffled, settled=settled) == weigh(TABLE, asserted, settled=settled)


@settings(max_examples=400, deadline=None)
@given(asserted=assertions(), settled=st.none() | any_facts())
def test_forgetting_the_grades_never_raises_it(asserted: list[Assertion], settled: Facts | None) -> None:
    """Without any grade the word is never higher than with them."""
    forgotten = [one._replace(grade=UNGRADED) for one in asserted]
    assert rank(weigh(TABLE, forgotten, settled=settled)) >= rank(weigh(TABLE, asserted, settled=settled))


@settings(max_examples=400, deadline=None)
@given(data=st.data(), asserted=assertions(), settled=st.none() | any_facts())
def test_forgetting_one_grade_never_raises_it(
    data: st.DataObject, asserted: list[Assertion], settled: Facts | None
) -> None:
    """Nor does it without some of them, unless what is forgotten is that a source is in doubt."""
    kept = [doubted(one.grade) or data.draw(st.booleans()) for one in asserted]
    some = [one if keep else one._replace(grade=UNGRADED) for one, keep in zip(asserted, kept, strict=True)]
    assert rank(weigh(TABLE, some, settled=settled)) >= rank(weigh(TABLE, asserted, settled=settled))


@settings(max_examples=200, deadline=None)
@given(asserted=assertions(), settled=st.none() | any_facts())
def test_less_never_says_more(asserted: list[Assertion], settled: Facts | None) -> None:
    """Neither reliable sources alone nor what is corroborated alone carry a higher level than everything together."""
    told, whole = weigh(TABLE, asserted, settled=settled), classify(TABLE, merge(asserted, settled=settled))
    assert TABLE.levels.index(told.reliable_level) <= whole.level_rank
    assert TABLE.levels.index(told.corroborated_level) <= whole.level_rank


def test_another_table_weighs_its_own_levels() -> None:
    """The levels are those of the table that classifies, not of leerp-1."""
    renamed = content_of("leerp-1").replace(b"localised", b"lowest")
    assert weigh(load_table(renamed, name="mine.yaml"), []).reliable_level == "lowest"


BROKEN = {
    "a typo in a key": ("independent_origins:", "independent_origin:", "key independent_origin"),
    "one origin corroborates nothing": ("independent_origins: 2", "independent_origins: 1", "greater than or equal"),
    "a need nobody knows": ("needs: [reliable]", "needs: [confirmed]", "'reliable' or 'corroborated'"),
    "a word nobody knows": ("word: moderate", "word: medium", "'high', 'moderate' or 'low'"),
    "words in another order": ("word: high", "word: low", "in the order high, moderate, low"),
    "a last word with a need": ("needs: []", "needs: [corroborated]", "needs nothing"),
    "a word that is never said": ("needs: [reliable, corroborated]", "needs: [reliable]", "moderate is never said"),
}


@pytest.mark.parametrize(("old", "new", "right"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_of_words_is_refused(old: str, new: str, right: str) -> None:
    """A broken file is refused with its name and with what would be right."""
    assert old in CONTENT
    with pytest.raises(BadInputError, match=r"^mine\.yaml") as refused:
        load_words(CONTENT.replace(old, new, 1).encode(), name="mine.yaml")
    assert right in refused.value.sentence


def test_a_centre_may_ask_for_more_origins() -> None:
    """With three origins needed, two no longer make a level corroborated."""
    stricter = load_words(CONTENT.replace("origins: 2", "origins: 3").encode(), name="mine.yaml")
    both = [said(SEVERE), said(SEVERE, "csirt-fr")]
    assert weigh(TABLE, both, words=stricter).word is ConfidenceWord.MODERATE
    assert weigh(TABLE, [*both, said(SEVERE, "vendor-one")], words=stricter).word is ConfidenceWord.HIGH
