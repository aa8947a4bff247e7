"""What workflows say to the activities of meetings and hear back."""

from activities.messages import Fact
from leerp.countries import Country
from leerp.meetings import MeetingKind
from leerp.model import Instant, Message


class KeepMeeting(Fact):
    """Keep a meeting that was called by a notice; `earlier`: the call that it takes the place of."""

    notice: str
    earlier: str | None
    kind: MeetingKind
    meeting_at: Instant
    minutes: int
    place: str
    needed: tuple[Country, ...]
    eurojust: bool = False


class CancelMeeting(Fact):
    """A meeting does not take place."""

    meeting: str
    reason: str


class KeepMinutes(Fact):
    """Keep the minutes of a meeting (the SHA-256 of their document)."""

    meeting: str
    minutes: str
    reason: str


class MeetingDone(Message):
    """What came of it: the meeting, its latest call, the actions that were decided (SHA-256), and who was missing.

    `meeting_at`, `minutes`, `place`, `kind`: of a meeting that was cancelled.
    """

    journal_seq: int
    meeting: str
    notice: str
    decisions: int = 0
    actions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    meeting_at: Instant | None = None
    minutes: int = 60
    place: str | None = None
    kind: MeetingKind | None = None
