"""Merging: many reports, one set of facts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.facts import Activity, Amount, Facts, RootCause
from leerp.grades import UNGRADED, Grade, Scale
from matrices.assertions import Assertion
from matrices.classification import classify
from matrices.merging import merge, settle
from matrices.readers import AMOUNTS
from matrices.tables import shipped
from tests.matrices.voices import DOUBTED, RELIABLE, WHOLE, any_facts, assertions, said


def merged(*facts: Facts, settled: Facts | None = None) -> Facts:
    """What reliable sources say, as one."""
    return merge([said(one) for one in facts], settled=settled)


def amount(at_least: float | None = None, at_most: float | None = None) -> Facts:
    """An outage of so many minutes."""
    return Facts(outage_minutes=Amount(at_least=at_least, at_most=at_most))


def words(facts: Facts) -> dict[object, Any]:
    """What facts say, with each end of an amount a fact of its own."""
    told: dict[object, Any] = {fact: value for fact, value in facts if fact not in AMOUNTS}
    ends = {(fact, end): number for fact in AMOUNTS for end, number in getattr(facts, fact) or ()}
    return {fact: value for fact, value in (told | ends).items() if value not in (None, ())}


@settings(max_examples=200, deadline=None)
@given(data=st.data(), reports=assertions(), settled=st.none() | any_facts())
def test_the_order_of_reports_does_not_matter(
    data: st.DataObject, reports: list[Assertion], settled: Facts | None
) -> None:
    """Any order of the same reports merges to the same facts, to the letter, and so does a report that comes twice."""
    shuffled = data.draw(st.permutations(reports + reports[:1]))
    one, other = merge(reports, settled=settled), merge(shuffled, settled=settled)
    assert other.model_dump_json() == one.model_dump_json()


@settings(max_examples=200, deadline=None)
@given(reports=assertions(), settled=any_facts())
def test_what_a_person_settled_wins(reports: list[Assertion], settled: Facts) -> None:
    """Every fact, and every end of an amount, that a person has settled stands as settled, whatever reports say."""
    assert words(merge(reports, settled=settled)).items() >= words(settled).items()


@settings(max_examples=200, deadline=None)
@given(reports=assertions(), more=any_facts())
def test_another_report_never_lowers_the_level(reports: list[Assertion], more: Facts) -> None:
    """Reports of sources not in doubt only add: one more never lowers the level. Only a person takes away."""
    sound = [one._replace(grade=RELIABLE) for one in reports]
    table = shipped("leerp-1")
    before, after = classify(table, merge(sound)), classify(table, merge([*sound, said(more, grade=UNGRADED)]))
    assert after.level_rank >= before.level_rank


def test_every_fact_there_is_is_merged_and_settled() -> None:
    """No fact is forgotten: not of a report, not of a person, not of an earlier word of a person."""
    assert {fact for fact, value in WHOLE if value in (None, ())} == set()
    assert merged(WHOLE) == WHOLE
    assert merge([], settled=WHOLE) == WHOLE
    assert settle(WHOLE, Facts()) == settle(Facts(), WHOLE) == WHOLE


@pytest.mark.parametrize("fact", [fact for fact in Facts.model_fields if fact != "rebuttal"])
def test_every_fact_is_heard_on_its_own(fact: str) -> None:
    """A source that speaks of one fact alone is heard on it; evidence needs a cause that it is the evidence of."""
    alone = Facts.model_validate({fact: getattr(WHOLE, fact)})
    assert merged(alone) == alone
    assert merged(alone, Facts()) == alone


def test_no_report_asserts_nothing() -> None:
    """Without any report nothing is known."""
    assert merge([]) == Facts()


def test_conflicting_reports_leave_the_most_severe() -> None:
    """Of two words the more severe stands, yes stands against no, lists are united, the larger minimum counts."""
    one = Facts(activity="presence", countries=("ES",), victims_min=3, victims_max=5, life_threat=False, deaths=True)
    other = Facts(activity="effect", countries=("GB",), victims_min=16, life_threat=True, deaths=False)
    assert merge([said(one), said(other, grade=UNGRADED)]) == Facts(
        activity="effect", countries=("ES", "GB"), victims_min=16, life_threat=True, deaths=True
    )


def test_types_are_united() -> None:
    """Every type of incident that a source names stands."""
    one, other = Facts(types=("intrusions",)), Facts(types=("fraud:phishing", "intrusions"))
    assert merged(one, other) == Facts(types=("fraud:phishing", "intrusions"))


def test_of_amounts_the_largest_ends_stand() -> None:
    """At least the largest minimum, at most the largest maximum."""
    assert merged(amount(10, 40), amount(20, 30)) == amount(20, 40)
    assert merged(amount(10), amount(at_most=40)) == amount(10, 40)


def test_a_disproved_end_of_an_amount_is_unknown() -> None:
    """A maximum that another source disproves gives way; what a person settled does not."""
    assert merged(amount(10, 40), amount(60)) == amount(60)
    assert merged(amount(60), settled=amount(at_most=40)) == amount(40, 40)
    assert merged(amount(at_most=40), settled=amount(60)) == amount(60)


def test_a_doubted_amount_gives_way_end_by_end() -> None:
    """A mostly unreliable source is heard on an end of an amount only where no other source names that end."""
    assert merge([said(amount(90, 95), grade=DOUBTED), said(amount(10), grade=UNGRADED)]) == amount(10, 95)


@pytest.mark.parametrize("numbers", [(30, 30.0), (30.0, 30)])
def test_equal_numbers_are_written_alike(numbers: tuple[float, float]) -> None:
    """Of 30 and 30.0 it is always the same one that stands, whichever came first."""
    first, second = numbers
    assert merged(amount(first), amount(second)).model_dump_json() == amount(30.0).model_dump_json()


def test_a_doubted_source_is_heard_only_where_no_other_speaks() -> None:
    """What a mostly unreliable source says of a fact gives way to any other source that speaks of that fact."""
    rumour = Facts(activity="effect", service_impact="lost", trade_secrets=True)
    sober = Facts(activity="presence", trade_secrets=False)
    assert merge([said(rumour, grade=DOUBTED), said(sober, grade=UNGRADED)]) == Facts(
        activity="presence", service_impact="lost", trade_secrets=False
    )


@pytest.mark.parametrize(("letter", "scale"), [("C", Scale.FOUR_BY_FOUR), ("D", Scale.ADMIRALTY)])
def test_the_same_letter_is_not_the_same_grade(letter: str, scale: Scale) -> None:
    """C is doubt on the 4x4 grid, and only D on the Admiralty grid: the scale is kept with the letter."""
    sober, rumour = Facts(activity="presence"), Facts(activity="effect")
    doubted, fair = Grade(scale=scale, code=f"{letter}3"), Grade(scale=Scale.ADMIRALTY, code="C3")
    assert merge([said(rumour, grade=doubted), said(sober, grade=UNGRADED)]).activity == Activity.PRESENCE
    assert merge([said(rumour, grade=fair), said(sober, grade=UNGRADED)]).activity == Activity.EFFECT


def test_a_settled_maximum_takes_the_minimum_along() -> None:
    """Where a person settles that there were sixty victims at most, the hundred of a report give way."""
    assert merged(Facts(victims_min=100), settled=Facts(victims_max=60)) == Facts(victims_min=60, victims_max=60)


def test_a_disproved_maximum_is_unknown() -> None:
    """Where more victims are found than a report took for the most, nobody knows the most any longer."""
    few = Facts(victims_min=1, victims_max=9)
    assert merged(few, Facts(victims_min=60)) == Facts(victims_min=60)
    assert merged(few, settled=Facts(victims_min=60)) == Facts(victims_min=60)


def test_malicious_stands_against_failure() -> None:
    """Where one source says malicious and another shows a failure, malicious stands until a person settles it."""
    failure = Facts(root_cause="system-failures", rebuttal="a burnt board")
    both = merged(failure, Facts(root_cause="malicious-actions"))
    assert (both.root_cause, both.rebuttal) == (RootCause.MALICIOUS_ACTIONS, None)


def test_evidence_on_file_stands_with_a_settled_cause() -> None:
    """A person who settles the cause need not repeat the evidence that a reliable source gave for it."""
    failure = Facts(root_cause="system-failures", rebuttal="a burnt board")
    settled = Facts(root_cause="system-failures")
    assert merged(failure, Facts(root_cause="malicious-actions"), settled=settled) == failure


@settings(max_examples=200, deadline=None)
@given(earlier=any_facts(), later=any_facts())
def test_the_latest_word_is_settled(earlier: Facts, later: Facts) -> None:
    """Of two assessments the later counts on every fact it speaks of, and what contradicts it is dropped."""
    both = settle(earlier, later)
    for fact, value in later:
        if value not in (None, ()):
            assert getattr(both, fact) == value
    assert settle(Facts(), later) == later == settle(later, Facts())


def test_a_later_amount_is_a_new_amount() -> None:
    """A person who gives an amount anew gives both its ends: what was said of it before is dropped."""
    assert settle(amount(10, 40), amount(20)) == amount(20)
    assert settle(amount(10), Facts(deaths=False)) == Facts(outage_minutes=Amount(at_least=10), deaths=False)


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
