"""Child processes that do not outlive their parent, and come back when they die."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

NICENESS = 5
"""About a third of the share of a processor that others have who want it too (sched(7)); all of it if nobody does."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """Have the kernel end this child when its parent dies, even by kill -9 (Linux, prctl(2))."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _begin_behind() -> None:
    _end_with_parent()
    os.nice(NICENESS)


class Child:
    """One supervised process. Restarted at once when it dies, then ever more slowly, at most every 5 seconds.

    `behind`: where there is too much to do for the processors of the machine, it lets those go first that are not.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log_file: Path,
        behind: bool = False,
    ) -> None:
        self.name = name
        self._begin = _begin_behind if behind else _end_with_parent
        self._command = command
        self._environment = dict(environment)
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and keep it running until `stop`."""
        await self._spawn()
        self._watch = asyncio.create_task(self._keep())

    async def _spawn(self) -> None:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=self._begin,
                start_new_session=True,  # a Ctrl-C at the terminal reaches the parent alone, which stops us in order
            )
        pid_file = self._log_file.parent.parent / "run" / f"{self.name}.pid"
        pid_file.parent.mkdir(parents=True, exist_ok=True)
        pid_file.write_text(f"{self._process.pid}\n", encoding="utf-8")

    async def _keep(self) -> None:
        pause = 0.0
        while self._process is not None:
            code = await self._process.wait()
            if self._stopping:
                return
            log.warning("child_died", child=self.name, code=code)
            await asyncio.sleep(pause)
            pause = min(pause + 0.5, 5.0)
            await self._spawn()

    async def stop(self, *, patience: float) -> None:
        """Ask it to stop, and end it when it has not within `patience` seconds."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), patience)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._watch:
            self._watch.cancel()
