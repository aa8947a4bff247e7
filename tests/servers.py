"""Real servers for the tests: the Temporal development server, and leerp itself as people start it."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

from temporalio.client import Client

from activities.engine import connect
from desk.supervisor import engine_command
from leerp.errors import ServiceMissingError
from leerp.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
_PORTS = random.SystemRandom()


def free_port() -> int:
    """A port on loopback that nobody uses now, and that the system gives to no connection on its own before it is used.

    What goes out gets its port from the ephemeral ones, which start at 32768: one of these may be gone in a moment.
    """
    while True:
        port = _PORTS.randrange(12_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.asynccontextmanager
async def running_engine(folder: Path) -> AsyncIterator[Client]:
    """The embedded engine on a file in `folder`, as `leerp up` runs it, and a client of it."""
    port = free_port()
    with (folder / "engine.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it only starts
            engine_command(folder / "temporal.db", port), stdout=log, stderr=log
        )
    try:
        yield await wait_for_engine(f"127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)


async def wait_for_engine(address: str) -> Client:
    """A client, once the engine answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return await connect(Settings(), address=address)
        except ServiceMissingError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


class Leerp:
    """`leerp up` on a state folder of its own, and the command line beside it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("LEERP_")}
        self.environment |= {"LEERP_HOME": str(home), "PYTHONPATH": str(ROOT), "LEERP_ACTOR": "duty-officer"}
        self._up: subprocess.Popen[str] | None = None
        self.said: list[str] = []

    def start(self) -> None:
        """Start everything; return once it says that it is up."""
        command = [sys.executable, "-m", "desk", "up", "--port", str(self.port)]
        self._up = subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._up.stdout is not None
        for line in self._up.stdout:
            self.said.append(line.rstrip())
            if "Stop with Ctrl-C" in line:
                return
        raise AssertionError("leerp did not come up:\n" + "\n".join(self.said))

    def stop(self) -> float:
        """Press Ctrl-C; how many seconds it took to end."""
        assert self._up is not None
        begun = time.monotonic()
        self._up.send_signal(signal.SIGINT)
        self._up.wait(30)
        if self._up.stdout:
            self._up.stdout.close()
        return time.monotonic() - begun

    def kill(self, name: str) -> None:
        """End the engine, the worker or the desk with kill -9."""
        pid = int((self.home / "run" / f"{name}.pid").read_text())
        os.kill(pid, signal.SIGKILL)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of leerp."""
        command = [sys.executable, "-m", "desk", *words]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
        )

    def json(self, *words: str) -> Any:
        """Run a command that must succeed, and read its JSON."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return json.loads(done.stdout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
