"""Reading a report for intake: everything that needs no transaction, done before one is begun."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from activities.arriving import Arrival
from activities.private_data_routing import Given, routing
from leerp.marking import Marking
from leerp.notices import Mode
from leerp.protocol import Clock, Policy
from leerp.reports import Report
from leerp.stakeholders import Directory
from matrices.bursts import BurstRules, likeness
from matrices.correlation import meaningful
from records import reports, sightings
from records.journal import Draft


class Opening(NamedTuple):
    """What an incident is given that has to be opened."""

    policy: Policy
    clock: Clock
    secret: Callable[[], str]


class Prepared(NamedTuple):
    """A report that was read, and what taking it in needs to know of it.

    `joining`: the observables that may join it to an incident, as `kind:value` by their digest. `routed`: the entry
    for personal data that must go to national units.
    """

    report: Report
    raw: bytes
    arrival: Arrival
    opening: Opening
    id: str
    content_sha256: str
    raw_sha256: str
    likeness: str
    joining: dict[str, str]
    routed: Draft | None

    @property
    def marking(self) -> Marking:
        """The marking of the report."""
        return self.report.marking


def prepare(  # noqa: PLR0913 - a report, and what it is looked at with
    report: Report,
    raw: bytes,
    *,
    arrival: Arrival,
    opening: Opening,
    mode: Mode,
    directory: Directory,
    rules: BurstRules,
) -> Prepared:
    """Hash it, and find out what it may be joined by, what it is like, and whom it must be sent to at once."""
    joining = {sightings.digest(key): key for key in map(sightings.key, meaningful(report.observables))}
    identifier = reports.report_id(report.source, report.id, mode=mode)
    texts = (report.title, report.narrative)
    given = Given(identifier, report.source, texts, report.observables, report.facts.countries)
    return Prepared(
        report=report,
        raw=raw,
        arrival=arrival,
        opening=opening,
        id=identifier,
        content_sha256=reports.content_sha256(report),
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        likeness=likeness(report, joining=bool(joining), rules=rules),
        joining=joining,
        routed=routing(directory, given, at=arrival.at),
    )
