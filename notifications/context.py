"""What a notice is composed from: all that is known at the moment it is drafted, each part with its marking."""

from typing import Literal

from pydantic import Field

from leerp.contributions import Hit
from leerp.countries import Country
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incidents import Classification, TeamMember
from leerp.marking import Marking
from leerp.meetings import MeetingKind
from leerp.model import Identifier, Instant, Line, Message, Text
from leerp.notices import Mode, NoticeKind, Portion
from leerp.observables import Observable
from leerp.plans import AlertLevel, Plan
from leerp.products import GeneratedSection, Statement
from leerp.reports import Report
from notifications.personal_data import known_values


class Meeting(Message):
    """An emergency meeting or conference call. `reminder`: it was called before, and has not been answered."""

    id: Identifier | None = None
    kind: MeetingKind | None = None
    reminder: bool = False
    at: Instant
    place: Line
    minutes: int = 60
    marking: Marking = Marking()


class Closing(Message):
    """How the protocol ends (seed, VII). `marking` is that of `reason`; the outcome is told to every reader."""

    outcome: Literal["operational_success", "normal_procedure"]
    reason: str = ""
    marking: Marking


class Ask(Message):
    """Something asked of the readers, in whole sentences, with its deadline if it has one."""

    text: Text
    marking: Marking = Marking()
    by: Instant | None = None


class ProviderWord(Message):
    """What a provider is asked or told about its own information in a notice.

    `reason`: why its restrictions were set aside; None where it is asked for its permission. `by`: until when it is to
    answer. `portions`: what it is about, each as it stands in the notice.
    """

    provider: Identifier
    notice: Identifier
    kind: NoticeKind
    readers: tuple[Identifier, ...]
    reason: Text | None = None
    by: Instant | None = None
    portions: tuple[Portion, ...] = ()


class OtherOwner(Message):
    """Who holds the same, and at which contact point; `call` None where the centre puts the two in touch."""

    id: Identifier
    name: Line | None
    call: Line | None


class HitWord(Message):
    """What the owner of information is told when it meets that of others: with whom, and whom to call."""

    owner: Identifier
    others: tuple[OtherOwner, ...]


class OverlapWord(Message):
    """What the owner of a planned action is told when it collides with somebody else's; see the kind `deconfliction`.

    `action`: the owner's own. `name`, `country`, `contact`: whom to call. `by`: until when it is to confirm.
    """

    reader: Identifier
    alert: Identifier
    action: Identifier
    level: AlertLevel
    name: Line
    country: Line | None = None
    contact: Text
    by: Instant


class PooledItem(Message):
    """A report or a contribution as a product or a package tells it, or some of its observables alone.

    `title` None: nothing of it is told but the observables. `first_seen`: of each observable, None where nobody says.
    `because`: why it stands in a package.
    """

    provider: Identifier
    at: Instant
    title: Line | None = None
    narrative: str = ""
    marking: Marking
    grade: Grade
    observables: tuple[Observable, ...] = ()
    first_seen: tuple[Instant | None, ...] = ()
    because: tuple[str, ...] = ()


class ProductWord(Message):
    """A product: what it is called, the analyst's statements, and what is put in from what the incident holds."""

    title: Line
    statements: tuple[Statement, ...] = ()
    sections: tuple[GeneratedSection, ...] = ()
    reports: tuple[PooledItem, ...] = ()
    contributions: tuple[PooledItem, ...] = ()

    @property
    def items(self) -> tuple[PooledItem, ...]:
        """All that is put in."""
        return (*self.reports, *self.contributions)


class PackageWord(Message):
    """A package: whose it is, and what concerns that country."""

    country: Country
    items: tuple[PooledItem, ...] = ()


class NoticeContext(Message):
    """What a notice is composed from.

    `centre_contacts`: the points of contact of the coordination centre, one line each; every notice carries them.
    `reports`: each with the grade that stands, in the order in which they are to be told.
    `assessments`: tactical assessments, each with its marking.
    `facts`: what the reports and the assessments come to together; like the classification it is told only to readers
    who may see everything it was derived from.
    `level_before`: the level of the classification that the readers were told last.
    `next_update_at`: when readers are to hear again; it depends on no report.
    """

    reference: Identifier
    mode: Mode
    issued_at: Instant
    issuer: Line
    centre_contacts: tuple[Line, ...] = Field(min_length=1)
    reports: tuple[tuple[Report, Grade], ...] = ()
    classification: Classification | None = None
    facts: Facts = Facts()
    assessments: tuple[tuple[Text, Marking], ...] = ()
    team: tuple[TeamMember, ...] = ()
    command_post: Line | None = None
    plan: Plan = Plan()
    meeting: Meeting | None = None
    closing: Closing | None = None
    asks: tuple[Ask, ...] = ()
    hits: tuple[Hit, ...] = ()
    next_update_at: Instant | None = None
    level_before: Line | None = None
    provider_word: ProviderWord | None = None
    overlaps: tuple[OverlapWord, ...] = ()
    hit_word: HitWord | None = None
    product: ProductWord | None = None
    package: PackageWord | None = None

    @property
    def derived_marking(self) -> Marking:
        """The marking of what is derived from all reports and assessments: at least as tight as each of them."""
        marking = Marking()
        for report, _ in self.reports:
            marking = marking.join(report.marking)
        for _, assessed in self.assessments:
            marking = marking.join(assessed)
        return marking

    @property
    def known_personal_data(self) -> frozenset[str]:
        """Values in what is told that are personal data and that no text shows by its shape."""
        observables = [one for report, _ in self.reports for one in report.observables]
        words = (self.product, self.package)
        observables += [one for word in words if word for item in word.items for one in item.observables]
        return known_values([*observables, *(one for action in self.plan.actions for one in action.targets)])
