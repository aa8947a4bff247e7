"""What workflows say of moving reports, and hear back."""

from activities.messages import Fact
from leerp.incidents import Choice
from leerp.model import Message
from leerp.moving import MoveKind


class MoveReports(Fact):
    """Take reports to another incident; `reports` empty: all of them. `to` None: to a new one."""

    act: str
    kind: MoveKind
    reports: tuple[str, ...] = ()
    to: str | None = None
    reason: str


class MovedReports(Message):
    """What was moved where. `level` and what follows: of the incident that was left; absent where nothing is in it.

    `settled`: the facts that people had settled in an incident that was merged away, which bind nobody in the other.
    """

    journal_seq: int
    to: str
    reports: int
    settled: tuple[str, ...] = ()
    level: str = ""
    level_rank: int | None = None
    recommendation: Choice | None = None


class TakeInMoved(Fact):
    """Take in what a move has brought."""

    move: str


class TakenIn(Message):
    """What of a move is still here: how many reports, and which of them have not been matched against the pool."""

    reports: int = 0
    unmatched: tuple[str, ...] = ()
    because: str = ""
    journal_seq: int = 0
    level: str = ""
    level_rank: int | None = None
    recommendation: Choice | None = None
