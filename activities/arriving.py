"""How something arrived: when, through whose hands, and what the way it came says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue

from leerp.marking import Marking
from leerp.reports import Report

MAX_NOTES = 200
"""As many as a report may have."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """What the way says of what came by it.

    `notes`: for people, shown with the report before the notes of its reader. `proven`: whether it is certain who sent
    it; a grade that nobody certain has given does not stand. `floor`: the report is marked at least as high.
    `data`: the same for the journal, without content.
    """

    notes: tuple[str, ...] = ()
    proven: bool = True
    floor: Marking | None = None
    data: Mapping[str, JsonValue] = field(default_factory=dict)


class Arrival(NamedTuple):
    """When something arrived, through whose hands, and in which manner."""

    at: datetime
    by: str
    manner: Manner = Manner()


def as_arrived(report: Report, manner: Manner) -> Report:
    """The report with what the way it came says of it."""
    changes: dict[str, object] = {}
    if manner.notes:
        changes["notes"] = (*manner.notes, *report.notes)[:MAX_NOTES]
    if not manner.proven:
        changes["grade"] = None
    if manner.floor is not None:
        changes["marking"] = report.marking.join(manner.floor)
    return report.model_copy(update=changes) if changes else report
