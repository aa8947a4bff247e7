"""Classifying: what must hold of any facts, and what is said of some."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.facts import Facts, RootCause, Sector, Spread
from leerp.incidents import Choice, Classification
from matrices.classification import classify
from matrices.questions import question
from matrices.readers import ASKING
from matrices.tables import names, shipped
from tests.matrices.plain_reading import holds
from tests.matrices.strategies import (
    COUNTS,
    FLAGS,
    MANY_COUNTRIES,
    ORDERED,
    blanked,
    blankings,
    known_facts,
    some_facts,
)

TABLE = shipped("leerp-1")
CHOICES = (Choice.NORMAL, Choice.WATCH, Choice.LAUNCH)
AXES = (*ORDERED, *FLAGS, "victims_min", "victims_max", "countries", "sectors")
examples = settings(max_examples=120, deadline=None)


def rank(level: str) -> int:
    """The rank of a level of the table, from 0."""
    return TABLE.levels.index(level)


def ends(result: Classification) -> tuple[int, int]:
    """The ranks of the lowest and the highest level."""
    return rank(result.lowest), rank(result.highest)


def raised(facts: Facts, axis: str, draw: Any) -> Facts:
    """The same facts, no milder on one axis where they are known."""
    value = getattr(facts, axis)
    changed: dict[str, object] = {}
    if axis in ORDERED:
        steps = list(ORDERED[axis])
        changed[axis] = draw(st.sampled_from(steps[steps.index(value) :]))
    elif axis in FLAGS:
        changed[axis] = True
    elif axis == "victims_min":
        changed[axis] = draw(st.sampled_from([count for count in COUNTS if count >= value]))
        changed["victims_max"] = None if facts.victims_max is None else max(facts.victims_max, changed[axis])  # type: ignore[call-overload]
    elif axis == "victims_max":
        changed[axis] = draw(st.sampled_from([count for count in COUNTS if count >= value]))
    else:
        more = MANY_COUNTRIES if axis == "countries" else tuple(Sector)
        changed[axis] = (*value, *draw(st.lists(st.sampled_from(more))))
    return Facts(**{**facts.model_dump(), **changed})


@pytest.mark.parametrize("axis", AXES)
@examples
@given(data=st.data(), known=known_facts(), unknown=blankings())
def test_a_more_severe_fact_never_lowers_the_level(
    axis: str, data: st.DataObject, known: Facts, unknown: set[str]
) -> None:
    """Raising a known fact on any axis lowers neither the level, nor an end of the range, nor the recommendation."""
    facts = blanked(known, unknown - {axis})
    mild, severe = classify(TABLE, facts), classify(TABLE, raised(facts, axis, data.draw))
    assert severe.level_rank >= mild.level_rank
    assert all(after >= before for before, after in zip(ends(mild), ends(severe), strict=True))
    assert CHOICES.index(severe.recommendation) >= CHOICES.index(mild.recommendation)


@examples
@given(known=some_facts(), unknown=blankings())
def test_an_unknown_never_narrows_the_range(known: Facts, unknown: set[str]) -> None:
    """Forgetting facts leaves the range as wide as it was, or wider."""
    with_them, without = ends(classify(TABLE, known)), ends(classify(TABLE, blanked(known, unknown)))
    assert without[0] <= with_them[0]
    assert without[1] >= with_them[1]


@examples
@given(facts=some_facts())
def test_the_ends_of_the_range_are_reached(facts: Facts) -> None:
    """The lowest and the highest level are those of facts that could turn out true: the range is not too wide."""
    assert classify(TABLE, completed(facts, 0)).level == classify(TABLE, facts).lowest
    assert classify(TABLE, completed(facts, -1)).level == classify(TABLE, facts).highest


def completed(facts: Facts, end: int) -> Facts:
    """The facts with every unknown at its mildest (0) or most severe (-1)."""
    values = facts.model_dump()
    for fact, kind in ORDERED.items():
        values[fact] = values[fact] or list(kind)[end]
    for fact in FLAGS:
        values[fact] = end == -1 if values[fact] is None else values[fact]
    least = facts.victims_min or 0
    most = max(COUNTS) if facts.victims_max is None else facts.victims_max
    values["victims_min"] = values["victims_max"] = (least, most)[end]
    for fact, everything in (("countries", MANY_COUNTRIES), ("sectors", tuple(Sector))):
        complete = values[fact] and facts.spread is Spread.CONTAINED
        if end == -1 and not complete:
            values[fact] = everything
    return Facts(**values)


@examples
@given(facts=known_facts())
def test_the_level_is_what_a_plain_reading_of_the_table_gives(facts: Facts) -> None:
    """Reading the rows one by one, as a person would, comes to the same level and the same rows."""
    matching = [row for row in TABLE.document.rows if holds(row.when, facts)]
    level = base = max((rank(row.level) for row in matching), default=0)
    for trigger in TABLE.document.triggers:
        if holds(trigger.when, facts) and base >= rank(trigger.lifts_from):
            level = max(level, rank(trigger.lifts_to))
    result = classify(TABLE, facts)
    assert result.level == TABLE.levels[level]
    assert {line.partition(":")[0] for line in result.trace} == {row.id for row in matching}


@examples
@given(facts=some_facts())
def test_classifying_is_a_pure_function(facts: Facts) -> None:
    """The same table and facts give the same answer, and the facts are handed back as they were."""
    before = facts.model_dump_json()
    first = classify(TABLE, facts)
    classify(TABLE, Facts())
    assert classify(TABLE, Facts.model_validate_json(before)) == first
    assert first.facts.model_dump_json() == before


@examples
@given(facts=some_facts())
def test_what_is_asked_for_is_unknown_and_could_matter(facts: Facts) -> None:
    """Something is asked for exactly when the level is open, and only what is not fully known."""
    result = classify(TABLE, facts)
    assert bool(result.ask_for) == (result.lowest != result.highest)
    for fact in result.ask_for:
        if fact in (*ORDERED, *FLAGS):
            assert getattr(facts, fact) is None
        elif fact == "victims":
            assert facts.victims_min is None or facts.victims_max != facts.victims_min
        else:
            assert not getattr(facts, fact) or facts.spread is not Spread.CONTAINED


def test_the_fact_that_narrows_most_is_asked_for_first() -> None:
    """Where only the loss of the service decides between significant and emergency, it is asked for first."""
    facts = Facts(
        activity="effect",
        sectors=("health",),
        countries=("DE", "FR"),
        victims_min=3,
        victims_max=3,
        spread="contained",
        outlook="stable",
        recoverability="regular",
        life_threat=False,
    )
    result = classify(TABLE, facts)
    assert result.ask_for == ("service_impact", "political")
    assert (result.lowest, result.highest) == ("significant", "emergency")


def test_nothing_known_is_watched() -> None:
    """Of an incident of which nothing is known, everything is possible; it is watched, and the activity asked for."""
    result = classify(TABLE, Facts())
    assert (result.level, result.highest) == ("localised", "emergency")
    assert result.recommendation == Choice.WATCH
    assert result.ask_for[0] == "activity"
    assert result.trace == ()


def test_a_list_is_complete_only_where_the_spread_is_contained() -> None:
    """One country named early does not rule out others; named when the spread is contained, it does."""
    early = Facts(activity="effect", service_impact="lost", sectors=("food",), countries=("US",), victims_max=5)
    late = early.model_copy(update={"spread": Spread.CONTAINED})
    assert classify(TABLE, early).highest == "emergency"
    assert classify(TABLE, late).highest == "severe"


def test_a_trigger_says_its_evidence_and_what_it_lifts() -> None:
    """A trigger that fires names the facts it fired on and the level it lifts."""
    facts = Facts(
        activity="presence",
        spread="fast",
        outlook="worsening",
        victims_min=4,
        countries=("DE", "US"),
        sectors=("food",),
    )
    result = classify(TABLE, facts)
    assert result.level == "emergency"
    assert " ".join(result.triggers) == (
        "broader-propagation: Broader propagation is highly likely. Evidence: activity presence; at least 4 victims; "
        "2 countries; Member States DE; spread fast; outlook worsening. Lifts severe to emergency."
    )


def test_a_trigger_below_its_floor_says_that_it_does_not_lift() -> None:
    """A political reason for a localised incident is shown, and lifts nothing."""
    facts = Facts(activity="engage", political=True, victims_min=1, countries=("DE",))
    result = classify(TABLE, facts)
    assert result.level == "localised"
    assert " ".join(result.triggers) == (
        "political-reasons: Political reasons call for an emergency response. Evidence: activity engage; at least 1 "
        "victims; Member States DE; political reasons given. Does not lift localised, only severe and higher."
    )


def test_the_result_names_the_table_it_came_from() -> None:
    """Name, version and SHA-256 of the table travel with every result."""
    result = classify(TABLE, Facts())
    assert (result.table, result.table_version, result.table_sha256) == (TABLE.name, TABLE.version, TABLE.sha256)


@pytest.mark.parametrize("cause", list(RootCause))
def test_the_cause_does_not_move_the_level(cause: RootCause) -> None:
    """Severity is one thing, whether it is a matter for the police another."""
    facts = Facts(activity="effect", service_impact="lost", sectors=("health",), countries=("IE",))
    assert classify(TABLE, facts.model_copy(update={"root_cause": cause})).level == classify(TABLE, facts).level


def test_what_is_asked_for_stands_in_words() -> None:
    """Each missing fact comes with a question; where only hospitals are hit, their number is asked for."""
    result = classify(
        TABLE, Facts(activity="effect", sectors=("health",), service_impact="disrupted", countries=("DE",))
    )
    assert len(result.ask_for) == len(result.questions) > 0
    asked = dict(zip(result.ask_for, result.questions, strict=True))
    assert asked["victims"] == "number of hospitals and other health services affected"


def test_every_fact_that_can_be_asked_for_has_its_question() -> None:
    """No table asks by the name of a key."""
    asked = {reader.fact for name in names() for reader in shipped(name).rules.readers} | set(ASKING)
    assert {fact for fact in asked if question(fact, Facts()) == fact.replace("_", " ")} == set()
