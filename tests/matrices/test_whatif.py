"""What would change a result."""

from hypothesis import given, settings

from leerp.facts import Facts, RootCause
from leerp.incidents import Choice
from matrices.classification import classify
from matrices.tables import names, shipped
from tests.matrices.strategies import some_facts

TABLE = shipped("leerp-1")


def test_what_would_make_it_an_emergency_is_named() -> None:
    """Two hours into WannaCry: lost services would call for a launch, a lesser activity for less."""
    facts = Facts(
        activity="effect",
        sectors=("digital-infrastructure", "energy"),
        service_impact="disrupted",
        countries=("ES", "PT"),
        victims_min=3,
    )
    said = classify(TABLE, facts).would_change
    assert "service impact lost: emergency, launch" in said
    assert "political: emergency, launch" in said
    assert "activity presence: significant, watch" in said
    assert "evidence that the cause is not criminal: normal" in said


def test_where_it_is_rebutted_a_criminal_cause_would_change_it() -> None:
    """An outage of airlines and hospitals by a faulty update: only a criminal cause after all would call for more."""
    facts = Facts(
        root_cause=RootCause.SYSTEM_FAILURES,
        rebuttal="The vendor's statement",
        service_impact="lost",
        sectors=("health", "transport"),
        countries=("DE", "FR", "NL"),
        spread="contained",
    )
    result = classify(TABLE, facts)
    assert result.recommendation is Choice.NORMAL
    assert result.would_change[0] == "a criminal cause after all: watch"
    assert all(line.endswith("normal") for line in result.would_change[1:])


@settings(max_examples=60, deadline=None)
@given(facts=some_facts())
def test_every_change_that_is_named_leads_to_another_level(facts: Facts) -> None:
    """For every table, what is said to change the level names another one than that which stands."""
    for name in names():
        result = classify(shipped(name), facts)
        levels = [
            line.rpartition(": ")[2].partition(", ")[0]
            for line in result.would_change
            if ", " in line.rpartition(": ")[2]
        ]
        assert result.level not in levels
        assert set(levels) <= set(shipped(name).levels)
