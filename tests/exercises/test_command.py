"""`leerp exercise`: what the commands print, and how they end."""

import json
from pathlib import Path

import pytest

from desk.cli import perform
from tests.exercises.scenarios import SHORT, changed


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder that is not there: an exercise needs none, and makes none."""
    monkeypatch.setenv("LEERP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEERP_LOG_LEVEL", "error")


def written(folder: Path, text: str = SHORT) -> str:
    """A scenario file."""
    path = folder / "short.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_list_names_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    """Name, hours and number of injects of each scenario."""
    assert perform(["exercise", "list", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert (found["wannacry-2017"]["hours"], found["wannacry-2017"]["injects"]) == (72.0, 62)


def test_check_says_that_a_scenario_can_be_played_or_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0, or 2 with one sentence that names file and line."""
    assert perform(["exercise", "check", written(tmp_path)]) == 0
    assert "short version 1 can be played: 2.0 h, 4 injects" in capsys.readouterr().out
    file = written(tmp_path, changed("from: csirt-lu", "from: csirt-xx"))
    assert perform(["exercise", "check", file]) == 2
    assert f"{file}, line 15, key injects.0.from: there is no stakeholder csirt-xx" in capsys.readouterr().err


def test_run_leaves_the_files_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 when everything expected has happened; it was played with the seed that was asked for."""
    out = tmp_path / "out"
    assert perform(["exercise", "run", written(tmp_path), "--out", str(out), "--seed", "7"]) == 0
    said = capsys.readouterr().out
    assert "all 2 expectations are met" in said
    assert str(out / "after-action.html") in said
    assert (out / "after-action.html").exists()
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["seed"] == 7
    assert not (tmp_path / "home").exists()


def test_run_ends_with_1_and_says_what_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence of each failure, for people and in the JSON."""
    file = written(tmp_path, changed("within_minutes: 10", "within_minutes: 1"))
    assert perform(["exercise", "run", file, "--out", str(tmp_path / "out"), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert not answer["met"]
    assert [text[:49] for text in answer["failures"]] == ["Expectation E1 is not met: The launch is decided."]
