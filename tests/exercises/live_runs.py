"""Live runs for the tests: `leerp up --exercise` on a folder of its own, faster than people could follow."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self
from unittest import mock

from desk.assembly import wall_clock
from desk.cli import perform
from exercises.diary import Diary
from exercises.live_clock import LiveClock
from exercises.live_run import diary_of, folder_of, lay_out, scenario_of
from exercises.particulars import RunMode
from leerp.journal import JournalEntry
from tests.exercises.scenarios import SHORT, journal_lines
from tests.servers import ROOT, Leerp

PATIENCE = 90.0
"""Seconds until what a run is to do must have come; a killed worker costs some of them."""

PROCESSES = ("engine", "worker", "desk", "director")


class Said(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class LiveLeerp(Leerp):
    """A live run, and the commands beside it, which act in the folder of the run."""

    def __init__(self, base: Path, name: str) -> None:
        super().__init__(folder_of(base, name))
        self.base = base
        self.name = name
        self.words: tuple[str, ...] = ()

    def lay_out(
        self, text: str = SHORT, *, speed: float = 600, mode: RunMode = RunMode.LIVE, people: tuple[str, ...] = ()
    ) -> None:
        """Begin the run at a speed that no command takes."""
        file = self.base / "short.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        lay_out(self.home, str(file), mode=mode, people=people)
        self.clock.begin(scenario_of(self.home).start, speed=speed)
        self.words = ("--exercise", str(file), "--run", self.name, *(["--table-top"] * (mode is RunMode.TABLE_TOP)))

    @property
    def clock(self) -> LiveClock:
        """The clock of the run."""
        return LiveClock(self.home, machine=wall_clock)

    @property
    def diary(self) -> Diary:
        """How far it is."""
        return diary_of(self.home)

    @property
    def out(self) -> Path:
        """Where its files are at the end."""
        return self.home / "out"

    def begin(self) -> None:
        """Have everything started; see `wait_until_up`."""
        command = [sys.executable, "-m", "desk", "up", "--port", str(self.port), *self.words]
        environment = self.environment | {"LEERP_HOME": str(self.base)}
        self._up = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def up_again(self) -> Said:
        """Start it although it is up."""
        command = [sys.executable, "-m", "desk", "up", *self.words, "--speed", "2"]
        environment = self.environment | {"LEERP_HOME": str(self.base)}
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def start(self) -> None:
        """Start everything; return once it says that it is up."""
        self.begin()
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Return once it says that it is up."""
        assert self._up is not None
        assert self._up.stdout is not None
        for line in self._up.stdout:
            self.said.append(line.rstrip())
            if "Stop with Ctrl-C" in line:
                return
        raise AssertionError("the exercise did not come up:\n" + "\n".join(self.said))

    def __enter__(self) -> Self:
        self.begin()
        return self

    def kill_all(self) -> None:
        """End everything with kill -9: whatever `leerp up` has started goes with it."""
        assert self._up is not None
        pids = [int((self.home / "run" / f"{name}.pid").read_text()) for name in PROCESSES]
        self._up.send_signal(signal.SIGKILL)
        self._up.wait(10)
        if self._up.stdout:
            self._up.stdout.close()
        wait(lambda: not any(_lives(pid) for pid in pids), "the end of all processes")

    def perform(self, *words: str, home: Path | None = None) -> Said:
        """Perform a command in this process, in the folder of the run or in another one."""
        out, err = io.StringIO(), io.StringIO()
        here = {"LEERP_HOME": str(home or self.home), "LEERP_LOG_LEVEL": "error"}
        with mock.patch.dict(os.environ, here), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = perform(list(words))
        return Said(code, out.getvalue(), err.getvalue())

    def asked(self, *words: str) -> Any:
        """The JSON that a command must answer."""
        said = self.perform(*words, "--json")
        assert said.code == 0, f"{words}: {said.err}"
        return json.loads(said.out)

    def standing_since(self) -> datetime | None:
        """Where the scenario's time was put when the clock was last changed."""
        return self.clock.state().clock.scenario_origin

    def ended(self) -> bool:
        """Whether the run is over."""
        return self.clock.state().ended

    def wait_for_end(self) -> None:
        """Wait until the run is over."""
        wait(self.ended, f"the end of {self.name}; the diary has {self.diary.played}")


def wait(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that other processes bring about."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.05)


def facts(out: Path) -> list[tuple[str, str, str, str]]:
    """The journal of a run without hashes and parts of a second."""
    entries = [JournalEntry.model_validate_json(line) for line in journal_lines(out)]
    told = [(one.at[:19], one.kind.value, one.actor, json.dumps(one.data, sort_keys=True)) for one in entries]
    return sorted(told)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
