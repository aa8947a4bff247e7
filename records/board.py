"""The board: which incidents there are and what each waits for, read so that ten thousand of them are no matter."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, Text, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.incidents import Phase, Status
from leerp.journal import JournalKind
from leerp.marking import Marking
from leerp.model import Instant, Message
from leerp.notices import Mode
from records.schema import incidents, journal
from records.statements import chunks

PAGE = 50
"""How many incidents stand on one page of the board."""


class BoardRow(Message):
    """An incident on the board. `level`, `recommendation`: of its classification, None while there is none."""

    reference: str
    mode: Mode
    title: str
    marking: Marking
    status: Status
    phase: Phase
    opened_at: Instant
    closed_at: Instant | None
    waiting_for: tuple[str, ...]
    level: str | None = None
    recommendation: str | None = None


class Counts(NamedTuple):
    """How many incidents there are that have not ended, by phase, and how many have ended."""

    by_phase: Mapping[Phase, int]
    emergencies: int
    ended: int

    @property
    def ongoing(self) -> int:
        """All that have not ended."""
        return sum(self.by_phase.values())


_ONGOING = tuple(status for status in Status if not status.ended)
_ENDED = tuple(status for status in Status if status.ended)
_ORDER = (
    case((incidents.c.status == Status.EMERGENCY, 0), else_=1),
    incidents.c.opened_at.desc(),
    incidents.c.reference.desc(),
)
"""Emergencies first, then the newest."""


async def counts(c: AsyncConnection) -> Counts:
    """How many incidents stand where."""
    query = select(incidents.c.status, incidents.c.phase, func.count().label("times"))
    rows = (await c.execute(query.group_by(incidents.c.status, incidents.c.phase))).all()
    by_phase = dict.fromkeys(Phase, 0)
    for row in rows:
        if not row.status.ended:
            by_phase[row.phase] += row.times
    emergencies = sum(row.times for row in rows if row.status is Status.EMERGENCY)
    return Counts(by_phase, emergencies, sum(row.times for row in rows if row.status.ended))


async def page(
    c: AsyncConnection, *, ended: bool = False, phase: Phase | None = None, number: int = 1, size: int = PAGE
) -> list[BoardRow]:
    """The incidents of one page, counted from 1: those being worked on, or with `ended` the others."""
    chosen: Select[Any] = select(incidents.c.reference).where(incidents.c.status.in_(_ENDED if ended else _ONGOING))
    if phase is not None:
        chosen = chosen.where(incidents.c.phase == phase)
    # First the references, from the index alone; then these incidents, each of which is long.
    references = list(await c.scalars(chosen.order_by(*_ORDER).limit(size).offset((number - 1) * size)))
    found = {
        row.reference: _board_row(row) for row in await c.execute(_ROWS.where(incidents.c.reference.in_(references)))
    }
    return [found[reference] for reference in references]


_ROWS = select(
    incidents.c.reference,
    incidents.c.mode,
    incidents.c.title,
    incidents.c.marking,
    incidents.c.status,
    incidents.c.phase,
    incidents.c.opened_at,
    incidents.c.closed_at,
    incidents.c.waiting_for,
    cast(incidents.c.classification, Text).label("classified"),
)


def _board_row(row: Row[Any]) -> BoardRow:
    fields = row._asdict()
    classified = fields.pop("classified")
    said = json.loads(classified) if isinstance(classified, str) else {}
    return BoardRow(**fields, level=said.get("level"), recommendation=said.get("recommendation"))


async def heads(c: AsyncConnection, references: Sequence[str]) -> dict[str, int]:
    """The number of the last entry in the journal of each of these incidents."""
    found: dict[str, int] = {}
    for some in chunks(list(references)):
        query = select(journal.c.incident, func.max(journal.c.seq).label("seq")).where(journal.c.incident.in_(some))
        found |= {row.incident: row.seq for row in await c.execute(query.group_by(journal.c.incident))}
    return found


async def kinds(c: AsyncConnection, references: Sequence[str]) -> dict[str, frozenset[JournalKind]]:
    """What kinds of entries there are in the journal of each of these incidents."""
    found: dict[str, set[JournalKind]] = {}
    for some in chunks(list(references)):
        query = select(journal.c.incident, journal.c.kind).where(journal.c.incident.in_(some)).distinct()
        for row in await c.execute(query):
            found.setdefault(row.incident, set()).add(row.kind)
    return {reference: frozenset(those) for reference, those in found.items()}
