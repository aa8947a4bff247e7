"""Collecting: what leerp reads by itself, one file per outside system. All of it ends in the one durable intake.

What a source holds is taken in first, and only then is it remembered how far it was read: whatever dies in between,
the same is read again and answered as a duplicate, and nothing is lost.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

from activities.arriving import Arrival, Manner
from activities.confirming import Confirming
from activities.intake import Intake
from activities.meetings import MeetingAnswers
from activities.rooms import Rooms
from leerp.errors import BadInputError
from leerp.reports import IntakeOutcome, ReportFormat
from records.collecting_alarms import ClockSeen


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file that a source holds, on its way to the intake, and what is known of it besides."""

    content: bytes
    name: str
    source: str
    format: ReportFormat | None = None
    open_source: bool = False
    origin: str | None = None
    manner: Manner = field(default_factory=Manner)


@dataclass
class Counts:
    """What came of a reading: reports taken in, those that were known, what was refused, and replies to notices."""

    taken: int = 0
    known: int = 0
    refused: int = 0
    replies: int = 0

    def __iadd__(self, other: "Counts") -> Self:
        self.taken += other.taken
        self.known += other.known
        self.refused += other.refused
        self.replies += other.replies
        return self

    @property
    def sentence(self) -> str:
        """For people."""
        return f"{self.taken} taken in, {self.known} known, {self.refused} refused, {self.replies} replies"


class Hands:
    """Who takes in what a source holds. `by`: who stands in the journal as having brought it."""

    def __init__(self, rooms: Rooms, intake: Intake, *, by: str) -> None:
        self.rooms = rooms
        self.intake = intake
        self.confirming = Confirming(rooms)
        self.answers = MeetingAnswers(rooms)
        self.by = by

    def arrival(self, manner: Manner = Manner()) -> Arrival:  # noqa: B008 - frozen
        """Arrived now, in that manner."""
        return Arrival(self.rooms.wall_clock(), self.by, manner)

    async def report(self, found: Found) -> Counts:
        """Take a report in. What cannot be read is journalled as refused and does not hold up what comes after it."""
        try:
            receipt = await self.intake.report(
                found.content,
                name=found.name,
                arrival=self.arrival(found.manner),
                source=found.source,
                format=found.format,
                open_source=found.open_source,
                origin=found.origin,
            )
        except BadInputError:
            return Counts(refused=1)
        repeated = receipt.outcome is IntakeOutcome.DUPLICATE
        return Counts(known=1) if repeated else Counts(taken=1)


class Portion(Protocol):
    """A part of what a source holds, small enough to be taken in and then remembered as read."""

    @property
    def cursor(self) -> str | None:
        """How far the source is read once this is taken in; None: no further than before."""

    @property
    def heard(self) -> bool:
        """Whether there was something new, taken in or not."""

    async def take_in(self, hands: Hands) -> Counts:
        """Take it in."""


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Reports, and how far the source is read with them."""

    found: tuple[Found, ...] = ()
    cursor: str | None = None
    heard: bool = True

    async def take_in(self, hands: Hands) -> Counts:
        """One after another."""
        counts = Counts()
        for one in self.found:
            counts += await hands.report(one)
        return counts


class Way(Protocol):
    """How one source is read. Not for concurrent use."""

    def read(self, cursor: str | None, *, at: datetime) -> AsyncIterator[Portion]:
        """What is new since then, or since the lookback before `at`, the first time.

        Raises ServiceMissingError if the source does not answer, and BadInputError if what it says cannot be read.
        """

    async def wait(self, seconds: float) -> None:
        """Until there may be something new: so long, or shorter where the source tells by itself."""

    async def close(self) -> None:
        """End every connection."""

    def clock(self) -> ClockSeen | None:
        """The source's clock as the last reading saw it, if it is to be compared."""

    def remark(self) -> str:
        """What people should know of how it was read, though it could be read; empty where all is well."""
