"""What activities work with: the store, the directory of today, the channels, and which mode they serve."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from activities.gathering import Gathering
from activities.intake_reading import LatelyCounted, Prepared
from leerp.errors import BadInputError
from leerp.notices import Mode
from leerp.reports import IntakeReceipt
from leerp.stakeholders import Directory
from matrices.tables import Tables
from notifications.channels import Channel
from notifications.command_posts.services import RoomService
from notifications.sealing import Sealing
from records.incidents import StoredIncident, get, mode_of
from records.store import Store

MOST_REMEMBERED = 10_000
"""Of how many incidents a process remembers that they are of its mode."""


@dataclass(frozen=True)
class Rooms:
    """The rooms below, as one process holds them.

    `directory` gives the directory as it is now, because contact points change while an incident lasts.
    `wall_clock` is the machine's time, which is the incident's only when it is real. `public_url`: where readers reach
    the desk to confirm a notice; None if they do not. `room_services`: where rooms of the command post can be opened.
    `sealing`: how packages are signed; in an exercise never. `arriving`: where reports that come at the same time meet.
    `lately_counted`: which of them were only counted. `ahead`: documents are set before it is known that they will be
    needed, while a draft waits for release and a notice for its acknowledgements, as in a fast run, where everything
    waits for them; some are set for nothing.
    """

    store: Store
    directory: Callable[[], Directory]
    channels: Mapping[str, Channel]
    mode: Mode
    wall_clock: Callable[[], datetime]
    tables: Tables = field(default_factory=Tables)
    public_url: str | None = None
    room_services: Mapping[str, RoomService] = field(default_factory=dict)
    sealing: Sealing = field(default_factory=Sealing)
    arriving: Gathering[Prepared, IntakeReceipt] = field(default_factory=Gathering)
    lately_counted: LatelyCounted = field(default_factory=LatelyCounted)
    ahead: bool = False
    _admitted: set[str] = field(default_factory=set)

    def time(self, at: datetime) -> datetime:
        """When something happens: by the clock for a real incident, by the scenario in an exercise."""
        return at if self.mode is Mode.EXERCISE else self.wall_clock()

    async def incident(self, reference: str) -> StoredIncident:
        """The incident; refused when it is of the other mode (DESIGN rule 10)."""
        async with self.store.reading() as connection:
            incident = await get(connection, reference)
        self._need_mine(reference, incident.mode)
        return incident

    async def admit(self, reference: str) -> None:
        """Refuse an incident of the other mode. The mode of an incident never changes, and is looked up once."""
        if reference in self._admitted:
            return
        async with self.store.reading() as connection:
            self._need_mine(reference, await mode_of(connection, reference))
        if len(self._admitted) >= MOST_REMEMBERED:
            self._admitted.clear()
        self._admitted.add(reference)

    def _need_mine(self, reference: str, mode: Mode) -> None:
        if mode is not self.mode:
            raise BadInputError(f"{reference} is {mode.value}; this worker serves {self.mode.value} only")
