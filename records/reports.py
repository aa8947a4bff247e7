"""Reports: kept once, whatever way and however often they come."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.grades import UNGRADED, Grade
from leerp.model import Instant, Message, Model
from leerp.notices import Mode
from leerp.observables import Observable
from leerp.reports import Report
from records import documents, incidents, sightings
from records.schema import reports
from records.statements import hold, insert_once

_NOT_HASHED = ("source", "id", "reported_at", "notes")
_FIRST_FIELDS = frozenset({"observed_at", "title", "narrative", "marking", "grade", "facts", "observables"})
_FIRST_FACTS = frozenset(
    {
        *("root_cause", "rebuttal", "activity", "sectors", "service_impact", "countries", "victims_min", "victims_max"),
        *("spread", "outlook", "recoverability", "life_threat", "political"),
    }
)
"""What version 0.1.0 hashed. Whatever came later is hashed only where it is used."""

_FIELDS = [column for column in reports.c if column.name != "mode"]


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
    content["facts"] = report.facts.model_dump(mode="json", exclude=_unused(report.facts, first=_FIRST_FACTS))
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _unused(model: Model, *, first: frozenset[str]) -> set[str]:
    """What later versions added and this report does not use: without it, a report stored earlier keeps its hash."""
    fields = type(model).model_fields
    return {name for name in fields if name not in first and getattr(model, name) == fields[name].default}


async def find(c: AsyncConnection, report: Report, *, mode: Mode = Mode.ACTUAL) -> StoredReport | None:
    """The stored report that this one repeats: the same source and id, or else the same content.

    In a write transaction nobody else looks or stores until it ends, so of two equal reports one finds the other.
    """
    await hold(c, f"intake/{mode}")
    identifier = report_id(report.source, report.id, mode=mode)
    same_content = (reports.c.mode == mode) & (reports.c.content_sha256 == content_sha256(report))
    query = select(*_FIELDS).where(or_(reports.c.id == identifier, same_content))
    found = [_stored(row) for row in await c.execute(query)]
    return min(found, key=lambda stored: stored.id != identifier, default=None)


async def store(
    tx: AsyncConnection, *, report: Report, raw: bytes, received_at: datetime, incident: str
) -> StoredReport:
    """Keep a report, its observables, and the bytes it came in; a repeated one returns the first."""
    mode = await incidents.mode_of(tx, incident)
    first = await find(tx, report, mode=mode)
    if first:
        return first
    identifier = report_id(report.source, report.id, mode=mode)
    banner = report.marking.banner
    stored = StoredReport(
        id=identifier,
        incident=incident,
        report=report,
        received_at=received_at,
        grade=report.grade or UNGRADED,
        content_sha256=content_sha256(report),
        raw_sha256=await documents.put(tx, raw, media_type="application/octet-stream", marking=banner),
    )
    await insert_once(tx, reports, [{**dict(stored), "mode": mode}])
    await sightings.record(
        tx,
        report.observables,
        item=identifier,
        origin=sightings.REPORT,
        owner=report.source,
        incident=incident,
        mode=mode,
    )
    return stored


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
    """One report; raises BadInputError when there is none with this id."""
    row = (await c.execute(select(*_FIELDS).where(reports.c.id == identifier))).one_or_none()
    if row is None:
        raise _unknown(identifier)
    return _stored(row)


async def set_grade(tx: AsyncConnection, identifier: str, grade: Grade) -> None:
    """Let another grade stand. That the provider agreed is the caller's to know and to journal."""
    done = await tx.execute(reports.update().where(reports.c.id == identifier).values(grade=grade))
    if not done.rowcount:
        raise _unknown(identifier)


def _unknown(identifier: str) -> BadInputError:
    return BadInputError(f"there is no report {identifier!r}; `leerp incident show` names those of an incident")


def _stored(row: Row[Any]) -> StoredReport:
    return StoredReport.model_validate(row._asdict())
