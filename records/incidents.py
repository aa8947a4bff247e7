"""Incidents as they stand: one line each, patched by the steps. How they came to stand so is in the journal."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import JsonValue
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.incidents import Classification, IncidentPatch, Phase, Status, TeamMember
from leerp.marking import Marking
from leerp.model import Instant, Message
from leerp.notices import Mode
from leerp.plans import Plan
from leerp.protocol import Clock, Policy
from records.schema import incidents, notices
from records.statements import hold

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
    await hold(tx, f"references/{mode}/{year}")
    of_year = (incidents.c.mode == mode, incidents.c.year == year)
    number = 1 + ((await tx.scalar(select(func.max(incidents.c.number)).where(*of_year))) or 0)
    reference = f"{_PREFIX[mode]}-{year:04d}-{number:04d}"
    row = {
        "reference": reference,
        "mode": mode,
        "year": year,
        "number": number,
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
    await tx.execute(incidents.insert(), row)
    return reference


_MADE = select(func.count()).where(notices.c.incident == incidents.c.reference).scalar_subquery().label("notices_made")
_WHOLE = select(incidents, _MADE)


async def get(c: AsyncConnection, reference: str) -> StoredIncident:
    """One incident; raises BadInputError when there is none with this reference."""
    return _stored(await _row(c, reference, _WHOLE))


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


async def set_clock(tx: AsyncConnection, clock: Clock, *, mode: Literal[Mode.EXERCISE]) -> None:
    """Have all exercises of this store that have not ended go by another clock."""
    await tx.execute(incidents.update().where(incidents.c.mode == mode, ONGOING).values(clock=clock))


async def raise_marking(tx: AsyncConnection, reference: str, marking: Marking) -> None:
    """Make the incident's marking at least as tight as `marking`; it never loosens."""
    stands = (await _row(tx, reference, select(incidents.c.marking).with_for_update())).marking
    await _change(tx, reference, {"marking": stands.join(marking)})


async def _change(tx: AsyncConnection, reference: str, changes: dict[str, Any]) -> None:
    if not changes:
        await _row(tx, reference, select(incidents.c.reference))
        return
    done = await tx.execute(incidents.update().where(incidents.c.reference == reference).values(changes))
    if not done.rowcount:
        raise _unknown(reference)


async def _row(c: AsyncConnection, reference: str, query: Any) -> Row[Any]:  # noqa: ANN401 - a select on incidents
    row: Row[Any] | None = (await c.execute(query.where(incidents.c.reference == reference))).one_or_none()
    if row is None:
        raise _unknown(reference)
    return row


def _unknown(reference: str) -> BadInputError:
    return BadInputError(f"there is no incident {reference!r}; `leerp incident list` names those there are")


def _stored(row: Row[Any]) -> StoredIncident:
    return StoredIncident.model_validate(row._asdict())
