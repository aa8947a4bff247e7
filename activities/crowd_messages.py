"""What goes to and comes from the activities that take in many reports together."""

from activities.messages import Fact
from leerp.incidents import Choice
from leerp.model import Message


class TakeInReports(Fact):
    """Grade reports that have arrived together, and classify the incident anew, once for all of them."""

    reports: tuple[str, ...]


class TakenInTogether(Message):
    """What of them is here, in the order in which they were received, and the classification that came of it.

    Where nothing is here there is none.
    """

    here: tuple[str, ...] = ()
    because: str = ""
    journal_seq: int = 0
    level: str = ""
    level_rank: int | None = None
    recommendation: Choice | None = None


class MatchItems(Fact):
    """Match several reports against the pool."""

    items: tuple[str, ...]
