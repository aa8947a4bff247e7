"""Rule 1: without a clear indication of another cause an incident is criminal; evidence rebuts it."""

import pytest

from leerp.facts import Facts, RootCause
from leerp.grades import UNGRADED, Grade, Scale
from leerp.incidents import Choice, Presumption
from matrices.assertions import Assertion
from matrices.classification import classify
from matrices.merging import merge
from matrices.presumption import presume
from matrices.tables import shipped

TABLE = shipped("leerp-1")
EVIDENCE = "the faulty update, reproduced on a clean machine"
NOT_CRIMINAL = [cause for cause in RootCause if cause is not RootCause.MALICIOUS_ACTIONS]
EMERGENCY = Facts(
    activity="effect",
    service_impact="lost",
    sectors=("health", "transport"),
    countries=("DE", "ES", "FR"),
    victims_min=500,
    spread="fast",
)
RELIABLE = Grade(scale=Scale.FOUR_BY_FOUR, code="B2")
DOUBTED = Grade(scale=Scale.FOUR_BY_FOUR, code="C2")


def facts(cause: RootCause | None, rebuttal: str | None = None) -> Facts:
    """An emergency with this cause and this evidence."""
    return EMERGENCY.model_copy(update={"root_cause": cause, "rebuttal": rebuttal})


@pytest.mark.parametrize("cause", [None, RootCause.MALICIOUS_ACTIONS])
def test_it_is_raised_without_another_cause(cause: RootCause | None) -> None:
    """An unknown cause is treated as a criminal one."""
    result = classify(TABLE, facts(cause))
    assert (result.presumption, result.recommendation) == (Presumption.RAISED, Choice.LAUNCH)


@pytest.mark.parametrize("cause", NOT_CRIMINAL)
def test_a_cause_alone_does_not_rebut_it(cause: RootCause) -> None:
    """To say failure, error or nature without evidence leaves the presumption, and the recommendation, as they are."""
    result = classify(TABLE, facts(cause))
    assert (result.presumption, result.recommendation) == (Presumption.RAISED, Choice.LAUNCH)
    assert "without evidence" in presume(facts(cause))[1]


@pytest.mark.parametrize("cause", NOT_CRIMINAL)
def test_evidence_rebuts_it_and_the_record_keeps_both(cause: RootCause) -> None:
    """With evidence the procedure is the normal one; the severity, the cause and the evidence stay in the record."""
    result = classify(TABLE, facts(cause, EVIDENCE))
    assert (result.presumption, result.recommendation) == (Presumption.REBUTTED, Choice.NORMAL)
    assert result.level == "emergency"
    assert (result.facts.root_cause, result.facts.rebuttal) == (cause, EVIDENCE)
    assert presume(facts(cause, EVIDENCE))[1] == f"The root cause is {cause}; the evidence: {EVIDENCE}"


def test_evidence_does_not_rebut_a_malicious_cause() -> None:
    """Where the cause is malicious there is nothing to rebut."""
    assert presume(facts(RootCause.MALICIOUS_ACTIONS, EVIDENCE))[0] == Presumption.RAISED


@pytest.mark.parametrize(
    ("grade", "expected"),
    [(RELIABLE, Presumption.REBUTTED), (UNGRADED, Presumption.RAISED), (DOUBTED, Presumption.RAISED)],
)
def test_evidence_comes_from_a_reliable_source(grade: Grade, expected: Presumption) -> None:
    """A source that nobody can judge, or that is in doubt, does not rebut the presumption by itself."""
    assert presume(merge([Assertion(facts(RootCause.SYSTEM_FAILURES, EVIDENCE), grade, "csirt-es")]))[0] == expected


def test_a_person_rebuts_it_and_raises_it_again() -> None:
    """A person settles the cause with evidence, against a report; and again when lures follow the failure."""
    reports = [Assertion(facts(RootCause.MALICIOUS_ACTIONS), RELIABLE, "csirt-es")]
    rebutted = merge(reports, settled=Facts(root_cause="third-party-failures", rebuttal=EVIDENCE))
    reopened = merge(reports, settled=Facts(root_cause="malicious-actions"))
    assert presume(rebutted)[0] == Presumption.REBUTTED
    assert presume(reopened)[0] == Presumption.RAISED
