"""The collector process: one task for each source, until told to stop. One source's fault holds up no other."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import traceback

import structlog

from activities.collecting import Counts, Hands
from activities.collecting.polling import LEASE, Poller
from activities.collecting.watching import keep_looking
from activities.collecting.ways import declared, way_of
from desk.assembly import House, open_house
from desk.collector import sources_of
from desk.places import note_ready
from leerp.errors import LeerpError, RefusedError, ServiceMissingError
from leerp.notices import Mode
from leerp.protocol import RefusalReason
from leerp.settings import Settings
from notifications.sources import AnySource, SourcesFile
from records import collecting

log = structlog.get_logger(__name__)

LONGEST_PAUSE_SECONDS = 900.0
"""A source that cannot be read is tried again ever more slowly, but never more slowly than this or its interval."""

BY = "collector"
"""Who stands in the journal as having brought what was collected."""


def holder() -> str:
    """Who reads a source, so that nobody else does: this process, told from every other one."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


def hands(house: House) -> Hands:
    """Who takes in what the sources hold."""
    return Hands(house.rooms, house.intake, by=BY)


async def declare(house: House, file: SourcesFile) -> None:
    """Have the records know the sources that are named now."""
    wanted = [declared(name, one) for name, one in file.sources.items()]
    async with house.store.writing() as tx:
        await collecting.declare(tx, wanted, at=house.now())


async def poll_once(house: House, file: SourcesFile, name: str) -> Counts:
    """Read one source now. Raises as `Poller.once` does."""
    way = way_of(name, file.sources[name], house.rooms)
    try:
        return await Poller(name, way, hands(house), holder=holder()).once()
    finally:
        await way.close()


async def run_collector(settings: Settings) -> None:
    """Read every source until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_house(settings, migrate=True) as house:
        if house.rooms.mode is Mode.EXERCISE:
            sentence = "An exercise reads no sources: what is real must not come into it."
            raise RefusedError(sentence, reason=RefusalReason.NOT_AUTHORISED)
        file = sources_of(house.settings)
        await declare(house, file)
        tasks = [asyncio.create_task(keep_reading(house, name, one)) for name, one in file.sources.items()]
        tasks.append(asyncio.create_task(keep_looking(house.rooms)))
        log.info("collector_ready", sources=len(file.sources))
        await asyncio.to_thread(note_ready, settings.run / "collector.ready")
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep_reading(house: House, name: str, settings: AnySource) -> None:
    """Read one source for as long as the process lives, each time once there may be something new."""
    way = way_of(name, settings, house.rooms)
    poller = Poller(name, way, hands(house), holder=holder())
    failures = 0
    try:
        while True:
            try:
                failures = 0 if await _read(house, poller) else failures + 1
            except RefusedError:
                await asyncio.sleep(LEASE.total_seconds())  # somebody else reads it, or did until just now
                continue
            if failures:
                await asyncio.sleep(pause(settings.interval_seconds, failures))
            else:
                await way.wait(settings.interval_seconds)
    finally:
        await way.close()


def pause(interval: float, failures: int) -> float:
    """How long to wait after so many failed readings in a row: twice as long each time, within bounds."""
    return min(interval * float(2 ** min(failures - 1, 10)), max(interval, LONGEST_PAUSE_SECONDS))


async def _read(house: House, poller: Poller) -> bool:
    """Whether a reading went well. What was taken in is told to the engine if it is there; else the relay does it.

    RefusedError while somebody else reads the source.
    """
    try:
        counts = await poller.once()
    except RefusedError:
        raise
    except LeerpError:
        return False  # it is noted, and stands in the alarms
    except Exception as error:  # noqa: BLE001 - a fault of leerp's own, noted too: it must not end the other sources
        place = traceback.extract_tb(error.__traceback__)[-1]  # what the error says may be content
        where = f"{place.filename}:{place.lineno}"
        log.error("source_fault", source=poller.name, fault=type(error).__name__, where=where)  # noqa: TRY400 - the same
        return False
    if counts.taken:
        log.info("collected", source=poller.name, taken=counts.taken, refused=counts.refused)
        with contextlib.suppress(ServiceMissingError):
            await (await house.engine()).relay()
    return True
