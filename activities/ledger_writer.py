"""Group commit for the ledger: many senders, few transactions, and nobody goes on before his line is durable."""

import asyncio
from dataclasses import dataclass, field

from records import ledger
from records.ledger import Move
from records.store import Store


@dataclass
class _Batch:
    """What the next transaction writes, and who waits for it, with the number of the move that concerns him."""

    moves: list[Move] = field(default_factory=list)
    waiting: list[tuple[int, asyncio.Future[bool]]] = field(default_factory=list)

    def settle(self, moved: list[bool]) -> None:
        """Tell everybody who still waits what became of his move."""
        for number, future in self.waiting:
            if not future.done():
                future.set_result(moved[number])

    def fail(self, error: Exception) -> None:
        """Tell everybody who still waits that nothing was written."""
        for _, future in self.waiting:
            if not future.done():
                future.set_exception(error)


class LedgerWriter:
    """Writes the moves of all lines that this process sends.

    A message is claimed (state sending, one attempt more) before it is sent, and settled after; settling one and
    claiming the next is one write. While a transaction runs, what others write is collected into the next one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next = _Batch()
        self._writing: asyncio.Task[None] | None = None

    def write(self, moves: list[Move]) -> asyncio.Future[bool]:
        """Done once all the moves are durable: whether the last of them moved its line."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._next.moves.extend(moves)
        self._next.waiting.append((len(self._next.moves) - 1, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._work_off())
        return future

    async def _work_off(self) -> None:
        while self._next.waiting:
            batch, self._next = self._next, _Batch()
            try:
                batch.settle(await ledger.advance(self._store, batch.moves))
            except Exception as error:  # noqa: BLE001 - whatever it was, those who wait must hear of it
                batch.fail(error)
