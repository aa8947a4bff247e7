"""Scenario files: what is wrong in one is refused with its line and its reason."""

import re
from pathlib import Path

import pytest

from exercises.injects import senders
from exercises.library import load, read_scenario
from exercises.setting import setting
from leerp.errors import BadInputError
from tests.exercises.scenarios import SHORT, changed

FAULTS = {
    "an unknown key": ("    outcome: created", "    outcom: created", 18, "Extra inputs are not permitted"),
    "a kind of inject that does not exist": ("    kind: report", "    kind: rumour", 12, "'rumour'"),
    "an act that does not exist": ("{act: decide, choice: launch}", "{act: dance}", 29, "'dance'"),
    "a key that the act does not have": ("choice: launch}", "choice: launch, at: now}", 29, "Extra inputs"),
    "an offset before the start": ('at: "+00:05"', 'at: "-00:05"', 13, "before the start"),
    "an offset that is none": ('at: "+00:05"', 'at: "five past"', 13, "write it as +09:45"),
    "times that do not ascend": ('at: "+00:10"', 'at: "+00:04"', 25, "in the order of their times"),
    "numbers that do not ascend": ("number: 3", "number: 2", 31, "numbers must ascend"),
    "an inject after the end": ('at: "+00:15"', 'at: "+03:15"', 40, "after the end of the scenario"),
    "an objective that does not exist": ("    objective: O1\n    does", "    objective: O7\n    does", 36, "O7"),
    "a source that does not exist": ("[made-up]", "[hearsay]", 17, "there is no source hearsay"),
    "a kind of entry that does not exist": (
        "kind: triage.decision.made",
        "kind: triage.decision.mad",
        50,
        "triage.decision.made",
    ),
    "a limit that is none": ("within_minutes: 10", "within_minutes: 0", 53, "greater than or equal to 1"),
    "after an inject that does not exist": ("after: {inject: 1}", "after: {inject: 99}", 52, "there is no inject 99"),
    "two expectations of one name": ("id: E2", "id: E1", 54, "E1 stands twice"),
    "an unknown source of a report": ("from: csirt-lu", "from: csirt-xx", 15, "no stakeholder csirt-xx"),
    "an unknown officer": ("from: duty-officer", "from: night-porter", 27, "no officer night-porter"),
    "a stakeholder who acts as an officer": ("from: duty-officer", "from: enisa", 27, "no officer enisa"),
    "an unknown reader who confirms": ("from: [csirt-lu, enisa]", "from: [x]", 42, "no stakeholder x"),
    "an unknown reader in an expectation": ("reader: csirt-lu", "reader: y", 57, "no stakeholder y"),
    "an alias": ('version: "1"', 'version: &one "1"\nnot: *one', 3, "aliases"),
    "a key that stands twice": ("length:", "start: now\nlength:", 8, "duplicate key"),
}
"""Name: a passage, what stands there instead, and then the line and words of the refusal."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_with_its_line(fault: str) -> None:
    """Each fault is one sentence that names the file, the line and what is wrong."""
    before, after, line, reason = FAULTS[fault]
    with pytest.raises(BadInputError, match=rf"^s\.yaml, line {line}[,:].*{re.escape(reason)}"):
        read_scenario(changed(before, after).encode(), name="s.yaml", directory=setting(None).directory)


def test_a_scenario_is_read_without_a_directory() -> None:
    """People are looked up only where there is a directory to look in."""
    text = changed("from: csirt-lu", "from: csirt-xx")
    assert senders(read_scenario(text.encode(), name="s.yaml").injects[0]) == ("csirt-xx",)


def test_an_act_names_a_report_that_comes_before_it() -> None:
    """A grade is for the report of an earlier inject."""
    text = changed("{act: decide, choice: launch}", "{act: grade, report: 4, grade: {scale: 4x4, code: A1}}")
    with pytest.raises(BadInputError, match="inject 4 is no report that comes before inject 2"):
        read_scenario(text.encode(), name="s.yaml")


def test_a_scenario_that_is_not_there_is_refused_with_what_there_is() -> None:
    """Neither in the library nor a file."""
    with pytest.raises(BadInputError, match=r"nowhere.*wannacry-2017"):
        load("nowhere")


@pytest.mark.parametrize("content", [b"", b"# a comment\n", b"hello\n", b"- name: x\n"])
def test_a_file_without_keys_is_refused_in_words(content: bytes) -> None:
    """An empty file, a text and a list are no scenarios, and the sentence says where to look what one is."""
    with pytest.raises(BadInputError, match=r"^s\.yaml: no scenario, .*leerp schema scenario"):
        read_scenario(content, name="s.yaml")


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    """Whoever names a folder, perhaps that of a run, is told that it is one."""
    with pytest.raises(BadInputError, match="a folder and no file"):
        load(str(tmp_path))


def test_a_file_is_read_like_the_library(tmp_path: object) -> None:
    """A path is a scenario of one's own."""
    path = f"{tmp_path}/short.yaml"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - a path as a person writes it
        file.write(SHORT)
    assert load(path).name == "short"
