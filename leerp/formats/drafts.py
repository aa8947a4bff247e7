"""Drafts: what a reader made of a file, before it is known whose it is."""

import hashlib
import json

from pydantic import Field

from leerp.contributions import Contribution
from leerp.facts import Facts
from leerp.formats.texts import MAX_TEXT
from leerp.grades import Grade
from leerp.marking import Marking
from leerp.model import Identifier, Instant, Line, Model
from leerp.observables import Observable
from leerp.reports import Report

_CUT = "\n[cut here: the text of the file is longer than a narrative may be]"


class Draft(Model):
    """A report or a contribution without its owner.

    `organisation`: who made it, as the file says (a name, or a mail address); a claim to be looked up, no proof.
    """

    organisation: str | None = None
    id: Identifier
    reported_at: Instant
    observed_at: Instant | None = None
    title: Line
    narrative: str = ""
    marking: Marking = Marking()
    grade: Grade | None = None
    open_source: bool = False
    origin: Line | None = None
    facts: Facts = Facts()
    observables: tuple[Observable, ...] = Field(default=(), max_length=20_000)
    notes: tuple[Line, ...] = Field(default=(), max_length=200)

    def report(self, *, source: str) -> Report:
        """The report of a source."""
        fields = {key: getattr(self, key) for key in Draft.model_fields if key != "organisation"}
        return Report(**{**fields, "source": source, "narrative": cut(self.narrative)})

    def contribution(self, *, contributor: str) -> Contribution:
        """The contribution of a stakeholder. What a contribution has no field for is said in its narrative."""
        asserted = [f"Asserted in the file: {key}: {value}" for key, value in _asserted(self.facts)]
        asserted += [f"Quoted in the file: {self.origin}"] if self.origin else []
        unread = [f"Note of the reader: {note}" for note in self.notes]
        extra = "\n".join(asserted + unread)
        room = MAX_TEXT - len(extra) - 2
        return Contribution(
            contributor=contributor,
            id=self.id,
            contributed_at=self.reported_at,
            title=self.title,
            narrative="\n\n".join(part for part in (cut(self.narrative, limit=room), extra) if part),
            marking=self.marking,
            grade=self.grade,
            observables=self.observables,
        )


def _asserted(facts: Facts) -> list[tuple[str, str]]:
    known = facts.model_dump(mode="json", exclude_defaults=True)
    return [(key, ", ".join(value) if isinstance(value, list) else str(value)) for key, value in known.items()]


def cut(text: str, *, limit: int = MAX_TEXT) -> str:
    """The text, or as much of it as fits with a last line that says so."""
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def content_id(prefix: str, content: bytes | object) -> str:
    """An id for what brings none: the same content has the same id, however a JSON file is laid out."""
    raw = content if isinstance(content, bytes) else json.dumps(content, sort_keys=True).encode()
    return f"{prefix}-{hashlib.sha256(raw).hexdigest()[:20]}"
