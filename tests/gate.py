"""What `python3 run.py test` runs: format, lint, types, import contracts, tests. Stops at the first that fails.

Without arguments the tests run in three parts side by side: two that kill and wait for whole servers, and the others.
The long forms in `tests/long` are not among them.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
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
WAITING = ("guarantees", "workflows", "desk")
"""Folders of tests that spend most of their time waiting for other processes."""

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
    """All parts at once; what each says is shown when all have ended. 0 when all passed."""
    with contextlib.ExitStack() as stack:
        running = []
        for part in _parts():
            said = stack.enter_context(tempfile.TemporaryFile())
            command = [*PYTEST, *map(str, part)]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT)
            stack.callback(process.kill)
            running.append((process, said))
        codes = [process.wait() for process, _ in running]
        for _, said in running:
            said.seek(0)
            sys.stdout.write(said.read().decode(errors="replace"))
    return max(codes, key=abs)


def _parts() -> list[list[Path]]:
    """Every file of tests in one part: those that wait in two, dealt out in turn, and the others."""
    tests = ROOT / "tests"
    waiting = sorted(path for name in WAITING for path in (tests / name).glob("test_*.py"))
    others = sorted(
        path
        for path in tests.iterdir()
        if path.name not in (*WAITING, LONG) and (path.name.startswith("test_") or (path / "__init__.py").exists())
    )
    return [waiting[::2], waiting[1::2], others]


def _begin(name: str) -> float:
    print(f"== {name}", flush=True)  # noqa: T201 - this is a command
    return time.monotonic()


def _end(name: str, begun: float, code: int) -> None:
    print(f"== {name}: {'passed' if not code else 'FAILED'} in {time.monotonic() - begun:.1f} s", flush=True)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
