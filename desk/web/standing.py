"""How incidents stand, kept for a while: what is shown of each changes only with its journal, or with time."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.clocks import Deadline
from leerp.journal import JournalKind
from records import board, clocks, incidents, journal, views

FRESH_SECONDS = 60.0
"""After how long it is looked at again although nothing was written: times pass."""

_MOST = 5_000

_QUIET = frozenset(
    {
        JournalKind.DESK_ACT_REFUSED,
        JournalKind.DETECTION_INCIDENT_OPENED,
        JournalKind.DETECTION_INCIDENT_JOINED,
        JournalKind.DETECTION_REPORT_RECEIVED,
        JournalKind.DETECTION_REPORT_DUPLICATED,
        JournalKind.DETECTION_BURST_COUNTED,
        JournalKind.TRIAGE_GRADE_RECORDED,
        JournalKind.TRIAGE_GRADE_PROPOSED,
        JournalKind.TRIAGE_GRADE_CHANGED,
        JournalKind.TRIAGE_PRESUMPTION_RAISED,
        JournalKind.TRIAGE_FACTS_ASSESSED,
        JournalKind.TRIAGE_INCIDENT_CLASSIFIED,
        JournalKind.TRIAGE_DECISION_PROPOSED,
        JournalKind.TRIAGE_WATCH_ELAPSED,
    }
)
"""Of an incident in which nothing else has happened nothing is overdue, and nobody is asked for anything besides."""


class Standing(NamedTuple):
    """What an officer must not overlook in an incident, and what is due."""

    alarms: tuple[str, ...]
    deadlines: tuple[Deadline, ...]


NOTHING = Standing((), ())


class _Known(NamedTuple):
    head: int
    looked_at: float
    standing: Standing


class Standings:
    """Looked up once for each state of a journal, however many look. `clock`: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._looking = asyncio.Lock()

    async def of(self, c: AsyncConnection, references: Sequence[str]) -> dict[str, Standing]:
        """How these incidents stand."""
        heads = await board.heads(c, references)
        if self._stale(heads):
            async with self._looking:  # whoever else comes meanwhile finds it done
                await self._look(c, self._stale(heads))
        return {reference: self._known[reference].standing for reference in references if reference in self._known}

    def _stale(self, heads: dict[str, int]) -> dict[str, int]:
        oldest = self._clock() - FRESH_SECONDS
        known = self._known
        return {
            reference: head
            for reference, head in heads.items()
            if reference not in known or known[reference].head < head or known[reference].looked_at < oldest
        }

    async def _look(self, c: AsyncConnection, stale: dict[str, int]) -> None:
        if len(self._known) + len(stale) > _MOST:
            self._known.clear()
        kinds = await board.kinds(c, list(stale))
        for reference, head in stale.items():
            quiet = kinds.get(reference, frozenset()) <= _QUIET
            standing = NOTHING if quiet else await self._one(c, reference)
            self._known[reference] = _Known(head, self._clock(), standing)

    async def _one(self, c: AsyncConnection, reference: str) -> Standing:
        incident = await incidents.get(c, reference)
        async with journal.remembering_kinds(c, reference):
            return Standing(await views.alarms(c, incident), tuple(await clocks.of_incident(c, incident)))
