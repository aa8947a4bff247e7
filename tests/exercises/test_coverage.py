"""Coverage: what a scenario touches by what stands in its file, with the reason, and what no scenario does."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from desk.cli import perform
from exercises.coverage import Touch, coverage, table, together
from exercises.deed_parts import OtherAct
from exercises.injects import FaultKind
from exercises.library import load, names
from exercises.scenario import Scenario
from exercises.setting import setting
from exercises.signs import signs
from leerp.incidents import Choice, Phase
from leerp.journal import JournalKind
from leerp.marking import HandlingCode, Level, Tlp
from leerp.notices import DeliveryState, NoticeKind
from leerp.protocol import ActName
from leerp.stakeholders import Group
from tests.exercises.report_scenario import rich
from tests.exercises.scenarios import SHORT, changed, scenario


def touched(read: Scenario) -> dict[str, Touch]:
    """What a scenario touches, by kind and id."""
    found = coverage(read, directory=setting(None).directory)
    return {f"{one.kind} {one.id}": one for one in found if one.touched}


def test_a_short_scenario_touches_little() -> None:
    """A report, a launch and a confirmation: three steps, and of the rules those that every run touches."""
    found = touched(scenario())
    assert [one.id for one in found.values() if one.kind == "step"] == ["detection", "triage", "coordination"]
    assert {"10", "11"} == {one.id for one in found.values() if one.kind == "rule"}
    assert {"ec3", "csirt_network", "agency"} == {one.id for one in found.values() if one.kind == "group"}


def test_every_reason_names_what_says_it() -> None:
    """An inject or an expectation with its number or id, and the sign."""
    found = touched(scenario())
    assert found["step detection"].because == ("inject 1 (inject:report)",)
    assert "inject 2 (decides:launch)" in found["step coordination"].because
    assert "expectation E2 (notice:launch_external)" in found["step coordination"].because
    assert found["group agency"].because == ("inject 4: enisa",)


@pytest.mark.parametrize(
    ("before", "after", "thing", "because"),
    [
        ("    state: acknowledged", "    state: acknowledged\n    hides: [x]", "rule 4", "expectation E2 (hides)"),
        ("choice: launch}\n    reason: It", "choice: normal}\n    reason: It", "rule 3", "inject 2 (decides:normal)"),
        (
            "facts: {activity: effect}",
            "facts: {root_cause: human-errors, rebuttal: seen}",
            "rule 1",
            "inject 1 (fact:root_cause=human-errors)",
        ),
        (
            "title: A worm spreads",
            "title: A worm spreads\n      marking: {tlp: 'TLP:RED'}",
            "rule 5",
            "inject 1 (tlp:RED)",
        ),
    ],
)
def test_a_change_touches_one_more_rule(before: str, after: str, thing: str, because: str) -> None:
    """One word more in the scenario, one rule more, for that reason."""
    assert thing not in touched(scenario())
    assert because in touched(scenario(changed(before, after)))[thing].because


def test_an_act_that_must_be_refused_touches_no_step() -> None:
    """Who tries to close in vain has not closed."""
    act = changed(
        "does: {act: decide, choice: launch}\n    reason: It spreads.", "does: {act: close, outcome: normal_procedure}"
    )
    assert "step closure" in touched(scenario(act))
    assert "step closure" not in touched(
        scenario(act.replace("normal_procedure}", "normal_procedure}\n    refused: wrong_phase"))
    )


def test_a_trigger_is_touched_when_what_was_told_so_far_meets_it() -> None:
    """Only together do the two reports meet the conditions, and the second one is named."""
    wide = "{activity: effect, spread: fast, outlook: worsening, victims_min: 3}"
    second = """  - number: 5
    at: "+00:40"
    kind: report
    from: enisa
    description: And where.
    says:
      title: Where
      facts: {countries: [FR, DE]}
expectations:
"""
    alone = changed("{activity: effect}", wide)
    assert not [name for name in touched(scenario(alone)) if name.startswith("trigger")]
    found = touched(scenario(alone.replace("expectations:\n", second)))
    assert found["trigger leerp-1/broader-propagation"].because == ("inject 5 (facts told so far)",)


def test_contingencies_cast_and_conditions_count() -> None:
    """What a contingency does, whom the cast plays, and what a condition asks for are signs too."""
    found = {(one.word, one.origin) for one in signs(scenario(rich()))}
    assert ("contingency", "inject 8") in found
    assert ("inject:message", "inject 8") in found
    assert ("entry:warning.notice.sent", "inject 8") in found
    assert ("cast:never", "cast poc-fr") in found
    assert ("branch", "branch quiet") in found


def test_the_table_names_every_step_and_rule() -> None:
    """The seven steps in their order and the rules 1 to 12; the status says whose choice it is."""
    assert [one.value for one in Phase] == [one.id for one in table().steps]
    assert [str(number) for number in range(1, 13)] == [one.id for one in table().rules]
    assert table().status == "project assumption"


def test_every_sign_of_the_table_can_occur() -> None:
    """A sign that no scenario can ever show would never be found; each one fits a word that there is."""
    words = {"always", "inject:report", "inject:contribution", "inject:fact", "hides", "never_sees", "releasable"}
    words |= {"report:doubled", "report:duplicate", "grades:agreed", "withheld:no_channel"}
    words |= {f"act:{one.value}" for one in (*ActName, *OtherAct)} | {f"decides:{one.value}" for one in Choice}
    words |= {f"{lead}:{one.value}" for one in JournalKind for lead in ("entry", "never")}
    words |= {f"{lead}:{one.value}" for one in NoticeKind for lead in ("notice", "confirms")}
    words |= {f"fault:{one.value}" for one in FaultKind} | {f"delivery:{one.value}" for one in DeliveryState}
    words |= {f"marking:{one.value}" for one in Level} | {f"handling:{one.value}" for one in HandlingCode}
    words |= {f"tlp:{one.value.removeprefix('TLP:')}" for one in Tlp}
    causes = ("system-failures", "human-errors", "natural-phenomena", "third-party-failures")
    words |= {f"fact:root_cause={one}" for one in causes}
    several = [sign for one in (*table().steps, *table().rules) for sign in one.signs]
    assert [sign for sign in several if not any(fnmatchcase(word, sign) for word in words)] == []


def test_together_names_who_touches_what() -> None:
    """Each thing once, in the same order, with the scenarios that touch it and none that does not."""
    directory = setting(None).directory
    few, many = (coverage(scenario(text), directory=directory) for text in (SHORT, rich()))
    found = {(one.kind, one.id): one.scenarios for one in together([("few", few), ("many", many)])}
    assert found["step", "detection"] == ("few", "many")
    assert found["step", "plan"] == ("many",)
    assert found["rule", "6"] == ()
    assert [(one.kind, one.id) for one in few] == list(found)
    assert {("group", group.value) for group in Group} <= found.keys()


def test_check_says_what_is_touched_and_what_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    """For people in lines, for programs in JSON, both with the reasons."""
    assert perform(["exercise", "check", "wannacry-2017"]) == 0
    touches, untouched = capsys.readouterr().out.split("It does not touch:")
    assert "rule 9, closure goes to exactly the readers of the launch notices: expectation" in touches
    assert "rule 6, the life-threat override" in untouched
    assert perform(["exercise", "check", "wannacry-2017", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["valid"]
    found = {(one["kind"], one["id"]): one["touched"] for one in answer["coverage"]}
    assert (found["rule", "9"], found["rule", "6"]) == (True, False)


def test_check_of_the_library_names_what_no_scenario_touches(capsys: pytest.CaptureFixture[str]) -> None:
    """Every scenario is looked at; the list of what is missing is what the coverage leaves empty."""
    assert perform(["exercise", "check", "--library", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert names() == answer["scenarios"]
    empty = [(one["kind"], one["id"]) for one in answer["coverage"] if not one["scenarios"]]
    assert empty == [(one["kind"], one["id"]) for one in answer["untouched"]]
    assert {one["id"] for one in answer["coverage"] if one["kind"] == "step"} == {one.value for one in Phase}


def test_check_without_a_name_says_what_to_do(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Neither a name nor --library is a wrong use, with one sentence."""
    assert perform(["exercise", "check"]) == 2
    assert "name a scenario or a file, or give --library" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_wannacry_touches_what_its_expectations_say() -> None:
    """A spot check on a whole case: the leak rule by what a reader must not see, another by what never comes."""
    found = touched(load("wannacry-2017"))
    assert "expectation E15 (hides)" in found["rule 4"].because
    assert "expectation E05 (never:triage.presumption.rebutted)" in found["rule 1"].because
    assert "rule 3" not in found
