"""Scenarios: an exercise as a file, from the first report to what must have happened."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from exercises.branches import Branch
from exercises.cast import CastMember
from exercises.expectations import Expectation
from exercises.injects import Inject, ReportInject, plain
from exercises.offsets import Offset
from leerp.model import Identifier, Instant, Line, Model, Text


class Basis(StrEnum):
    """How well a fact of a scenario is founded."""

    SEEN = "seen"
    GENERAL_KNOWLEDGE = "general_knowledge"
    INVENTED = "invented"


class FactSource(Model):
    """Where facts of the scenario come from. `general_knowledge`: not looked up; `invented`: for the exercise."""

    id: Identifier
    text: Line
    basis: Basis


class Objective(Model):
    """What the exercise is to show. `owner`, `recommendation`: for the report, where it is not met."""

    id: Identifier
    text: Line
    owner: Line | None = None
    recommendation: Text | None = None


class Scenario(Model):
    """A whole exercise. `length`: when it ends, as an offset; injects and answers may come until then."""

    name: Identifier
    version: Line
    title: Line
    summary: Text
    sources: tuple[FactSource, ...] = Field(min_length=1, max_length=500)
    start: Instant
    length: Offset
    objectives: tuple[Objective, ...] = Field(min_length=1, max_length=100)
    cast: tuple[CastMember, ...] = Field(default=(), max_length=1_000)
    branches: tuple[Branch, ...] = Field(default=(), max_length=100)
    injects: tuple[Inject, ...] = Field(min_length=1, max_length=5_000)
    expectations: tuple[Expectation, ...] = Field(default=(), max_length=1_000)

    @property
    def document(self) -> dict[str, Any]:
        """What its file says, as plain values; what that leaves unsaid is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def time(self, offset: timedelta) -> datetime:
        """The time of the scenario at an offset."""
        return self.start + offset

    @property
    def end(self) -> datetime:
        """When it ends."""
        return self.time(self.length)

    @property
    def opens_an_incident(self) -> bool:
        """Whether one of its injects may: a report that is to be taken in. Without an incident a run has no record."""
        bodies = [plain(one) for one in self.injects]
        return any(isinstance(one, ReportInject) and not one.turned_away for one in bodies)

    def report(self, number: int) -> ReportInject | None:
        """The report inject with this number."""
        found = self.inject(number)
        found = plain(found) if found else None
        return found if isinstance(found, ReportInject) else None

    def inject(self, number: int) -> Inject | None:
        """The inject with this number."""
        return next((one for one in self.injects if one.number == number), None)

    def next_inject(self, begun: Collection[int]) -> Inject | None:
        """The inject that is due next of those whose numbers are not among these; None when there is no other."""
        waiting = (one for one in self.injects if one.number not in begun)
        return min(waiting, key=lambda one: one.at, default=None)

    def branch(self, identifier: str) -> Branch | None:
        """The branch with this id."""
        return next((one for one in self.branches if one.id == identifier), None)
