"""Taking many reports in at once: one transaction for all of them, and for each its own answer or its own error."""

from collections.abc import Sequence
from functools import partial

import structlog
from sqlalchemy import Connection

from activities.intake_deciding import Deciding
from activities.intake_reading import Prepared
from activities.rooms import Rooms
from leerp.errors import ServiceMissingError
from leerp.notices import Mode
from leerp.reports import IntakeReceipt
from matrices.bursts import BurstRules, load_rules, shipped_rules
from records.taking_in import Wanted, look, write

log = structlog.get_logger(__name__)


def burst_rules(rooms: Rooms) -> BurstRules:
    """The thresholds of bursts: the centre's own, else the shipped ones."""
    own = rooms.tables.others.get("bursts")
    return shipped_rules() if own is None else load_rules(own, name="bursts.yaml")


async def take_in(rooms: Rooms, report: Prepared) -> IntakeReceipt:
    """Take a report in together with those that come at the same time; answered when it is stored."""
    return await rooms.arriving.add(report, size=len(report.raw), work=partial(_take_in_all, rooms))


async def _take_in_all(rooms: Rooms, batch: Sequence[Prepared]) -> list[IntakeReceipt | Exception]:
    try:
        return [*await _together(rooms, batch)]
    except ServiceMissingError:
        raise
    except Exception as error:  # noqa: BLE001 - one report has brought the others down; alone, each has its own fate
        if len(batch) == 1:
            return [error]
        log.warning("intake_one_by_one", reports=len(batch), error=type(error).__name__)
    return [answer for one in batch for answer in await _take_in_all(rooms, [one])]


async def _together(rooms: Rooms, batch: Sequence[Prepared]) -> list[IntakeReceipt]:
    """All of it is one trip to the driver's thread, so that nobody else who writes waits for what this process does."""
    work = partial(_at_once, batch=batch, mode=rooms.mode, rules=burst_rules(rooms))
    return await rooms.store.write(lambda tx: tx.run_sync(work))


def _at_once(
    connection: Connection, *, batch: Sequence[Prepared], mode: Mode, rules: BurstRules
) -> list[IntakeReceipt]:
    deciding = Deciding(look(connection, _wanted(batch), mode=mode), mode=mode, rules=rules)
    receipts = [deciding.take(one) for one in batch]
    write(connection, deciding.taken)
    return receipts


def _wanted(batch: Sequence[Prepared]) -> Wanted:
    return Wanted(
        ids={one.id for one in batch},
        contents={one.hashed.content for one in batch},
        digests={digest for one in batch for digest in one.joining},
        likenesses={one.likeness for one in batch},
        years={one.arrival.at.year for one in batch},
    )
