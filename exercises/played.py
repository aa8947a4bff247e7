"""What became of each inject when it was played: the director's own notes, beside the journal of the incident."""

from collections.abc import Sequence
from datetime import datetime

from leerp.model import Instant, Message

CAST = 0
"""The number of notes that belong to no inject: what the cast does of its own accord."""


class Played(Message):
    """One inject as it was played; of an acknowledgement by several readers, one of them.

    `at`: the scenario's time. `became`: what came of it, in a sentence. `as_expected` False: it went otherwise than
    the scenario says it must, and `became` tells how. `report`, `notice`: what it made or was about. `happened` False:
    it was not played, because of its condition, its branch or a fault; and `became` tells why. `branch_taken`: whether
    the branch that it stands in was taken.
    """

    number: int
    sender: str
    at: Instant
    became: str
    as_expected: bool = True
    refused: str | None = None
    incident: str | None = None
    report: str | None = None
    notice: str | None = None
    happened: bool = True
    branch_taken: bool | None = None


def times_of(played: Sequence[Played]) -> dict[int, datetime]:
    """When each inject that was played was played first."""
    times: dict[int, datetime] = {}
    for one in played:
        if one.happened and one.number != CAST:
            times.setdefault(one.number, one.at)
    return times
