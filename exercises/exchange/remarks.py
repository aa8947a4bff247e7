"""What became of everything that an import or export could not simply carry: each with its place and why."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from leerp.errors import BadInputError
from leerp.formats.texts import shown

MAX_REMARKS = 200_000
"""The most remarks on one file; a file with more is not what it is said to be."""


class Verdict(StrEnum):
    """What became of one thing.

    `not_carried`: the other side has no place for it. `refused`: it cannot be read, and is not in the result.
    `assumed`: the source does not say it and a scenario needs it, so it was put in. `missing`: a planner must fill it
    in before the scenario can be played.
    """

    NOT_CARRIED = "not_carried"
    REFUSED = "refused"
    ASSUMED = "assumed"
    MISSING = "missing"


@dataclass(frozen=True)
class Remark:
    """One of them. `place`: sheet and cell, or the path in a JSON file. `why`: and what to do, where that helps."""

    verdict: Verdict
    place: str
    what: str
    why: str

    @property
    def sentence(self) -> str:
        """The remark in one line."""
        return f"{self.place}: {self.what}: {self.why}" if self.what else f"{self.place}: {self.why}"


class Remarks:
    """The remarks on one file, in the order in which they were made, each once."""

    def __init__(self) -> None:
        self._all: dict[Remark, None] = {}

    def __iter__(self) -> Iterator[Remark]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, verdict: Verdict, place: str, what: object, why: str) -> None:
        """Remark on `what` stands at `place`; only its beginning is shown."""
        if len(self._all) >= MAX_REMARKS:
            raise BadInputError(
                f"{place}: more than {MAX_REMARKS:,} things so far have no place; is it the right file?"
            )
        text = shown(str(what), limit=60) if what not in (None, "") else ""
        self._all[Remark(verdict, place, text, why)] = None

    def not_carried(self, place: str, what: object, why: str) -> None:
        """The other side has no place for it."""
        self.add(Verdict.NOT_CARRIED, place, what, why)

    def refused(self, place: str, what: object, why: str) -> None:
        """It cannot be read."""
        self.add(Verdict.REFUSED, place, what, why)

    def assumed(self, place: str, what: object, why: str) -> None:
        """It was put in."""
        self.add(Verdict.ASSUMED, place, what, why)

    def missing(self, place: str, what: object, why: str) -> None:
        """A planner must fill it in."""
        self.add(Verdict.MISSING, place, what, why)

    def of(self, *verdicts: Verdict) -> list[Remark]:
        """Those with one of these verdicts."""
        return [one for one in self if one.verdict in verdicts]

    @property
    def complete(self) -> bool:
        """Whether nothing was refused and nothing is missing."""
        return not self.of(Verdict.REFUSED, Verdict.MISSING)


TITLES = {
    Verdict.MISSING: "To be filled in by a planner",
    Verdict.REFUSED: "Refused, and not in the result",
    Verdict.NOT_CARRIED: "Not carried over",
    Verdict.ASSUMED: "Put in, because the source does not say it",
}


_ALONE = 3
"""So many remarks with one reason stand in lines of their own; more stand together under the reason."""


def lines_of(remarks: Iterable[Remark]) -> Iterator[str]:
    """The remarks for people, under a title for each verdict, what needs doing first; every place is there."""
    everything = list(remarks)
    for verdict, title in TITLES.items():
        found = [one for one in everything if one.verdict is verdict]
        if found:
            yield f"{title} ({len(found)}):"
        together: dict[str, list[Remark]] = {}
        for one in found:
            together.setdefault(one.why, []).append(one)
        for why, group in together.items():
            if len(group) <= _ALONE:
                yield from (f"  {one.sentence}" for one in group)
                continue
            yield f"  {why} ({len(group)}):"
            places = " · ".join(f"{one.place} {one.what}".strip() for one in group)
            yield from textwrap.wrap(places, 112, initial_indent="    ", subsequent_indent="    ")


@dataclass(frozen=True)
class Exported:
    """A file for another program, and what it does not hold."""

    content: bytes
    remarks: Remarks
