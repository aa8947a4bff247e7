"""Reports that people moved between incidents: where they went, and by which act."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Table, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.moving import Move, MoveKind
from leerp.notices import Mode
from leerp.search_things import thing_name
from leerp.searching import SearchKind
from records import search_filling
from records.schema import hits, reports, sightings
from records.schema_correlating import moved_reports, moves, repeats
from records.statements import chunks, hold, insert_once


async def hold_all(tx: AsyncConnection, *references: str, mode: Mode) -> None:
    """Let nothing be taken in, matched or journalled in these incidents until this transaction ends.

    Always in the same order, so that two acts that cross each other wait and do not block each other for good.
    """
    for name in ("intake", f"intake/{mode}", f"pool/{mode}"):
        await hold(tx, name)
    for reference in sorted(set(references)):
        await hold(tx, f"journal/{reference}")


async def shift(tx: AsyncConnection, move: Move, items: Sequence[str]) -> None:
    """Note a move, and have the reports, their observables and their hits belong to its target from now on."""
    await insert_once(tx, moves, [move.model_dump(exclude={"reports"})])
    await insert_once(tx, moved_reports, [{"move": move.id, "report": item} for item in items])
    for some in chunks(items):
        for table, item, place in _PLACES:
            there = table.update().where(table.c[item].in_(some)).values({place: move.target})
            await tx.execute(there)
    await search_filling.move(tx, [thing_name(SearchKind.REPORT, item) for item in items], move.target)


_PLACES: tuple[tuple[Table, str, str], ...] = (
    (reports, "id", "incident"),
    (sightings, "item", "incident"),
    (hits, "first", "first_incident"),
    (hits, "second", "second_incident"),
)
"""Where it stands to which incident a report belongs: the table, its column of reports, and that of the incident."""


async def find(c: AsyncConnection, identifier: str) -> Move | None:
    """A move by its id; None where nothing was moved under it."""
    found = await _all(c, moves.c.id == identifier)
    return found[0] if found else None


async def of_incident(c: AsyncConnection, reference: str) -> list[Move]:
    """What left an incident, and what came to it, in the order in which it happened."""
    return await _all(c, or_(moves.c.source == reference, moves.c.target == reference))


async def still_here(c: AsyncConnection, identifier: str) -> list[str]:
    """The reports that a move has brought and that no later one has taken on, in the order they were received."""
    query = (
        select(reports.c.id)
        .join(moved_reports, moved_reports.c.report == reports.c.id)
        .join(moves, moves.c.id == moved_reports.c.move)
        .where(moves.c.id == identifier, reports.c.incident == moves.c.target)
    )
    return list(await c.scalars(query.order_by(reports.c.received_at, reports.c.id)))


async def last_of(c: AsyncConnection, items: Sequence[str]) -> dict[str, Move]:
    """The latest move of each of these reports that was moved at all."""
    found: dict[str, Move] = {}
    for some in chunks(items):
        query = select(moved_reports.c.report, moves).join(moves, moves.c.id == moved_reports.c.move)
        rows = await c.execute(query.where(moved_reports.c.report.in_(some)).order_by(moves.c.at, moves.c.id))
        found |= {row.report: Move.model_validate(row._asdict() | {"reports": 0}) for row in rows}
    return found


async def merged_into(c: AsyncConnection, reference: str) -> str | None:
    """The incident that has by now what this one held, which was merged away; None for one that was not."""
    into: str | None = None
    while True:  # it ends: what was merged away is nobody's target any more
        query = select(moves.c.target).where(moves.c.kind == MoveKind.MERGED, moves.c.source == (into or reference))
        further: str | None = await c.scalar(query)
        if further is None:
            return into
        into = further


async def members(c: AsyncConnection, reference: str) -> list[str]:
    """The ids of the reports of an incident in the order they were received."""
    query = select(reports.c.id).where(reports.c.incident == reference)
    return list(await c.scalars(query.order_by(reports.c.received_at, reports.c.id)))


async def with_repeats(c: AsyncConnection, items: Collection[str]) -> set[str]:
    """These reports, and those that are only counted on them: they go wherever the leading ones go."""
    found = set(items)
    for some in chunks(sorted(items)):
        found.update(await c.scalars(select(repeats.c.id).where(repeats.c.leading.in_(some))))
    return found


async def unmatched(c: AsyncConnection, items: Collection[str]) -> set[str]:
    """Those of these reports at whose observables nobody has looked yet whether they meet something."""
    found: set[str] = set()
    for some in chunks(sorted(items)):
        query = select(sightings.c.item).distinct().where(sightings.c.item.in_(some), sightings.c.silent.is_(None))
        found.update(await c.scalars(query))
    return found


async def _all(c: AsyncConnection, which: ColumnElement[bool]) -> list[Move]:
    """Moves with how many reports each has taken."""
    many = select(func.count()).where(moved_reports.c.move == moves.c.id).scalar_subquery().label("reports")
    rows = await c.execute(select(moves, many).where(which).order_by(moves.c.at, moves.c.id))
    return [Move.model_validate(row._asdict()) for row in rows]
