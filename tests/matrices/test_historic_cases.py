"""The twelve historic cases, hour by hour."""

import re
from collections.abc import Callable
from importlib import resources

import pytest

from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.incidents import Choice, Presumption
from matrices.casebook import Case, Moment, load_casebook, shipped_casebook
from matrices.classification import classify
from matrices.tables import shipped

BOOK = shipped_casebook()
FILE = (resources.files("matrices") / "cases" / "historic.yaml").read_text(encoding="utf-8")
TABLE = shipped(BOOK.table)
CASES = {case.id: case for case in BOOK.cases}
EVERY_CASE = [pytest.param(case, id=case.id) for case in BOOK.cases]
MOMENTS = [pytest.param(case, moment, id=f"{case.id}+{moment.hour}h") for case in BOOK.cases for moment in case.moments]
STRENGTH = (Choice.NORMAL, Choice.WATCH, Choice.LAUNCH)
ALWAYS = {0, 2, 6, 24}


def at(case: str, hour: int) -> Moment:
    """A case at an hour."""
    return next(moment for moment in CASES[case].moments if moment.hour == hour)


def recommended(facts: Facts) -> Choice:
    """What the table recommends."""
    return classify(TABLE, facts).recommendation


def strongest(case: Case) -> Choice:
    """The strongest recommendation at any hour of a case: the one at its worst hour."""
    return max((recommended(moment.facts) for moment in case.moments), key=STRENGTH.index)


@pytest.mark.parametrize(("case", "moment"), MOMENTS)
def test_a_case_comes_out_as_expected(case: Case, moment: Moment) -> None:
    """Each case has its expected range, presumption and recommendation at each hour."""
    result = classify(TABLE, moment.facts)
    expected = moment.expect
    said = (result.lowest, result.highest, result.presumption, result.recommendation)
    assert said == (expected.lowest, expected.highest, expected.presumption, expected.recommendation), case.lesson


def test_there_are_twelve_cases() -> None:
    """The casebook holds the twelve cases of the reference, each named for what happened and the year."""
    assert len(CASES) == 12
    assert [case for case in CASES if not re.fullmatch(r"[a-z0-9]+-20\d\d", case)] == []


@pytest.mark.parametrize("case", EVERY_CASE)
def test_a_case_is_told_hour_by_hour(case: Case) -> None:
    """Each case stands there at the hours 0, 2, 6 and 24 at least, and each hour says in a line what was known."""
    assert ALWAYS - {moment.hour for moment in case.moments} == set()
    assert [moment.hour for moment in case.moments if moment.note is None] == []


@pytest.mark.parametrize("case", EVERY_CASE)
def test_a_case_says_what_it_leans_on(case: Case) -> None:
    """Each source is marked as seen, or as general knowledge that wants confirming."""
    assert case.sources
    assert [source for source in case.sources if not source.startswith(("Seen:", "General knowledge:"))] == []


def test_every_case_has_a_label() -> None:
    """Each case is labelled, so that a backtest has a truth to compare with."""
    by_label = {label: [case.id for case in BOOK.cases if case.label is label] for label in Choice}
    assert by_label == {
        Choice.LAUNCH: ["wannacry-2017", "notpetya-2017", "hse-2021", "kaseya-2021", "viasat-2022"],
        Choice.WATCH: ["solarwinds-2020", "log4shell-2021", "moveit-2023", "crowdstrike-2024", "dyn-2016"],
        Choice.NORMAL: ["colonial-2021", "emotet-2021"],
    }


@pytest.mark.parametrize("case", EVERY_CASE)
def test_launch_is_recommended_for_the_cases_labelled_launch_and_no_others(case: Case) -> None:
    """At its worst hour a case is recommended for launch exactly if it is labelled so: none missed, none too many."""
    assert (strongest(case) is Choice.LAUNCH) == (case.label is Choice.LAUNCH)


@pytest.mark.parametrize("case", EVERY_CASE)
def test_nothing_is_recommended_below_its_label(case: Case) -> None:
    """At its worst hour no case is taken more lightly than its label says."""
    assert case.label is not None
    assert STRENGTH.index(strongest(case)) >= STRENGTH.index(case.label)


def test_the_negative_set_never_launches() -> None:
    """CrowdStrike, Emotet, Log4Shell on day 0 and Colonial: at none of their hours is a launch recommended."""
    negative = [case for case in BOOK.cases if case.negative]
    assert [case.id for case in negative] == ["colonial-2021", "log4shell-2021", "crowdstrike-2024", "emotet-2021"]
    assert Choice.LAUNCH not in {recommended(moment.facts) for case in negative for moment in case.moments}


def test_wannacry_launches_at_six_hours() -> None:
    """Six hours into WannaCry a launch is recommended, whatever is still unknown."""
    result = classify(TABLE, at("wannacry-2017", 6).facts)
    assert result.recommendation == Choice.LAUNCH
    assert result.lowest == "emergency"


def test_notpetya_is_lifted_by_its_spread_at_two_hours() -> None:
    """The rows alone leave NotPetya below an emergency at +2; that it will spread further lifts it."""
    facts = at("notpetya-2017", 2).facts
    steady = facts.model_copy(update={"outlook": "stable"})
    assert (recommended(facts), recommended(steady)) == (Choice.LAUNCH, Choice.WATCH)


def test_a_hospital_service_is_an_emergency_once_lives_are_in_danger() -> None:
    """At +2 nobody knew for the Irish health service; the answer is asked for, and yes means launch."""
    facts = at("hse-2021", 2).facts
    assert "life_threat" in classify(TABLE, facts).ask_for
    assert recommended(facts.model_copy(update={"life_threat": True})) is Choice.LAUNCH


def test_crowdstrike_is_presumed_criminal_rebutted_and_presumed_again() -> None:
    """Raised at 04:09, raised still at +2 without evidence, rebutted at +6, raised for the lures from +24 on."""
    said = [classify(TABLE, moment.facts) for moment in CASES["crowdstrike-2024"].moments]
    raised, rebutted = Presumption.RAISED, Presumption.REBUTTED
    assert [result.presumption for result in said] == [raised, raised, rebutted, raised, raised]
    assert [result.recommendation for result in said] == ["watch", "watch", "normal", "watch", "normal"]


def same_hour_twice(text: str) -> str:
    """The second moment of the first case at hour 0 too."""
    return text.replace("- hour: 2\n", "- hour: 0\n", 1)


def same_case_twice(text: str) -> str:
    """Two cases of one name."""
    return text.replace("- id: notpetya-2017", "- id: wannacry-2017")


def negative_to_launch(text: str) -> str:
    """A negative case that was to be launched."""
    return text.replace("label: normal\n    negative: true", "label: launch\n    negative: true", 1)


def unknown_label(text: str) -> str:
    """A label that there is not."""
    return text.replace("label: launch", "label: lunch", 1)


FAULTS = [
    (same_hour_twice, "hour 0 stands after hour 0; put each hour once, earliest first"),
    (same_case_twice, "the id wannacry-2017 stands there twice; give every case its own"),
    (negative_to_launch, "a negative case cannot carry the label launch; take one of the two away"),
    (unknown_label, "label"),
]


@pytest.mark.parametrize(("breaks", "expected"), FAULTS, ids=[breaks.__name__ for breaks, _ in FAULTS])
def test_a_casebook_that_contradicts_itself_is_refused(breaks: Callable[[str], str], expected: str) -> None:
    """The fault is named with its file and line."""
    broken = breaks(FILE)
    assert broken != FILE
    with pytest.raises(BadInputError, match=r"mine\.yaml, line \d+") as caught:
        load_casebook(broken.encode(), name="mine.yaml")
    assert expected in caught.value.sentence


def test_a_case_may_leave_out_label_sources_and_notes() -> None:
    """Who only wants to try a table need not judge the cases, nor say more than the facts."""
    lines = [line for line in FILE.splitlines() if not re.match(r"    (label|  +note):", line)]
    text = re.sub(r"\n    sources:\n(      - .*\n)+", "\n", "\n".join(lines) + "\n")
    book = load_casebook(text.encode(), name="mine.yaml")
    assert {(case.label, case.sources) for case in book.cases} == {(None, ())}
    assert {moment.note for case in book.cases for moment in case.moments} == {None}
