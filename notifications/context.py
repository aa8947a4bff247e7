"""What a notice is composed from: all that is known at the moment it is drafted, each part with its marking."""

from typing import Literal

from pydantic import Field

from leerp.contributions import Hit
from leerp.facts import Facts
from leerp.grades import Grade
from leerp.incidents import Classification, TeamMember
from leerp.marking import Marking
from leerp.model import Identifier, Instant, Line, Message, Text
from leerp.notices import Mode, NoticeKind, Portion
from leerp.plans import Plan
from leerp.reports import Report
from notifications.personal_data import known_values


class Meeting(Message):
    """An emergency meeting or conference call."""

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


class NoticeContext(Message):
    """What a notice is composed from.

    `centre_contacts`: the points of contact of the coordination centre, one line each; every notice carries them.
    `reports`: each with the grade that stands, in the order in which they are to be told.
    `assessments`: tactical assessments, each with its marking.
    `facts`: what the reports and the assessments come to together; like the classification it is told only to readers
    who may see everything it was derived from.
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
    provider_word: ProviderWord | None = None

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
        return known_values([*observables, *(one for action in self.plan.actions for one in action.targets)])
