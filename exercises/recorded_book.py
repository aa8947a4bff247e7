"""What is stored of an incident beside its journal, for whoever turns its record into a scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from exercises.offsets import write_offset
from leerp.command_posts import PostRoom
from leerp.meetings import Meeting
from leerp.notices import Notice, Relation
from leerp.plan_alerts import Alert

Body = dict[str, Any]
"""A deed, an inject, or a part of one, as a scenario file has it."""

PRESENCE = timedelta(hours=1)
"""How long after its beginning a shift is certain to run and the one before it to have ended (the handover)."""


class NoWayError(Exception):
    """An act cannot be played again; says why, in a sentence."""


@dataclass
class Book:
    """What is stored of an incident beside its journal, and by which inject of the scenario each thing was made.

    `audiences`: for whom each notice was drafted.
    `made`: the number of the inject that made a report, contribution, meeting, room, product or proposal, by its id.
    """

    start: datetime
    documents: Mapping[str, bytes]
    notices: Mapping[str, Notice]
    audiences: Mapping[str, tuple[str, ...]]
    meetings: Mapping[str, Meeting]
    rooms: Mapping[str, PostRoom]
    alerts: Mapping[str, Alert]
    made: dict[str, int] = field(default_factory=dict)

    def offset(self, at: datetime) -> str:
        """A time as an offset from the start; one before it cannot be said of what was planned."""
        if at < self.start:
            raise NoWayError("it names a time before the record begins")
        return write_offset(at - self.start)

    def document(self, sha256: object) -> bytes:
        """What an entry refers to."""
        found = self.documents.get(str(sha256))
        if found is None:
            raise NoWayError("the document that it refers to is not kept")
        return found

    def number(self, identifier: object) -> int:
        """The inject that made what an entry names."""
        found = self.made.get(str(identifier))
        if found is None:
            raise NoWayError(f"what it is about, {identifier}, was made by nothing that is played again")
        return found

    def call(self, meeting: object) -> int:
        """The inject that called a meeting: the latest call that was made by then."""
        found = self.meetings.get(str(meeting))
        calls = [self.made[notice] for notice in (found.notices if found else ()) if notice in self.made]
        if not calls:
            raise NoWayError("the call to its meeting is not played again")
        return calls[-1]

    def kind(self, notice: object) -> str:
        """The kind of a notice."""
        return self._notice(notice).kind.value

    def relation(self, notice: object) -> Body:
        """What a notice is to an earlier one, where it is anything."""
        relation = self._notice(notice).relation
        return {"relation": relation.value} if relation else {}

    def recalls(self, notice: object) -> str | None:
        """The notice that a notice takes back."""
        found = self._notice(notice)
        return found.earlier if found.relation is Relation.RECALLS else None

    def next_update(self, notice: object) -> Body:
        """When a notice says that readers hear again."""
        said = [portion.said for portion in self._notice(notice).portions if portion.said]
        found = next((one.next_update_at for one in said if one.next_update_at), None)
        return {"next_update": self.offset(found)} if found else {}

    def place(self, notice: object) -> str:
        """Where the meeting is that a notice calls."""
        said = [portion.said for portion in self._notice(notice).portions if portion.said]
        found = next((one.meeting.place for one in said if one.meeting), None)
        if found is None:
            raise NoWayError("the place of the meeting is not on record")
        return found

    def _notice(self, identifier: object) -> Notice:
        found = self.notices.get(str(identifier))
        if found is None:
            raise NoWayError(f"the notice {identifier} is not kept")
        return found
