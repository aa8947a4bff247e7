"""What `python3 run.py test` runs: format, lint, types, import contracts, tests. Stops at the first that fails."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = (
    ("format", [BIN / "ruff", "format", "--check", "--quiet", "."]),
    ("lint", [BIN / "ruff", "check", "--quiet", "."]),
    ("types", [BIN / "mypy"]),
    ("import contracts", [BIN / "lint-imports", "--no-cache"]),
    ("tests", [sys.executable, "-m", "pytest"]),
)


def main(arguments: list[str]) -> int:
    """Run every check, the tests with the given arguments; 0 when all passed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LEERP_")}
    environment["PYTHONPATH"] = str(ROOT)
    for name, command in CHECKS:
        begun = time.monotonic()
        print(f"== {name}", flush=True)  # noqa: T201 - this is a command
        extra = arguments if name == "tests" else []
        code = subprocess.run([*map(str, command), *extra], cwd=ROOT, env=environment, check=False).returncode
        print(f"== {name}: {'passed' if not code else 'FAILED'} in {time.monotonic() - begun:.1f} s", flush=True)  # noqa: T201
        if code:
            return code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
