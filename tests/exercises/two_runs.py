"""Two runs at once, and what is seen of them: a live one with a person in it, and a table-top beside it.

In the live one the director and the desk are killed, and then everything. Many tests look at what the two leave.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from exercises.particulars import RunMode
from leerp.journal import JournalEntry, JournalKind
from tests.exercises.live_runs import LiveLeerp, Said, wait
from tests.exercises.once import UNHURRIED
from tests.exercises.scenarios import SHORT

SPEED = 240.0
"""Four minutes of the scenario for each second: a busy machine does not miss its end."""

FASTER = 1800.0
"""Half an hour for each second, for what is left of it."""

LONG = UNHURRIED.replace('length: "+01:00"', 'length: "+04:00"').replace('at: "+00:15"', 'at: "+03:00"')
"""Long enough for deadlines to pass, and for the officer to act before readers confirm."""

HERE, THERE = "EXERCISE-2026-0001", "EXERCISE-2027-0001"


@dataclass
class TwoRuns:
    """What was seen while they went on."""

    here: LiveLeerp
    there: LiveLeerp
    paused: list[Any] = field(default_factory=list)
    awaited: Any = None
    steps: list[Any] = field(default_factory=list)
    stood: list[datetime] = field(default_factory=list)
    overdue_while_paused: int = -1
    decided_at: datetime | None = None
    outside: Said | None = None
    up_twice: Said | None = None
    went_on: bool = False
    killed_at: datetime | None = None
    up_again_at: datetime | None = None
    pages: dict[str, httpx.Response] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)

    def play(self) -> None:
        """Play both to their ends."""
        self.here.wait_until_up()
        self.there.wait_until_up()
        self.paused = [self.here.asked("exercise", "status") for _ in range(2)]
        self.outside = self.here.perform("exercise", "status", self.here.name, home=self.here.base)
        assert self.here.perform("exercise", "resume").code == 0
        self._kill_here()
        self._step_there()
        self._await_here()
        self._look()
        time.sleep(1.2)  # more than the readers have to confirm in, if the time went on
        self.overdue_while_paused = late_entries(self.here)
        assert self.here.perform("exercise", "resume").code == 0
        self.up_twice = self.here.up_again()
        self.went_on = not self.here.clock.state().clock.stopped
        self.here.clock.go(speed=FASTER)
        self.here.wait_for_end()
        self.there.wait_for_end()

    def _kill_here(self) -> None:
        """Kill director and desk while an inject is played, then everything while the time goes on; and start again."""
        here = self.here
        wait(lambda: 1 in here.diary.numbers, "inject 1")
        here.kill("director")
        here.kill("desk")
        wait(lambda: 2 in {one.number for one in here.diary.played}, "what became of inject 2")
        self.killed_at = here.clock.now()
        here.kill_all()
        time.sleep(0.5)
        here.start()
        self.up_again_at = here.standing_since()

    def _step_there(self) -> None:
        """Step through the first injects by the command; the rest is asked for at once."""
        self.steps = [self.there.asked("exercise", "step") for _ in range(2)]
        self.stood = [self.there.clock.now()]
        time.sleep(0.2)
        self.stood.append(self.there.clock.now())
        for _ in range(3):
            self.there.clock.step()

    def _await_here(self) -> None:
        """The officer acts with the ordinary command, while the scenario's time stands."""
        wait(lambda: any(one.number == 3 for one in self.here.diary.played), "the inject of a person")
        assert self.here.perform("exercise", "pause").code == 0
        self.awaited = self.here.asked("exercise", "status")["awaited"]
        said = self.here.perform("decide", HERE, "launch", "--as", "head-of-operations", "--reason", "agreed")
        assert said.code == 0, said.err
        self.decided_at = self.here.clock.now()
        wait(lambda: _told(self.here), "the notices, while the scenario's time stands")

    def _look(self) -> None:
        """Look at every page of the desk, also those that are none, and at what commands answer."""
        token = [line for line in self.here.said if "/sign-in/" in line][-1].rsplit("/", 1)[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{self.here.port}") as browser:
            self.pages["before sign-in"] = browser.get("/")
            browser.post(f"/sign-in/{token}")
            paths = ("/", f"/incidents/{HERE}", "/incidents/none", "/acknowledge/N-1/enisa/guessed")
            self.pages |= {path: browser.get(path) for path in (*paths, "/static/desk.css", "/api/v1/incidents")}
        commands = {
            "list": ("incident", "list"),
            "status": ("exercise", "status"),
            "journal": ("incident", "journal", HERE),
            "json": ("incident", "list", "--json"),
            "elsewhere": ("incident", "list", "--ended", "--json"),
            "refused": ("decide", THERE, "normal", "--as", "duty-officer"),
            "too fast": ("exercise", "speed", "61"),
        }
        self.said = {name: self.here.perform(*words) for name, words in commands.items()}
        self.said["there"] = self.there.perform("incident", "list", "--ended", "--json")
        self.said["crossed"] = self._cross()

    def _cross(self) -> Said:
        """Act in one run while its folder names the engine of the other, as after a port was used again."""
        file = self.here.home / "run" / "engine.json"
        own = file.read_text()
        file.write_text((self.there.home / "run" / "engine.json").read_text())
        try:
            return self.here.perform("assess", HERE, "--unsettle", "countries", "--as", "duty-officer")
        finally:
            file.write_text(own)


_PLAYED: list[TwoRuns] = []


def two_runs(folder: Callable[[], Path]) -> TwoRuns:
    """The two runs, played the first time that somebody asks for them in this process."""
    if not _PLAYED:
        _PLAYED.append(_play(folder()))
    return _PLAYED[0]


def _play(base: Path) -> TwoRuns:
    found = TwoRuns(LiveLeerp(base, "here"), LiveLeerp(base, "there"))
    found.there.lay_out(SHORT.replace("2026-03-01", "2027-03-01"), mode=RunMode.TABLE_TOP)
    found.here.lay_out(LONG, speed=SPEED, people=("head-of-operations",))
    found.here.clock.pause()
    with found.here, found.there:
        found.play()
    return found


def late_entries(run: LiveLeerp) -> int:
    """How often somebody was asked a second time, or given up on."""
    entries = [JournalEntry.model_validate(one) for one in run.asked("incident", "journal", HERE)]
    return sum(is_late(one) for one in entries)


def is_late(entry: JournalEntry) -> bool:
    """Whether an entry says that a reader has not confirmed in time."""
    late = (JournalKind.DELIVERY_READER_ESCALATED, JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE)
    return entry.kind in late


def _told(run: LiveLeerp) -> bool:
    notices = run.asked("incident", "show", HERE)["notices"]
    return any(one["kind"] == "launch_external" and one["sent"] and not one["pending"] for one in notices)
