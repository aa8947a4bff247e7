"""Group commit for the ledger: many senders, few transactions, and nobody goes on before his line is durable."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from records import ledger
from records.store import Store

Key = tuple[str, str]
"""(reader, channel)."""


@dataclass
class _Waiting:
    outcomes: list[ledger.Outcome] = field(default_factory=list)
    claims: list[Key] = field(default_factory=list)
    done: list[asyncio.Future[None]] = field(default_factory=list)


class LedgerWriter:
    """Writes outcomes and claims of one notice.

    A message is claimed (state sending, one attempt more) before it is sent, and settled after; settling one and
    claiming the next is one write. While a transaction runs, what others write is collected into the next one.
    """

    def __init__(self, store: Store, notice: str) -> None:
        self._store = store
        self._notice = notice
        self._waiting = _Waiting()
        self._writing: asyncio.Task[None] | None = None

    async def write(self, *, outcome: ledger.Outcome | None = None, claim: Key | None = None, at: datetime) -> None:
        """Return once the outcome and the claim are durable."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if outcome:
            self._waiting.outcomes.append(outcome)
        if claim:
            self._waiting.claims.append(claim)
        self._waiting.done.append(future)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._work_off(at))
        await future

    async def _work_off(self, at: datetime) -> None:
        while self._waiting.done:
            batch, self._waiting = self._waiting, _Waiting()
            try:
                async with self._store.writing() as tx:
                    await ledger.advance(tx, self._notice, settled=batch.outcomes, claimed=batch.claims, at=at)
            except BaseException as error:  # whatever it was, the senders that wait must hear of it
                for future in batch.done:
                    if not future.done():
                        future.set_exception(error)
                raise
            for future in batch.done:
                if not future.done():
                    future.set_result(None)
