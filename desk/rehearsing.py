"""Starting exercises from the desk, each in a process of its own that outlives the page that started it."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from exercises.library import names
from exercises.live_run import folder_of
from leerp.errors import BadInputError, RefusedError
from leerp.protocol import RefusalReason
from leerp.settings import Settings

PLAYED = "rehearsals"
"""The folder in the state folder with what fast runs have left, each in a folder of its own."""

MOST_AT_ONCE = 4
"""How many fast runs go on at once: each takes a core."""

_REPORT = "after-action.json"


class FastRun(NamedTuple):
    """A run in seconds. `met`: whether every expectation was; None while it goes on or where it broke off."""

    name: str
    met: bool | None
    files: tuple[str, ...]


class Rehearsing:
    """Starts runs of the library's scenarios for one state folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._going: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def folder(self) -> Path:
        """Where fast runs are."""
        return self._settings.home / PLAYED

    def start_fast(self, scenario: str, *, at: datetime) -> str:
        """Play a scenario in seconds; the name of the run."""
        self._known(scenario)
        if sum(one.poll() is None for one in self._going.values()) >= MOST_AT_ONCE:
            raise RefusedError(
                f"{MOST_AT_ONCE} exercises are being played; wait for one of them.",
                reason=RefusalReason.CONDITIONS_UNMET,
            )
        name = f"{scenario}-{at:%Y%m%dT%H%M%S}"
        self._spawn(name, ["exercise", "run", scenario, "--out", str((self.folder / name).absolute())])
        return name

    def start_live(self, scenario: str, *, run: str, speed: float, people: str, table_top: bool) -> str:
        """Play a scenario live, or at a table; the name of the run. It goes on until it is stopped at its console."""
        self._known(scenario)
        name = run.strip() or scenario
        folder_of(self._settings.home, name)  # refuses what is no name
        words = ["up", "--exercise", scenario, "--run", name]
        words += ["--table-top"] if table_top else ["--speed", f"{speed:g}"]
        words += [f"--people={people}"] if people.strip() else []
        self._spawn(f"live-{name}", words)
        return name

    def _known(self, scenario: str) -> None:
        if scenario not in names():
            raise BadInputError(f"there is no scenario {scenario!r} in the library; choose one of the list")

    def _spawn(self, name: str, words: list[str]) -> None:
        logs = self._settings.home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "LEERP_HOME": str(self._settings.home.absolute())}
        with (logs / f"exercise-{name}.log").open("ab") as log:
            self._going[name] = subprocess.Popen(  # noqa: S603 - our own program; what people typed is checked or a value
                [sys.executable, "-m", "desk", *words],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the desk may stop; the exercise goes on
            )

    async def fast_runs(self) -> list[FastRun]:
        """Every fast run, the newest first."""
        return await asyncio.to_thread(self._fast_runs)

    def _fast_runs(self) -> list[FastRun]:
        folders = sorted((path for path in self.folder.glob("*") if path.is_dir()), key=lambda path: path.name[-15:])
        going = [FastRun(name, None, ()) for name, one in self._going.items() if one.poll() is None]
        known = [_read(path) for path in reversed(folders)]
        return [
            one for one in going if not one.name.startswith("live-") and one.name not in {k.name for k in known}
        ] + known

    def file(self, run: str, name: str) -> Path:
        """A file of a fast run; BadInputError when there is none."""
        chosen = next((one for one in self._fast_runs() if one.name == run and name in one.files), None)
        if chosen is None:
            raise BadInputError(f"there is no file {name!r} of an exercise {run!r}")
        return self.folder / run / name


def files_in(folder: Path) -> tuple[str, ...]:
    """The files of a run that a desk shows, of those that are there."""
    return tuple(name for name in ("after-action.html", "after-action.pdf", _REPORT) if (folder / name).is_file())


def _read(folder: Path) -> FastRun:
    files = files_in(folder)
    met = None
    if _REPORT in files:
        met = not json.loads((folder / _REPORT).read_text(encoding="utf-8")).get("failures", ["unknown"])
    return FastRun(folder.name, met, files)
