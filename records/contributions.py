"""Contributions, pooled, and the hits between what different owners hold."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.contributions import Contribution, Hit
from leerp.errors import BadInputError
from leerp.model import Instant, Message
from leerp.notices import Mode
from records import documents, incidents, sightings
from records.columns import UtcText
from records.schema import contributions
from records.schema import hits as found
from records.schema import sightings as seen
from records.statements import hold, insert_once, insert_selected

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
    tx: AsyncConnection, *, contribution: Contribution, raw: bytes, received_at: datetime, incident: str
) -> StoredContribution:
    """Keep a contribution, its observables, and the bytes it came in; a repeated one returns the first."""
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
    )
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


async def _one(c: AsyncConnection, identifier: str) -> StoredContribution | None:
    row = (await c.execute(select(*_FIELDS).where(contributions.c.id == identifier))).one_or_none()
    return _stored(row) if row else None


def _stored(row: Row[Any]) -> StoredContribution:
    return StoredContribution.model_validate(row._asdict())


async def match(tx: AsyncConnection, identifier: str, *, at: datetime, ignore: Collection[str]) -> list[Hit]:
    """Find what a contribution shares with the reports and contributions of other owners, and store each hit once.

    All incidents of its mode are searched. `ignore`: the `kind:value` that are too common to mean anything. Returns
    every hit that this contribution stands in; one that was found before, from either side, keeps its first `at`.
    """
    await get(tx, identifier)
    own = set(await tx.scalars(select(seen.c.observable).where(seen.c.item == identifier)))
    ignored = sorted(sightings.digest(value) for value in own.intersection(ignore))
    await insert_selected(tx, found, _shared(identifier, at=at, ignored=ignored))
    either = or_(found.c.first == identifier, found.c.second == identifier)
    return await _hits(tx, select(found).where(either))


def _shared(identifier: str, *, at: datetime, ignored: list[str]) -> Select[Any]:
    """One row for each hit, in the columns of `hits`: whoever's id is smaller stands first, from whichever side."""
    mine, theirs = seen.alias("mine"), seen.alias("theirs")
    mine_first = mine.c.item < theirs.c.item

    def pair(column: str) -> tuple[Any, Any]:
        ours, others = mine.c[column], theirs.c[column]
        return case((mine_first, ours), else_=others), case((mine_first, others), else_=ours)

    items, owners, places = pair("item"), pair("owner"), pair("incident")
    columns = (*items, mine.c.digest, mine.c.observable, *owners, *places, literal(at, UtcText))
    same = (mine.c.digest == theirs.c.digest) & (mine.c.mode == theirs.c.mode)
    return (
        select(*columns)
        .select_from(mine.join(theirs, same))
        .where(mine.c.item == identifier, theirs.c.owner != mine.c.owner, mine.c.digest.not_in(ignored))
    )


async def hits(c: AsyncConnection, reference: str) -> list[Hit]:
    """The hits in which a contribution to, or a report of, this incident stands."""
    either = or_(found.c.first_incident == reference, found.c.second_incident == reference)
    return await _hits(c, select(found).where(either))


async def _hits(c: AsyncConnection, query: Any) -> list[Hit]:  # noqa: ANN401 - a select of hits
    rows = await c.execute(query.order_by(found.c.first, found.c.second, found.c.observable))
    return [Hit.model_validate(row._asdict()) for row in rows]
