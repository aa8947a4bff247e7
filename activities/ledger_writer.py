"""Group commit for the ledger: many senders, few transactions, and nobody goes on before his line is durable."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from records import ledger
from records.store import Store


@dataclass
class _Lines:
    """What is to be written of one notice."""

    outcomes: list[ledger.Outcome] = field(default_factory=list)
    claims: list[ledger.Key] = field(default_factory=list)


@dataclass
class _Waiting:
    """What the next transaction writes, and who waits for it."""

    at: datetime
    lines: dict[str, _Lines] = field(default_factory=lambda: defaultdict(_Lines))
    done: list[asyncio.Future[None]] = field(default_factory=list)

    def waiting(self) -> list[asyncio.Future[None]]:
        """Who still waits: one that was cancelled does not."""
        return [future for future in self.done if not future.done()]


class LedgerWriter:
    """Writes outcomes and claims, for every batch of a process.

    A message is claimed (state sending, one attempt more) before it is sent, and settled after; settling one and
    claiming the next is one write. While a transaction runs, what others write is collected into the next one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: _Waiting | None = None
        self._writing: asyncio.Task[None] | None = None

    async def write(
        self, notice: str, *, outcome: ledger.Outcome | None = None, claim: ledger.Key | None = None, at: datetime
    ) -> None:
        """Return once the outcome and the claim are durable."""
        self._waiting = waiting = self._waiting or _Waiting(at)
        lines = waiting.lines[notice]
        lines.outcomes.extend([outcome] if outcome else [])
        lines.claims.extend([claim] if claim else [])
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.done.append(future)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._work_off())
        await future

    async def _work_off(self) -> None:
        while self._waiting is not None:
            batch, self._waiting = self._waiting, None
            try:
                await self._write(batch)
            except Exception as error:  # noqa: BLE001 - whatever it was, those who wait must hear of it
                for future in batch.waiting():
                    future.set_exception(error)
            for future in batch.waiting():
                future.set_result(None)

    async def _write(self, batch: _Waiting) -> None:
        async with self._store.writing() as tx:
            for notice, lines in batch.lines.items():
                await ledger.advance(tx, notice, settled=lines.outcomes, claimed=lines.claims, at=batch.at)
