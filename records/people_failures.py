"""Failed attempts to sign in, and how long the next has to wait. Names are kept as digests: they may be nobody's."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from records.schema_people import sign_in_failures
from records.sessions import digest
from records.statements import hold_all, insert_once

FREE_FOR_A_NAME = 5
FREE_FOR_AN_ADDRESS = 20
"""How many failures go without a wait; behind one address there is a whole centre."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
"""The wait doubles with each failure up to this: nobody is kept out for long by somebody else's failures."""

FORGOTTEN_AFTER = timedelta(hours=1)


class Attempt(NamedTuple):
    """Whether an attempt may be made: `wait_until`: not before then. `waits`: how long each has to wait after it."""

    wait_until: datetime | None
    waits: Mapping[str, timedelta] = {}


def wait_after(failures: int, *, free: int) -> timedelta:
    """How long after the last of so many failures nothing is tried."""
    beyond = failures - free
    return min(FIRST_WAIT * 2 ** min(beyond, 10), LONGEST_WAIT) if beyond >= 0 else timedelta()


async def attempt(tx: AsyncConnection, subjects: Mapping[str, int], *, at: datetime) -> Attempt:
    """Count an attempt as failed before it is made, so that many at once are counted too; `succeeded` takes it back.

    `subjects`: what is counted, such as `name:x`, and how many failures of it go without a wait. While any of them
    has to wait nothing is counted.
    """
    keys = {subject: digest(subject) for subject in sorted(subjects)}
    await _hold(tx, *subjects)
    await tx.execute(delete(sign_in_failures).where(sign_in_failures.c.last_at < at - FORGOTTEN_AFTER))
    query = select(sign_in_failures).where(sign_in_failures.c.subject.in_(keys.values()))
    known = {row.subject: row for row in await tx.execute(query)}
    waits = [row.until for row in known.values() if row.until > at]
    if waits:
        return Attempt(max(waits))
    after = {}
    for subject, key in keys.items():
        failures = 1 + (known[key].failures if key in known else 0)
        wait = wait_after(failures, free=subjects[subject])
        values = {"failures": failures, "last_at": at, "until": at + wait}
        await insert_once(tx, sign_in_failures, [{"subject": key, **values}])
        await tx.execute(sign_in_failures.update().where(sign_in_failures.c.subject == key).values(**values))
        after[subject] = wait
    return Attempt(None, after)


async def succeeded(tx: AsyncConnection, *, name: str, address: str) -> None:
    """Forget the failures of a name, and take this attempt back from its address; what failed there stays counted."""
    await _hold(tx, name, address)
    await forget(tx, name)
    mine = sign_in_failures.c.subject == digest(address)
    row = (await tx.execute(select(sign_in_failures).where(mine))).one_or_none()
    if row:
        values = {"failures": max(row.failures - 1, 0), "until": row.last_at}
        await tx.execute(sign_in_failures.update().where(mine).values(**values))


async def forget(tx: AsyncConnection, subject: str) -> None:
    """Forget what failed."""
    await _hold(tx, subject)
    await tx.execute(delete(sign_in_failures).where(sign_in_failures.c.subject == digest(subject)))


async def _hold(tx: AsyncConnection, *subjects: str) -> None:
    """One at a time for each of these, always in the same order: two that change the same rows never wait in a ring."""
    await tx.run_sync(hold_all, [f"sign-in/{digest(subject)}" for subject in subjects])
