"""Who is to be asked again, and when: from what the ledger says of a notice, reader by reader."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from leerp.notices import DeliveryState
from records.correspondence import Line
from records.ledger import GOT
from records.schema import STILL_TO_SEND

GRAIN = timedelta(minutes=1)
"""How far apart two looks at the ledger are at least: readers who fall due within it are asked together."""

AT_ONCE = timedelta(seconds=1)
"""What falls due so soon after a look belongs to it: whether a message was sent a moment before or after the look was
set is the machine's, and must not put the next one off by a whole grain.
"""

TWICE = 2
"""After so many messages without a word, a person has to call."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a reader stands who has not confirmed.

    `times`: how many messages it got; `last_at`: when the last one. `pending`: one is still to be sent.
    """

    reader: str
    times: int
    last_at: datetime | None
    pending: bool

    @property
    def unreached(self) -> bool:
        """Nothing has reached it, and nothing that is under way will."""
        return self.last_at is None and not self.pending

    def due(self, at: datetime, *, minutes: int) -> bool:
        """Whether it is to be asked again by now. An unreached reader need not be waited for."""
        by_now = at + AT_ONCE
        return self.unreached or (self.last_at is not None and self.last_at + timedelta(minutes=minutes) <= by_now)


def unanswered(lines: Iterable[Line]) -> list[Standing]:
    """The readers who have not confirmed, but for those from whom everything is withheld."""
    of_reader: dict[str, list[Line]] = {}
    for line in lines:
        of_reader.setdefault(line.reader, []).append(line)
    return [
        _standing(reader, theirs)
        for reader, theirs in of_reader.items()
        if not any(line.state is DeliveryState.ACKNOWLEDGED for line in theirs)
        and any(line.state is not DeliveryState.WITHHELD for line in theirs)
    ]


def _standing(reader: str, lines: list[Line]) -> Standing:
    got = [line.sent_at for line in lines if line.state in GOT and line.sent_at is not None]
    pending = any(line.state in STILL_TO_SEND for line in lines)
    return Standing(reader=reader, times=len(got), last_at=max(got, default=None), pending=pending)


def alarming(due: Iterable[Standing], *, asked_now: Collection[str], alarmed: Collection[str]) -> list[str]:
    """For whom the duty officer is called: told twice, or told and with no further contact point. Each once."""
    return sorted(
        one.reader
        for one in due
        if one.times and one.reader not in alarmed and (one.times >= TWICE or one.reader not in asked_now)
    )


def next_look(
    standings: Iterable[Standing],
    *,
    at: datetime,
    minutes: Mapping[str, int],
    due: Collection[str],
    finished: Collection[str],
) -> datetime | None:
    """When to look again; None when nobody is left to be asked after.

    `minutes`: by reader. `due`: who was looked after now, and has that long again; `finished`: for whom nothing is left
    to be tried.
    """
    times = [
        (at if one.last_at is None or one.reader in due else one.last_at) + timedelta(minutes=minutes[one.reader])
        for one in standings
        if one.reader not in finished
    ]
    return max(min(times), at + GRAIN) if times else None
