"""Running commands of leerp in this process."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from desk.cli import perform
from notifications.configuration import lay_out_example


class Said(NamedTuple):
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on the standard output."""
        return json.loads(self.out)


class Commands:
    """The command line on a state folder of its own, with the example configuration."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        lay_out_example(home / "config")
        self.home = home
        self._capsys = capsys
        self("migrate")

    def __call__(self, *words: str) -> Said:
        """Run one command."""
        self._capsys.readouterr()
        code = perform(list(words))
        captured = self._capsys.readouterr()
        return Said(code, captured.out, captured.err)
