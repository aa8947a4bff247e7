"""Who has read what: each reading of marked content is in the desk's journal before the content is shown.

The same person reading the same thing is written down once in each ten minutes of the clock.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from desk.access.principals import Principal
from desk.assembly import House
from leerp.journal import DESK, JournalKind
from leerp.marking import Marking
from records.journal import Draft, Due, append_due
from records.store import Store

EVERY_SECONDS = 600
"""How long a reading stands for all those of the same thing by the same person."""

_MOST_KNOWN = 50_000


async def note(house: House, principal: Principal, *, what: str, incident: str, marking: Marking) -> None:
    """Write down that somebody reads something, such as `report R-1`, of an incident; it is stored when this returns.

    Raises ServiceMissingError when it cannot be stored, and then nothing may be shown.
    """
    at = house.now()
    slot = int(at.timestamp()) // EVERY_SECONDS
    reading = Reading(person=principal.id, what=what, incident=incident, marking=marking.banner)
    await _notes_of(house.store).write(house.store, reading, slot=slot, at=at)


@dataclass(frozen=True)
class Reading:
    """One reading of one thing."""

    person: str
    what: str
    incident: str
    marking: str

    def due(self, *, slot: int, at: datetime) -> Due:
        """The entry of the desk's journal."""
        data = {"person": self.person, "what": self.what, "incident": self.incident, "marking": self.marking}
        key = f"read/{slot}/{self.person}/{self.incident}/{self.what}"
        return Due(DESK, at, self.person, Draft(JournalKind.DESK_CONTENT_READ, {**data}, key))


@dataclass
class Notes:
    """Writes what many read at once in one transaction, and remembers what is written already."""

    _slot: int = 0
    _known: set[Reading] = field(default_factory=set)
    _waiting: list[tuple[Due, "asyncio.Future[None]"]] = field(default_factory=list)
    _writing: "asyncio.Task[None] | None" = None

    async def write(self, store: Store, reading: Reading, *, slot: int, at: datetime) -> None:
        """Have a reading written; it is stored when this returns."""
        if slot != self._slot or len(self._known) >= _MOST_KNOWN:
            self._slot, self._known = slot, set()
        if reading in self._known:
            return
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((reading.due(slot=slot, at=at), stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(store))
        await stored
        if slot == self._slot:
            self._known.add(reading)

    async def _write_all(self, store: Store) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            try:
                async with store.writing() as tx:
                    await tx.run_sync(append_due, [due for due, _ in together])
            except Exception as error:  # noqa: BLE001 - whoever waits is told, and shows nothing
                _tell(together, error)
            else:
                _tell(together, None)


def _tell(together: list[tuple[Due, "asyncio.Future[None]"]], error: Exception | None) -> None:
    for _, stored in together:
        if stored.done():  # whoever asked has gone away
            continue
        if error:
            stored.set_exception(error)
        else:
            stored.set_result(None)


_ALL: WeakKeyDictionary[Store, Notes] = WeakKeyDictionary()


def _notes_of(store: Store) -> Notes:
    return _ALL.setdefault(store, Notes())
