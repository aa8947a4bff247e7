"""How fast another alert hub takes alerts in, and what of what it has acknowledged is there after kill -9.

    python -m benchmarks.beside_others --keep PYTHON [--alerts 1000] [--clients 16] [--kill-after 500]

PYTHON: an interpreter of a virtual environment of its own in which Keep is installed (`uv pip install keep-mirror`; its
`pyopenssl` may have to be renewed). Nothing of it is needed by leerp or installed beside it. Prints one JSON document.

Keep is run as it comes: its SQLite store, no login, no Redis, one process. Each client sends one alert to
`/alerts/event`, waits for the answer (202), and sends the next one. Two runs on an empty store each: one until all
alerts that were acknowledged are in the store, or none has come for ten seconds; one that is killed with kill -9 after
so many acknowledgements, whose store is then read as it lies. An alert is there when a row of the table `alert` names
it.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

READY_SECONDS = 240
STILL_SECONDS = 10


@contextlib.contextmanager
def keep(python: Path, state: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Keep on a folder of its own, until the block ends."""
    environment = {
        **os.environ,
        "DATABASE_CONNECTION_STRING": f"sqlite:///{state}/keep.db",
        "AUTH_TYPE": "noauth",
        "SECRET_MANAGER_TYPE": "FILE",
        "SECRET_MANAGER_DIRECTORY": str(state),
        "POSTHOG_DISABLED": "true",
        "SCHEDULER": "false",
        "CONSUMER": "false",
        "LOG_LEVEL": "WARNING",
        "KEEP_API_URL": f"http://127.0.0.1:{port}",
    }
    command = [str(python.parent / "keep"), "api", "--host", "127.0.0.1", "--port", str(port)]
    with (state / "keep.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=state, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"Keep did not come up; see {(state / 'keep.log').read_text()[-1000:]}")
            time.sleep(0.5)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def _answers(port: int) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/healthcheck", timeout=2).is_success
    return False


@dataclass
class Run:
    """What the clients were told, and when."""

    acknowledged: set[str] = field(default_factory=set)
    refused: int = 0
    seconds: float = 0.0


async def drive(
    port: int, *, alerts: int, clients: int, stop_after: int | None, process: subprocess.Popen[bytes]
) -> Run:
    """Send alerts; kill the process after so many acknowledgements, if that is given."""
    run, left = Run(), iter(range(alerts))

    async def client(http: httpx.AsyncClient) -> None:
        for number in left:
            try:
                answer = await http.post("/alerts/event", json=alert(number))
            except httpx.HTTPError:
                return
            if not answer.is_success:
                run.refused += 1
                continue
            run.acknowledged.add(name(number))
            if stop_after is not None and len(run.acknowledged) >= stop_after:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                return

    begun = time.monotonic()
    headers = {"x-api-key": "none"}  # it asks for one even without a login, and takes any
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as http:
        await asyncio.gather(*(client(http) for _ in range(clients)))
    run.seconds = time.monotonic() - begun
    return run


def name(number: int) -> str:
    """What an alert is called."""
    return f"beside-{number:06d}"


def alert(number: int) -> dict[str, Any]:
    """An alert in Keep's own form, about the size of a report."""
    return {
        "name": name(number),
        "id": name(number),
        "fingerprint": name(number),
        "status": "firing",
        "severity": "high",
        "source": ["leerp-benchmark"],
        "lastReceived": datetime.now(UTC).isoformat(),
        "environment": "test",
        "description": "Screens show a ransom note; the worm moves by itself. " * 4,
    }


def stored(state: Path) -> set[str]:
    """The alerts that are in its store."""
    with contextlib.closing(sqlite3.connect(f"file:{state}/keep.db?mode=ro", uri=True, timeout=30)) as connection:
        return {row[0] for row in connection.execute("SELECT DISTINCT fingerprint FROM alert")}


def settled(state: Path, wanted: set[str]) -> float:
    """Wait until all of these are stored, or nothing moves; when that was, by the monotonic clock."""
    seen, at = -1, time.monotonic()
    while time.monotonic() - at < STILL_SECONDS:
        here = len(stored(state) & wanted)
        if here != seen:
            seen, at = here, time.monotonic()
        if here == len(wanted):
            break
        time.sleep(0.2)
    return at


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(options: argparse.Namespace, *, kill_after: int | None) -> dict[str, Any]:
    """One run."""
    with tempfile.TemporaryDirectory(prefix="beside-keep-") as folder:
        state, port = Path(folder), free_port()
        with keep(options.keep, state, port) as process:
            begun = time.monotonic()
            how: dict[str, Any] = {"alerts": options.alerts, "clients": options.clients, "stop_after": kill_after}
            run = asyncio.run(drive(port, **how, process=process))
            ended = settled(state, run.acknowledged) if kill_after is None else begun + run.seconds
        here = stored(state) & run.acknowledged
        return {
            "killed_after": kill_after,
            "acknowledged": len(run.acknowledged),
            "refused": run.refused,
            "acknowledged_per_second": round(len(run.acknowledged) / run.seconds, 1),
            "stored_of_these": len(here),
            "stored_per_second": round(len(here) / (ended - begun), 1),
            "lost": len(run.acknowledged) - len(here),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Take alerts in with Keep, and kill it.")
    parser.add_argument("--keep", type=Path, required=True, help="the interpreter where it is installed")
    parser.add_argument("--alerts", type=int, default=1_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--kill-after", type=int, default=500)
    options = parser.parse_args()
    runs = [measure(options, kill_after=None), measure(options, kill_after=options.kill_after)]
    print(json.dumps({"benchmark": "beside others: Keep", "clients": options.clients, "runs": runs}, indent=2))


if __name__ == "__main__":
    main()
