"""An outage in the middle of a launch, and who has to let whom pass after one.

Half an hour of it, in scenario time: `test_an_outage_of_half_an_hour.py`.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.delivery import DeliveryActivities
from activities.intake import Arrival
from activities.messages import DeliverBatch, NoticeTask, PlanDeliveries
from activities.turns import Hold
from activities.watching import Watch, keep_watching
from activities.ways import Way
from desk.assembly import House, open_house, wall_clock
from leerp.errors import ServiceMissingError
from leerp.journal import verify
from leerp.marking import Level
from leerp.notices import DeliveryReason, DeliveryState, Mode, NoticeKind
from leerp.settings import Settings
from notifications.channels.outbox.transport import OutboxChannel, OutboxSession
from notifications.identity import message_id
from notifications.urgency import urgency
from records import incidents, ledger, notices
from records.ledger import Outcome
from tests.doorkeeper import Doorkeeper, tcp, unix
from tests.drill import report_file
from tests.guarantees.test_once_and_the_ledger_adds_up import Watch as LedgerWatch
from tests.guarantees.test_once_and_the_ledger_adds_up import drill_in, working
from tests.mail_sink import MailSink
from tests.many_readers import lay_out
from tests.notifications import cast
from tests.postgresql import Postgres
from tests.records.cast import notice, open_one
from tests.servers import running_engine

CONNECTIONS = 4
LAUNCHES = (NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)


def watching(house: House, client: Client) -> asyncio.Task[None]:
    """The watch of a worker, looking five times a second."""

    async def connect() -> Client:
        return client

    watch = Watch(house.rooms, connect=connect, stuck_after=timedelta(minutes=10))
    return asyncio.create_task(keep_watching(watch, every=timedelta(seconds=0.2)))


async def test_the_database_away_in_the_middle_of_a_launch(tmp_path: Path, postgres: Postgres) -> None:
    """Nothing goes out that could not be written down; back again, all are told; the chain of the journal is whole."""
    name = postgres.create(template="migrated")
    socket = Path(postgres.url(name).partition("host=")[2]) / ".s.PGSQL.5432"
    with MailSink(keep=tmp_path / "mail", delay=0.03) as sink:
        async with Doorkeeper(unix(socket)) as door:
            await asyncio.to_thread(lay_out, tmp_path, readers=150, port=sink.port, connections=CONNECTIONS)
            url = SecretStr(f"postgresql+psycopg://postgres@127.0.0.1:{door.port}/{name}")
            settings = Settings(home=tmp_path, database_url=url)
            async with running_engine(tmp_path) as client, open_house(settings) as house:
                drill = drill_in(house, client)
                ledger_watch, looking = LedgerWatch(drill), watching(house, client)
                async with working(client, house):
                    await drill.classified()
                    await drill.launched()
                    await ledger_watch.until(lambda sums: sums.sent >= 20)
                    door.shut()
                    await asyncio.sleep(1)
                    at_the_cut = len(sink.kept())
                    await asyncio.sleep(4)
                    while_away = len(sink.kept()) - at_the_cut
                    refused = await report_refused(house)
                    door.open()
                    await ledger_watch.until(lambda sums: sums.sent == 150)
                    looking.cancel()
                received, lines = sink.kept(), await drill.lines()
                named = await drill.repeated()
    postgres.drop(name)
    assert refused
    assert while_away == 0
    times = Counter(one.message_id for one in received)
    assert len(times) == 150
    twice = {message for message, often in times.items() if often > 1}
    assert max(times.values()) <= 2
    assert len(twice) <= CONNECTIONS
    assert twice <= named
    assert verify(lines) == len(lines)


async def report_refused(house: House) -> bool:
    """Whether a report is refused, and not taken in and lost, while the database is away."""
    try:
        await house.intake.report(report_file(2), name="report.json", arrival=Arrival(wall_clock(), "drill"))
    except ServiceMissingError:
        return True
    return False


async def test_a_warning_lets_a_launch_pass_that_has_waited_for_the_same_channel(tmp_path: Path) -> None:
    """The server is back and the warning could go at once; it waits until the launch, tried a moment ago, has gone."""
    with MailSink(keep=tmp_path / "mail") as sink:
        async with Doorkeeper(tcp(sink.port), is_open=False) as door:
            await asyncio.to_thread(lay_out, tmp_path, readers=8, port=door.port, connections=CONNECTIONS)
            async with open_house(Settings(home=tmp_path), migrate=True) as house:
                launch, warning = [await planned(house, kind) for kind in (LAUNCHES[1], NoticeKind.EARLY_WARNING)]
                deliveries, environment = DeliveryActivities(house.rooms), ActivityEnvironment()
                tried = [await environment.run(deliveries.deliver, launch)]
                door.open()
                tried += [await environment.run(deliveries.deliver, batch) for batch in (warning, launch, warning)]
                received = sink.kept()
    ids = {message_id(launch.notice, f"reader-{number:05}", "mail") for number in range(8)}
    assert [(one.pending, one.hold) for one in tried] == [(8, Hold.DOWN), (8, Hold.DOWN), (0, None), (0, None)]
    assert len(received) == 16
    assert {one.message_id for one in received[:8]} == ids


async def test_a_warning_lets_a_launch_pass_that_is_being_sent_but_not_for_ever(tmp_path: Path) -> None:
    """The channel works: the warning is to look again soon; after ten minutes it takes its turns among the others."""
    clock = Clock()
    with MailSink(keep=tmp_path / "mail") as sink:
        await asyncio.to_thread(lay_out, tmp_path, readers=8, port=sink.port, connections=CONNECTIONS)
        async with open_house(Settings(home=tmp_path), migrate=True, clock=clock) as house:
            launch, warning = [await planned(house, kind) for kind in (LAUNCHES[1], NoticeKind.EARLY_WARNING)]
            deliveries, environment = DeliveryActivities(house.rooms), ActivityEnvironment()
            holds = []
            for after in (0, 9, 0.5, 0.6):
                clock.at += timedelta(minutes=after)
                await move(house, launch, clock.at)
                holds.append((await environment.run(deliveries.deliver, warning)).hold)
            arrived = len(sink.kept())
    assert holds == [Hold.OTHERS_FIRST, Hold.OTHERS_FIRST, Hold.OTHERS_FIRST, None]
    assert arrived == 8


async def test_a_warning_lets_nobody_pass_who_has_died_but_gives_time_to_show(tmp_path: Path) -> None:
    """Nobody was at the launch for half an hour: it may have been the database, so it has 30 seconds to come by."""
    clock = Clock()
    with MailSink(keep=tmp_path / "mail") as sink:
        await asyncio.to_thread(lay_out, tmp_path, readers=8, port=sink.port, connections=CONNECTIONS)
        async with open_house(Settings(home=tmp_path), migrate=True, clock=clock) as house:
            _, warning = [await planned(house, kind) for kind in (LAUNCHES[1], NoticeKind.EARLY_WARNING)]
            deliveries, environment = DeliveryActivities(house.rooms), ActivityEnvironment()
            holds = []
            for seconds in (1_800, 29, 1):
                clock.at += timedelta(seconds=seconds)
                holds.append((await environment.run(deliveries.deliver, warning)).hold)
    assert holds == [Hold.OTHERS_FIRST, Hold.OTHERS_FIRST, None]


@dataclass(frozen=True, kw_only=True)
class Lingering(OutboxChannel):
    """A channel whose sessions take a while to end. `crowds`: how many there were whenever one began."""

    here: list[OutboxSession] = field(default_factory=list)
    crowds: list[int] = field(default_factory=list)
    leaving: asyncio.Event = field(default_factory=asyncio.Event)

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[OutboxSession]:
        """A session that says goodbye slowly."""
        async with super().session() as session:
            self.here.append(session)
            self.crowds.append(len(self.here))
            yield session
        self.leaving.set()
        await asyncio.sleep(0.05)
        self.here.remove(session)


async def test_what_one_batch_leaves_behind_counts_against_the_next(tmp_path: Path) -> None:
    """The connections of a batch that has ended are gone before the next one opens its own."""
    channel = Lingering(name="outbox", maximum=Level.BPL, folder=tmp_path)
    way = Way(channel)

    async def batch() -> None:
        async with way.in_use(), way.turn(urgency(NoticeKind.UPDATE, wall_clock())), way.session():
            pass

    first = asyncio.create_task(batch())
    await channel.leaving.wait()
    await asyncio.gather(first, batch())
    assert channel.crowds == [1, 1]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = wall_clock()

    def __call__(self) -> datetime:
        """The time."""
        return self.at


async def move(house: House, notice: DeliverBatch, at: datetime) -> None:
    """Somebody is at the first line of a notice: it is begun, and put back for a fault of its own."""
    key = ("reader-00000", "mail")
    back = Outcome(*key, DeliveryState.PLANNED, DeliveryReason.RATE_LIMITED.value, at)
    async with house.store.writing() as tx:
        await ledger.claim(tx, notice.notice, [key], at)
        await ledger.settle(tx, notice.notice, [back])


async def planned(house: House, kind: NoticeKind) -> DeliverBatch:
    """A notice of that kind, planned for eight readers and ready to be sent."""
    async with house.store.reading() as connection:
        known = [one.reference for one in await incidents.listing(connection)]
    reference = known[0] if known else await open_one(house.store, at=wall_clock())
    at, one = wall_clock(), notice(reference, f"N-{kind.value}", kind=kind)
    one = one.model_copy(update={"portions": tuple(cast.notice(kind).portions)})
    task = NoticeTask(incident=reference, at=at, key=one.id, notice=one.id, kind=kind, mode=Mode.ACTUAL)
    audience = [f"reader-{number:05}" for number in range(8)]
    async with house.store.writing() as tx:
        await notices.save(tx, one, audience=audience, directory_version="1", at=at)
        await notices.release(tx, one.id, at=at, by="leerp", restrictions_read=True)
    await ActivityEnvironment().run(DeliveryActivities(house.rooms).plan, PlanDeliveries(**task.model_dump()))
    return DeliverBatch(**task.model_dump(), first=0, after=8)
