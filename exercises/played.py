"""What became of each inject when it was played: the director's own notes, beside the journal of the incident."""

from collections.abc import Sequence
from datetime import datetime

from leerp.model import Instant, Message


class Played(Message):
    """One inject as it was played; of an acknowledgement by several readers, one of them.

    `at`: the scenario's time. `became`: what came of it, in a sentence. `as_expected` False: it went otherwise than
    the scenario says it must, and `became` tells how. `report`, `notice`: what it made or was about.
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


def first_of(played: Sequence[Played], number: int) -> Played | None:
    """The first note on an inject."""
    return next((one for one in played if one.number == number), None)


def time_of(played: Sequence[Played], number: int) -> datetime | None:
    """When an inject was played first."""
    found = first_of(played, number)
    return found.at if found else None
