"""Sightings: which report or contribution holds which observable. What correlation and matching are asked of."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.notices import Mode
from leerp.observables import Observable, ObservableKind
from records.incidents import ONGOING
from records.plain_rows import Columns, written
from records.schema import UNJUDGED, incidents, sightings
from records.statements import as_list, chunks, insert_once, listed

REPORT = "report"
CONTRIBUTION = "contribution"


def key(observable: Observable) -> str:
    """`kind:value`. PostgreSQL keeps no NUL in text, so one in a file name is shown by its symbol."""
    return f"{observable.kind}:{observable.value}".replace("\0", "\N{SYMBOL FOR NULL}")


def observable_of(observed: str) -> Observable:
    """The observable of a `kind:value`, as it was normalised when it came."""
    kind, _, value = observed.partition(":")
    return Observable.model_construct(kind=ObservableKind(kind), value=value)


def digest(observed: str) -> str:
    """The SHA-256 of a `kind:value`, by which it is compared."""
    return hashlib.sha256(observed.encode()).hexdigest()


def item_id(prefix: str, owner: str, identifier: str, mode: Mode) -> str:
    """The id of what `owner` names `identifier`: the prefix and 20 hex digits.

    An exercise that replays a real case must not meet its reports, so the mode is part of the identity.
    """
    parts = [owner, identifier] if mode is Mode.ACTUAL else [owner, identifier, mode.value]
    return prefix + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


async def record(  # noqa: PLR0913 - whose, of what, where
    tx: AsyncConnection,
    observables: Iterable[Observable],
    *,
    item: str,
    origin: str,
    owner: str,
    incident: str,
    mode: Mode,
    silent: Mapping[Observable, str] | None = None,
) -> None:
    """Record that an item holds these observables.

    `silent`: which make no hits, and why; None where nobody has looked yet.
    """
    fixed = {"item": item, "origin": origin, "owner": owner, "incident": incident, "mode": mode}
    values = {key(one): None if silent is None else silent.get(one, "") for one in observables}
    await insert_once(tx, sightings, _rows(values, fixed))


def rows_of_report(observables: Iterable[Observable], *, item: str, owner: str, mode: Mode) -> list[Columns]:
    """The written rows that record what a report holds, still without its incident: for whoever stores many at once."""
    fixed = written(sightings, {"item": item, "origin": REPORT, "owner": owner, "mode": mode})
    return _rows({key(one): None for one in observables}, fixed)


def _rows(values: Mapping[str, str | None], fixed: Mapping[str, object]) -> list[Columns]:
    return [
        {**fixed, "observable": value, "digest": digest(value), "silent": values[value]} for value in sorted(values)
    ]


async def unjudged(c: AsyncConnection, item: str) -> list[str]:
    """The `kind:value` of an item at which nobody has looked yet whether they may make hits."""
    query = select(sightings.c.observable).where(sightings.c.item == item, UNJUDGED)
    return list(await c.scalars(query))


async def judge(tx: AsyncConnection, item: str, silent: Mapping[str, str]) -> None:
    """Say of everything in an item at which nobody has looked yet that it may make hits, but for what is `silent`.

    `silent`: by `kind:value`, why it may not.
    """
    open_ones = (sightings.c.item == item) & UNJUDGED
    if silent:
        statement = sightings.update().where(open_ones, sightings.c.digest == bindparam("its_digest"))
        rows = [{"its_digest": digest(value), "why": why} for value, why in silent.items()]
        await tx.execute(statement.values(silent=bindparam("why")), rows)
    await tx.execute(sightings.update().where(open_ones).values(silent=""))


def incidents_of(connection: Connection, digests: Iterable[str], *, mode: Mode) -> dict[str, set[str]]:
    """In the reports of which ongoing incidents of that mode each of these digests stands.

    It goes from one incident to the next in the index: thousands of reports of one incident are one step.
    """
    found: dict[str, set[str]] = {}
    given = {"digests": as_list(digests), "mode": mode}
    for row in connection.execute(_incidents_of(connection.dialect.name), given):
        found.setdefault(row.digest, set()).add(row.incident)
    return found


@cache
def _incidents_of(dialect: str) -> Select[tuple[str, str]]:
    asked = listed(dialect, "digests")
    steps = select(asked.c.value.label("digest"), _next(asked.c.value).label("incident")).cte(recursive=True)
    before = steps.alias("before")
    further = _next(before.c.digest, after=before.c.incident)
    steps = steps.union_all(select(before.c.digest, further).where(before.c.incident.is_not(None)))
    query = select(steps.c.digest, steps.c.incident).join(incidents, incidents.c.reference == steps.c.incident)
    return query.where(ONGOING)


def _next(digest: ColumnElement[str], *, after: ColumnElement[str] | None = None) -> ScalarSelect[str]:
    """The first incident in whose reports a digest stands, or the first one after another."""
    of_reports = (sightings.c.mode == bindparam("mode"), sightings.c.origin == REPORT, sightings.c.digest == digest)
    query = select(func.min(sightings.c.incident)).where(*of_reports)
    return (query if after is None else query.where(sightings.c.incident > after)).scalar_subquery()


async def reported(c: AsyncConnection, wanted: Sequence[str], *, mode: Mode) -> dict[str, set[str]]:
    """Which of these `kind:value` stand in the reports of which ongoing incident of that mode."""
    found: dict[str, set[str]] = {}
    query = (
        select(sightings.c.incident, sightings.c.observable)
        .distinct()
        .join(incidents, incidents.c.reference == sightings.c.incident)
        .where(sightings.c.mode == mode, sightings.c.origin == REPORT, ONGOING)
    )
    for some in chunks([digest(value) for value in wanted]):
        for row in await c.execute(query.where(sightings.c.digest.in_(some))):
            found.setdefault(row.incident, set()).add(row.observable)
    return found
