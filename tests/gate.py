"""What `python3 run.py test` runs: format, lint, types, import contracts, tests. Stops at the first that fails.

Without arguments the tests run in three processes side by side. The long forms in `tests/long` are not among them.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
CHECKS = (
    ("format", [BIN / "ruff", "format", "--check", "--quiet", "."]),
    ("lint", [BIN / "ruff", "check", "--quiet", "."]),
    ("types", [BIN / "mypy"]),
    ("import contracts", [BIN / "lint-imports", "--no-cache"]),
)
SLOW = ("browser", "guarantees", "exercises", "workflows", "collecting", "desk", "docs")
"""Folders of tests that start whole servers, or play whole cases."""

PROCESSES = 3
"""On two cores: the tests that start servers also wait for them."""

LONG = "long"


def main(arguments: list[str]) -> int:
    """Run every check, the tests with the given arguments; 0 when all passed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LEERP_")}
    environment["PYTHONPATH"] = str(ROOT)
    for name, command in CHECKS:
        begun = _begin(name)
        code = subprocess.run([*map(str, command)], cwd=ROOT, env=environment, check=False).returncode
        _end(name, begun, code)
        if code:
            return code
    begun = _begin("tests")
    code = _chosen(arguments, environment) if arguments else _side_by_side(environment)
    _end("tests", begun, code)
    return code


def _chosen(arguments: list[str], environment: dict[str, str]) -> int:
    return subprocess.run([*PYTEST, *arguments], cwd=ROOT, env=environment, check=False).returncode


def _side_by_side(environment: dict[str, str]) -> int:
    """Every file of tests but the long ones, dealt out as soon as a process has nothing to do; 0 when all passed."""
    command = [*PYTEST, "-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder", *map(str, _files())]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _files() -> list[Path]:
    """In the order in which they are dealt out: the slow ones first, so that nobody waits for one file at the end."""
    tests = ROOT / "tests"
    first = [path for name in SLOW for path in sorted((tests / name).rglob("test_*.py"))]
    others = [
        path for path in sorted(tests.rglob("test_*.py")) if path not in first and tests / LONG not in path.parents
    ]
    return [*first, *others]


def _begin(name: str) -> float:
    print(f"== {name}", flush=True)  # noqa: T201 - this is a command
    return time.monotonic()


def _end(name: str, begun: float, code: int) -> None:
    print(f"== {name}: {'passed' if not code else 'FAILED'} in {time.monotonic() - begun:.1f} s", flush=True)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
