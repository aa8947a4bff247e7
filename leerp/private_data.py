"""Personal data that came from a private party: what is known of it, and the clock that runs on it.

Regulation (EU) 2016/794 Art. 26(2): it is looked at only to find the national units it concerns, forwarded to them at
once, and erased unless one of them resubmits it within four months.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from leerp.model import Instant, Message

MONTHS_TO_RESUBMIT = 4
"""Regulation (EU) 2016/794 Art. 26(2)."""


class PrivateDataDecision(StrEnum):
    """What becomes of it. `erase`: a person has decided so; `erased`: a person states that it has been done."""

    RESUBMITTED = "resubmitted"
    ERASE = "erase"
    ERASED = "erased"


class PrivateData(Message):
    """A report or a contribution (`item`) of a private party that holds personal data.

    `units`: the national units that it is to go to, as far as they are known. `confirmed`: those that an officer says
    have got it. `until`: when the four months end.
    """

    incident: str
    item: str
    source: str
    units: tuple[str, ...]
    confirmed: tuple[str, ...] = ()
    until: Instant
    decision: PrivateDataDecision | None = None
    decided_by: str | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self.decision in (PrivateDataDecision.RESUBMITTED, PrivateDataDecision.ERASED)

    @property
    def untold(self) -> tuple[str, ...]:
        """The units that have not got it as far as anybody has said."""
        return tuple(unit for unit in self.units if unit not in self.confirmed)

    def due(self, at: datetime) -> bool:
        """Whether a person is late: the four months are over, or its erasure was decided and not done."""
        return not self.settled and (at >= self.until or self.decision is PrivateDataDecision.ERASE)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it waits for, one line each, with the command that says it is done."""
        if self.settled:
            return ()
        what = f"{self.item} of {self.source} (personal data from a private party)"
        if self.decision is PrivateDataDecision.ERASE:
            return (f"an erasure by the operator: {what}, as {self.decided_by} decided (private-data --erased)",)
        if not self.units:
            first = [f"a national unit for {what}: none could be identified (private-data --confirm)"]
        else:
            first = [f"a transfer to {unit} at once: {what} (private-data --confirm)" for unit in self.untold]
        return (*first, f"a resubmission or an erasure until {self.until:%Y-%m-%d}: {what} (private-data)")


def resubmit_until(at: datetime) -> datetime:
    """Four calendar months later; the last day of that month where it has no such day."""
    years, month = divmod(at.month - 1 + MONTHS_TO_RESUBMIT, 12)
    first = at.replace(year=at.year + years, month=month + 1, day=1)
    for day in range(at.day, 0, -1):
        there = first + timedelta(days=day - 1)
        if there.month == first.month:
            return there
    return first
