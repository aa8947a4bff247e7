"""What workflows say to activities and hear back: references and counts, never documents.

`at` is the incident's own time (the scenario's in an exercise); `key` makes the fact idempotent.
"""

from typing import Literal

from pydantic import JsonValue

from leerp.countries import Country
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incidents import Choice, Phase, Status
from leerp.journal import JournalKind
from leerp.marking import Level
from leerp.meetings import MeetingKind
from leerp.model import Instant, Message
from leerp.notices import Mode, NoticeKind, PrivatePartyGround, Relation


class Fact(Message):
    """What every request carries."""

    incident: str
    at: Instant
    key: str
    actor: str = "leerp"


class Record(Fact):
    """Write one journal entry."""

    kind: JournalKind
    data: dict[str, JsonValue]


class Progress(Fact):
    """Store where the incident stands; None leaves a field as it is."""

    phase: Phase | None = None
    status: Status | None = None
    waiting_for: tuple[str, ...] | None = None


class Look(Fact):
    """Look at everything that has a time: what is overdue is raised."""


class ToSend(Message):
    """A notice that is released and still to be sent."""

    notice: str
    kind: NoticeKind


class NextLook(Message):
    """When to look again, None when nothing is left that has a time; and the notices that were made meanwhile."""

    next_at: Instant | None
    notices: tuple[ToSend, ...] = ()


class TakeInReport(Fact):
    """Grade a report that has arrived, and classify the incident anew."""

    report: str


class ChangeGrade(Fact):
    """Propose or change the grade of a report (Regulation (EU) 2016/794 Art. 29(3))."""

    report: str
    grade: Grade
    provider_agrees: bool
    reason: str


class Assess(Fact):
    """Settle facts, record a tactical assessment (the SHA-256 of its document), and classify anew."""

    facts: Facts
    assessment: str | None
    reason: str
    table: str | None = None
    unsettle: tuple[str, ...] = ()


class Classified(Message):
    """The classification in force: what a workflow needs of it. `gone`: none, as what was asked about is elsewhere.

    `observables`: how many the report has for which it was made, where it was made for one.
    """

    journal_seq: int
    level: str
    recommendation: Choice
    level_rank: int | None = None
    gone: bool = False
    observables: int | None = None


GONE = Classified(journal_seq=0, level="", recommendation=Choice.WATCH, gone=True)
"""Nothing was done: what the request is about is in another incident now."""


class Graded(Message):
    """What came of a grade: the entry, and what is recommended now if the incident was classified anew."""

    journal_seq: int
    recommendation: Choice | None = None
    level: str = ""
    level_rank: int | None = None


class FormTeam(Fact):
    """Open the coordination centre: team, and virtual command post."""

    roles: tuple[str, ...]


class DraftNotice(Fact):
    """Draft a notice. `named`: readers an officer named; `only_named`: nobody else gets it.

    `inside`: only those inside, as the internal notice of the launch.

    `level_before`: the level of the classification that the readers were told last.
    `may_be_empty`: the protocol itself asks and goes on even if there is nobody to tell; a person's act is refused.
    `next_update_at`: when readers are to hear again, where an officer said it.
    """

    kind: NoticeKind
    named: tuple[str, ...] = ()
    only_named: bool = False
    may_be_empty: bool = False
    eurojust: bool = False
    meeting_at: Instant | None = None
    meeting_place: str | None = None
    meeting_kind: MeetingKind | None = None
    inside: bool = False
    meeting_minutes: int = 60
    next_update_at: Instant | None = None
    outcome: str | None = None
    reason: str = ""
    relation: Relation | None = None
    earlier: str | None = None
    acknowledge_within_minutes: int | None = None
    acknowledge_within_minutes_by_group: dict[str, int] = {}
    level_before: str | None = None


class Drafted(Message):
    """A drafted notice: its id, its marking, how many readers it is planned for.

    `restricted_by`: the providers whose restrictions in words (H3) stand in it. `notes`: what the officer is to know.
    """

    notice: str
    marking: str
    readers: int
    journal_seq: int
    level: Level | None = None
    restricted_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class ReleaseNotice(Fact):
    """Release a drafted notice."""

    notice: str
    kind: NoticeKind
    reason: str
    proposed_by: str | None = None
    approval_reason: str = ""
    restrictions_read: bool = False
    ground: PrivatePartyGround | None = None


class NoticeTask(Fact):
    """Something to do for one notice being disseminated."""

    notice: str
    kind: NoticeKind
    mode: Mode


class PlanDeliveries(NoticeTask):
    """Fix who gets the notice, and how.

    `batch`: in batches of at most how many lines they are to be tried then; None where that is asked for by itself, as
    by incidents begun with 0.3.0.
    """

    batch: int | None = None


class DeliverBatch(NoticeTask):
    """Try the lines of the ledger from position `first` up to but not including `after`.

    `channel`: only those over this channel; None, as incidents begun with 0.1.0 say it: over any.
    """

    first: int
    after: int
    channel: str | None = None


class FindOutstanding(NoticeTask):
    """Find the lines that are still to be tried, in batches of at most `batch`; over one channel, or over any."""

    batch: int
    channel: str | None = None


class Share(Message):
    """The lines of one channel still to be tried: where each batch begins, and the position after the last."""

    channel: str
    firsts: tuple[int, ...]
    after: int


class Outstanding(Message):
    """What is still to be tried, channel by channel."""

    shares: tuple[Share, ...]


class GiveUp(NoticeTask):
    """Fail what could not be sent; over one channel, or over any."""

    channel: str | None = None


class AskAgain(NoticeTask):
    """Ask after the acknowledgements that are due: `minutes` after a reader was sent the notice.

    `by_group`: other minutes for the readers of some groups.
    """

    minutes: int
    by_group: dict[str, int] = {}


class Asked(Message):
    """How many readers are sent the notice once more, for how many an alarm was raised, and when to ask again.

    `next_at`: None when nobody is left to be asked after.
    """

    added: int
    alarmed: int
    next_at: Instant | None


class Tally(Message):
    """The lines of the ledger of a notice: `total` of them, `pending` still to be tried.

    `awaiting`: how many are withheld until a provider has answered. `asked`: the notices that ask the providers.
    `shares`: the batches of the pending ones, where that was asked for.
    """

    total: int
    pending: int
    awaiting: int = 0
    asked: tuple[str, ...] = ()
    shares: tuple[Share, ...] | None = None


class RecordConsent(Fact):
    """Write down what a provider said of its H2 information; see `leerp.restrictions.ConsentAct`."""

    provider: str
    readers: tuple[str, ...]
    given: bool
    notice: str | None
    via: str
    reason: str


class ConsentRecorded(Message):
    """For how many readers a provider's word was written down, and how many lines are not sent any more for it."""

    journal_seq: int
    readers: int
    withheld: int


class ProvidersAnswered(NoticeTask):
    """Plan the lines that waited for a provider, as far as it has answered; with `final` whether it has or not."""

    final: bool


class LiftRestrictions(Fact):
    """Send a notice to Member States whatever its providers have restricted; see `leerp.restrictions.OverrideAct`."""

    notice: str
    readers: tuple[str, ...]
    reason: str
    proposed_by: str | None = None
    approval_reason: str = ""


class Lifted(Message):
    """What came of it: the notice for those readers, and the ones that tell the providers.

    `without`: readers who get nothing all the same, and why.
    """

    journal_seq: int
    notice: str
    kind: NoticeKind
    providers: tuple[str, ...]
    provider_notices: tuple[str, ...]
    without: tuple[str, ...] = ()


class AddAction(Fact):
    """Add or replace an action (the SHA-256 of its document) and look for conflicts."""

    action: str
    reason: str


class AgreePlan(Fact):
    """Record a country's agreement to a version of the plan."""

    country: Country
    version: int
    reason: str


class PlanSummary(Message):
    """The plan as a workflow needs it."""

    version: int
    actions: int
    conflicts: int
    journal_seq: int


class TakeInContribution(Fact):
    """Pool a contribution that has arrived and look for hits."""

    contribution: str


class MatchItem(Fact):
    """Match a contribution or a report against the pool."""

    item: str


class HitsFound(Message):
    """The notices that tell owners of new hits; each is to be sent."""

    notices: tuple[str, ...] = ()


class CloseIncident(Fact):
    """End an incident."""

    status: Literal[Status.CLOSED, Status.NORMAL_PROCEDURE]
    outcome: str
    reason: str


class Done(Message):
    """The journal entry that proves it."""

    journal_seq: int
