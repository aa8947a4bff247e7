"""Searching: what is asked, by whom, and what is answered. How words are read is in `leerp.search_words`.

Whether a searcher may see something is decided before anything is counted, put in order, suggested or cut into pages:
for a searcher, what this searcher may not see does not exist.
"""

from enum import StrEnum

from pydantic import Field

from leerp.marking import Level, Marking, Reader, refusal
from leerp.model import Identifier, Instant, Message, Model
from leerp.notices import Mode

MAX_QUERY = 200
"""The most characters of a query."""

MAX_WORDS = 10
"""The most words of a query."""

MOST_ROWS = 3_000
"""The most places of a word that are looked at; beyond them an answer says that there is more."""

MOST_SUGGESTED = 8
"""The most completions of the last word."""


class SearchKind(StrEnum):
    """What can be found."""

    INCIDENT = "incident"
    REPORT = "report"
    CONTRIBUTION = "contribution"
    OBSERVABLE = "observable"
    NOTICE = "notice"
    ACTION = "action"


class Searcher(Message):
    """Who searches, and what decides what is shown.

    `stakeholder`: whom a person belongs to, who then searches what was sent there and nothing else; None for people of
    the centre. `maximum`: up to which level the desk shows anything. `closed`: the incidents that this person is not
    admitted to. `at`: the time at which a clearance must stand.
    """

    reader: Reader
    stakeholder: Identifier | None = None
    maximum: Level = Level.TRES_SECRET
    closed: frozenset[Identifier] = frozenset()
    at: Instant

    def may_read(self, marking: Marking) -> bool:
        """Whether what is marked so may be shown.

        Restrictions of providers bind those to whom the centre passes something on: not the centre's own people, and
        what a stakeholder was sent has passed them.
        """
        return refusal(marking, self.reader, channel_maximum=self.maximum, lifted=True, at=self.at) is None

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels whose information this searcher may see, lowest first; none but the public one if unknown."""
        return tuple(level for level in Level if self.may_read(Marking(level=level)))


class SearchQuery(Model):
    """What is asked for. A query longer than MAX_QUERY characters or MAX_WORDS words is refused, not shortened.

    `kinds`: only these; all where none is named. `incident`: only what belongs to this one. `after`: the `next` of an
    earlier answer to the same query.
    """

    text: str
    mode: Mode = Mode.ACTUAL
    kinds: frozenset[SearchKind] = frozenset()
    incident: Identifier | None = None
    limit: int = Field(default=20, ge=1, le=100)
    after: str | None = Field(default=None, max_length=1_000)


class Passage(Message):
    """A piece of text. `marks`: where the words stand in it, as pairs of first character and the one after the last."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


class Found(Message):
    """One thing that was found, as this searcher may see it.

    `id`: of an observable `kind:value`, of an action its incident and its id with a slash between. `incident`: where
    it belongs; of an observable the one where it came last. `marking`: the banner of what is shown here. `why`: what
    of the thing matched. `holders`: how many visible things hold an observable; `held_by`: the newest of them.
    """

    kind: SearchKind
    id: str
    incident: Identifier
    at: Instant
    title: Passage | None = None
    snippet: Passage | None = None
    marking: str
    why: tuple[str, ...] = ()
    holders: int = 0
    held_by: tuple[str, ...] = ()


class SearchAnswer(Message):
    """What was found, the best first.

    `total`: how many there are; with `more`, at least so many, for not every place of the words was looked at.
    `suggestions`: completions of the last word among what was found. `next`: what to ask with for the next page.
    """

    found: tuple[Found, ...] = ()
    total: int = 0
    more: bool = False
    suggestions: tuple[str, ...] = ()
    next: str | None = None
