"""Sources that leerp reads by itself: how far each was read, who reads it now, and how it does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.model import Instant, Message
from records.schema_collecting import collected
from records.statements import hold, insert_once

MAX_ERROR = 500
"""The most characters of a sentence that are kept."""


class Declared(NamedTuple):
    """A source as the operator has settled it. `expected_seconds`: after how long it counts as silent."""

    name: str
    kind: str
    interval_seconds: int
    expected_seconds: int | None
    alarm_after: int


class Collected(Message):
    """A source and how it does. `named`: it stands in sources.yaml; `since`: from when on it is watched.

    `last_error`: why the last reading failed; without `failures`, what was wrong though it could be read.
    """

    name: str
    kind: str
    named: bool
    interval_seconds: int
    expected_seconds: int | None
    alarm_after: int
    since: Instant
    cursor: str | None
    last_tried: Instant | None
    last_ok: Instant | None
    last_heard: Instant | None
    failures: int
    last_error: str | None
    failing_since: Instant | None
    silent_since: Instant | None
    holder: str | None
    held_until: Instant | None

    @property
    def quiet_since(self) -> datetime:
        """When it was last heard of, or when it began to be watched."""
        return max(self.last_heard or self.since, self.since)

    def silent(self, now: datetime) -> bool:
        """Whether it has not been heard of for longer than is expected of it."""
        return self.expected_seconds is not None and now - self.quiet_since > timedelta(seconds=self.expected_seconds)


class Change(StrEnum):
    """What has become different, and is told once."""

    FAILED = "failed"
    RECOVERED = "recovered"
    SILENT = "silent"
    HEARD = "heard"


async def declare(tx: AsyncConnection, sources: Sequence[Declared], *, at: datetime) -> None:
    """Have exactly these named; one that comes back is watched from now on, and goes on where it was."""
    await hold(tx, "collecting")
    before = {one.name: one for one in await everything(tx)}
    wanted = {one.name for one in sources}
    gone = [name for name, one in before.items() if one.named and name not in wanted]
    if gone:
        forget = {"named": False, "failing_since": None, "silent_since": None, "failures": 0, "last_error": None}
        await tx.execute(update(collected).where(collected.c.name.in_(gone)).values(forget))
    for one in sources:
        values = {**one._asdict(), "named": True}
        known = before.get(one.name)
        if known is None:
            await insert_once(tx, collected, [{**values, "since": at, "failures": 0}])
            continue
        if known.kind != one.kind:
            values["cursor"] = None  # what another way has remembered says nothing to this one
        if not known.named:
            values["since"] = at
        await tx.execute(update(collected).where(collected.c.name == one.name).values(values))


async def everything(c: AsyncConnection) -> list[Collected]:
    """Every source that was ever named, by name."""
    return [_read(row) for row in await c.execute(select(collected).order_by(collected.c.name))]


async def get(c: AsyncConnection, name: str) -> Collected | None:
    """One source; None if it was never named."""
    row = (await c.execute(select(collected).where(collected.c.name == name))).one_or_none()
    return _read(row) if row else None


async def take(tx: AsyncConnection, name: str, *, holder: str, at: datetime, until: datetime) -> bool:
    """Be the one who reads a source until then, or go on being it; False while somebody else is."""
    mine = or_(collected.c.holder.is_(None), collected.c.holder == holder, collected.c.held_until < at)
    statement = update(collected).where(collected.c.name == name, mine)
    done = await tx.execute(statement.values(holder=holder, held_until=until))
    return bool(done.rowcount)


async def let_go(tx: AsyncConnection, name: str, *, holder: str) -> None:
    """Let somebody else read it."""
    mine = (collected.c.name == name) & (collected.c.holder == holder)
    await tx.execute(update(collected).where(mine).values(holder=None, held_until=None))


async def advance(tx: AsyncConnection, name: str, cursor: str, *, holder: str) -> bool:
    """Remember how far it was read; False if somebody else reads it by now, and nothing is remembered."""
    mine = (collected.c.name == name) & (collected.c.holder == holder)
    done = await tx.execute(update(collected).where(mine).values(cursor=cursor))
    return bool(done.rowcount)


async def note_heard(tx: AsyncConnection, name: str, *, at: datetime) -> list[Change]:
    """There was something new."""
    before = await _held(tx, name)
    values = {"last_heard": at, "silent_since": None}
    await tx.execute(update(collected).where(collected.c.name == name).values(values))
    return [Change.HEARD] if before and before.silent_since else []


async def note_read(tx: AsyncConnection, name: str, *, at: datetime, remark: str = "") -> list[Change]:
    """It was read to the end. `remark`: what is to be known of it all the same; it stands where an error would."""
    before = await _held(tx, name)
    values = {
        "last_tried": at,
        "last_ok": at,
        "failures": 0,
        "last_error": remark[:MAX_ERROR] or None,
        "failing_since": None,
    }
    await tx.execute(update(collected).where(collected.c.name == name).values(values))
    return [Change.RECOVERED] if before and before.failing_since else []


async def note_failure(tx: AsyncConnection, name: str, why: str, *, at: datetime) -> list[Change]:
    """It could not be read, or not to the end. After as many failures in a row as are borne, that is an alarm."""
    before = await _held(tx, name)
    if before is None:
        return []
    failures = before.failures + 1
    alarm = failures >= before.alarm_after and before.failing_since is None
    values: dict[str, Any] = {"last_tried": at, "failures": failures, "last_error": why[:MAX_ERROR]}
    values |= {"failing_since": at} if alarm else {}
    await tx.execute(update(collected).where(collected.c.name == name).values(values))
    return [Change.FAILED] if alarm else []


async def note_silence(tx: AsyncConnection, *, at: datetime) -> list[Collected]:
    """Those of which nothing has been heard for too long, and of which that was not known yet."""
    await hold(tx, "collecting")
    fallen = [one for one in await everything(tx) if one.named and one.silent_since is None and one.silent(at)]
    for one in fallen:
        await tx.execute(update(collected).where(collected.c.name == one.name).values(silent_since=at))
    return fallen


async def _held(tx: AsyncConnection, name: str) -> Collected | None:
    await hold(tx, "collecting")
    return await get(tx, name)


def _read(row: Row[Any]) -> Collected:
    return Collected.model_validate(row._asdict())
