"""Gathering: what several callers want done at the same time is done together, and each gets its own answer.

While one batch is under way the next one gathers, so that nobody waits for others to come, and many that come at once
share what a transaction costs.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

MOST_AT_ONCE = 256
"""How many are done together."""

MOST_BYTES_AT_ONCE = 8 * 1024 * 1024
"""How much of what they bring is in one batch; one that is larger is done alone."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Work = Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]
"""What is done with a batch: for each item, in their order, its answer, or the error that is its own.

What it raises is told to all of them.
"""


@dataclass
class _Waiting(Generic[Item, Answer]):
    """An item whose caller waits; the place of its answer is in the loop that runs."""

    item: Item
    size: int
    answer: "asyncio.Future[Answer]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Gathering(Generic[Item, Answer]):
    """Where callers of one event loop meet. The items are worked on in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting[Item, Answer]] = deque()
        self._runner: asyncio.Task[None] | None = None

    async def add(self, item: Item, *, size: int, work: Work[Item, Answer]) -> Answer:
        """Have an item worked on together with others; its answer, or its error. `size`: how many bytes it brings.

        A caller that is cancelled gets no answer; what it brought is worked on all the same.
        """
        one: _Waiting[Item, Answer] = _Waiting(item, size)
        self._waiting.append(one)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run(work))
        return await asyncio.shield(one.answer)

    async def _run(self, work: Work[Item, Answer]) -> None:
        batch: list[_Waiting[Item, Answer]] = []
        try:
            while self._waiting:
                batch = self._next()
                await _done(batch, work)
        finally:  # the process ends: nobody is left to wait for ever
            for one in (*batch, *self._waiting):
                one.answer.cancel()
            self._waiting.clear()

    def _next(self) -> list[_Waiting[Item, Answer]]:
        batch = [self._waiting.popleft()]
        size = batch[0].size
        while self._waiting and len(batch) < MOST_AT_ONCE and size + self._waiting[0].size <= MOST_BYTES_AT_ONCE:
            batch.append(self._waiting.popleft())
            size += batch[-1].size
        return batch


async def _done(batch: Sequence[_Waiting[Item, Answer]], work: Work[Item, Answer]) -> None:
    answers: Sequence[Answer | Exception]
    try:
        answers = await work([one.item for one in batch])
    except Exception as error:  # noqa: BLE001 - whatever it is: whoever waits gets it
        answers = [error] * len(batch)
    for one, answer in zip(batch, answers, strict=True):
        if isinstance(answer, Exception):
            one.answer.set_exception(answer)
            one.answer.exception()  # a caller that has gone does not fetch it, and that is no fault
        else:
            one.answer.set_result(answer)
