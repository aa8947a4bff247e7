"""From what a notice says to the scales of other formats: the table `mappings.yaml`, most of it project assumption."""

from functools import cache
from importlib import resources
from typing import Literal

from pydantic import Field, field_validator

from leerp.facts import Facts
from leerp.formats.strict import shipped_model
from leerp.grades import Grade, Scale
from leerp.model import Line, Model
from leerp.notices import NoticeKind, Relation
from notifications.view import View

_FILE = "mappings.yaml"


class Mapping(Model):
    """One line: the value, and what must hold for it; a condition that is not there holds."""

    value: str
    kinds: tuple[NoticeKind, ...] = ()
    relations: tuple[Relation, ...] = ()
    level_at_least: float | None = Field(default=None, ge=0, le=1)
    facts: dict[str, tuple[bool | str, ...]] = {}

    @field_validator("facts", mode="after")
    @classmethod
    def _are_facts(cls, value: dict[str, tuple[bool | str, ...]]) -> dict[str, tuple[bool | str, ...]]:
        if unknown := sorted(value.keys() - Facts.model_fields.keys()):
            raise ValueError(f"no such fact: {', '.join(unknown)}")
        return value

    def holds(self, view: View) -> bool:
        """Whether every condition holds for what this reader may see."""
        share = level_share(view)
        return (
            (not self.kinds or view.kind in self.kinds)
            and (not self.relations or view.relation in self.relations)
            and (self.level_at_least is None or (share is not None and share >= self.level_at_least))
            and all(
                any(getattr(facts, key) in values for facts in facts_of(view)) for key, values in self.facts.items()
            )
        )


class Urgency(Mapping):
    """A line for CAP's urgency."""

    value: Literal["Immediate", "Expected", "Future", "Past"]


class Severity(Mapping):
    """A line for CAP's severity."""

    value: Literal["Extreme", "Severe", "Moderate", "Minor"]


class Certainty(Mapping):
    """A line for CAP's certainty."""

    value: Literal["Observed", "Likely", "Possible", "Unlikely"]


class ThreatLevel(Mapping):
    """A line for MISP's `threat_level_id`."""

    value: Literal["1", "2", "3"]


class Analysis(Mapping):
    """A line for MISP's `analysis`."""

    value: Literal["0", "1", "2"]


class CapMappings(Model):
    """The lines for CAP 1.2."""

    urgency: tuple[Urgency, ...]
    severity: tuple[Severity, ...]
    certainty: tuple[Certainty, ...]


class MispMappings(Model):
    """The lines for MISP."""

    threat_level_id: tuple[ThreatLevel, ...]
    analysis: tuple[Analysis, ...]


class Mappings(Model):
    """The whole file."""

    mappings: Literal["machine-forms"]
    version: Line
    status: str
    sources: tuple[Line, ...] = Field(min_length=1)
    stix_confidence: dict[str, int]
    misp: MispMappings
    cap: CapMappings


@cache
def mappings() -> Mappings:
    """The table that comes with leerp, read once per process."""
    content = resources.files("notifications.forms").joinpath(_FILE).read_bytes()
    return shipped_model(Mappings, content, name=_FILE)


def first(lines: tuple[Mapping, ...], view: View, *, otherwise: str) -> str:
    """The value of the first line that holds for what this reader may see, or else the one for "unknown"."""
    return next((line.value for line in lines if line.holds(view)), otherwise)


def facts_of(view: View) -> tuple[Facts, ...]:
    """The facts that this reader may see, portion by portion."""
    return tuple(portion.said.facts for portion in view.portions if portion.said and portion.said.facts)


def level_share(view: View) -> float | None:
    """How high the highest level that this reader may see stands in its table, from 0 to 1; None if there is none."""
    said = [portion.said for portion in view.portions if portion.said]
    shares = [one.level_rank / (one.levels - 1) for one in said if one.level is not None and one.levels > 1]
    return max(shares, default=None)


def confidence(grade: Grade | None) -> int | None:
    """The confidence from 0 to 100 that STIX gives an Admiralty grade; None for every other grade and for unknown."""
    if grade is None or grade.scale is not Scale.ADMIRALTY:
        return None
    return mappings().stix_confidence.get(grade.code[1])
