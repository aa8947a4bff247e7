"""What `python3 run.py test` runs: format, lint, types, import contracts, tests. Stops at the first that fails.

Without arguments the tests run in two halves side by side: those that kill and wait for whole servers, and the others.
"""

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
    code = _chosen(arguments, environment) if arguments else _halves(environment)
    _end("tests", begun, code)
    return code


def _chosen(arguments: list[str], environment: dict[str, str]) -> int:
    return subprocess.run([*PYTEST, *arguments], cwd=ROOT, env=environment, check=False).returncode


def _halves(environment: dict[str, str]) -> int:
    """Both halves at once; what the other one says is shown when the first has ended."""
    tests = ROOT / "tests"
    others = sorted(
        path
        for path in tests.iterdir()
        if path.name not in WAITING and (path.name.startswith("test_") or (path / "__init__.py").exists())
    )
    with tempfile.TemporaryFile() as said:
        command = [*PYTEST, *map(str, others)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT) as other:
            try:
                code = _chosen([str(tests / name) for name in WAITING], environment)
                other_code = other.wait()
            finally:
                other.terminate()
        said.seek(0)
        sys.stdout.write(said.read().decode(errors="replace"))
    return code or other_code


def _begin(name: str) -> float:
    print(f"== {name}", flush=True)  # noqa: T201 - this is a command
    return time.monotonic()


def _end(name: str, begun: float, code: int) -> None:
    print(f"== {name}: {'passed' if not code else 'FAILED'} in {time.monotonic() - begun:.1f} s", flush=True)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
