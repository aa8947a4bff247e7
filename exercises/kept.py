"""The record of one incident, as a run has left it."""

from leerp.incidents import IncidentView
from leerp.journal import JournalEntry
from leerp.marking import Marking
from leerp.model import Message
from leerp.notices import Delivery


class Kept(Message):
    """The record of an incident: journal, ledger, and how it stands.

    `acknowledge_within_minutes`: by notice, for those that ask to be confirmed; `acknowledge_within_minutes_of`: by
    notice and reader, where a reader has another time. `marking`: the join of everything that the incident holds.
    """

    journal: tuple[JournalEntry, ...]
    ledger: tuple[Delivery, ...]
    incident: IncidentView
    acknowledge_within_minutes: dict[str, int]
    acknowledge_within_minutes_of: dict[str, dict[str, int]] = {}
    marking: Marking = Marking()

    def minutes_for(self, notice: str, reader: str) -> int | None:
        """How long a reader had to confirm a notice; None where nobody was asked to."""
        minutes = self.acknowledge_within_minutes.get(notice)
        return minutes if minutes is None else self.acknowledge_within_minutes_of.get(notice, {}).get(reader, minutes)
