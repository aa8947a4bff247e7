"""Corroboration: independent origins are counted, the same one once."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leerp.confidence import Corroboration
from leerp.facts import Amount, Facts
from leerp.grades import UNGRADED
from matrices.assertions import Assertion
from matrices.corroboration import agreed, corroborate
from matrices.merging import merge
from tests.matrices.voices import DOUBTED, RELIABLE, SOURCES, WHOLE, any_facts, assertions, said

EFFECT, PRESENCE, PREPARE = Facts(activity="effect"), Facts(activity="presence"), Facts(activity="prepare")


def of(asserted: Sequence[Assertion], fact: str, *, settled: Facts | None = None) -> list[tuple[str, int, int]]:
    """Value, origins and doubted origins of what stands of a fact."""
    return [(one.value, one.origins, one.doubted) for one in corroborate(asserted, settled=settled) if one.fact == fact]


def against(asserted: Sequence[Assertion], *, settled: Facts | None = None) -> dict[tuple[str, str], tuple[str, ...]]:
    """Who contradicts what."""
    told = corroborate(asserted, settled=settled)
    return {(one.fact, one.value): one.contradicted_by for one in told if one.contradicted_by}


def test_two_sources_that_saw_it_themselves_are_two_origins() -> None:
    """Who says the same from what it saw itself corroborates."""
    assert of([said(EFFECT), said(EFFECT, "csirt-fr")], "activity") == [("effect", 2, 0)]


@pytest.mark.parametrize("origin", ["csirt-es", "CSIRT-ES", " csirt-es "])
def test_who_quotes_another_source_is_that_source(origin: str) -> None:
    """A source that quotes a source that has reported adds nothing, however the origin is written."""
    assert of([said(EFFECT), said(EFFECT, "csirt-fr", origin=origin)], "activity") == [("effect", 1, 0)]


def test_the_same_origin_quoted_twice_counts_once() -> None:
    """Two sources with the same newspaper article are one origin; another article is another."""
    quotes = [said(EFFECT, source, origin="The Daily Byte") for source in ("csirt-es", "csirt-fr")]
    assert of(quotes, "activity") == [("effect", 1, 0)]
    assert of([*quotes, said(EFFECT, "csirt-fr", origin="Morning Bit")], "activity") == [("effect", 2, 0)]


def test_who_quotes_one_that_quotes_is_the_first_one() -> None:
    """A chain of quotes has one origin, its beginning, however far it is in doubt; a circle of quotes has one too."""
    quoted = said(EFFECT, "csirt-fr", origin="a forum", grade=DOUBTED)
    again = said(EFFECT, "csirt-es", origin="csirt-fr")
    assert of([quoted, again], "activity") == [("effect", 1, 0)]
    assert of([quoted, again, said(EFFECT, "csirt-fr")], "activity") == [("effect", 1, 1)]
    circle = [said(EFFECT, "csirt-fr", origin="csirt-es"), again]
    assert of(circle, "activity") == [("effect", 1, 0)]


def test_a_source_may_quote_two() -> None:
    """Who passes on two origins in two reports leaves them two; who quotes it adds none."""
    quotes = [said(EFFECT, "csirt-fr", origin=origin) for origin in ("The Daily Byte", "Morning Bit")]
    assert of([*quotes, said(EFFECT, origin="csirt-fr")], "activity") == [("effect", 2, 0)]


def test_who_says_more_says_at_least_as_much() -> None:
    """Of what stands, those count who say as much or more: of words, of minimums, of a type with its value."""
    asserted = [said(EFFECT), said(PRESENCE, "csirt-fr")]
    assert of(asserted, "activity") == [("effect", 1, 0)]
    assert of(asserted, "activity", settled=PRESENCE) == [("presence", 2, 0)]
    many = [said(Facts(victims_min=16)), said(Facts(victims_min=40), "csirt-fr")]
    assert of(many, "victims_min", settled=Facts(victims_min=16)) == [("at least 16", 2, 0)]
    kinds = [said(Facts(types=("intrusions",))), said(Facts(types=("intrusions:burglary",)), "csirt-fr")]
    assert of(kinds, "types") == [("intrusions", 2, 0), ("intrusions:burglary", 1, 0)]


def test_another_actor_is_no_lesser_actor() -> None:
    """Kinds of actor are ordered for a score, but who says criminal does not say hacktivist."""
    asserted = [said(Facts(actor="criminal")), said(Facts(actor="apt"), "csirt-fr")]
    assert of(asserted, "actor", settled=Facts(actor="criminal")) == [("criminal", 1, 0)]
    assert against(asserted) == {("actor", "apt"): ("csirt-es",)}


def test_members_of_a_list_are_counted_each() -> None:
    """Each country has its own count."""
    asserted = [said(Facts(countries=("ES", "GB"))), said(Facts(countries=("GB",)), "csirt-fr")]
    assert of(asserted, "countries") == [("ES", 1, 0), ("GB", 2, 0)]


def test_both_ends_of_an_amount_are_counted() -> None:
    """An exact number supports both ends; who says at least supports the lower one alone."""
    exact = Facts.model_validate({"users_affected": 1_500})
    least = Facts.model_validate({"users_affected": {"at_least": 1_500}})
    asserted = [said(exact), said(least, "csirt-fr")]
    assert of(asserted, "users_affected") == [("at least 1,500", 2, 0), ("at most 1,500", 1, 0)]


def test_doubted_origins_are_counted_apart() -> None:
    """What only mostly unreliable sources pass on is doubted; another source with the same origin lifts the doubt."""
    rumour = said(EFFECT, "vendor-one", origin="a forum", grade=DOUBTED)
    assert of([said(EFFECT), rumour], "activity") == [("effect", 1, 1)]
    assert of([rumour], "activity") == [("effect", 0, 1)]
    vouched = said(EFFECT, "csirt-fr", origin="A Forum", grade=UNGRADED)
    assert of([said(EFFECT), rumour, vouched], "activity") == [("effect", 2, 0)]


@pytest.mark.parametrize(
    ("stands", "denies", "claim"),
    [
        ({"root_cause": "malicious-actions"}, {"root_cause": "system-failures"}, ("root_cause", "malicious-actions")),
        ({"life_threat": True}, {"life_threat": False}, ("life_threat", "yes")),
        ({"service_impact": "lost"}, {"service_impact": "none"}, ("service_impact", "lost")),
        ({"spread": "fast"}, {"spread": "contained"}, ("spread", "fast")),
        ({"outlook": "worsening"}, {"outlook": "improving"}, ("outlook", "worsening")),
        ({"victims_min": 16}, {"victims_max": 9}, ("victims_min", "at least 16")),
        ({"outage_minutes": {"at_least": 31}}, {"outage_minutes": {"at_most": 30}}, ("outage_minutes", "at least 31")),
    ],
)
def test_who_says_the_opposite_is_named(
    stands: dict[str, object], denies: dict[str, object], claim: tuple[str, str]
) -> None:
    """The sources that contradict what stands are named, in the order of their ids."""
    deniers = [said(Facts.model_validate(denies), source) for source in ("vendor-one", "csirt-fr")]
    assert against([said(Facts.model_validate(stands)), *deniers])[claim] == ("csirt-fr", "vendor-one")


def test_who_says_less_does_not_contradict() -> None:
    """A milder word, and a country that is not named, are no contradiction."""
    milder = Facts(activity="presence", countries=("ES",))
    assert against([said(Facts(activity="effect", countries=("GB",))), said(milder, "csirt-fr")]) == {}


def test_what_a_person_settled_is_marked() -> None:
    """A settled fact says so, and is counted among the reports all the same."""
    told = corroborate([said(EFFECT)], settled=Facts(activity="presence", deaths=False))
    assert told == (
        Corroboration(fact="activity", value="presence", origins=1, settled=True),
        Corroboration(fact="deaths", value="no", origins=0, settled=True),
    )


def test_every_fact_is_counted() -> None:
    """No fact that stands is forgotten; evidence alone is a text and is not counted."""
    counted = corroborate([said(WHOLE), said(WHOLE, "csirt-fr")])
    assert [one.fact for one in counted if one.origins != 2] == []
    assert {one.fact for one in counted} == set(Facts.model_fields) - {"rebuttal"}


@settings(max_examples=200, deadline=None)
@given(data=st.data(), asserted=assertions(), settled=st.none() | any_facts())
def test_order_and_repetition_change_nothing(
    data: st.DataObject, asserted: list[Assertion], settled: Facts | None
) -> None:
    """The same reports in any order, some of them twice, are counted alike."""
    shuffled = data.draw(st.permutations(asserted + asserted[:2]))
    assert corroborate(shuffled, settled=settled) == corroborate(asserted, settled=settled)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), asserted=assertions().filter(bool), source=st.sampled_from(("csirt-de", *SOURCES)))
def test_the_same_origin_again_never_raises_a_count(
    data: st.DataObject, asserted: list[Assertion], source: str
) -> None:
    """Another source that passes on what an origin has said, or less, adds to no count of what stood before."""
    first = data.draw(st.sampled_from(asserted))
    assume(source != first.seen_by)
    some = data.draw(st.sets(st.sampled_from(list(Facts.model_fields))))
    known = {fact: value for fact, value in first.facts.model_dump().items() if fact in some}
    quoted = Assertion(Facts.model_validate(known), first.grade, source, first.seen_by.upper())
    before = {(one.fact, one.value): one for one in corroborate(asserted)}
    for one in corroborate([*asserted, quoted]):
        earlier = before[one.fact, one.value]
        assert one.origins <= earlier.origins
        assert one.origins + one.doubted <= earlier.origins + earlier.doubted


@settings(max_examples=200, deadline=None)
@given(asserted=assertions(), origins=st.integers(2, 3))
def test_what_is_agreed_is_what_is_counted(asserted: list[Assertion], origins: int) -> None:
    """Each thing that enough origins are said to agree on has that many origins in the count, and no doubted one."""
    shared = agreed(asserted, origins=origins)
    for one in corroborate(asserted, settled=shared):
        if one.settled and one.fact not in ("root_cause", "rebuttal"):
            assert one.origins >= origins


def test_what_is_agreed_is_the_most_that_so_many_say() -> None:
    """Three say effect, presence and prepare: two agree on presence, and all three on prepare."""
    asserted = [said(EFFECT, "a"), said(PRESENCE, "b"), said(PREPARE, "c")]
    assert [agreed(asserted, origins=count).activity for count in (1, 2, 3, 4)] == [
        "effect",
        "presence",
        "prepare",
        None,
    ]
    numbers = [said(Facts.model_validate({"loss_eur": n, "victims_min": n}), str(n)) for n in (5, 70, 600)]
    assert agreed(numbers, origins=2) == Facts.model_validate({"loss_eur": {"at_least": 70}, "victims_min": 70})


@settings(max_examples=200, deadline=None)
@given(asserted=assertions())
def test_one_origin_agrees_with_itself(asserted: list[Assertion]) -> None:
    """What one origin is enough for is what stands, where no source is in doubt: no fact is forgotten on the way."""
    sound = [one._replace(grade=RELIABLE) for one in asserted]
    alone, stands = agreed(sound, origins=1), merge(sound)
    assert raising(alone) == raising(stands)


def raising(facts: Facts) -> dict[str, object]:
    """What of facts can raise a level: no cause, and of amounts the least."""
    told = {fact: value for fact, value in facts if fact not in ("root_cause", "rebuttal", "victims_max")}
    return {fact: value.at_least if isinstance(value, Amount) else value for fact, value in told.items()}
