"""A fast run that was killed is played again; a live one goes on: `tests/exercises/test_live.py`.

The longer form, which kills each process of a live one at any moment, is `tests/long/test_kills_of_a_live_run.py`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from desk.worker import build_worker
from exercises.player import play
from tests.exercises.live_runs import facts, wait
from tests.exercises.scenarios import SHORT, scenario
from tests.servers import ROOT


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
