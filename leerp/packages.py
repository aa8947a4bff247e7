"""Packages: what one country may have of what the incident holds about its own victims, hosts and accounts."""

from pydantic import Field

from leerp.countries import Country
from leerp.model import Identifier, Instant, Message, Model
from leerp.observables import ObservableKind

MAX_ASSIGNMENTS = 20_000
"""The most observables that one file assigns to countries."""


class Assignment(Model):
    """That an officer says an observable is a country's. `kind` None: of whatever kind it is."""

    kind: ObservableKind | None = None
    value: str = Field(min_length=1, max_length=4_096)
    country: Country


class Assignments(Model):
    """A whole file of them, as it is kept."""

    assignments: tuple[Assignment, ...] = Field(max_length=MAX_ASSIGNMENTS)


class Package(Message):
    """A package as the journal tells it: counts, and no content. Nothing of this reaches a reader.

    `whole`: reports and contributions that are told as they are. `parts`: those of which observables alone are.
    `because`: how often each reason chose one of them. `unmatched`: assigned observables that nothing here holds.
    """

    notice: Identifier
    country: Country
    at: Instant
    actor: str
    readers: int
    whole: int
    parts: int
    observables: int
    because: dict[str, int]
    assigned: str | None = None
    unmatched: int = 0
    signed: bool
    released: bool = False
