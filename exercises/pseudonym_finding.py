"""What a scenario and a directory name: everybody, every technical value, every id, by the fields they stand in."""

from enum import Enum

from pydantic import BaseModel

from leerp.formats.extraction import find_in_text
from leerp.formats.findings import Findings
from leerp.observables import ObservableKind
from leerp.stakeholders import Directory

PEOPLE = frozenset(
    "actor agency assigned_to attended controller decided_by invite lead officer origin other owner person proposed_by"
    " provider reader readers requested_by sender senders support to who".split()
)
NAMED = {
    **dict.fromkeys(("action", "actions", "after", "needs"), "action"),
    **dict.fromkeys(("objective", "objectives"), "objective"),
    **dict.fromkeys(("source", "sources"), "source"),
    **dict.fromkeys(("branch", "branches"), "branch"),
    "expectations": "expectation",
    "says": "report",
    "circle": "circle",
    "case": "case",
    "derived_from": "item",
}
"""Ids that an incident gave: by the field, or the field above an `id`, what they are of."""

KEPT = frozenset(
    "act answer channel choice code confirms countries country kind needed notice outcome relation service state table"
    " types unsettle".split()
)
"""Closed lists of words, countries, and what the configuration names: channels, room services, decision tables."""

PLAIN_WAYS = frozenset({"leerp", "telephone", "mail", "e-mail", "email", "radio", "in person", "duty desk", "recorded"})
"""What stands for a way or for nobody in particular, and is no name."""

ANY_KIND = "value"
"""The kind of a value that is written without one."""


class Found:
    """What a scenario and a directory name."""

    def __init__(self) -> None:
        self.people: dict[str, None] = {}
        self.officers: dict[str, None] = {}
        self.also: dict[str, str] = {}
        self.technical: set[tuple[str, str]] = set()
        self.names: dict[str, dict[str, None]] = {}
        self._texts: list[str] = []

    def look(self, value: object, name: str, *, above: str = "") -> None:
        """Find everybody and everything in a part of a scenario."""
        if isinstance(value, BaseModel):
            self._model(value, name)
        elif isinstance(value, list | tuple):
            for one in value:
                self.look(one, name, above=above)
        elif isinstance(value, dict):
            for key, one in value.items():
                self.look(one, str(key), above=name)
        elif isinstance(value, str) and not isinstance(value, Enum):
            self._word(value, name, above)

    def _model(self, value: BaseModel, name: str) -> None:
        pair = pair_of(value)
        if pair:
            self.technical.add(pair)
            return
        for one in type(value).model_fields:
            self.look(getattr(value, one), one, above=name)
        if getattr(value, "kind", None) in ("act", "decision", "fact"):
            self.officers |= dict.fromkeys(_senders(value))

    def _word(self, value: str, name: str, above: str) -> None:
        group = group_of(name, above)
        if name == "releasable_to":
            kind, _, selector = value.partition(":")
            if kind == "reader":
                self.people[selector] = None
            elif kind == "circle":
                self.names.setdefault("circle", {})[selector] = None
        elif name in PEOPLE:
            if value not in PLAIN_WAYS:
                (self.officers if name == "officer" else self.people)[value] = None
        elif group is not None:
            self.names.setdefault(group, {})[value] = None
        elif name not in KEPT:
            self._texts.append(value)

    def look_at(self, directory: Directory) -> None:
        """Everybody of a directory, by id, name, alias and address."""
        for one in (directory.centre, *directory.stakeholders):
            self.people[one.id] = None
            for other in (one.name, *one.aliases, *one.rooms.values()):
                self.also[other] = one.id
            for contact in one.contacts:
                if "@" in contact.address:
                    self.technical.add((ObservableKind.EMAIL, contact.address.lower()))
                else:
                    self.also[contact.address] = one.id
        for officer in directory.officers:
            self.officers[officer.id] = None
            self.also[officer.name] = officer.id

    def read_texts(self) -> None:
        """What free texts hold of technical values."""
        findings = Findings(name="the texts")
        for text in self._texts:
            find_in_text(text, findings, name="a text")
        self.technical |= {(one.kind.value, one.value) for one in findings.observables}


def _senders(value: BaseModel) -> tuple[str, ...]:
    several = getattr(value, "senders", None)
    return several if several is not None else (getattr(value, "sender", ""),)


def pair_of(value: BaseModel) -> tuple[str, str] | None:
    """The kind and value of an observable or target."""
    fields = type(value).model_fields
    if not {"kind", "value"} <= set(fields) or not set(fields) <= {"kind", "value", "country"}:
        return None
    kind = getattr(value, "kind")  # noqa: B009 - the model is not known here
    written = str(getattr(value, "value"))  # noqa: B009 - the same
    return (str(kind) if kind is not None else ANY_KIND, written)


def group_of(name: str, above: str) -> str | None:
    """What the id in a field is of, by the field and the one above it; None where the field holds no such id."""
    if name == "id":
        return NAMED.get(above, "id")
    return NAMED.get(name)
