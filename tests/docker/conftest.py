"""What the tests of the container files share: the resolved compose file and how to run a command."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
BIN = Path(sys.executable).parent


def run(
    command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """The command's end, with the tools of this environment on PATH and nothing of leerp's own settings."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("LEERP_", "TEMPORAL_"))}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [str(part) for part in command],
        env={**inherited, "PATH": path, **(environment or {})},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def resolve(*files: Path, variables: Path) -> subprocess.CompletedProcess[str]:
    """`docker-compose config` of these files, as JSON on stdout."""
    # The package's own docker-compose command forgets the exit code of the program inside it: that one is called here.
    found = find_spec("compose")
    assert found is not None
    assert found.origin is not None
    program = Path(found.origin).parent / "docker-compose"
    named = [part for file in files for part in ("--file", file)]
    return run([program, *named, "--env-file", variables, "config", "--format", "json"])


@pytest.fixture(scope="session")
def compose() -> dict[str, Any]:
    """docker/compose.yaml with the values of docker/.env.example."""
    answer = resolve(DOCKER / "compose.yaml", variables=DOCKER / ".env.example")
    assert (answer.returncode, answer.stderr) == (0, "")
    resolved: dict[str, Any] = json.loads(answer.stdout)
    return resolved
