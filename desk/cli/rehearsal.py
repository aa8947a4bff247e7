"""The mark of an exercise on the answers of the command line, in words and colour (DESIGN rule 10)."""

import os
import re
import sys
from typing import TextIO

from desk.places import of_its_folder
from leerp.notices import EXERCISE_MARK, Mode
from leerp.settings import Settings

_REFERENCE = re.compile(r"\bEXERCISE-\d{4}-\d{4,}")
"""How a reference of an exercise begins, wherever it stands."""

_PURPLE = "\x1b[30;48;2;181;92;255m"
_PLAIN = "\x1b[0m"
"""The colour that the desk has for exercises, as terminals are told it (ECMA-48 SGR, 24-bit)."""


def rehearses(text: str = "") -> bool:
    """Whether an answer is one about an exercise: by the state folder, by the mode, or by what it says."""
    return bool(_REFERENCE.search(text)) or of_its_folder(Settings()).mode is Mode.EXERCISE


def say_so(stream: TextIO) -> None:
    """Write the mark on a line of its own, in colour where the stream is a terminal that has one."""
    coloured = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    print(f"{_PURPLE} {EXERCISE_MARK} {_PLAIN}" if coloured else EXERCISE_MARK, file=stream, flush=True)


def who_complains() -> str:
    """What an error begins with."""
    try:
        return "leerp (EXERCISE)" if rehearses() else "leerp"
    except (ValueError, OSError):  # the settings or the folder may be what is wrong
        return "leerp"


def mark(text: str, *, as_json: bool, certain: bool = False) -> None:
    """Put the mark before an answer about an exercise: beside it (standard error) where programs read the answer.

    `certain`: it is one, whatever it says.
    """
    if certain or rehearses(text):
        say_so(sys.stderr if as_json else sys.stdout)
