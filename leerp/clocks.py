"""Clocks: what an incident has promised or must have by a time, for a person to see how long there is."""

from datetime import datetime

from leerp.model import Instant, Line, Message


class Deadline(Message):
    """Something that is due. `begun_at`: from when on it has been running."""

    what: Line
    begun_at: Instant
    due_at: Instant

    def late(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.due_at < now
