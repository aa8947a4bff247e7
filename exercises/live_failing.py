"""What fails in a live run: the director says it, in a file, and the worker hears it there."""

import json
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from exercises.failing import Failing
from exercises.injects import FaultInject
from exercises.live_places import AWAY, FOLDER, write_whole


class AwayNow(Container[str]):
    """The channels of a run that are away at the moment, as its director has it."""

    def __init__(self, home: Path) -> None:
        self._path = home / FOLDER / AWAY
        self._seen: tuple[int, int] | None = None
        self._names: frozenset[str] = frozenset()

    def __contains__(self, name: object) -> bool:
        """Whether a channel is away."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return False
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen != self._seen:
            self._names, self._seen = frozenset(json.loads(self._path.read_text(encoding="utf-8"))), seen
        return name in self._names


@dataclass
class LiveFailing(Failing):
    """Faults of a live run, told to its worker. `home`: the run's state folder."""

    home: Path = field(kw_only=True)

    async def begin(self, fault: FaultInject, at: datetime) -> str:
        """Let something fail from a time on; a sentence on it."""
        said = await super().begin(fault, at)
        self._tell()
        return said

    def end_what_is_over(self, at: datetime) -> bool:
        """End the faults whose time has come; whether there were any."""
        ended = super().end_what_is_over(at)
        if ended:
            self._tell()
        return ended

    def _tell(self) -> None:
        write_whole(self.home / FOLDER / AWAY, json.dumps(sorted(self.away)), durable=False)
