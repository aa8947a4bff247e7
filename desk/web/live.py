"""Pages that follow what happens: a stream of the part that has changed, to whoever looks at it.

A stream tells of one incident, or of the board, and of nothing else. Somebody looks at the store for each thing that is
looked at, however many look; what is sent is rendered for each person.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import structlog
from fastapi import HTTPException
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sse_starlette import EventSourceResponse, ServerSentEvent

from leerp.errors import LeerpError
from records.schema import incidents, journal, ledger
from records.store import Store

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 0.4
BOARD = ""
"""The name under which the board is looked at; no incident is called so."""

AT_LEAST_EVERY_SECONDS = 10.0
"""A part is sent anew after this long although nothing happened: the clocks on it go on."""

PING_SECONDS = 15
MOST_STREAMS = 200
"""How many streams one desk process keeps open."""


class Changes:
    """Tells who waits for it when an incident, or the board, is not what it was."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events: dict[str, set[asyncio.Event]] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}

    @property
    def full(self) -> bool:
        """Whether no more streams are taken."""
        return sum(len(events) for events in self._events.values()) >= MOST_STREAMS

    @contextlib.contextmanager
    def watching(self, name: str) -> Iterator[asyncio.Event]:
        """An event that is set at each change of this name while the block lasts."""
        event = asyncio.Event()
        event.set()  # something may have happened since the page was made
        self._events.setdefault(name, set()).add(event)
        if name not in self._looking:
            self._looking[name] = asyncio.create_task(self._look(name))
        try:
            yield event
        finally:
            self._events[name].discard(event)
            if not self._events[name]:
                self._looking.pop(name).cancel()
                del self._events[name]

    async def _look(self, name: str) -> None:
        seen: str | None = None
        while True:
            try:
                async with self._store.reading() as connection:
                    now = await (_board(connection) if name == BOARD else _incident(connection, name))
            except LeerpError as error:
                log.warning("live_look_failed", sentence=error.sentence)
                now = seen or ""
            if now != seen:
                for event in self._events.get(name, ()):
                    event.set()
            seen = now
            await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _incident(c: AsyncConnection, reference: str) -> str:
    """What differs whenever an incident's page would."""
    head = await c.scalar(select(func.max(journal.c.seq)).where(journal.c.incident == reference))
    mine = incidents.c.reference == reference
    row = (await c.execute(select(incidents.c.status, incidents.c.phase, incidents.c.waiting_for).where(mine))).first()
    lines = select(ledger.c.state, func.count()).where(ledger.c.incident == reference)
    sent = (await c.execute(lines.group_by(ledger.c.state).order_by(ledger.c.state))).all()
    return repr((head, row, sent))


async def _board(c: AsyncConnection) -> str:
    """What differs whenever the board's first page may: how many stand where, and the newest ones' waits."""
    stands = select(incidents.c.status, incidents.c.phase, func.count())
    stands = stands.group_by(incidents.c.status, incidents.c.phase).order_by(incidents.c.status, incidents.c.phase)
    ongoing = (incidents.c.reference, incidents.c.status, incidents.c.phase, incidents.c.waiting_for)
    newest = select(*ongoing).where(incidents.c.closed_at.is_(None)).order_by(incidents.c.opened_at.desc()).limit(50)
    return repr(((await c.execute(stands)).all(), (await c.execute(newest)).all()))


def stream(changes: Changes, name: str, render: Callable[[], Awaitable[str]]) -> EventSourceResponse:
    """Send the rendered part whenever it has changed; where `render` refuses, the stream ends."""
    if changes.full:
        raise HTTPException(503, "Too many pages are open at this desk; this one does not follow what happens.")
    return EventSourceResponse(_parts(changes, name, render), ping=PING_SECONDS)


async def _parts(changes: Changes, name: str, render: Callable[[], Awaitable[str]]) -> AsyncIterator[ServerSentEvent]:
    with changes.watching(name) as changed:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), AT_LEAST_EVERY_SECONDS)
            changed.clear()
            try:
                part = await render()
            except (LeerpError, HTTPException):
                return
            yield ServerSentEvent(data=part)
