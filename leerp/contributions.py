"""Contributions: intelligence that countries give during the investigation, and the hits between them."""

from enum import StrEnum

from pydantic import Field

from leerp.grades import Grade
from leerp.marking import Marking
from leerp.model import Identifier, Instant, Line, Message, Model, Text
from leerp.observables import Observable


class Contribution(Model):
    """One contribution of one stakeholder. (`contributor`, `id`) is its identity."""

    contributor: Identifier
    id: Identifier
    contributed_at: Instant
    title: Line
    narrative: Text = ""
    marking: Marking = Marking()
    grade: Grade | None = None
    legal_basis: Line | None = None
    observables: tuple[Observable, ...] = Field(default=(), max_length=20_000)


class ContributionOutcome(StrEnum):
    """What became of a contribution."""

    POOLED = "pooled"
    DUPLICATE = "duplicate"


class ContributionReceipt(Message):
    """The answer to a contribution, given only after it is stored."""

    contribution: Identifier
    incident: Identifier
    outcome: ContributionOutcome


class Hit(Message):
    """That two contributions (or a contribution and a report) of different owners hold the same observable.

    Owners learn that there is a hit and whom to call, never from here what it is: `observable` stays at the centre.
    """

    first: Identifier
    second: Identifier
    first_owner: Identifier
    second_owner: Identifier
    observable: str
    at: Instant
