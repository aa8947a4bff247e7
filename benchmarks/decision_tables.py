"""How fast the tables decide: a backtest of a million cases, `explain`, and the search of all shipped tables.

The floor of the backtest is reading the same file with the csv module and doing nothing with it.
"""

import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASES = 1_000_000
REPETITIONS = 5
TARGETS = {"backtest_per_second": 20_000, "explain_seconds_after_start": 0.1, "check_seconds": 5.0}
COLUMNS = (
    *("case", "at", "label", "activity", "sectors", "service_impact", "countries", "victims_min", "spread", "outlook"),
    *("recoverability", "life_threat", "political", "root_cause"),
)
VALUES: dict[str, tuple[str, ...]] = {
    "label": ("", "", "launch", "watch", "normal"),
    "activity": ("", "prepare", "engage", "presence", "effect"),
    "sectors": ("", "health", "energy transport", "banking digital-infrastructure", "food"),
    "service_impact": ("", "none", "degraded", "disrupted", "lost"),
    "countries": ("", "DE", "FR ES", "US", "NL BE LU", "UA PL"),
    "victims_min": ("", "1", "3", "12", "150", "2000"),
    "spread": ("", "contained", "slow", "fast"),
    "outlook": ("", "improving", "stable", "worsening"),
    "recoverability": ("", "regular", "extended", "not-recoverable"),
    "life_threat": ("", "", "true", "false"),
    "political": ("", "", "", "true"),
    "root_cause": ("", "malicious-actions", "system-failures"),
}


def main() -> None:
    """Measure and print one JSON document."""
    with tempfile.TemporaryDirectory() as folder:
        cases = Path(folder) / "cases.csv"
        write_cases(cases)
        floor = timed(lambda: read_only(cases))
        backtest = timed(lambda: run("matrix", "backtest", "leerp-1", str(cases), "--json"))
        facts = Path(folder) / "facts.json"
        facts.write_text(json.dumps({"activity": "effect", "countries": ["ES", "PT"], "victims_min": 25}))
        explain = statistics.median(explained(facts) for _ in range(REPETITIONS))
    check = timed(lambda: run("matrix", "check"))
    measured = {
        "backtest_per_second": round(CASES / backtest),
        "explain_seconds_after_start": round(explain, 3),
        "check_seconds": round(check, 2),
    }
    document = {
        "benchmark": "decision tables",
        "cases": CASES,
        "backtest_seconds": round(backtest, 2),
        "floor_seconds": round(floor, 2),
        "ratio_to_floor": round(backtest / floor, 1),
        **measured,
        "targets": TARGETS,
        "within_targets": measured["backtest_per_second"] >= TARGETS["backtest_per_second"]
        and measured["explain_seconds_after_start"] <= TARGETS["explain_seconds_after_start"]
        and measured["check_seconds"] <= TARGETS["check_seconds"],
    }
    print(json.dumps(document, indent=2))


def write_cases(path: Path) -> None:
    """A million cases drawn at random, always the same."""
    draw = random.Random(2017)  # noqa: S311 - cases, not secrets
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for number in range(CASES):
            at = f"{2000 + number % 25}-01-01"
            rows.writerow([f"case-{number}", at, *(draw.choice(VALUES[column]) for column in COLUMNS[2:])])


def read_only(path: Path) -> None:
    """The floor."""
    with path.open(newline="", encoding="utf-8") as file:
        for _ in csv.reader(file):
            pass


def run(*words: str) -> None:
    """One command of leerp in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "desk", *words], env=environment, cwd=ROOT, check=True, capture_output=True)


EXPLAIN = """
import contextlib, io, sys, time
import desk.cli.matrix
from desk.cli import perform
begun = time.monotonic()
with contextlib.redirect_stdout(io.StringIO()):
    perform(["matrix", "explain", sys.argv[1]])
print(time.monotonic() - begun)
"""


def explained(facts: Path) -> float:
    """Seconds from the command's words to its answer, once in a fresh process whose modules are loaded."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", EXPLAIN, str(facts)]
    said = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(said.stdout)


def timed(deed: Callable[[], None]) -> float:
    """Seconds it takes."""
    begun = time.monotonic()
    deed()
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
