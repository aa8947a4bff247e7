"""What the watch over the sources and clocks has found, in the desk's own chain: once for each change."""

from datetime import datetime

import structlog
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import DESK, PROTOCOL, JournalKind
from leerp.model import iso
from records import collecting, journal
from records.collecting import Change
from records.collecting_alarms import ClockSeen, compare
from records.store import Store

log = structlog.get_logger(__name__)

_KINDS = {
    Change.FAILED: JournalKind.DESK_POLL_FAILED,
    Change.RECOVERED: JournalKind.DESK_POLL_RECOVERED,
    Change.SILENT: JournalKind.DESK_SOURCE_SILENT,
    Change.HEARD: JournalKind.DESK_SOURCE_HEARD,
}


async def note(tx: AsyncConnection, change: Change, source: str, *, at: datetime, **more: JsonValue) -> None:
    """Journal a change of a source, in the transaction that makes it."""
    kind = _KINDS[change]
    log.warning("source_changed", source=source, change=change.value)
    await _append(tx, kind, {"source": source, **more}, key=f"{kind}/{source}/{iso(at)}", at=at)


async def note_silence(store: Store, *, at: datetime) -> None:
    """Look for sources that have gone silent, and journal those of which that was not known."""
    async with store.writing() as tx:
        for one in await collecting.note_silence(tx, at=at):
            since = iso(one.quiet_since)
            await note(tx, Change.SILENT, one.name, at=at, since=since, expected_seconds=one.expected_seconds)


async def note_clock(store: Store, seen: ClockSeen) -> None:
    """Remember how a clock compares, and journal it when the two have come apart or agree again."""
    async with store.writing() as tx:
        off = await compare(tx, seen)
        if off is None:
            return
        kind = JournalKind.DESK_CLOCK_SKEWED if off else JournalKind.DESK_CLOCK_STEADY
        log.warning("clock_changed", clock=seen.name, offset_ms=seen.offset_ms, off=off)
        data: dict[str, JsonValue] = {"clock": seen.name, "offset_ms": seen.offset_ms, "within_ms": seen.within_ms}
        await _append(tx, kind, data, key=f"{kind}/{seen.name}/{iso(seen.at)}", at=seen.at)


async def _append(
    tx: AsyncConnection, kind: JournalKind, data: dict[str, JsonValue], *, key: str, at: datetime
) -> None:
    await journal.append(tx, incident=DESK, at=at, actor=PROTOCOL, kind=kind, data=data, key=key)
