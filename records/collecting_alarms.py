"""What is wrong with the sources and the clocks now, in sentences for the board, for `leerp doctor` and for health."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.model import Instant, Message, iso
from records import collecting
from records.collecting import Collected
from records.schema_collecting import clocks
from records.statements import hold, insert_once

TOLERANCE = timedelta(seconds=1)
"""How far a clock may be off."""

LONGEST_READING = timedelta(minutes=15)
"""How long one reading of a source may take."""

_OLD = timedelta(hours=1)
"""A comparison older than this says nothing of now."""


class ClockSeen(Message):
    """A clock as it was compared. `offset_ms`: how far the centre's is ahead of it, give or take `within_ms`."""

    name: str
    offset_ms: int
    within_ms: int
    at: Instant
    skewed_since: Instant | None = None

    @property
    def off(self) -> bool:
        """Whether it is certain that the two are more than a second apart."""
        return timedelta(milliseconds=abs(self.offset_ms) - self.within_ms) > TOLERANCE

    @property
    def sentence(self) -> str:
        """For people."""
        where = "ahead of" if self.offset_ms > 0 else "behind"
        seconds = abs(self.offset_ms) / 1000
        return f"this machine's clock is {seconds:.1f} s {where} that of {self.name}; set the clocks by NTP"


async def compare(tx: AsyncConnection, seen: ClockSeen) -> bool | None:
    """Remember a comparison. True: the clocks have come apart; False: they agree again; None: as before."""
    await hold(tx, "collecting")
    row = (await tx.execute(select(clocks).where(clocks.c.name == seen.name))).one_or_none()
    before = _read(row) if row else None
    was_off = before is not None and before.skewed_since is not None
    since = (before.skewed_since if before and was_off else seen.at) if seen.off else None
    values = {**dict(seen), "skewed_since": since}
    if before is None:
        await insert_once(tx, clocks, [values])
    else:
        await tx.execute(update(clocks).where(clocks.c.name == seen.name).values(values))
    return seen.off if seen.off is not was_off else None


async def seen_clocks(c: AsyncConnection) -> list[ClockSeen]:
    """Every clock as it was last compared, by name."""
    return [_read(row) for row in await c.execute(select(clocks).order_by(clocks.c.name))]


class Alarm(NamedTuple):
    """Something that needs somebody. `state`: failing, silent or skewed."""

    state: str
    sentence: str


async def standing(c: AsyncConnection, now: datetime) -> list[Alarm]:
    """Each thing that is wrong now; nothing when all is well or nothing is watched."""
    found = [alarm for one in await collecting.everything(c) if one.named for alarm in _of_source(one, now)]
    seen = await seen_clocks(c)
    return found + [Alarm("skewed", one.sentence) for one in seen if one.skewed_since and now - one.at <= _OLD]


async def alarms(c: AsyncConnection, now: datetime) -> list[str]:
    """The same in sentences alone."""
    return [one.sentence for one in await standing(c, now)]


def _of_source(one: Collected, now: datetime) -> Iterator[Alarm]:
    tried = max(one.last_tried or one.since, one.since)
    if now - tried > timedelta(seconds=2 * one.interval_seconds) + LONGEST_READING:
        why = f"source {one.name} has not been read since {iso(tried)}; see whether `leerp collect` runs"
        yield Alarm("failing", why)
    if one.failing_since is not None:
        ok = f"since {iso(one.last_ok)}" if one.last_ok else "so far"
        yield Alarm("failing", f"source {one.name} could not be read {ok} ({one.failures} times): {one.last_error}")
    if one.silent(now):
        yield Alarm("silent", f"source {one.name} is silent since {iso(one.quiet_since)}; ask whoever runs it")


def _read(row: Row[tuple[object, ...]]) -> ClockSeen:
    return ClockSeen.model_validate(row._asdict())
