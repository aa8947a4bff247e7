"""Contributions, pooled, and the hits between what different owners hold; how these are found is in `records.pool`."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Text, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.contributions import Contribution, Hit
from leerp.errors import BadInputError
from leerp.model import Instant, Message
from leerp.notices import Mode
from leerp.observables import Observable
from leerp.search_things import of_contribution
from records import documents, incidents, search_filling, sightings
from records.schema import contributions
from records.schema import hits as found
from records.statements import hold, insert_once

_LONG = ("observables", "details")
_FIELDS = [column for column in contributions.c if column.name != "mode"]


class StoredContribution(Message):
    """A contribution as stored."""

    id: str
    incident: str
    contribution: Contribution
    received_at: Instant
    raw_sha256: str


def contribution_id(contributor: str, identifier: str, *, mode: Mode = Mode.ACTUAL) -> str:
    """The id of a stakeholder's contribution: `C-` and 20 hex digits, made as `records.reports.report_id` is."""
    return sightings.item_id("C-", contributor, identifier, mode)


async def find(
    c: AsyncConnection, contribution: Contribution, *, mode: Mode = Mode.ACTUAL
) -> StoredContribution | None:
    """The stored contribution of the same contributor and id.

    In a write transaction nobody else looks or stores until it ends.
    """
    await hold(c, f"intake/{mode}")
    return await _one(c, contribution_id(contribution.contributor, contribution.id, mode=mode))


async def store(
    tx: AsyncConnection,
    *,
    contribution: Contribution,
    raw: bytes,
    received_at: datetime,
    incident: str,
    silent: Mapping[Observable, str] | None = None,
) -> StoredContribution:
    """Keep a contribution, its observables, and the bytes it came in; a repeated one returns the first.

    `silent`: which of its observables make no hits, and why; None where nobody has looked yet.
    """
    mode = await incidents.mode_of(tx, incident)
    first = await find(tx, contribution, mode=mode)
    if first:
        return first
    banner = contribution.marking.banner
    stored = StoredContribution(
        id=contribution_id(contribution.contributor, contribution.id, mode=mode),
        incident=incident,
        contribution=contribution,
        received_at=received_at,
        raw_sha256=await documents.put(tx, raw, media_type="application/octet-stream", marking=banner),
    )
    await insert_once(tx, contributions, [{**dict(stored), "mode": mode}])
    await sightings.record(
        tx,
        contribution.observables,
        item=stored.id,
        origin=sightings.CONTRIBUTION,
        owner=contribution.contributor,
        incident=incident,
        mode=mode,
        silent=silent,
    )
    found_as = of_contribution(contribution, identifier=stored.id, incident=incident, mode=mode, at=received_at)
    await search_filling.add(tx, [found_as])
    return stored


async def of_incident(c: AsyncConnection, reference: str) -> list[StoredContribution]:
    """The contributions to an incident in the order they were received."""
    query = select(*_FIELDS).where(contributions.c.incident == reference)
    rows = await c.execute(query.order_by(contributions.c.received_at, contributions.c.id))
    return [_stored(row) for row in rows]


async def get(c: AsyncConnection, identifier: str) -> StoredContribution:
    """One contribution; raises BadInputError when there is none with this id."""
    stored = await _one(c, identifier)
    if stored is None:
        raise BadInputError(f"there is no contribution {identifier!r}; `leerp incident show` names those there are")
    return stored


async def head(c: AsyncConnection, identifier: str) -> StoredContribution:
    """The same without its observables and what is said of each: of 20,000 a tenth of a second is spent on them."""
    raw = type_coerce(contributions.c.contribution, Text).label("contribution")
    columns = [raw if column.name == "contribution" else column for column in _FIELDS]
    row = (await c.execute(select(*columns).where(contributions.c.id == identifier))).one_or_none()
    if row is None:
        return await get(c, identifier)
    said = {name: value for name, value in json.loads(row.contribution).items() if name not in _LONG}
    return StoredContribution.model_validate({**row._asdict(), "contribution": said})


async def _one(c: AsyncConnection, identifier: str) -> StoredContribution | None:
    row = (await c.execute(select(*_FIELDS).where(contributions.c.id == identifier))).one_or_none()
    return _stored(row) if row else None


def _stored(row: Row[Any]) -> StoredContribution:
    return StoredContribution.model_validate(row._asdict())


async def hits(c: AsyncConnection, reference: str) -> list[Hit]:
    """The hits in which a contribution to, or a report of, this incident stands."""
    either = or_(found.c.first_incident == reference, found.c.second_incident == reference)
    return await _hits(c, select(found).where(either))


async def _hits(c: AsyncConnection, query: Any) -> list[Hit]:  # noqa: ANN401 - a select of hits
    rows = await c.execute(query.order_by(found.c.first, found.c.second, found.c.observable))
    return [Hit.model_validate(row._asdict()) for row in rows]
