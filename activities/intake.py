"""Intake: reports, contributions and acknowledgements, stored before they are answered (DESIGN rule 12)."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from io import SEEK_END, BufferedReader, BytesIO
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities import contributing
from activities.acknowledgements import acknowledge
from activities.private_data import Given, route
from activities.rooms import Rooms
from leerp import __version__
from leerp.acknowledgements import Via
from leerp.contributions import ContributionReceipt, Told
from leerp.errors import BadInputError, LeerpError
from leerp.formats.contributed import read_contributed
from leerp.formats.reading import read_report
from leerp.formats.texts import MAX_LINE, line
from leerp.journal import DESK, JournalKind
from leerp.protocol import Clock, Policy, Signal
from leerp.reports import IntakeOutcome, IntakeReceipt, Report, ReportFormat, SourceGroup
from leerp.stakeholders import SOURCE_GROUPS
from matrices.correlation import meaningful
from records import documents, incidents, journal, outbox, reports
from records.statements import hold
from records.store import Store

_TOOL = f"leerp {__version__}"
"""What hashed and kept the bytes: the first line of a chain of custody."""


class Arrival(NamedTuple):
    """When something arrived, and through whose hands."""

    at: datetime
    by: str


class Intake:
    """Every way in ends here.

    `policy` and `clock` are given to the incidents that are opened; `secret` makes what their ids are keyed with.
    """

    def __init__(
        self, rooms: Rooms, *, policy: Policy, clock: Clock | None = None, secret: Callable[[], str] | None = None
    ) -> None:
        self._rooms = rooms
        self._policy = policy
        self._clock = clock or Clock()
        self._secret = secret or (lambda: secrets.token_hex(32))

    async def report(  # noqa: PLR0913 - a file, and what is said of it
        self,
        content: bytes,
        *,
        name: str,
        arrival: Arrival,
        source: str | None = None,
        format: ReportFormat | None = None,  # noqa: A002 - the word the command line has
        open_source: bool = False,
        origin: str | None = None,
    ) -> IntakeReceipt:
        """Read, store, deduplicate, correlate; open or join an incident. Refused input leaves a journal line alone.

        `open_source`, `origin`: as in a `Report`, for files that cannot say it. What the centre collected itself is
        of the centre where nobody is named.
        """
        try:
            report = read_report(
                content,
                name=name,
                format=format,
                source=source,
                source_of=self._sources(name, otherwise=self._rooms.directory().centre.id if open_source else None),
                received_at=arrival.at,
            )
            report = _as_told(report, open_source=open_source, origin=origin, name=name)
            self._check_collector(report, name)
        except BadInputError as error:
            await self.refuse(BytesIO(content), name=name, arrival=arrival, error=error)
            raise
        async with self._rooms.store.writing() as tx:
            await hold(tx, "intake")  # two reports at once must not each open an incident
            earlier = await reports.find(tx, report, mode=self._rooms.mode)
            if earlier is not None:
                return await self._repeat(tx, report, earlier, arrival)
            return await self._take_in(tx, report, content, arrival)

    def _check_collector(self, report: Report, file: str) -> None:
        """Only the centre collects from open sources: a provider's report stays for the provider to grade."""
        known = self._rooms.directory().named(report.source)
        if report.open_source and (known is None or SOURCE_GROUPS[known.group] is not SourceGroup.EC3):
            raise BadInputError(
                f"{file}: open_source is for what the centre collected itself, and {report.source} is not of the"
                " centre; leave it out, or name the centre with --source"
            )

    def _sources(self, file: str, *, otherwise: str | None = None) -> Callable[[str | None], str]:
        """How the names in a file become registered sources; an unknown one is refused.

        `otherwise`: the source where nobody is named.
        """

        def source_of(name: str | None) -> str:
            name = otherwise if name is None else name
            if name is None:
                raise BadInputError(f"{file}: does not say who reports it; name the source with --source ID")
            known = self._rooms.directory().named(name)
            if known is None:
                raise BadInputError(
                    f"{file}: its source {name!r} is not in the directory; add it there, or name one with --source ID"
                )
            return known.id

        return source_of

    async def _repeat(
        self, tx: AsyncConnection, report: Report, earlier: reports.StoredReport, arrival: Arrival
    ) -> IntakeReceipt:
        """A duplicate is noted once for each source that brings it, and answered with where the first one went."""
        kind = JournalKind.DETECTION_REPORT_DUPLICATED
        mine = reports.report_id(report.source, report.id, mode=self._rooms.mode)
        data: dict[str, JsonValue] = {"report": earlier.id, "source": report.source, "repeats_as": mine}
        await _note(tx, earlier.incident, kind, data, arrival=arrival, key=f"duplicate/{mine}")
        return IntakeReceipt(report=earlier.id, incident=earlier.incident, outcome=IntakeOutcome.DUPLICATE)

    async def _take_in(self, tx: AsyncConnection, report: Report, raw: bytes, arrival: Arrival) -> IntakeReceipt:
        shared = await reports.sharing(tx, meaningful(report.observables), mode=self._rooms.mode)
        joined = _most_in_common(shared)
        incident = joined or await self._open(tx, report, arrival)
        stored = await reports.store(tx, report=report, raw=raw, received_at=arrival.at, incident=incident)
        await incidents.raise_marking(tx, incident, report.marking)
        received: dict[str, JsonValue] = {
            "report": stored.id,
            "source": report.source,
            "marking": report.marking.banner,
            "content_sha256": stored.content_sha256,
            "raw_sha256": stored.raw_sha256,
            "not_read": len(report.notes),
            "tool": _TOOL,
        }
        kind = JournalKind.DETECTION_REPORT_RECEIVED
        await _note(tx, incident, kind, received, arrival=arrival, key=f"received/{stored.id}")
        because = shared[joined] if joined else ()
        if joined:
            data: dict[str, JsonValue] = {"report": stored.id, "observables_shared": len(because)}
            kind = JournalKind.DETECTION_INCIDENT_JOINED
            await _note(tx, incident, kind, data, arrival=arrival, key=f"joined/{stored.id}")
        texts, countries = (report.title, report.narrative), report.facts.countries
        given = Given(stored.id, report.source, texts, report.observables, countries)
        await route(tx, self._rooms.directory(), given, incident=incident, at=arrival.at)
        await outbox.post(tx, incident=incident, signal=Signal.REPORT, subject=stored.id)
        outcome = IntakeOutcome.JOINED if joined else IntakeOutcome.CREATED
        return IntakeReceipt(report=stored.id, incident=incident, outcome=outcome, because=because)

    async def _open(self, tx: AsyncConnection, report: Report, arrival: Arrival) -> str:
        reference = await incidents.open_incident(
            tx,
            mode=self._rooms.mode,
            at=arrival.at,
            title=report.title,
            marking=report.marking,
            policy=self._policy,
            clock=self._clock,
            secret=self._secret(),
        )
        data: dict[str, JsonValue] = {"mode": self._rooms.mode.value}
        await _note(tx, reference, JournalKind.DETECTION_INCIDENT_OPENED, data, arrival=arrival, key="opened")
        return reference

    async def contribution(
        self,
        content: bytes,
        *,
        name: str,
        reference: str,
        contributor: str,
        arrival: Arrival,
        told: Told | None = None,
    ) -> ContributionReceipt:
        """Read and store a contribution of a stakeholder to an incident; it is pooled, or waits for a person.

        Refused input leaves a journal line alone, in words that do not repeat its content.
        """
        try:
            known = self._sources(name)(contributor)
            read = read_contributed(content, name=name, contributor=known, received_at=arrival.at, told=told or Told())
        except BadInputError as error:
            await self.refuse(BytesIO(content), name=name, arrival=arrival, error=error)
            raise
        return await contributing.take_in(self._rooms, read, content, reference=reference, at=arrival.at, by=arrival.by)

    async def acknowledge(
        self, notice: str, *, reader: str, how: str, arrival: Arrival, spoken_to: str | None = None
    ) -> bool:
        """Record what a reader has told an officer; False when it had been confirmed before.

        `how`: in the officer's words. `spoken_to`: who answered.
        """
        more = {"how": how} | ({"spoken_to": spoken_to} if spoken_to else {})
        async with self._rooms.store.writing() as tx:
            return await acknowledge(
                tx, notice, reader=reader, via=Via.TELEPHONE, by=arrival.by, at=arrival.at, more=more
            )

    async def keep_document(self, content: bytes, *, media_type: str, marking: str) -> str:
        """Store a document that an act will refer to; its SHA-256."""
        async with self._rooms.store.writing() as tx:
            return await documents.put(tx, content, media_type=media_type, marking=marking)

    async def refuse(
        self, content: BytesIO | BufferedReader, *, name: str, arrival: Arrival, error: LeerpError
    ) -> None:
        """Journal at the desk's level what was refused: who, when, why, and the hash of the file, however large."""
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        data: dict[str, JsonValue] = {
            "file": name[-200:],
            "bytes": content.seek(0, SEEK_END),
            "sha256": digest,
            "why": error.sentence[:500],
        }
        await note_at_desk(self._rooms.store, JournalKind.DESK_INPUT_REFUSED, data, arrival=arrival)


def _as_told(report: Report, *, open_source: bool, origin: str | None, name: str) -> Report:
    """The report with what is said of it besides the file; the file itself may not say otherwise."""
    if origin is not None and line(origin, otherwise="") != origin:
        raise BadInputError(f"{name}: the origin must be one line of at most {MAX_LINE} characters; shorten it")
    if origin is not None and report.origin not in (None, origin):
        raise BadInputError(f"{name}, key origin: the file names another origin; correct one of the two")
    told = {"open_source": open_source or report.open_source, "origin": origin or report.origin}
    return report.model_copy(update=told)


def _most_in_common(shared: Mapping[str, tuple[str, ...]]) -> str | None:
    """The incident with most in common; of equals the oldest, whose reference sorts first."""
    return min(shared, key=lambda reference: (-len(shared[reference]), reference), default=None)


async def _note(
    tx: AsyncConnection, incident: str, kind: JournalKind, data: dict[str, JsonValue], *, arrival: Arrival, key: str
) -> None:
    await journal.append(tx, incident=incident, at=arrival.at, actor=arrival.by, kind=kind, data=data, key=key)


async def note_at_desk(store: Store, kind: JournalKind, data: dict[str, JsonValue], *, arrival: Arrival) -> None:
    """Write an entry into the desk's own chain; each call is an entry."""
    async with store.writing() as tx:
        await _note(tx, DESK, kind, data, arrival=arrival, key=secrets.token_hex(16))
