"""Runs side by side: the same is no difference, and what differs is found, placed and named."""

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from desk.cli import perform
from desk.cli.exercise_replay import moment_line
from desk.worker import build_worker
from exercises.comparing import Comparison, Moment, compare
from exercises.player import play
from exercises.runs import read_run
from exercises.setting import setting
from matrices.tables import shipped
from tests.exercises.scenarios import SHORT, scenario


class Runs(NamedTuple):
    """Three runs of one scenario: twice the same, and once with another seed and table."""

    first: Path
    again: Path
    other: Path


def played(folder: Path, *, seed: int = 0, table: str | None = None) -> Path:
    """A run, left in a folder."""
    centre = setting(None)
    centre = centre.with_matrix(shipped(table)) if table else centre
    asyncio.run(play(scenario(SHORT), out=folder, build_worker=build_worker, centre=centre, seed=seed))
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Played once for all."""
    folder = tmp_path_factory.mktemp("runs")
    other = played(folder / "other", seed=1, table="nciss")
    return Runs(played(folder / "first"), played(folder / "again"), other)


@pytest.fixture(scope="module")
def differing(runs: Runs) -> Comparison:
    """The first run beside the one that was played otherwise."""
    return compare([read_run(runs.first), read_run(runs.other)])


def test_the_same_scenario_and_seed_differ_in_nothing(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither on record nor in what readers could read; the command says so and ends with 0."""
    found = compare([read_run(runs.first), read_run(runs.again)])
    assert (found.same, found.first_difference, found.injects) == (True, None, ())
    assert perform(["exercise", "compare", str(runs.first), str(runs.again)]) == 0
    assert "no difference" in capsys.readouterr().out.splitlines()


def test_the_first_difference_is_named_with_its_inject(differing: Comparison) -> None:
    """The table shows with the first report: when, after which inject, what, and in which run."""
    assert differing.first_difference is not None
    assert differing.first_difference.startswith("At 2026-03-01 08:05:00Z, after inject 1: A CSIRT reports.: triage.")
    assert differing.injects[0].inject == "inject 1: A CSIRT reports."


def test_what_the_runs_were_played_with_is_said(differing: Comparison) -> None:
    """Seed and table, and nothing else, were not the same."""
    assert [one.partition(":")[0] for one in differing.played_otherwise] == ["seed", "matrix", "policy"]


def test_readers_confirm_at_other_times_with_another_seed(differing: Comparison) -> None:
    """The confirmations of inject 4 stand there in one run and not in the other, each with its time."""
    told = [one for inject in differing.injects for one in inject.happened if "acknowledgement.received" in one.what]
    assert {(0, 1), (1, 0)} == {one.times for one in told}
    assert {"inject 4: Two readers confirm."} == {
        inject.inject
        for inject in differing.injects
        if any("acknowledgement.received" in one.what for one in inject.happened)
    }


def test_levels_decisions_and_readers_stand_side_by_side(differing: Comparison) -> None:
    """By the same cause two levels; the decision and the readers at the same time in both."""
    (level,) = differing.levels
    assert level.because == "report 1 (csirt-lu)"
    assert len(set(level.levels)) == 2
    assert [one.same for one in differing.decisions] == [True]
    assert all(one.same for one in differing.told)
    assert "launch_external to csirt-lu" in [one.what for one in differing.told]


def test_what_came_later_than_in_the_first_run_has_a_plus() -> None:
    """Five minutes later and five minutes earlier; the first run has no number."""
    at = datetime(2026, 3, 1, 8, 5, tzinfo=UTC)
    times = (at, at + timedelta(minutes=5), at - timedelta(minutes=5))
    line = moment_line(Moment(what="decide launch", at=times, minutes=(0.0, 5.0, -5.0)))
    assert line.endswith("(+5 min, -5 min)")


def test_more_than_two_are_laid_side_by_side(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    """Each difference says how often it is in each of the three, in the order in which they were named."""
    assert perform(["exercise", "compare", *map(str, runs), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    times = [tuple(one["times"]) for inject in found["injects"] for one in inject["happened"]]
    assert {(0, 0, 1), (1, 1, 0)} == set(times)
    assert len(found["runs"]) == 3


def test_an_expectation_that_one_run_misses_is_shown(runs: Runs, tmp_path: Path) -> None:
    """Met in one and missed in the other, by name."""
    shutil.copytree(runs.first, tmp_path / "missed")
    path = tmp_path / "missed" / "after-action.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["objectives"][0]["expectations"][0]["met"] = False
    path.write_text(json.dumps(report), encoding="utf-8")
    found = compare([read_run(runs.first), read_run(tmp_path / "missed")])
    assert [(one.expectation, one.met) for one in found.expectations if len(set(one.met)) > 1] == [
        ("E1", (True, False))
    ]
    assert not found.same


def test_a_word_that_one_reader_alone_saw_is_found(runs: Runs, tmp_path: Path) -> None:
    """Two journals may be alike and one message not: what the reader could read is compared too."""
    shutil.copytree(runs.first, tmp_path / "words")
    (message,) = (tmp_path / "words" / "notices").glob("*/csirt-lu/message.txt")
    message.write_text(message.read_text(encoding="utf-8") + "One word more.\n", encoding="utf-8")
    found = compare([read_run(runs.first), read_run(tmp_path / "words")])
    assert [one.what.partition(" over ")[0] for inject in found.injects for one in inject.happened] == [
        "launch_external 1 to csirt-lu"
    ] * 2


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("journal.jsonl", "journal.jsonl, line 1"),
        ("run.json", "run.json: is not what a run leaves"),
        ("ledger.json", "ledger.json: is not what a run leaves"),
    ],
)
def test_a_run_that_is_not_whole_is_refused(
    broken: str, sentence: str, runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and one sentence, whichever file it is."""
    shutil.copytree(runs.first, tmp_path / "broken")
    (tmp_path / "broken" / broken).write_text("{}", encoding="utf-8")
    assert perform(["exercise", "compare", str(runs.first), str(tmp_path / "broken")]) == 2
    assert sentence in capsys.readouterr().err


def test_one_run_cannot_be_compared(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and what to do."""
    assert perform(["exercise", "compare", str(runs.first)]) == 2
    assert "name the folders of two or more runs" in capsys.readouterr().err
