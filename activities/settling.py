"""Settling bursts: when no more alike reports come, the journal says how far it came in the end.

While a burst goes on its intake says so now and then (`activities.intake_deciding`). What came after it last did would
wait for the next report otherwise, which may never come. It runs with the watch, in every worker and every desk.
"""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from activities.intake_batch import burst_rules
from activities.rooms import Rooms
from leerp.journal import PROTOCOL
from leerp.notices import Mode
from records import bursts, journal
from records.journal import Due
from records.statements import hold_all

AT_ONCE = 200


async def settle_bursts(rooms: Rooms) -> int:
    """Journal the final counts of bursts that have ended, once each; how many there were.

    ServiceMissingError when the store does not answer. An exercise has its own time, in which nothing is late.
    """
    if rooms.mode is Mode.EXERCISE:
        return 0
    now = rooms.wall_clock()
    before = now - burst_rules(rooms).quiet
    async with rooms.store.reading() as connection:
        due = await connection.run_sync(bursts.untold, mode=rooms.mode, before=before, limit=1)
    if not due:
        return 0
    work = partial(_settle, mode=rooms.mode, before=before, now=now)
    return await rooms.store.write(lambda tx: tx.run_sync(work))


def _settle(connection: Connection, *, mode: Mode, before: datetime, now: datetime) -> int:
    """While nobody takes anything in: what is written of a burst is what it has come to."""
    hold_all(connection, ["intake", f"intake/{mode}"])
    due = bursts.untold(connection, mode=mode, before=before, limit=AT_ONCE)
    told = [(one.told_now(now), incident) for one, incident in due]
    journal.append_due(connection, [Due(incident, now, PROTOCOL, draft) for (_, draft), incident in told])
    bursts.keep(connection, [burst for (burst, _), _ in told])
    return len(told)
