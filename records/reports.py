"""Reports: kept once, whatever way and however often they come."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Connection, Row, Select, bindparam, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp import canonical
from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.grades import UNGRADED, Grade
from leerp.model import Instant, Message, Model
from leerp.notices import Mode
from leerp.observables import Observable
from leerp.reports import Report
from leerp.search_things import Part, of_report
from records import incidents, search_filling, sightings
from records.plain_rows import Columns, written
from records.schema import documents, reports
from records.schema import sightings as sightings_table
from records.schema_correlating import repeats
from records.statements import as_list, hold, insert_new, listed

_NOT_HASHED = ("source", "id", "reported_at", "notes")
_FIRST_FIELDS = frozenset({"observed_at", "title", "narrative", "marking", "grade", "facts", "observables"})
_FIRST_FACTS = frozenset(
    {
        *("root_cause", "rebuttal", "activity", "sectors", "service_impact", "countries", "victims_min", "victims_max"),
        *("spread", "outlook", "recoverability", "life_threat", "political"),
    }
)
"""What version 0.1.0 hashed. Whatever came later is hashed only where it is used."""

_LATER_FIELDS = frozenset(Report.model_fields) - _FIRST_FIELDS - frozenset(_NOT_HASHED)
_LATER_FACTS = frozenset(Facts.model_fields) - _FIRST_FACTS

_FIELDS = [column for column in reports.c if column.name != "mode"]

# What is counted is of the incident of the leading report, wherever people move that, and has the grade that stands
# for it.
_OF_THE_LEADING = ("incident", "grade")
_COUNTED = select(
    *(reports.c[field.name] if field.name in _OF_THE_LEADING else repeats.c[field.name] for field in _FIELDS)
).join_from(repeats, reports)


class StoredReport(Message):
    """A report as stored. `grade` is what stands: the provider's, or X4 until the provider agrees to another."""

    id: str
    incident: str
    report: Report
    received_at: Instant
    grade: Grade
    content_sha256: str
    raw_sha256: str


def report_id(source: str, identifier: str, *, mode: Mode = Mode.ACTUAL) -> str:
    """The id of a source's report: `R-` and 20 hex digits of SHA-256 over source, NUL, id (NUL, `exercise`)."""
    return sightings.item_id("R-", source, identifier, mode)


def content_sha256(report: Report) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of what a report says, whoever says it, whenever, under any id."""
    not_hashed: dict[str, Any] = dict.fromkeys((*_NOT_HASHED, *_unused(report, later=_LATER_FIELDS)), True)
    not_hashed["facts"] = _unused(report.facts, later=_LATER_FACTS)
    return hashlib.sha256(canonical.dumps(report.model_dump(mode="json", exclude=not_hashed))).hexdigest()


def _unused(model: Model, *, later: frozenset[str]) -> set[str]:
    """What later versions added and this report does not use: without it, a report stored earlier keeps its hash."""
    said, fields = later & model.model_fields_set, type(model).model_fields
    return {*(later - said), *(name for name in said if getattr(model, name) == fields[name].default)}


class Earlier(NamedTuple):
    """A report that is stored: its id, and the incident it is of now."""

    id: str
    incident: str


@dataclass(frozen=True)
class Ready:
    """A report as its tables have it, but for the incident: what is made before a transaction is begun."""

    row: Columns
    document: Columns
    sightings: list[Columns]
    part: Part

    @cached_property
    def words(self) -> search_filling.WrittenAs:
        """How it is found: most of the work, and for nothing where it is only counted."""
        return search_filling.written_as(self.part)

    def find_words(self) -> None:
        """Have `words` made now."""
        _ = self.words


class Kept(NamedTuple):
    """A report to be stored, and the incident it is of."""

    ready: Ready
    incident: str


class Hashes(NamedTuple):
    """The SHA-256 of what a report says, and of the bytes it came in."""

    content: str
    raw: str


def hashes(report: Report, raw: bytes) -> Hashes:
    """Both hashes of a report."""
    return Hashes(content_sha256(report), hashlib.sha256(raw).hexdigest())


def ready(report: Report, raw: bytes, *, identifier: str, received_at: datetime, hashed: Hashes, mode: Mode) -> Ready:
    """Write a report as its tables have it."""
    row = {
        "id": identifier,
        "mode": mode,
        "report": report,
        "received_at": received_at,
        "grade": report.grade or UNGRADED,
        "content_sha256": hashed.content,
        "raw_sha256": hashed.raw,
    }
    document = {
        "sha256": hashed.raw,
        "media_type": "application/octet-stream",
        "marking": report.marking.banner,
        "content": raw,
    }
    seen = sightings.rows_of_report(report.observables, item=identifier, owner=report.source, mode=mode)
    part = of_report(report, identifier=identifier, incident="", mode=mode, at=received_at)
    return Ready(written(reports, row), document, seen, part)


async def find(c: AsyncConnection, report: Report, *, mode: Mode = Mode.ACTUAL) -> StoredReport | None:
    """The stored report that this one repeats: the same source and id, or else the same content.

    In a write transaction nobody else looks or stores until it ends, so of two equal reports one finds the other.
    """
    await hold(c, f"intake/{mode}")
    identifier, content = report_id(report.source, report.id, mode=mode), content_sha256(report)
    by_id, by_content = await c.run_sync(earlier, ids=[identifier], contents=[content], mode=mode)
    found = by_id.get(identifier) or by_content.get(content)
    return await get(c, found.id) if found else None


def earlier(
    connection: Connection, *, ids: Iterable[str], contents: Iterable[str], mode: Mode
) -> tuple[dict[str, Earlier], dict[str, Earlier]]:
    """Which of these reports are stored: by id, and by the SHA-256 of their content. What is only counted is too."""
    by_id: dict[str, Earlier] = {}
    by_content: dict[str, Earlier] = {}
    given = {"ids": as_list(ids), "contents": as_list(contents), "mode": mode}
    for row in connection.execute(_earlier(connection.dialect.name), given):
        found = by_content if row.by_content else by_id
        found[row.asked] = Earlier(row.id, row.incident)
    return by_id, by_content


@cache
def _earlier(dialect: str) -> CompoundSelect[Any]:
    ids, contents = select(listed(dialect, "ids").c.value), select(listed(dialect, "contents").c.value)
    mode, parts = bindparam("mode", type_=reports.c.mode.type), list[Select[Any]]()
    for table in (repeats, reports):
        answer = (table.c.id.label("id"), reports.c.incident.label("incident"))
        by_id = select(literal_column("0").label("by_content"), table.c.id.label("asked"), *answer)
        by_content = select(literal_column("1"), table.c.content_sha256, *answer)
        whole = table.join(reports) if table is repeats else table
        parts += [
            by_id.select_from(whole).where(table.c.id.in_(ids)),
            by_content.select_from(whole).where(table.c.mode == mode, table.c.content_sha256.in_(contents)),
        ]
    return union_all(*parts)


async def store(
    tx: AsyncConnection, *, report: Report, raw: bytes, received_at: datetime, incident: str
) -> StoredReport:
    """Keep a report, its observables, and the bytes it came in; a repeated one returns the first."""
    mode = await incidents.mode_of(tx, incident)
    first = await find(tx, report, mode=mode)
    if first:
        return first
    identifier, hashed = report_id(report.source, report.id, mode=mode), hashes(report, raw)
    made = ready(report, raw, identifier=identifier, received_at=received_at, hashed=hashed, mode=mode)
    await tx.run_sync(keep, [Kept(made, incident)])
    return await get(tx, identifier)


def keep(connection: Connection, kept: Sequence[Kept]) -> None:
    """Keep reports that are known to be new, with their observables and the bytes they came in."""
    keep_bytes(connection, [one for one, _ in kept])
    insert_new(connection, reports, [{**one.row, "incident": incident} for one, incident in kept], is_written=True)
    seen = [{**row, "incident": incident} for one, incident in kept for row in one.sightings]
    insert_new(connection, sightings_table, seen, is_written=True)
    search_filling.put(connection, [one.words.of(incident) for one, incident in kept])


def keep_bytes(connection: Connection, those: Iterable[Ready]) -> None:
    """Keep the bytes that reports came in, under their SHA-256."""
    insert_new(connection, documents, [one.document for one in those], is_written=True)


async def sharing(c: AsyncConnection, observables: Collection[Observable], *, mode: Mode) -> dict[str, tuple[str, ...]]:
    """The ongoing incidents of that mode whose reports hold any of these, each with the shared `kind:value`, sorted.

    The caller leaves common observables out. In a write transaction it waits for other intakes, as `find` does.
    """
    await hold(c, f"intake/{mode}")
    wanted = sorted({sightings.key(observable) for observable in observables})
    found = await sightings.reported(c, wanted, mode=mode)
    return {reference: tuple(sorted(found[reference])) for reference in sorted(found)}


async def of_incident(c: AsyncConnection, reference: str) -> list[StoredReport]:
    """The reports of an incident in the order they were received."""
    query = select(*_FIELDS).where(reports.c.incident == reference).order_by(reports.c.received_at, reports.c.id)
    return [_stored(row) for row in await c.execute(query)]


async def get(c: AsyncConnection, identifier: str) -> StoredReport:
    """One report, handed on or only counted; raises BadInputError when there is none with this id."""
    row = (await c.execute(select(*_FIELDS).where(reports.c.id == identifier))).one_or_none()
    if row is None:
        row = (await c.execute(_COUNTED.where(repeats.c.id == identifier))).one_or_none()
    if row is None:
        raise _unknown(identifier)
    return _stored(row)


async def counted_on(c: AsyncConnection, leading: str, *, after: str = "", limit: int = 100) -> list[StoredReport]:
    """The reports that were counted on another one, by id; those after the id `after`, at most `limit`."""
    query = _COUNTED.where(repeats.c.leading == leading, repeats.c.id > after)
    return [_stored(row) for row in await c.execute(query.order_by(repeats.c.id).limit(limit))]


async def set_grade(tx: AsyncConnection, identifier: str, grade: Grade) -> None:
    """Let another grade stand. That the provider agreed is the caller's to know and to journal."""
    done = await tx.execute(reports.update().where(reports.c.id == identifier).values(grade=grade))
    if not done.rowcount:
        raise _unknown(identifier)


def _unknown(identifier: str) -> BadInputError:
    return BadInputError(f"there is no report {identifier!r}; `leerp incident show` names those of an incident")


def _stored(row: Row[Any]) -> StoredReport:
    return StoredReport.model_validate(row._asdict())
