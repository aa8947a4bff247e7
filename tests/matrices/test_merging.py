"""Merging: many reports, one set of facts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.facts import Activity, Facts, RootCause
from leerp.grades import UNGRADED, Grade, Scale
from matrices.classification import classify
from matrices.merging import merge, settle
from matrices.tables import shipped
from tests.matrices.strategies import grades, some_facts

RELIABLE = Grade(scale=Scale.FOUR_BY_FOUR, code="A1")
DOUBTED = Grade(scale=Scale.FOUR_BY_FOUR, code="C4")
asserted = st.lists(
    st.tuples(
        st.builds(
            lambda facts, cause, said: facts.model_copy(update={"root_cause": cause, "rebuttal": said}),
            some_facts(),
            st.none() | st.sampled_from(RootCause),
            st.sampled_from((None, "a faulty update", "a fire in the hall")),
        ),
        grades(),
    ),
    max_size=4,
)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), reports=asserted, settled=st.none() | some_facts())
def test_the_order_of_reports_does_not_matter(
    data: st.DataObject, reports: list[tuple[Facts, Grade]], settled: Facts | None
) -> None:
    """Any order of the same reports merges to the same facts, and so does a report that comes twice."""
    shuffled = data.draw(st.permutations(reports + reports[:1]))
    assert merge(shuffled, settled=settled) == merge(reports, settled=settled)


@settings(max_examples=100, deadline=None)
@given(reports=asserted, settled=some_facts())
def test_what_a_person_settled_wins(reports: list[tuple[Facts, Grade]], settled: Facts) -> None:
    """Every fact that a person has settled stands as settled, whatever the reports say."""
    merged = merge(reports, settled=settled)
    for fact, value in settled:
        if value not in (None, ()):
            assert getattr(merged, fact) == value


@settings(max_examples=100, deadline=None)
@given(reports=asserted, more=some_facts())
def test_another_report_never_lowers_the_level(reports: list[tuple[Facts, Grade]], more: Facts) -> None:
    """Reports of sources not in doubt only add: one more never lowers the level. Only a person takes away."""
    sound = [(facts, RELIABLE) for facts, _ in reports]
    table = shipped("leerp-1")
    before, after = classify(table, merge(sound)), classify(table, merge([*sound, (more, UNGRADED)]))
    assert after.level_rank >= before.level_rank


def test_no_report_asserts_nothing() -> None:
    """Without any report nothing is known."""
    assert merge([]) == Facts()


def test_conflicting_reports_leave_the_most_severe() -> None:
    """Of two values on an ordered axis the more severe stands; lists are united; the larger minimum counts."""
    one = Facts(activity="presence", countries=("ES",), victims_min=3, victims_max=5, life_threat=False)
    other = Facts(activity="effect", countries=("GB",), victims_min=16, life_threat=True)
    assert merge([(one, RELIABLE), (other, UNGRADED)]) == Facts(
        activity="effect", countries=("ES", "GB"), victims_min=16, life_threat=True
    )


def test_a_doubted_source_is_heard_only_where_no_other_speaks() -> None:
    """What a mostly unreliable source says of a fact gives way to any other source that speaks of that fact."""
    rumour = Facts(activity="effect", service_impact="lost")
    sober = Facts(activity="presence")
    assert merge([(rumour, DOUBTED), (sober, UNGRADED)]) == Facts(activity="presence", service_impact="lost")


@pytest.mark.parametrize(("letter", "scale"), [("C", Scale.FOUR_BY_FOUR), ("D", Scale.ADMIRALTY)])
def test_the_same_letter_is_not_the_same_grade(letter: str, scale: Scale) -> None:
    """C is doubt on the 4x4 grid, and only D on the Admiralty grid: the scale is kept with the letter."""
    sober, rumour = Facts(activity="presence"), Facts(activity="effect")
    doubted, fair = Grade(scale=scale, code=f"{letter}3"), Grade(scale=Scale.ADMIRALTY, code="C3")
    assert merge([(rumour, doubted), (sober, UNGRADED)]).activity == Activity.PRESENCE
    assert merge([(rumour, fair), (sober, UNGRADED)]).activity == Activity.EFFECT


def test_a_settled_maximum_takes_the_minimum_along() -> None:
    """Where a person settles that there were sixty victims at most, the hundred of a report give way."""
    settled = Facts(victims_max=60)
    assert merge([(Facts(victims_min=100), RELIABLE)], settled=settled) == Facts(victims_min=60, victims_max=60)


def test_a_disproved_maximum_is_unknown() -> None:
    """Where more victims are found than a report took for the most, nobody knows the most any longer."""
    few = [(Facts(victims_min=1, victims_max=9), RELIABLE)]
    assert merge([*few, (Facts(victims_min=60), RELIABLE)]) == Facts(victims_min=60)
    assert merge(few, settled=Facts(victims_min=60)) == Facts(victims_min=60)


def test_malicious_stands_against_failure() -> None:
    """Where one source says malicious and another shows a failure, malicious stands until a person settles it."""
    failure = Facts(root_cause="system-failures", rebuttal="a burnt board")
    attack = Facts(root_cause="malicious-actions")
    merged = merge([(failure, RELIABLE), (attack, RELIABLE)])
    assert (merged.root_cause, merged.rebuttal) == (RootCause.MALICIOUS_ACTIONS, None)


def test_evidence_on_file_stands_with_a_settled_cause() -> None:
    """A person who settles the cause need not repeat the evidence that a reliable source gave for it."""
    failure = Facts(root_cause="system-failures", rebuttal="a burnt board")
    attack = Facts(root_cause="malicious-actions")
    settled = Facts(root_cause="system-failures")
    assert merge([(failure, RELIABLE), (attack, RELIABLE)], settled=settled) == failure


@settings(max_examples=100, deadline=None)
@given(earlier=some_facts(), later=some_facts())
def test_the_latest_word_is_settled(earlier: Facts, later: Facts) -> None:
    """Of two assessments the later counts on every fact it speaks of, and what contradicts it is dropped."""
    both = settle(earlier, later)
    for fact, value in later:
        if value not in (None, ()):
            assert getattr(both, fact) == value
    assert settle(Facts(), later) == later == settle(later, Facts())


def test_an_earlier_end_that_is_contradicted_is_dropped() -> None:
    """At least a hundred, said first, gives way to at most sixty, said later; and the other way about."""
    many, few = Facts(victims_min=100), Facts(victims_max=60)
    assert settle(many, few) == few
    assert settle(few, many) == many


def test_evidence_does_not_outlive_its_cause() -> None:
    """Evidence settled for one cause does not stand for another that is settled later."""
    failure = Facts(root_cause="system-failures", rebuttal="a burnt board")
    assert settle(failure, Facts(root_cause="human-errors")) == Facts(root_cause="human-errors")
    assert settle(failure, Facts(political=True)) == failure.model_copy(update={"political": True})
