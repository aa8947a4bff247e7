"""Conditions: what the journal is asked, whether an entry fits, and whether a condition holds at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Protocol

from pydantic import BeforeValidator, model_validator

from leerp.journal import JournalEntry, JournalKind
from leerp.model import Identifier, Line, Model

Scalar = str | bool | int


def _known(value: object) -> object:
    """Refuse a kind that does not exist with those near to it: the list of all is too long for a sentence."""
    kinds = [kind.value for kind in JournalKind]
    if isinstance(value, str) and value not in kinds:
        near = get_close_matches(value, kinds, n=3, cutoff=0.4) or ["triage.decision.made"]
        raise ValueError(f"there is no journal entry of the kind {value[:60]}; there is {', '.join(near)}")
    return value


KnownKind = Annotated[JournalKind, BeforeValidator(_known)]
"""A kind of journal entry that a scenario asks for."""


class After(Model):
    """From when something counts: an inject, or the first journal entry of a kind (and with that data)."""

    inject: int | None = None
    kind: KnownKind | None = None
    where: dict[Line, Scalar] = {}

    @model_validator(mode="after")
    def _one_of_them(self) -> "After":
        if (self.inject is None) == (self.kind is None):
            raise ValueError("name either an inject or a kind of journal entry")
        return self


class Condition(Model):
    """That the journal has an entry of a kind by now.

    `where`: fields of its data and the values they must have. `actor`: who did it. `reader`: a stakeholder that it must
    be about. `after`: from when it counts; absent, from the start. What counts from something that has not happened
    does not hold.
    """

    kind: KnownKind
    where: dict[Line, Scalar] = {}
    actor: Identifier | None = None
    reader: Identifier | None = None
    after: After | None = None


def time_of_entry(entry: JournalEntry) -> datetime:
    """When an entry was made."""
    return datetime.fromisoformat(entry.at)


def has(entry: JournalEntry, where: Mapping[str, Scalar]) -> bool:
    """Whether the data of an entry has these fields with these values."""
    return all(entry.data.get(key) == value for key, value in where.items())


def readers_of(entry: JournalEntry) -> tuple[str, ...]:
    """Whom an entry is about: a reader alone, those in a list, or those in a list with reasons."""
    several = entry.data.get("readers")
    named = [entry.data.get("reader"), *(several if isinstance(several, list) else [])]
    return tuple(str(one.get("reader")) if isinstance(one, dict) else str(one) for one in named if one)


def is_about(entry: JournalEntry, reader: str) -> bool:
    """Whether an entry is about a reader."""
    return reader in readers_of(entry)


def first_time(after: After, entries: Iterable[JournalEntry], times: Mapping[int, datetime]) -> datetime | None:
    """When what something counts from happened; None if it has not. `times`: of the injects that were played."""
    if after.inject is not None:
        return times.get(after.inject)
    found = (time_of_entry(one) for one in entries if one.kind is after.kind and has(one, after.where))
    return min(found, default=None)


class Asked(Protocol):
    """What a condition and an expectation ask of an entry alike."""

    @property
    def kind(self) -> JournalKind:
        """The kind it must be of."""

    @property
    def where(self) -> dict[str, Scalar]:
        """The fields that its data must have, with their values."""

    @property
    def actor(self) -> str | None:
        """Who must have done it."""

    @property
    def reader(self) -> str | None:
        """Whom it must be about."""


def fits(entry: JournalEntry, asked: Asked) -> bool:
    """Whether an entry is what is asked for, whenever it was made."""
    return (
        entry.kind is asked.kind
        and has(entry, asked.where)
        and asked.actor in (None, entry.actor)
        and (asked.reader is None or is_about(entry, asked.reader))
    )


def holds(condition: Condition, entries: Sequence[JournalEntry], times: Mapping[int, datetime]) -> bool:
    """Whether a condition holds by what the journal has now. `times`: when each inject was played, by its number."""
    after = condition.after
    begin = first_time(after, entries, times) if after else None
    if after and begin is None:
        return False
    return any(fits(one, condition) and (begin is None or time_of_entry(one) >= begin) for one in entries)
