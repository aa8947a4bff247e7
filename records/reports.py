"""Reports: kept once, whatever way and however often they come."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import rfc8785
from sqlalchemy import CompoundSelect, Connection, Row, Select, bindparam, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.grades import UNGRADED, Grade
from leerp.model import Instant, Message, Model
from leerp.notices import Mode
from leerp.observables import Observable
from leerp.reports import Report
from leerp.search_things import Part, of_report
from records import incidents, search_filling, sightings
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

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False)
_LARGEST = 2**53 - 1

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
    content = report.model_dump(mode="json", exclude={"facts", *_NOT_HASHED, *_unused(report, first=_FIRST_FIELDS)})
    content["facts"] = facts = report.facts.model_dump(mode="json", exclude=_unused(report.facts, first=_FIRST_FACTS))
    return hashlib.sha256(_plain(content) if _is_plain(facts) else rfc8785.dumps(content)).hexdigest()


def _is_plain(facts: Mapping[str, object]) -> bool:
    """Whether all numbers of a report, which stand in its facts, are written alike by any encoder of JSON."""
    values = [value for one in facts.values() for value in (one.values() if isinstance(one, dict) else (one,))]
    return not any(isinstance(value, float) or (isinstance(value, int) and value > _LARGEST) for value in values)


def _plain(content: Mapping[str, object]) -> bytes:
    """RFC 8785 for what has no other numbers, and names of fields for keys: the encoder in C takes a fifth as long."""
    return _ENCODER.encode(content).encode()


def _unused(model: Model, *, first: frozenset[str]) -> set[str]:
    """What later versions added and this report does not use: without it, a report stored earlier keeps its hash."""
    fields = type(model).model_fields
    return {name for name in fields if name not in first and getattr(model, name) == fields[name].default}


class Earlier(NamedTuple):
    """A report that is stored: its id, and the incident it is of now."""

    id: str
    incident: str


class Kept(NamedTuple):
    """A report to be stored, and the bytes it came in."""

    stored: StoredReport
    raw: bytes

    def row(self, **more: object) -> dict[str, object]:
        """The row of the report."""
        return {**dict(self.stored), **more}


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
    stored = StoredReport(
        id=report_id(report.source, report.id, mode=mode),
        incident=incident,
        report=report,
        received_at=received_at,
        grade=report.grade or UNGRADED,
        content_sha256=content_sha256(report),
        raw_sha256=hashlib.sha256(raw).hexdigest(),
    )
    await tx.run_sync(keep, [Kept(stored, raw)], mode=mode)
    return stored


def keep(connection: Connection, kept: Sequence[Kept], *, mode: Mode) -> None:
    """Keep reports that are known to be new, with their observables and the bytes they came in."""
    keep_bytes(connection, kept)
    insert_new(connection, reports, [one.row(mode=mode) for one in kept])
    seen = [
        row
        for stored, _ in kept
        for row in sightings.rows_of_report(
            stored.report.observables, item=stored.id, owner=stored.report.source, incident=stored.incident, mode=mode
        )
    ]
    insert_new(connection, sightings_table, seen)
    search_filling.add_all(connection, [_found_as(stored, mode) for stored, _ in kept])


def _found_as(stored: StoredReport, mode: Mode) -> Part:
    return of_report(stored.report, identifier=stored.id, incident=stored.incident, mode=mode, at=stored.received_at)


def keep_bytes(connection: Connection, kept: Sequence[Kept]) -> None:
    """Keep the bytes that reports came in, under their SHA-256."""
    wanted = [
        {
            "sha256": stored.raw_sha256,
            "media_type": "application/octet-stream",
            "marking": stored.report.marking.banner,
            "content": raw,
        }
        for stored, raw in kept
    ]
    insert_new(connection, documents, wanted)


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
