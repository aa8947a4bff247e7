"""An outage of half an hour, of the mail server or of the database: everything goes out afterwards, the urgent first.

Scenario time: the incident's clock runs 240 times as fast, so that half an hour of pauses passes in 7.5 seconds.
"""

import asyncio
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.delivery import DeliveryActivities
from activities.intake import Arrival, Intake
from activities.messages import DeliverBatch, NoticeTask
from activities.watching import Watch, keep_watching
from desk.assembly import House, open_house, wall_clock
from leerp.errors import ServiceMissingError
from leerp.journal import DESK, JournalKind, verify
from leerp.notices import Mode, NoticeKind
from leerp.protocol import ActName, Clock, WarnAct
from leerp.settings import Settings
from notifications.identity import message_id
from records import incidents, journal, notices
from tests.doorkeeper import Doorkeeper, tcp, unix
from tests.drill import Drill, report_file
from tests.guarantees.test_once_and_the_ledger_adds_up import Watch as LedgerWatch
from tests.guarantees.test_once_and_the_ledger_adds_up import drill_in, working
from tests.mail_sink import Kept, MailSink
from tests.many_readers import lay_out
from tests.notifications import cast
from tests.postgresql import Postgres
from tests.records.cast import notice, open_one
from tests.servers import running_engine

SPEED = 240
HALF_AN_HOUR = 30 * 60 / SPEED
CONNECTIONS = 4
READERS = 60
LAUNCHES = (NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)


async def begin(drill: Drill, house: House) -> None:
    """Report, in an incident whose clock runs fast, and wait for the classification."""
    fast = Intake(house.rooms, policy=house.policy, clock=Clock(speed=SPEED))
    receipt = await fast.report(report_file(1), name="report.json", arrival=Arrival(wall_clock(), "drill"))
    drill.reference = receipt.incident
    await drill.classified_again()


async def kinds_of(drill: Drill, received: list[Kept]) -> list[NoticeKind]:
    """Of which kind each message is, in the order in which they came."""
    lines = await LedgerWatch(drill).lines()
    by_id = {message_id(line.notice, line.reader, line.channel): line.kind for line in lines}
    return [by_id[one.message_id] for one in received]


async def outages(house: House) -> list[str]:
    """What the desk's journal says of channels."""
    kinds = {JournalKind.DELIVERY_CHANNEL_DOWN, JournalKind.DELIVERY_CHANNEL_UP}
    async with house.store.reading() as connection:
        return [entry.kind.value for entry in await journal.entries(connection, DESK, kinds=kinds)]


def watching(house: House, client: Client) -> asyncio.Task[None]:
    """The watch of a worker, looking five times a second."""

    async def connect() -> Client:
        return client

    watch = Watch(house.rooms, connect=connect, stuck_after=timedelta(minutes=10))
    return asyncio.create_task(keep_watching(watch, every=timedelta(seconds=0.2)))


async def test_half_an_hour_without_a_mail_server(tmp_path: Path) -> None:
    """Launch, warning and update wait; one at a time knocks; then all go, in order of urgency, nobody twice."""
    sink = MailSink(keep=tmp_path / "mail")
    async with Doorkeeper(tcp(sink.port), is_open=False) as door:
        await asyncio.to_thread(lay_out, tmp_path, readers=READERS, port=door.port, connections=CONNECTIONS)
        async with running_engine(tmp_path) as client, open_house(Settings(home=tmp_path), migrate=True) as house:
            drill, begun = drill_in(house, client), time.monotonic()
            ledger_watch, looking = LedgerWatch(drill), watching(house, client)
            async with working(client, house):
                await begin(drill, house)
                await drill.launched()
                await drill.until(lambda view: any("the outage of mail" in line for line in view.waiting_for), "outage")
                await drill.release(NoticeKind.EARLY_WARNING)
                await drill.act(ActName.WARN, WarnAct, kind="update")
                await drill.release(NoticeKind.UPDATE)
                await ledger_watch.until(lambda sums: sums.pending == 3 * READERS)
                down = await outages(house)
                door.count()
                await asyncio.sleep(max(HALF_AN_HOUR - (time.monotonic() - begun), 2.0))
                knocked, at_once = door.came, door.crowd
                with sink:
                    door.count()
                    door.open()
                    await ledger_watch.until(lambda sums: sums.sent == 3 * READERS)
                    received = sink.kept()
                await asyncio.sleep(0.5)
                looking.cancel()
            kinds = await kinds_of(drill, received)
            up, named = await outages(house), await drill.repeated()
    assert (down, up) == (["delivery.channel.down"], ["delivery.channel.down", "delivery.channel.up"])
    assert 1 <= knocked <= 30
    assert at_once == 1
    assert door.crowd <= CONNECTIONS
    ranks = [0 if kind in LAUNCHES else 1 if kind is NoticeKind.EARLY_WARNING else 2 for kind in kinds]
    assert ranks == sorted(ranks)
    assert Counter(kinds).total() == len({one.message_id for one in received}) == 3 * READERS
    assert named == set()


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
                deliveries = DeliveryActivities(house.rooms)
                await ActivityEnvironment().run(deliveries.deliver, launch)
                door.open()
                waiting = asyncio.create_task(ActivityEnvironment().run(deliveries.deliver, warning))
                await asyncio.sleep(0.5)
                before = len(sink.kept())
                await ActivityEnvironment().run(deliveries.deliver, launch)
                launched = len(sink.kept())
                await waiting
                received = sink.kept()
    ids = {message_id(launch.notice, f"reader-{number:05}", "mail") for number in range(8)}
    assert (before, launched, len(received)) == (0, 8, 16)
    assert {one.message_id for one in received[:8]} == ids


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
    await ActivityEnvironment().run(DeliveryActivities(house.rooms).plan, task)
    return DeliverBatch(**task.model_dump(), first=0, after=8)
