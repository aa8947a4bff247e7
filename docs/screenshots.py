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
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from desk.cli import perform  # noqa: E402 - the path has to be set first
from tests.servers import Leerp, free_port  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
EXAMPLES = ROOT / "docs" / "examples"
FLAGS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 60.0


class Browser:
    """Chromium, with a window for each person; what that person may see, the pictures show."""

    def __init__(self, playwright: Playwright) -> None:
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if program is None:
            raise SystemExit("screenshots.py: there is no chromium on the path; install it and try again")
        self._chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))

    def window(self, person: str) -> "Window":
        """A window in which somebody has signed in with a one-time link and its button."""
        page = self._chromium.new_context().new_page()
        link = leerp("sign-in", "--as", person)["link"]
        page.goto(link)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        return Window(page, link.partition("/sign-in/")[0])


class Window:
    """A page of one person. `desk`: the address of the desk."""

    def __init__(self, page: Page, desk: str) -> None:
        self.page = page
        self._desk = desk

    def address(self, path: str) -> str:
        """The address of a page of the desk; one of elsewhere as it is."""
        return path if "://" in path else f"{self._desk}{path}"

    def shoot(self, path: str, picture: str, *, width: int = 1120, height: int = 840, top: str = "") -> None:
        """Write what a window of that size shows of a page, from the element `top` on."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.goto(self.address(path))
        if top:
            self.page.evaluate("chosen => document.querySelector(chosen).scrollIntoView()", top)
        self.page.screenshot(path=PICTURES / f"{picture}.png")


def until(condition: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 - whatever was waited for
    """Wait until something is true, and give it back."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.2)
    raise SystemExit(f"screenshots.py: {what} did not come")


def leerp(*words: str) -> Any:  # noqa: ANN401 - a JSON document
    """Run a command that must succeed, and read its answer; in a thread, since Playwright has this one's event loop."""
    said = io.StringIO()
    with redirect_stdout(said), ThreadPoolExecutor(1) as pool:
        code = pool.submit(perform, [*words, "--json"]).result()
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

    def propose(self, kind: str) -> str:
        """Propose the release of the draft of a kind; its id."""
        notice: str = until(lambda: self._draft(kind), f"the draft of {kind}")
        self.act("release", notice, reason="checked against the reports")
        return notice

    def approve(self, notice: str) -> None:
        """Release what was proposed, and wait until it is sent."""
        self.act("release", notice, "--as", "deputy-head")
        until(lambda: self._sent(notice), f"{notice} sent")

    def _draft(self, kind: str) -> str | None:
        lines = [line for line in self.view()["waiting_for"] if f"({kind})" in line]
        return lines[0].split()[1] if lines else None

    def _sent(self, notice: str) -> bool:
        return any(one["id"] == notice and one["sent"] and not one["pending"] for one in self.view()["notices"])


def tomorrow(action: Path, folder: Path) -> str:
    """A copy of an example whose window lies ahead, so that nothing is overdue."""
    day = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    copy = folder / action.name
    copy.write_text(action.read_text(encoding="utf-8").replace("2026-11-20", day), encoding="utf-8")
    return str(copy)


def case(officer: Window, approver: Window, folder: Path) -> tuple[Case, str]:
    """A case in full swing, with the pictures on its way; and its early warning."""
    first = Case(str(EXAMPLES / "hospitals.json"))
    leerp("report", str(EXAMPLES / "misp-event.json"))
    first.act("decide", "launch", reason="fast, two Member States, hospitals")
    approver.shoot(f"/incidents/{first.reference}/acts/decide", "decide", height=920)
    first.act("decide", "launch", "--as", "head-of-operations", reason="I agree")
    warning = first.propose("early_warning")
    approver.shoot(f"/incidents/{first.reference}/notices/{warning}", "release", width=1200, height=1040)
    first.approve(warning)
    for action in ("action-monitor.yaml", "action-takedown.yaml"):
        first.act("plan add", tomorrow(EXAMPLES / action, folder))
    first.act("plan draft")
    first.propose("action_plan")
    for source in ("poc-no", "csirt-lu"):
        contribution = EXAMPLES / f"contribution-{source[-2:]}.json"
        leerp("contribute", first.reference, str(contribution), "--from", source)
    page = f"/incidents/{first.reference}"
    until(lambda: any(one["hits"] for one in first.view()["contributions"]), "the hit")
    officer.shoot(page, "incident", height=900)
    officer.shoot(page, "plan", height=310, top="section[aria-labelledby=plan]")
    officer.shoot(f"{page}/hits", "hits", height=520)
    return first, warning


def others() -> None:
    """Two more cases beside it: one watched, one handed over."""
    watched = Case(str(EXAMPLES / "mail.txt"), "--source", "university-lab")
    watched.act("decide", "watch", reason="one message so far; ask the company")
    normal = Case(str(EXAMPLES / "outage.json"))
    normal.act("decide", "normal", reason="the provider has shown its own mistake")


@contextmanager
def rehearsed(home: Path) -> Iterator[None]:
    """A live exercise on the same state folder."""
    words = ["up", "--exercise", "notpetya-2017", "--speed", "60", "--port", str(free_port()), "--people=duty-officer"]
    environment = {**os.environ, "LEERP_HOME": str(home)}
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "desk", *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as live:
        until(lambda: "Stop with" in str(live.stdout and live.stdout.readline()), "the live exercise")
        try:
            yield
        finally:
            live.send_signal(signal.SIGINT)


def exercises(planner: Window, home: Path) -> None:
    """The page of exercises, with one that is live and one that was played in seconds."""
    planner.page.goto(planner.address("/exercises"))
    planner.page.select_option("#scenario", "wannacry-2017")
    planner.page.get_by_role("button", name="Start the exercise").click()
    with rehearsed(home):
        until(lambda: planner.page.reload() and planner.page.get_by_text("all met").count(), "the run in seconds")
        until(lambda: planner.page.reload() and not planner.page.get_by_text(". 0 of").count(), "an inject")
        planner.shoot("/exercises", "exercises")
    report = next((home / "rehearsals").glob("*/after-action.html")).absolute().as_uri()
    planner.shoot(report, "after-action", height=1000)


def main() -> None:
    """Play, sign in, take the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as name,
        Leerp(Path(name) / "home") as running,
        sync_playwright() as playwright,
    ):
        settings = {"HOME": running.home, "DESK_PORT": running.port, "ACTOR": "duty-officer", "LOG_LEVEL": "error"}
        os.environ |= {f"LEERP_{key}": str(value) for key, value in settings.items()}
        browser = Browser(playwright)
        officer, approver = browser.window("duty-officer"), browser.window("head-of-operations")
        first, warning = case(officer, approver, Path(name))
        others()
        officer.shoot("/", "board", height=880)
        officer.shoot("/", "board-narrow", width=390, height=1050)
        officer.shoot("/search?q=kill-switch", "search", height=760)
        officer.shoot(f"/incidents/{first.reference}/what-if", "what-if")
        browser.window("csirt-fr-desk").shoot(f"/own/notices/{warning}", "own", width=390, height=1100)
        exercises(browser.window("exercise-planner"), running.home)
    sys.stdout.write(f"wrote {', '.join(sorted(one.name for one in PICTURES.glob('*.png')))}\n")


if __name__ == "__main__":
    main()
