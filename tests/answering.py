"""A server in a process of its own that says where it listens, and answers each question with one JSON document.

`Answering` is the process for whoever starts it; `listening` and `answer` are what the process itself says.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Self

from tests.servers import ROOT


class Answering:
    """The process, started and stopped. `words`: its module, and what it is told. `port`: where it listens."""

    def __init__(self, *words: str) -> None:
        self._command = [sys.executable, "-m", *words]
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self) -> None:
        """Start it; return once it listens."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = self._said()["listening"]

    def ask(self) -> dict[str, Any]:
        """What it has seen, as it tells it."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write("seen\n")
        self._process.stdin.flush()
        return self._said()

    def _said(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def stop(self) -> None:
        """End it; it also ends when whoever started it does."""
        if self._process is None:
            return
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.wait(10)
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def listening(port: int) -> None:
    """Say where this process listens."""
    print(json.dumps({"listening": port}), flush=True)  # noqa: T201 - how it answers


async def answer(seen: Callable[[], dict[str, Any]]) -> None:
    """Answer each line on standard input, until it ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    with contextlib.suppress(BrokenPipeError):
        while await lines.readline():
            print(json.dumps(seen()), flush=True)  # noqa: T201 - how it answers
