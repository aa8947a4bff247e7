"""Reads one source: takes in what is new, remembers how far it was read, and how that went."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog

from activities.collecting import Counts, Hands, Way
from activities.collecting.noting import note, note_clock
from leerp.errors import BadInputError, LeerpError, RefusedError, ServiceMissingError
from leerp.protocol import RefusalReason
from records import collecting
from records.collecting import Collected
from records.collecting_alarms import LONGEST_READING
from records.store import Store

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
"""So long a source stays with who reads it, unless said again: after a kill -9 nobody waits longer."""

SAID_AGAIN = timedelta(seconds=10)


class Poller:
    """Reads one source, again and again. `holder`: who this is, among all who might read it."""

    def __init__(self, name: str, way: Way, hands: Hands, *, holder: str) -> None:
        self.name = name
        self.way = way
        self._hands = hands
        self._holder = holder

    @property
    def _store(self) -> Store:
        return self._hands.rooms.store

    async def once(self) -> Counts:
        """Read what is new. Raises what the source or the store is at fault for, once it is noted.

        RefusedError while somebody else reads the source.
        """
        async with self._held() as source:
            try:
                async with asyncio.timeout(LONGEST_READING.total_seconds()):
                    counts = await self._read(source)
            except (ServiceMissingError, BadInputError) as error:
                await self._failed(error.sentence)
                raise
            except TimeoutError as error:
                sentence = f"source {self.name}: one reading takes longer than {LONGEST_READING}"
                await self._failed(sentence)
                raise ServiceMissingError(sentence) from error
            except Exception as error:
                # A fault of leerp's own: it is noted like any other and stops neither this source nor the others.
                await self._failed(f"source {self.name}: a fault of leerp's own ({type(error).__name__}); report it")
                raise
            await self._done()
        return counts

    async def _read(self, source: Collected) -> Counts:
        """The new portions in order: each is taken in first, and only then remembered."""
        counts = Counts()
        async for portion in self.way.read(source.cursor, at=self._now()):
            counts += await portion.take_in(self._hands)
            await self._remember(portion.cursor, heard=portion.heard)
        return counts

    async def _remember(self, cursor: str | None, *, heard: bool) -> None:
        async with self._store.writing() as tx:
            if cursor is not None and not await collecting.advance(tx, self.name, cursor, holder=self._holder):
                raise ServiceMissingError(f"source {self.name}: somebody else reads it by now")
            if heard:
                for change in await collecting.note_heard(tx, self.name, at=self._now()):
                    await note(tx, change, self.name, at=self._now())

    async def _done(self) -> None:
        now = self._now()
        async with self._store.writing() as tx:
            for change in await collecting.note_read(tx, self.name, at=now, remark=self.way.remark()):
                await note(tx, change, self.name, at=now)
        seen = self.way.clock()
        if seen is not None:
            await note_clock(self._store, seen)

    async def _failed(self, sentence: str) -> None:
        now = self._now()
        log.warning("source_not_read", source=self.name, sentence=sentence)
        with contextlib.suppress(ServiceMissingError):  # the store itself may be what is away
            async with self._store.writing() as tx:
                for change in await collecting.note_failure(tx, self.name, sentence, at=now):
                    await note(tx, change, self.name, at=now, why=sentence[:500])

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[Collected]:
        """Be the only one who reads it, for as long as this lasts."""
        if not await self._take():
            sentence = f"Source {self.name} is being read by somebody else; try again later."
            raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
        keeping = asyncio.create_task(self._keep())
        try:
            async with self._store.reading() as connection:
                source = await collecting.get(connection, self.name)
            if source is None:
                raise BadInputError(f"there is no source {self.name!r} in sources.yaml")
            yield source
        finally:
            keeping.cancel()
            await _to_the_end(self._let_go())

    async def _let_go(self) -> None:
        with contextlib.suppress(LeerpError):
            async with self._store.writing() as tx:
                await collecting.let_go(tx, self.name, holder=self._holder)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SAID_AGAIN.total_seconds())
            with contextlib.suppress(ServiceMissingError):
                await self._take()

    async def _take(self) -> bool:
        now = self._now()
        async with self._store.writing() as tx:
            return await collecting.take(tx, self.name, holder=self._holder, at=now, until=now + LEASE)

    def _now(self) -> datetime:
        return self._hands.rooms.wall_clock()


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Who is told to stop just now stops after this: else nobody could read the source until the lease is over."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
