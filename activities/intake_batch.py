"""Taking many reports in at once: one transaction for all of them, and for each its own answer or its own error."""

from collections.abc import Sequence
from functools import partial

import structlog

from activities.intake_deciding import Deciding
from activities.intake_reading import Prepared
from activities.rooms import Rooms
from leerp.errors import ServiceMissingError
from leerp.reports import IntakeReceipt
from matrices.bursts import BurstRules, load_rules, shipped_rules
from records.in_one_trip import in_one_trip
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
    mode = rooms.mode
    async with rooms.store.writing() as tx:
        known = await in_one_trip(tx, partial(look, wanted=_wanted(batch), mode=mode))
        deciding = Deciding(known, mode=mode, rules=burst_rules(rooms))
        receipts = [deciding.take(one) for one in batch]
        await in_one_trip(tx, partial(write, taken=deciding.taken, mode=mode))
    return receipts


def _wanted(batch: Sequence[Prepared]) -> Wanted:
    return Wanted(
        ids={one.id for one in batch},
        contents={one.content_sha256 for one in batch},
        digests={digest for one in batch for digest in one.joining},
        likenesses={one.likeness for one in batch},
        years={one.arrival.at.year for one in batch},
    )
