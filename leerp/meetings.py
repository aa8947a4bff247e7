"""Meetings: who is called, who has answered, whether the countries that are needed are there, and what was decided."""

from collections.abc import Collection
from enum import StrEnum

from pydantic import Field

from leerp.countries import Country
from leerp.marking import Marking
from leerp.model import Identifier, Instant, Line, Message, Model, Text
from leerp.plans import Action


class MeetingKind(StrEnum):
    """The meetings of the protocol (seed, III.4 and V.1)."""

    INTERNAL = "internal_coordination"
    OPERATIONAL = "operational"
    CONFERENCE = "conference_call"


class MeetingState(StrEnum):
    """What became of a meeting."""

    CALLED = "called"
    CANCELLED = "cancelled"
    HELD = "held"


class Answer(StrEnum):
    """What a reader answers to a call; the words of RFC 5545 §3.2.12."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class Reply(Message):
    """The latest word of a reader. `proven`: it is certain who said it."""

    reader: Identifier
    country: Country | None
    answer: Answer
    at: Instant
    via: Line
    proven: bool


class Meeting(Message):
    """One meeting. `needed`: the countries without which nothing is decided. `notices`: the calls, the latest last.

    `called_at`: when the latest call was made. `ended_by`: the request that cancelled it.
    """

    id: Identifier
    incident: Identifier
    kind: MeetingKind
    at: Instant
    minutes: int
    place: Line
    needed: tuple[Country, ...] = ()
    notices: tuple[Identifier, ...]
    state: MeetingState = MeetingState.CALLED
    replies: tuple[Reply, ...] = ()
    attended: tuple[Identifier, ...] = ()
    called_at: Instant
    ended_by: str = ""

    def answered(self, reply: Reply) -> "Meeting":
        """With one more reply; an older one of the same reader counts no more."""
        kept = tuple(one for one in self.replies if one.reader != reply.reader)
        return self.model_copy(update={"replies": (*kept, reply)})

    def without_answer(self, invited: Collection[str]) -> tuple[str, ...]:
        """Who was invited and has said nothing yet."""
        heard = {one.reader for one in self.replies}
        return tuple(sorted(set(invited) - heard))

    @property
    def promised(self) -> frozenset[str]:
        """The countries that have accepted."""
        return frozenset(one.country for one in self.replies if one.country and one.answer is Answer.ACCEPTED)

    @property
    def not_promised(self) -> tuple[str, ...]:
        """The countries that are needed and have not accepted."""
        return missing(self.needed, self.promised)


def missing(needed: Collection[str], there: Collection[str]) -> tuple[str, ...]:
    """The countries of a quorum that are not there; none of them where nobody is needed."""
    return tuple(sorted(set(needed) - set(there)))


class Resolution(Model):
    """What a meeting decided. `action`: what is to be done for it, which goes into the plan."""

    text: Text = Field(min_length=1)
    marking: Marking = Marking()
    action: Action | None = None


class Minutes(Model):
    """The minutes of a meeting, as an officer writes them. `attended`: the ids of the stakeholders who were there."""

    attended: tuple[Identifier, ...] = Field(max_length=1_000)
    text: Text = ""
    marking: Marking = Marking()
    decisions: tuple[Resolution, ...] = Field(default=(), max_length=200)

    @property
    def whole_marking(self) -> Marking:
        """At least as tight as everything in them."""
        marking = self.marking
        for one in self.decisions:
            marking = marking.join(one.marking).join(one.action.marking if one.action else one.marking)
        return marking
