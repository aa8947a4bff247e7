"""A live exercise goes on after kill -9 of anything in it: with the next inject, and nothing is played twice.

The longer form, which kills each process at any moment, is `tests/long/test_kills_of_a_live_run.py`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from desk.worker import build_worker
from exercises.player import play
from tests.exercises.live_runs import facts, wait
from tests.exercises.once import assert_played_once
from tests.exercises.scenarios import SHORT, scenario
from tests.exercises.two_runs import SPEED, TwoRuns, two_runs
from tests.servers import ROOT


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> TwoRuns:
    """A live run whose director and desk were killed, and then everything; and another one beside it."""
    return two_runs(lambda: tmp_path_factory.mktemp("base"))


def test_a_live_run_goes_on_with_the_next_inject_and_plays_nothing_twice(runs: TwoRuns) -> None:
    """Every inject was played once, the record has once what it brought about, and all that was expected happened."""
    assert_played_once(runs.here)


def test_the_scenarios_time_stands_while_everything_is_down(runs: TwoRuns) -> None:
    """It goes on from the last sign of life, however long it was down."""
    assert runs.killed_at is not None
    assert runs.up_again_at is not None
    lost = (runs.up_again_at - runs.killed_at).total_seconds() / SPEED
    assert -1.5 < lost < 2.5  # to be down and to start again takes longer


async def test_a_fast_run_that_was_killed_is_run_again_on_the_same_folder(tmp_path: Path) -> None:
    """It takes away what is left of it, and gives the journal of an undisturbed run but for parts of a second."""
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    file = tmp_path / "short.yaml"
    file.write_text(SHORT, encoding="utf-8")
    command = [sys.executable, "-m", "desk", "exercise", "run", str(file), "--out", str(killed)]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)  # noqa: ASYNC220 - it only starts
    wait(lambda: any(killed.glob(".run-*/outbox/*")), "the first message of the run")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    assert [one.name[:5] for one in killed.iterdir()] == [".run-"]
    for out in (killed, whole):
        await play(scenario(), out=out, build_worker=build_worker)
    assert facts(killed) == facts(whole) != []
    assert not [one for one in killed.iterdir() if one.name.startswith(".run-")]
