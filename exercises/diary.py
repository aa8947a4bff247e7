"""The diary of a live run: what the director is about to play, and what became of it, each written before the next.

Whatever is killed, the next director reads here where it stands: what is done is not played again, and what was begun
is taken up by the same ids, so that the centre knows it as the same.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from exercises.played import CAST, Played
from leerp.model import Instant, Message


class Begun(Message):
    """That a part of an inject is about to be played, at that time of the scenario. `name` is its own in the run."""

    name: str
    number: int
    at: Instant


class Diary:
    """The diary in a file, which need not be there yet. One process alone writes it (`mine`), and many read it."""

    def __init__(self, path: Path, *, mine: bool = False) -> None:
        self._path = path
        self._mine = mine
        self.begun: dict[str, Begun] = {}
        self.done: dict[str, Played] = {}
        self.made: dict[str, dict[str, JsonValue]] = {}
        self._read()

    def _read(self) -> None:
        """Read what stands there. A last line that is not whole says nothing; whoever writes cuts it off."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content and self._mine:
            os.truncate(self._path, len(whole))
        for line in whole.splitlines():
            entry = json.loads(line)
            if "begun" in entry:
                begun = Begun.model_validate(entry["begun"])
                self.begun[begun.name] = begun
            else:
                self.done[entry["done"]] = Played.model_validate(entry["played"])
                self.made[entry["done"]] = entry.get("made") or {}

    def begin(self, name: str, *, number: int, at: datetime) -> Begun:
        """Write down that something is about to be played; what was begun before stays as it was begun."""
        if name not in self.begun:
            begun = Begun(name=name, number=number, at=at)
            self._append({"begun": begun.model_dump(mode="json")})
            self.begun[name] = begun
        return self.begun[name]

    def finish(self, name: str, played: Played, *, made: dict[str, JsonValue] | None = None) -> None:
        """Write down what became of it, and what of it later injects may mean."""
        self._append({"done": name, "played": played.model_dump(mode="json"), "made": made})
        self.done[name] = played
        self.made[name] = made or {}

    @property
    def numbers(self) -> set[int]:
        """The injects of which at least a part was begun."""
        return {one.number for one in self.begun.values() if one.number != CAST}

    @property
    def played(self) -> list[Played]:
        """What became of what was played, in that order."""
        return list(self.done.values())

    def _append(self, entry: dict[str, object]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
