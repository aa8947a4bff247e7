"""Takes evidence out again and again, and ends itself with kill -9 one step later each time.

Run as a process of its own: it forks before anything else runs in it. Prints one JSON line for each attempt.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from activities.acts import actor_of
from activities.evidence_export import Exports, Wish
from desk.assembly import open_house
from desk.bag_verifying import verify_bag
from desk.bags import write_bag
from leerp.settings import Settings
from tests.evidence_cast import OFFICER, READER


async def export(home: Path, reference: str, out: Path) -> None:
    """Take everything out."""
    async with open_house(Settings(home=home)) as house:
        actor = actor_of(house.rooms.directory(), OFFICER)
        wish = Wish(reader=READER)
        await write_bag(await Exports(house.rooms).prepare(reference, wish, actor=actor, reason="asked"), out)


class Steps:
    """Counts the steps of writing, and dies before one of them: each flush to the disk, and giving the name, is one."""

    def __init__(self, last: int) -> None:
        self.taken = 0
        self._last = last
        os.fsync = self._counted(os.fsync)
        Path.rename = self._counted(Path.rename)  # type: ignore[method-assign]

    def _counted(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any) -> Any:
            self.taken += 1
            if self.taken == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*arguments)

        return step


def attempt(home: Path, reference: str, out: Path, last: int) -> int:
    """One attempt; how many steps it took if it lived, else 0. What is there after a kill is whole, and is removed."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        steps = Steps(last)
        asyncio.run(export(home, reference, out))
        os.write(theirs, str(steps.taken).encode())
        os._exit(0)
    os.close(theirs)
    _, status = os.waitpid(child, 0)
    taken = int(os.read(ours, 20) or b"0")
    there = out.exists()
    if there:
        verify_bag(out)
        shutil.rmtree(out)
    left = len(list(out.parent.iterdir()))
    line = json.dumps({"killed": os.WIFSIGNALED(status), "step": last, "there": there, "left": left})
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return taken


def main(home: Path, reference: str, out: Path, every: int) -> None:
    """Count the steps; die before every so many of them, and before each of the last four; then live again."""
    total = attempt(home, reference, out, 0)
    for last in range(1, total + 1):
        if last % every == 1 or last > total - 4:
            attempt(home, reference, out, last)
    attempt(home, reference, out, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
