# ruff: noqa: INP001 - a script beside the pages, no package
"""Take the pictures of the desk: `python3 run.py exec python docs/screenshots.py`.

Needs Chromium (`chromium` on the path; on Debian `apt-get install chromium`). Starts leerp on a state folder of its
own, plays a few cases with the files in `docs/examples/` and one exercise, and writes `docs/pictures/*.png`. No test
runs it.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from desk.cli import perform  # noqa: E402 - the path has to be set first
from tests.servers import Leerp  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
EXAMPLES = ROOT / "docs" / "examples"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)
PATIENCE = 60.0


class Browser:
    """Chromium with a profile of its own; what one call signs in, the next one uses."""

    def __init__(self, profile: Path) -> None:
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if program is None:
            raise SystemExit("screenshots.py: there is no chromium on the path; install it and try again")
        self._command = [program, *FLAGS, f"--user-data-dir={profile}"]

    def shoot(self, url: str, picture: Path, *, width: int, height: int) -> None:
        """Write what a window of that size shows of a page."""
        options = [f"--window-size={width},{height}", f"--screenshot={picture}", url]
        subprocess.run(  # noqa: S603 - the flags above, and pages of our own
            [*self._command, *options], check=True, capture_output=True, timeout=120
        )


def until(condition: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 - whatever was waited for
    """Wait until something is true, and give it back."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.2)
    raise SystemExit(f"screenshots.py: {what} did not come")


def leerp(*words: str) -> Any:  # noqa: ANN401 - a JSON document
    """Run a command that must succeed, and read its answer."""
    said = io.StringIO()
    with redirect_stdout(said):
        code = perform([*words, "--json"])
    if code:
        raise SystemExit(f"screenshots.py: {' '.join(words)} ended with {code}")
    return json.loads(said.getvalue())


class Case:
    """One incident, driven by the command line."""

    def __init__(self, *report: str) -> None:
        self.reference: str = leerp("report", *report)[0]["incident"]
        until(self._asked_to_decide, "the classification")

    def _asked_to_decide(self) -> bool:
        return any("a decision" in line for line in self.view()["waiting_for"])

    def view(self) -> Any:  # noqa: ANN401 - a JSON document
        """Where it stands."""
        return leerp("incident", "show", self.reference)

    def act(self, command: str, *words: str, reason: str = "as agreed on the telephone") -> None:
        """Do one act on it."""
        leerp(*command.split(), self.reference, *words, "--reason", reason)

    def decide(self, choice: str, reason: str) -> None:
        """Decide, with a second person where it takes one."""
        self.act("decide", choice, reason=reason)
        if choice == "launch":
            self.act("decide", choice, "--as", "head-of-operations", reason="I agree")

    def release(self, kind: str, *, approved: bool = True) -> None:
        """Release the draft of a kind, or only propose it."""
        notice = until(lambda: self._draft(kind), f"the draft of {kind}")
        self.act("release", notice)
        if approved:
            self.act("release", notice, "--as", "deputy-head")
            until(lambda: self._sent(kind), f"{kind} sent")

    def _draft(self, kind: str) -> str | None:
        lines = [line for line in self.view()["waiting_for"] if f"({kind})" in line]
        return lines[0].split()[1] if lines else None

    def _sent(self, kind: str) -> bool:
        return any(one["kind"] == kind and one["sent"] and not one["pending"] for one in self.view()["notices"])


def play() -> str:
    """Three cases at once: one in full swing, one watched, one handed over. The reference of the first."""
    case = Case(str(EXAMPLES / "hospitals.json"))
    leerp("report", str(EXAMPLES / "misp-event.json"))
    watched = Case(str(EXAMPLES / "mail.txt"), "--source", "university-lab")
    watched.decide("watch", "one message so far; ask the company")
    normal = Case(str(EXAMPLES / "outage.json"))
    normal.decide("normal", "the provider has shown its own mistake")
    case.decide("launch", "fast, two Member States, hospitals")
    case.release("early_warning")
    case.act("plan add", str(EXAMPLES / "action-monitor.yaml"))
    case.act("plan add", str(EXAMPLES / "action-takedown.yaml"))
    case.act("plan draft")
    case.release("action_plan", approved=False)
    return case.reference


def main() -> None:
    """Play, sign in, take the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, Leerp(Path(name) / "home") as running:
        folder = Path(name)
        os.environ |= {"LEERP_HOME": str(running.home), "LEERP_ACTOR": "duty-officer", "LEERP_LOG_LEVEL": "error"}
        reference = play()
        browser = Browser(folder / "profile")
        link = next(line for line in running.said if "/sign-in/" in line).split()[-1]
        desk = link.partition("/sign-in/")[0]
        browser.shoot(link, folder / "signed-in.png", width=800, height=600)
        browser.shoot(desk, PICTURES / "board.png", width=1200, height=720)
        browser.shoot(desk, PICTURES / "board-narrow.png", width=390, height=1050)
        browser.shoot(f"{desk}/incidents/{reference}", PICTURES / "incident.png", width=1200, height=1350)
        leerp("exercise", "run", "wannacry-2017", "--out", str(folder / "out"))
        report = (folder / "out" / "after-action.html").as_uri()
        browser.shoot(report, PICTURES / "after-action.png", width=1200, height=1000)
    sys.stdout.write(f"wrote {', '.join(sorted(one.name for one in PICTURES.glob('*.png')))}\n")


if __name__ == "__main__":
    main()
