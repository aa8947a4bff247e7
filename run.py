#!/usr/bin/env python3
"""Start or test leerp on a machine with nothing but Python 3.11 or newer.

    python3 run.py up            everything, on this machine
    python3 run.py test          lint, types, import contracts, tests
    python3 run.py leerp …       any other leerp command
    python3 run.py extras        install what is heavy and optional too, for good: Matrix rooms, warning lists
    python3 run.py exec TOOL …   a tool of the environment (pytest, ruff, …)

Standard library only. It finds or installs a pinned `uv`, makes `.venv`, installs exactly what the
hash-locked requirements name, and hands over. Nothing outside this folder is changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

UV = "uv==0.13.9"
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
STAMP = VENV / ".leerp-stamp"
LOCKS = {
    "run": ROOT / "requirements.lock",
    "extras": ROOT / "requirements-extras.lock",
    "dev": ROOT / "requirements-dev.lock",
}
"""What each kind of environment holds, the later ones everything that is in the earlier ones."""


def say(text: str) -> None:
    print(f"run.py: {text}", file=sys.stderr, flush=True)


def stop(text: str, code: int = 3) -> None:
    say(text)
    raise SystemExit(code)


def call(command: list, **options) -> int:
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False, **options).returncode


def pinned_uv() -> list:
    """The command that runs the pinned uv: the one on PATH if it is that version, else one in `.tools`."""
    found = shutil.which("uv")
    if found:
        answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.split()
        if len(answer) > 1 and answer[1] == UV.split("==")[1]:
            return [found]
    binary = TOOLS / "bin" / "uv"
    if not binary.exists():
        say(f"installing {UV} into {TOOLS.name}/ (once)")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        target = ["--target", TOOLS, UV]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if call([*pip, *target], **quiet) and call([*pip, "--break-system-packages", *target]):
            stop(
                "could not install uv with pip; install pip and venv for this Python, or put uv on PATH, and try again"
            )
    return [binary]


def wanted_stamp(kind: str) -> str:
    names = [LOCKS[kind], ROOT / "pyproject.toml"]
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.read_bytes())
    return f"{kind} {digest.hexdigest()}"


def prepare(kind: str) -> None:
    """Bring `.venv` to what the lock of this kind names; nothing is done when it is there already."""
    stamp = STAMP.read_text() if STAMP.exists() else ""
    order = list(LOCKS)
    had = stamp.partition(" ")[0]
    kind = max(kind, had, key=order.index) if had in order else kind  # an environment never loses what it holds
    python = VENV / "bin" / "python"
    if stamp == wanted_stamp(kind) and python.exists():
        return
    say("preparing .venv (once for each change of the lock)")
    uv = pinned_uv()
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1", "VIRTUAL_ENV": str(VENV)}
    environment.pop("PYTHONPATH", None)
    make = [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV]
    if not python.exists() and call(make, env=environment):
        stop("could not make .venv; delete it and try again")
    STAMP.unlink(missing_ok=True)
    sync = [*uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", python, LOCKS[kind]]
    if call(sync, env=environment):
        stop(f"could not install what {LOCKS[kind].name} names; check that a Python package index is reachable")
    link()
    STAMP.write_text(wanted_stamp(kind))


def link() -> None:
    """Put this folder on the environment's path: the packages are used from where they are, nothing is built."""
    site = next((VENV / "lib").glob("python3.*")) / "site-packages"
    (site / "leerp-folder.pth").write_text(f"{ROOT}\n")


def main(arguments: list) -> int:
    if sys.version_info < (3, 11):
        stop(f"leerp needs Python 3.11 or newer; this is {sys.version.split()[0]}", 2)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    first, rest = arguments[0], arguments[1:]
    prepare({"test": "dev", "exec": "dev", "extras": "extras"}.get(first, "run"))
    if first == "extras":
        return 0
    python = VENV / "bin" / "python"
    if first == "test":
        return call([python, "-m", "tests.gate", *rest])
    if first == "exec":
        tool = str(VENV / "bin" / rest[0])
        os.execv(tool, [tool, *rest[1:]])  # noqa: S606
    command = rest if first == "leerp" else arguments
    os.execv(python, [str(python), "-m", "desk", *command])  # noqa: S606
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
