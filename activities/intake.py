"""Intake: reports, contributions and acknowledgements, stored before they are answered (DESIGN rule 12)."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from io import SEEK_END, BufferedReader, BytesIO
from typing import NamedTuple

from pydantic import JsonValue

from activities import contributing
from activities.acknowledgements import acknowledge
from activities.arriving import Arrival, as_arrived
from activities.intake_batch import burst_rules, take_in
from activities.intake_reading import Opening, Prepared, prepare
from activities.rooms import Rooms
from leerp.acknowledgements import Via
from leerp.contributions import ContributionReceipt, Told
from leerp.errors import BadInputError, LeerpError
from leerp.formats.contributed import read_contributed
from leerp.formats.reading import read_report
from leerp.formats.texts import MAX_LINE, line
from leerp.journal import DESK, JournalKind
from leerp.protocol import Clock, Policy
from leerp.reports import IntakeReceipt, Report, ReportFormat, SourceGroup
from leerp.stakeholders import SOURCE_GROUPS, Directory
from records import documents, journal
from records.store import Store

__all__ = ["Arrival", "Intake", "note_at_desk"]

READ_AT_ONCE_BYTES = 64 * 1024
"""A larger report is read in a thread, so that it holds nobody up."""


class _Told(NamedTuple):
    """What is said of a file."""

    name: str
    source: str | None
    format: ReportFormat | None
    open_source: bool
    origin: str | None


class Intake:
    """Every way in ends here.

    `policy` and `clock` are given to the incidents that are opened; `secret` makes what their ids are keyed with.
    """

    def __init__(
        self, rooms: Rooms, *, policy: Policy, clock: Clock | None = None, secret: Callable[[], str] | None = None
    ) -> None:
        self._rooms = rooms
        self._opening = Opening(policy, clock or Clock(), secret or (lambda: secrets.token_hex(32)))

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
        told = _Told(name, source, format, open_source, origin)
        try:
            if len(content) > READ_AT_ONCE_BYTES:
                prepared = await asyncio.to_thread(self._read, content, arrival, told)
            else:
                prepared = self._read(content, arrival, told)
        except BadInputError as error:
            await self.refuse(BytesIO(content), name=name, arrival=arrival, error=error)
            raise
        receipt = await take_in(self._rooms, prepared)
        self._rooms.lately_counted.note(prepared.likeness, counted=receipt.counted_on is not None)
        return receipt

    def _read(self, content: bytes, arrival: Arrival, told: _Told) -> Prepared:
        directory, name = self._rooms.directory(), told.name
        report = read_report(
            content,
            name=name,
            format=told.format,
            source=told.source,
            source_of=_sources(directory, name, otherwise=directory.centre.id if told.open_source else None),
            received_at=arrival.at,
        )
        report = _as_told(report, open_source=told.open_source, origin=told.origin, name=name)
        report = as_arrived(report, arrival.manner)
        _check_collector(report, directory, name)
        prepared = prepare(
            report,
            content,
            arrival=arrival,
            opening=self._opening,
            mode=self._rooms.mode,
            directory=directory,
            rules=burst_rules(self._rooms),
        )
        if prepared.likeness not in self._rooms.lately_counted:
            prepared.ready.find_words()
        return prepared

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
            known = _sources(self._rooms.directory(), name)(contributor)
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
            **arrival.manner.data,
        }
        await note_at_desk(self._rooms.store, JournalKind.DESK_INPUT_REFUSED, data, arrival=arrival)


def _check_collector(report: Report, directory: Directory, file: str) -> None:
    """Only the centre collects from open sources: a provider's report stays for the provider to grade."""
    if not report.open_source:
        return
    known = directory.named(report.source)
    if known is None or SOURCE_GROUPS[known.group] is not SourceGroup.EC3:
        raise BadInputError(
            f"{file}: open_source is for what the centre collected itself, and {report.source} is not of the"
            " centre; leave it out, or name the centre with --source"
        )


def _sources(directory: Directory, file: str, *, otherwise: str | None = None) -> Callable[[str | None], str]:
    """How the names in a file become registered sources; an unknown one is refused.

    `otherwise`: the source where nobody is named.
    """

    def source_of(name: str | None) -> str:
        name = otherwise if name is None else name
        if name is None:
            raise BadInputError(f"{file}: does not say who reports it; name the source with --source ID")
        known = directory.named(name)
        if known is None:
            raise BadInputError(
                f"{file}: its source {name!r} is not in the directory; add it there, or name one with --source ID"
            )
        return known.id

    return source_of


def _as_told(report: Report, *, open_source: bool, origin: str | None, name: str) -> Report:
    """The report with what is said of it besides the file; the file itself may not say otherwise."""
    if origin is not None and line(origin, otherwise="") != origin:
        raise BadInputError(f"{name}: the origin must be one line of at most {MAX_LINE} characters; shorten it")
    if origin is not None and report.origin not in (None, origin):
        raise BadInputError(f"{name}, key origin: the file names another origin; correct one of the two")
    if not open_source and origin is None:
        return report
    told = {"open_source": open_source or report.open_source, "origin": origin or report.origin}
    return report.model_copy(update=told)


async def note_at_desk(store: Store, kind: JournalKind, data: dict[str, JsonValue], *, arrival: Arrival) -> None:
    """Write an entry into the desk's own chain; each call is an entry."""
    async with store.writing() as tx:
        await journal.append(
            tx, incident=DESK, at=arrival.at, actor=arrival.by, kind=kind, data=data, key=secrets.token_hex(16)
        )
