"""The record of one incident, as a run has left it."""

from leerp.incidents import IncidentView
from leerp.journal import JournalEntry
from leerp.model import Message
from leerp.notices import Delivery


class Kept(Message):
    """The record of an incident: journal, ledger, and how it stands.

    `acknowledge_within_minutes`: by notice, for those that ask to be confirmed.
    """

    journal: tuple[JournalEntry, ...]
    ledger: tuple[Delivery, ...]
    incident: IncidentView
    acknowledge_within_minutes: dict[str, int]
