"""Reading a report for intake: everything that needs no transaction, done before one is begun."""

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
from records.reports import Hashes, Ready


class Opening(NamedTuple):
    """What an incident is given that has to be opened."""

    policy: Policy
    clock: Clock
    secret: Callable[[], str]


MOST_REMEMBERED = 1_000


class LatelyCounted:
    """The likenesses of which the last report was only counted: of the next one nobody need look up the words.

    It is a guess that saves time. Where it is wrong, the words are looked up when the report is stored.
    """

    def __init__(self) -> None:
        self._likenesses: dict[str, None] = {}

    def __contains__(self, likeness: str) -> bool:
        """Whether the next one will probably be counted."""
        return likeness in self._likenesses

    def note(self, likeness: str, *, counted: bool) -> None:
        """Remember what became of a report; of very many the one noted first is forgotten."""
        self._likenesses.pop(likeness, None)
        if counted:
            self._likenesses[likeness] = None
        if len(self._likenesses) > MOST_REMEMBERED:
            del self._likenesses[next(iter(self._likenesses))]


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
    hashed: Hashes
    ready: Ready
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
    hashed = reports.hashes(report, raw)
    return Prepared(
        report=report,
        raw=raw,
        arrival=arrival,
        opening=opening,
        id=identifier,
        hashed=hashed,
        ready=reports.ready(report, raw, identifier=identifier, received_at=arrival.at, hashed=hashed, mode=mode),
        likeness=likeness(report, joining=bool(joining), rules=rules),
        joining=joining,
        routed=routing(directory, given, at=arrival.at),
    )
