"""Incidents as they stand: one line each, patched by the steps. How they came to stand so is in the journal."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from pydantic import JsonValue
from sqlalchemy import Connection, Row, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.incidents import Classification, IncidentPatch, Phase, Status, TeamMember
from leerp.marking import Marking
from leerp.model import Instant, Message
from leerp.notices import Mode
from leerp.plans import Plan
from leerp.protocol import Clock, Policy
from records import search_standing
from records.schema import incidents, notices
from records.statements import as_list, chunks, hold, listed

_PREFIX = {Mode.ACTUAL: "LEERP", Mode.EXERCISE: "EXERCISE"}


class StoredIncident(Message):
    """An incident as stored. `secret`: 32 bytes in hex, for ids that tell nothing; never shown or exported.

    `notices_made` counts its notices, released or not.
    """

    reference: str
    mode: Mode
    title: str
    marking: Marking
    status: Status
    phase: Phase
    opened_at: Instant
    closed_at: Instant | None
    policy: Policy
    clock: Clock
    classification: Classification | None
    team: tuple[TeamMember, ...]
    waiting_for: tuple[str, ...]
    plan: Plan
    extra: dict[str, JsonValue]
    secret: str
    notices_made: int


async def open_incident(  # noqa: PLR0913 - what an incident starts with
    tx: AsyncConnection,
    *,
    mode: Mode,
    at: datetime,
    title: str,
    marking: Marking,
    policy: Policy,
    clock: Clock,
    secret: str,
) -> str:
    """Open an incident in detection; return its reference.

    `LEERP-2026-0001`, or `EXERCISE-…`: the year of `at` in UTC, and a running number of that mode and year without
    gaps. Not idempotent: the caller looks for the report first, in the same transaction.
    """
    year = at.astimezone(UTC).year
    await hold(tx, references(mode, year))
    number = 1 + (await tx.run_sync(last_numbers, [year], mode=mode))[year]
    row = new_row(mode=mode, at=at, title=title, marking=marking, policy=policy, clock=clock, secret=secret)
    named = numbered(row, number)
    await tx.execute(incidents.insert(), named)
    await tx.run_sync(search_standing.opened, [named])
    return str(named["reference"])


def references(mode: Mode, year: int) -> str:
    """What to hold before a reference of that mode and year is given."""
    return f"references/{mode}/{year}"


def last_numbers(connection: Connection, years: Collection[int], *, mode: Mode) -> dict[int, int]:
    """The last number that was given in each of these years; 0 where none was."""
    return {year: connection.scalar(_LAST, {"of_mode": mode, "of_year": year}) or 0 for year in years}


_LAST = select(func.max(incidents.c.number)).where(
    incidents.c.mode == bindparam("of_mode"), incidents.c.year == bindparam("of_year")
)


def new_row(  # noqa: PLR0913 - what an incident starts with
    *, mode: Mode, at: datetime, title: str, marking: Marking, policy: Policy, clock: Clock, secret: str
) -> dict[str, object]:
    """The row of an incident in detection, still without a number."""
    return {
        "mode": mode,
        "title": title,
        "marking": marking,
        "status": Status.OPEN,
        "phase": Phase.DETECTION,
        "opened_at": at,
        "policy": policy,
        "clock": clock,
        "team": (),
        "waiting_for": (),
        "plan": Plan(),
        "extra": {},
        "secret": secret,
    }


def numbered(row: Mapping[str, Any], number: int) -> dict[str, object]:
    """The row with its number and its reference."""
    year = row["opened_at"].astimezone(UTC).year
    return {**row, "year": year, "number": number, "reference": f"{_PREFIX[row['mode']]}-{year:04d}-{number:04d}"}


_MADE = select(func.count()).where(notices.c.incident == incidents.c.reference).scalar_subquery().label("notices_made")
_WHOLE = select(incidents, _MADE)
_ONE = _WHOLE.where(incidents.c.reference == bindparam("of_reference"))
"""Made once: to make a statement takes longer than to carry it out, and this one is carried out at every step."""


async def get(c: AsyncConnection, reference: str) -> StoredIncident:
    """One incident; raises BadInputError when there is none with this reference."""
    row: Row[Any] | None = (await c.execute(_ONE, {"of_reference": reference})).one_or_none()
    if row is None:
        raise unknown(reference)
    return _stored(row)


async def get_all(c: AsyncConnection, references: Sequence[str]) -> list[StoredIncident]:
    """Those of these incidents that there are."""
    found: list[StoredIncident] = []
    for some in chunks(references):
        rows = await c.execute(_WHOLE.where(incidents.c.reference.in_(some)))
        found += [_stored(row) for row in rows]
    return found


async def mode_of(c: AsyncConnection, reference: str) -> Mode:
    """Whether an incident is an exercise; raises BadInputError when there is none with this reference."""
    mode: Mode = (await _row(c, reference, select(incidents.c.mode))).mode
    return mode


async def listing(c: AsyncConnection, *, include_ended: bool = False) -> list[StoredIncident]:
    """The incidents being worked on, or all of them, in the order of their opening."""
    query = _WHOLE.order_by(incidents.c.opened_at, incidents.c.reference)
    if not include_ended:
        query = query.where(ONGOING)
    return [_stored(row) for row in await c.execute(query)]


ONGOING = incidents.c.status.not_in([status for status in Status if status.ended])
"""What more may still join."""


async def patch(tx: AsyncConnection, reference: str, patch: IncidentPatch) -> None:
    """Change what the patch names; `extra` is merged, and nothing is ever set back to nothing."""
    changes = {name: value for name, value in patch if value is not None and name != "extra"}
    if patch.extra:
        stands = (await _row(tx, reference, select(incidents.c.extra).with_for_update())).extra
        changes["extra"] = {**stands, **patch.extra}
    await _change(tx, reference, changes)


async def set_plan(tx: AsyncConnection, reference: str, plan: Plan) -> None:
    """Put the plan as it now stands in place of the one before."""
    await _change(tx, reference, {"plan": plan})
    await tx.run_sync(search_standing.plan_changed, reference, plan)


async def set_clock(tx: AsyncConnection, clock: Clock, *, mode: Literal[Mode.EXERCISE]) -> None:
    """Have all exercises of this store that have not ended go by another clock."""
    await tx.execute(incidents.update().where(incidents.c.mode == mode, ONGOING).values(clock=clock))


async def raise_marking(tx: AsyncConnection, reference: str, marking: Marking) -> None:
    """Make the incident's marking at least as tight as `marking`; it never loosens."""
    stands = (await _row(tx, reference, select(incidents.c.marking).with_for_update())).marking
    tightened = stands.join(marking)
    if tightened != stands:
        await _change(tx, reference, {"marking": tightened})
        await tx.run_sync(search_standing.changed, [reference])


def raise_markings(connection: Connection, least: Mapping[str, Marking]) -> None:
    """Make the marking of each of these incidents at least as tight as what is given; none loosens."""
    given = {"references": as_list(least)}
    for row in connection.execute(_markings(connection.dialect.name), given).all() if least else ():
        raised = row.marking if row.marking == least[row.reference] else row.marking.join(least[row.reference])
        if raised != row.marking:
            one = incidents.c.reference == row.reference
            connection.execute(incidents.update().where(one).values(marking=raised))
            search_standing.changed(connection, [row.reference])


@cache
def _markings(dialect: str) -> Select[tuple[str, Marking]]:
    asked = select(listed(dialect, "references").c.value)
    query = select(incidents.c.reference, incidents.c.marking).where(incidents.c.reference.in_(asked))
    return query.order_by(incidents.c.reference).with_for_update()


async def _change(tx: AsyncConnection, reference: str, changes: dict[str, Any]) -> None:
    if not changes:
        await _row(tx, reference, select(incidents.c.reference))
        return
    done = await tx.execute(incidents.update().where(incidents.c.reference == reference).values(changes))
    if not done.rowcount:
        raise unknown(reference)


async def _row(c: AsyncConnection, reference: str, query: Any) -> Row[Any]:  # noqa: ANN401 - a select on incidents
    row: Row[Any] | None = (await c.execute(query.where(incidents.c.reference == reference))).one_or_none()
    if row is None:
        raise unknown(reference)
    return row


def unknown(reference: str) -> BadInputError:
    """What is said of an incident that there is not, and to those who need not know that there is one."""
    return BadInputError(f"there is no incident {reference!r}; `leerp incident list` names those there are")


def _stored(row: Row[Any]) -> StoredIncident:
    return StoredIncident.model_validate(row._asdict())
