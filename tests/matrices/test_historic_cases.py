"""The twelve historic cases, hour by hour."""

import pytest

from leerp.incidents import Choice
from matrices.casebook import Case, Moment, shipped_casebook
from matrices.classification import classify
from matrices.tables import shipped

BOOK = shipped_casebook()
TABLE = shipped(BOOK.table)
MOMENTS = [pytest.param(case, moment, id=f"{case.id}+{moment.hour}h") for case in BOOK.cases for moment in case.moments]


@pytest.mark.parametrize(("case", "moment"), MOMENTS)
def test_a_case_comes_out_as_expected(case: Case, moment: Moment) -> None:
    """Each case has its expected range, presumption and recommendation at each hour."""
    result = classify(TABLE, moment.facts)
    expected = moment.expect
    said = (result.lowest, result.highest, result.presumption, result.recommendation)
    assert said == (expected.lowest, expected.highest, expected.presumption, expected.recommendation), case.lesson


def test_there_are_twelve_cases() -> None:
    """The casebook holds the twelve cases of the reference."""
    assert len(BOOK.cases) == 12


def test_the_negative_set_never_launches() -> None:
    """CrowdStrike, Emotet, Log4Shell on day 0 and Colonial: at none of their hours is a launch recommended."""
    negative = [case for case in BOOK.cases if case.negative]
    assert [case.id for case in negative] == ["colonial-2021", "log4shell-2021", "crowdstrike-2024", "emotet-2021"]
    recommended = {classify(TABLE, moment.facts).recommendation for case in negative for moment in case.moments}
    assert Choice.LAUNCH not in recommended


def test_wannacry_launches_at_six_hours() -> None:
    """Six hours into WannaCry a launch is recommended, whatever is still unknown."""
    wannacry = next(case for case in BOOK.cases if case.id == "wannacry-2017")
    at_six = next(moment for moment in wannacry.moments if moment.hour == 6)
    result = classify(TABLE, at_six.facts)
    assert result.recommendation == Choice.LAUNCH
    assert result.lowest == "emergency"
