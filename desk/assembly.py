"""Putting the rooms together for one process, from the settings alone."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.client import Client

from activities.acts import Acts
from activities.engine import Engine, connect
from activities.intake import Intake
from activities.rooms import Rooms
from activities.watching import Watch, keep_watching
from desk.places import engine_address, of_its_folder
from exercises.live_clock import LiveClock
from exercises.live_places import DESCRIPTION, FOLDER
from leerp.errors import ServiceMissingError
from leerp.notices import Mode
from leerp.protocol import Policy
from leerp.settings import Settings
from leerp.stakeholders import Directory
from notifications.channels import Channel, build_channels
from notifications.command_posts.services import build_room_services
from notifications.configuration import load_channels, load_directory, load_policy, load_tables
from notifications.sealing import Sealing
from records.store import Store, sqlite_url


def wall_clock() -> datetime:
    """The machine's time, in UTC: the one place where it is read."""
    return datetime.now(UTC)


class DirectoryFile:
    """The directory as it stands in its file now; read again only when the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._directory: Directory | None = None

    def __call__(self) -> Directory:
        """The directory of today."""
        stat = self._path.stat()
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if self._directory is None or seen != self._seen:
            self._directory, self._seen = load_directory(self._path), seen
        return self._directory


@dataclass(frozen=True)
class House:
    """What a process needs of the rooms below the desk. `live`: the clock of the live exercise that it belongs to."""

    settings: Settings
    store: Store
    rooms: Rooms
    policy: Policy
    live: LiveClock | None = None

    @property
    def intake(self) -> Intake:
        """The way in for reports, contributions and acknowledgements."""
        return Intake(self.rooms, policy=self.policy, clock=self.live.state().clock if self.live else None)

    def now(self) -> datetime:
        """The time that people work by: the machine's, in a live exercise the scenario's."""
        return self.rooms.wall_clock()

    async def engine(self) -> Engine:
        """The engine; ServiceMissingError when it does not answer."""
        return Engine(await client_of(self.settings), self.store)

    async def keep_watching(self) -> None:
        """Watch over what is still to be sent, for as long as the process lives."""
        client: Client | None = None

        async def connect() -> Client:
            nonlocal client
            client = client or await client_of(self.settings)  # it finds its way back by itself after an outage
            return client

        settings = self.settings
        # Each incident's clock makes its time of the machine's, which in a live exercise the rooms do not have.
        rooms = replace(self.rooms, wall_clock=wall_clock) if self.live else self.rooms
        watch = Watch(rooms, connect=connect, stuck_after=timedelta(minutes=settings.stuck_after_minutes))
        await keep_watching(watch, every=timedelta(seconds=settings.watch_seconds))

    async def acts(self) -> Acts:
        """The way in for people's acts."""
        return Acts(await self.engine(), self.store)


async def database_url(settings: Settings) -> str:
    """Where the records are: the configured database, or SQLite in the state folder."""
    settings = of_its_folder(settings)
    if settings.database_url_file:
        return settings.database_url_file.read_text(encoding="utf-8").strip()
    if settings.database_url:
        return settings.database_url.get_secret_value()
    return await sqlite_url(settings.home / "records.db")


async def client_of(settings: Settings) -> Client:
    """A client of the engine."""
    settings = of_its_folder(settings)
    return await connect(settings, address=engine_address(settings))


def _switched(channels: Mapping[str, Channel], settings: Settings) -> dict[str, Channel]:
    """The channels of a live exercise, whose scenario may have one of them fail."""
    from exercises.breakdowns import Switchboard  # noqa: PLC0415 - the engine's worker loads only in an exercise
    from exercises.live_failing import AwayNow  # noqa: PLC0415 - the same

    return Switchboard(AwayNow(settings.home)).wire(channels)


def time_here(settings: Settings) -> datetime:
    """The time that people work by in a state folder: the machine's, in a live exercise the scenario's."""
    live = live_clock(settings)
    return live.now() if live else wall_clock()


def live_clock(settings: Settings) -> LiveClock | None:
    """The clock of the live exercise whose state folder this is; None where it is not one."""
    if not (settings.home / FOLDER / DESCRIPTION).exists():
        return None
    return LiveClock(settings.home, machine=wall_clock)


def _sealing(settings: Settings) -> Sealing:
    """How packages are signed. Never in an exercise: the centre's key must not stand under what never happened."""
    if settings.mode is Mode.EXERCISE:
        return Sealing()
    return Sealing(
        key_file=settings.signing_key_file,
        password_file=settings.signing_password_file,
        required=settings.signing_required,
    )


@contextlib.asynccontextmanager
async def open_house(
    settings: Settings, *, migrate: bool = False, clock: Callable[[], datetime] = wall_clock
) -> AsyncIterator[House]:
    """The rooms, opened; closed with the block. ServiceMissingError when there is no configuration yet.

    In the state folder of a live exercise, that goes before what the settings say, and its clock before `clock`.
    """
    settings = of_its_folder(settings)
    live = live_clock(settings)
    if not (settings.config / "directory.yaml").exists():
        raise ServiceMissingError(
            f"There is no configuration in {settings.config}; `leerp up` lays out an example, or set LEERP_HOME."
        )
    policy = load_policy(settings.config / "policy.yaml")
    channels_file = load_channels(settings.config / "channels.yaml")
    directory = DirectoryFile(settings.config / "directory.yaml")
    directory()
    tables = load_tables(settings.config / "tables")
    tables.named(policy.table)
    mode = settings.mode
    channels = build_channels(channels_file, mode=mode, outbox=settings.home / "outbox")
    if live:
        channels = _switched(channels, settings)
    store = await Store.open(await database_url(settings), migrate=migrate)
    try:
        rooms = Rooms(
            store=store,
            directory=directory,
            channels=channels,
            mode=mode,
            wall_clock=live.now if live else clock,
            tables=tables,
            public_url=settings.public_url,
            room_services=build_room_services(channels_file, mode=mode, state=settings.home),
            sealing=_sealing(settings),
        )
        yield House(settings=settings, store=store, rooms=rooms, policy=policy, live=live)
    finally:
        await store.close()
