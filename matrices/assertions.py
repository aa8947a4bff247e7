"""Assertions: what one report says of an incident, how far its source is believed, and whom it has that from."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from leerp.facts import Facts
from leerp.grades import Grade


class Assertion(NamedTuple):
    """The facts of one report. `grade`: the one that stands. `source`: the id of who reports.

    `origin`: whom the report quotes, by id or by name; None where the source tells what it saw itself.
    """

    facts: Facts
    grade: Grade
    source: str
    origin: str | None = None

    @property
    def told_by(self) -> str:
        """The source, as names are compared: case and spaces make no difference."""
        return _folded(self.source)

    @property
    def seen_by(self) -> str:
        """Who has seen it, as far as this report says: the origin that it names, or else the source."""
        return _folded(self.origin or self.source)


Asserted = Sequence[Assertion]


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
