"""Which reports hold the same observables, in an incident and in others: what reasons of correlation are told from."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Text, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.marking import Marking
from leerp.notices import Mode
from records.incidents import ONGOING
from records.schema import incidents, reports, sightings
from records.sightings import REPORT, digest
from records.statements import chunks

BEARERS = 20
"""At how many of the reports of one incident that hold the same observable is looked, for one that may be read."""


class Borne(NamedTuple):
    """A report holds a `kind:value`, and `first` brought it to the incident."""

    report: str
    observable: str
    first: str


class Holder(NamedTuple):
    """A report of an incident holds a `kind:value`."""

    incident: str
    report: str
    observable: str


async def brought_before(c: AsyncConnection, reference: str, items: Sequence[str]) -> list[Borne]:
    """What these reports of an incident hold that another of its reports had brought before them."""
    first = func.first_value(sightings.c.item).over(
        partition_by=sightings.c.digest, order_by=(reports.c.received_at, reports.c.id)
    )
    fields = (sightings.c.item.label("report"), sightings.c.observable, first.label("first"))
    ranked = (
        select(*fields)
        .join(reports, reports.c.id == sightings.c.item)
        .where(reports.c.incident == reference)
        .subquery("ranked")
    )
    found: list[Borne] = []
    for some in chunks(items):
        query = select(ranked).where(ranked.c.report.in_(some), ranked.c.first != ranked.c.report)
        found += [Borne(*row) for row in await c.execute(query.order_by(ranked.c.report, ranked.c.observable))]
    return found


async def observables_of(c: AsyncConnection, reference: str, *, limit: int) -> list[str]:
    """The `kind:value` in the reports of an incident, each once, sorted, at most `limit`."""
    query = (
        select(sightings.c.observable)
        .distinct()
        .join(reports, reports.c.id == sightings.c.item)
        .where(reports.c.incident == reference)
    )
    return list(await c.scalars(query.order_by(sightings.c.observable).limit(limit)))


async def holders(c: AsyncConnection, observed: Sequence[str], *, mode: Mode) -> list[Holder]:
    """Which reports of ongoing incidents hold these `kind:value`, at most `BEARERS` of one incident for each."""
    number = func.row_number().over(partition_by=(sightings.c.incident, sightings.c.digest), order_by=sightings.c.item)
    fields = (sightings.c.incident, sightings.c.item.label("report"), sightings.c.observable, number.label("number"))
    found: list[Holder] = []
    for some in chunks([digest(value) for value in observed]):
        ranked = (
            select(*fields)
            .join(incidents, incidents.c.reference == sightings.c.incident)
            .where(sightings.c.digest.in_(some), sightings.c.mode == mode, sightings.c.origin == REPORT, ONGOING)
            .subquery("ranked")
        )
        query = select(ranked.c.incident, ranked.c.report, ranked.c.observable).where(ranked.c.number <= BEARERS)
        found += [Holder(*row) for row in await c.execute(query.order_by(*ranked.c))]
    return found


async def markings(c: AsyncConnection, items: Sequence[str]) -> dict[str, Marking]:
    """The markings of reports by their ids; the rest of what they say is not read."""
    raw = type_coerce(reports.c.report, Text).label("report")
    found: dict[str, Marking] = {}
    for some in chunks(sorted(set(items))):
        rows = await c.execute(select(reports.c.id, raw).where(reports.c.id.in_(some)))
        found |= {row.id: Marking.model_validate(json.loads(row.report)["marking"]) for row in rows}
    return found
