"""Bursts: reports so alike that they are counted on the first of them; kept, and no longer handed on one by one."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from pydantic import JsonValue
from sqlalchemy import Connection, Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import JournalKind
from leerp.model import Instant, Message, iso
from leerp.notices import Mode
from records import reports
from records.incidents import ONGOING
from records.journal import Draft
from records.reports import Ready
from records.schema import incidents
from records.schema import reports as reports_table
from records.schema_correlating import UNTOLD, bursts, repeats
from records.statements import as_list, insert_new, insert_or_change, listed

NO_CHAIN = "0" * 64

_OF_REPORT = tuple(column.name for column in repeats.c if column.name != "leading")


class Burst(Message):
    """The reports that are like the leading one, however many.

    `seen`: all of them, the leading one included. `counted`: those that are only counted; `duplicates`: those whose
    content was there already. `sources`: how many of each. `chain`: SHA-256, as hex, over the text of the chain before
    and of the SHA-256 of the bytes of each counted one, in the order they came; the first chain is 64 zeros. `told`,
    `told_at`: how many were counted, duplicates included, when the journal last said so, and when that was.
    """

    leading: str
    mode: Mode
    likeness: str
    seen: int
    counted: int = 0
    duplicates: int = 0
    first_at: Instant
    last_at: Instant
    sources: dict[str, int]
    chain: str = NO_CHAIN
    told: int = 0
    told_at: Instant | None = None

    @property
    def not_handed_on(self) -> int:
        """How many were only counted, duplicates included."""
        return self.counted + self.duplicates

    def told_now(self, at: datetime) -> tuple["Burst", Draft]:
        """The burst when the journal has said how far it has come, and what it says; once for each count."""
        data: dict[str, JsonValue] = {
            "report": self.leading,
            "counted": self.counted,
            "duplicates": self.duplicates,
            "sources": len(self.sources),
            "since": iso(self.first_at),
            "chain_sha256": self.chain,
        }
        total = self.not_handed_on
        draft = Draft(JournalKind.DETECTION_BURST_COUNTED, data, f"burst/{self.leading}/{total}")
        return self.model_copy(update={"told": total, "told_at": at}), draft


class Standing(NamedTuple):
    """A burst, the incident of its leading report, and whether that is still worked on."""

    burst: Burst
    incident: str
    ongoing: bool


def link(chain: str, raw_sha256: str) -> str:
    """The chain with one more."""
    return hashlib.sha256(f"{chain}{raw_sha256}".encode()).hexdigest()


def standing(connection: Connection, likenesses: Iterable[str], *, mode: Mode) -> dict[str, Standing]:
    """The last burst of each of these likenesses."""
    given = {"likenesses": as_list(likenesses), "mode": mode}
    rows = connection.execute(_standing(connection.dialect.name), given)
    return {row.likeness: Standing(_burst(row), row.incident, bool(row.ongoing)) for row in rows}


@cache
def _standing(dialect: str) -> Select[Any]:
    asked = select(listed(dialect, "likenesses").c.value)
    mode = bindparam("mode", type_=bursts.c.mode.type)
    query = select(bursts, reports_table.c.incident, ONGOING.label("ongoing"))
    query = query.select_from(bursts.join(reports_table).join(incidents))
    return query.where(bursts.c.mode == mode, bursts.c.likeness.in_(asked)).order_by(bursts.c.last_at)


def keep(connection: Connection, changed: Iterable[Burst]) -> None:
    """Keep bursts as they now stand."""
    insert_or_change(connection, bursts, [dict(burst) for burst in changed])


def keep_counted(connection: Connection, counted: Sequence[tuple[str, Ready]]) -> None:
    """Keep reports that are counted on a leading one, with the bytes they came in."""
    reports.keep_bytes(connection, [one for _, one in counted])
    rows = [{name: one.row[name] for name in _OF_REPORT} | {"leading": leading} for leading, one in counted]
    insert_new(connection, repeats, rows, is_written=True)


def untold(connection: Connection, *, mode: Mode, before: datetime, limit: int) -> list[tuple[Burst, str]]:
    """Bursts that have come further than the journal says and of which nothing came since then; each with its incident.

    Those that ended first come first.
    """
    query = select(bursts, reports_table.c.incident).select_from(bursts.join(reports_table))
    query = query.where(UNTOLD, bursts.c.mode == mode, bursts.c.last_at <= before)
    rows = connection.execute(query.order_by(bursts.c.last_at, bursts.c.leading).limit(limit))
    return [(_burst(row), row.incident) for row in rows]


async def of_incident(c: AsyncConnection, reference: str) -> list[Burst]:
    """The bursts of an incident of which anything was counted, in the order in which they began."""
    query = (
        select(bursts)
        .join_from(bursts, reports_table)
        .where(reports_table.c.incident == reference, bursts.c.counted + bursts.c.duplicates > 0)
    )
    return [_burst(row) for row in await c.execute(query.order_by(bursts.c.first_at, bursts.c.leading))]


async def of_report(c: AsyncConnection, leading: str) -> Burst | None:
    """The burst that a report leads; None where nothing was like it."""
    row = (await c.execute(select(bursts).where(bursts.c.leading == leading))).one_or_none()
    return _burst(row) if row else None


def _burst(row: Row[Any]) -> Burst:
    return Burst.model_validate(row._asdict())
