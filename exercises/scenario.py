"""Scenarios: an exercise as a file, from the first report to what must have happened."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from exercises.expectations import Expectation
from exercises.injects import Inject, ReportInject
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
    """What the exercise is to show."""

    id: Identifier
    text: Line


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
    injects: tuple[Inject, ...] = Field(min_length=1, max_length=5_000)
    expectations: tuple[Expectation, ...] = Field(default=(), max_length=1_000)

    def time(self, offset: timedelta) -> datetime:
        """The time of the scenario at an offset."""
        return self.start + offset

    @property
    def end(self) -> datetime:
        """When it ends."""
        return self.time(self.length)

    def report(self, number: int) -> ReportInject | None:
        """The report inject with this number."""
        found = (one for one in self.injects if one.number == number)
        return next((one for one in found if isinstance(one, ReportInject)), None)
