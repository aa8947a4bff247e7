"""DESIGN rules 7 and 8: the ledger adds up at every instant; nobody is told twice but where a crash leaves a doubt."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.delivery import DeliveryActivities
from activities.engine import Engine, keep_relaying
from activities.intake import Arrival, Intake
from activities.messages import DeliverBatch, NoticeTask, PlanDeliveries
from desk.assembly import House, open_house, wall_clock
from desk.worker import build_worker
from leerp.notices import Delivery, DeliveryState, Mode, NoticeKind
from leerp.protocol import Clock
from leerp.settings import Settings
from records import ledger, notices
from records.ledger import Sums
from tests.drill import Drill, report_file
from tests.mail_sink import MailSink
from tests.many_readers import lay_out
from tests.records.cast import NOON, notice, open_one
from tests.servers import ROOT, running_engine

CONNECTIONS = 4
PATIENCE = 30.0


class Watch:
    """A launch as its ledger shows it, asked again and again; every answer must add up, and none may go back."""

    def __init__(self, drill: Drill) -> None:
        self._drill = drill
        self._before: dict[str, Sums] = {}

    async def until(self, condition: Callable[[Sums], bool]) -> None:
        """Wait until the sums over all notices are so."""
        deadline = time.monotonic() + PATIENCE
        while not condition(await self.sums()):
            assert time.monotonic() < deadline, self._before
            await asyncio.sleep(0.01)

    async def sums(self) -> Sums:
        """The sums of all notices together, after a check of each."""
        async with self._drill.house.store.reading() as connection:
            now = await ledger.sums_of_incident(connection, self._drill.reference)
        for identifier, one in now.items():
            assert one.planned == one.sent + one.failed + one.withheld + one.pending
            before = self._before.get(identifier, one)
            assert (one.planned, one.withheld) == (before.planned, before.withheld)
            assert one.sent >= before.sent
            assert one.failed >= before.failed
        self._before = now
        return Sums.model_validate(
            {name: sum(getattr(one, name) for one in now.values()) for name in Sums.model_fields}
        )

    async def lines(self) -> list[Delivery]:
        """Every line of the incident's ledger."""
        async with self._drill.house.store.reading() as connection:
            return await ledger.deliveries(connection, incident=self._drill.reference)


@contextlib.contextmanager
def worker_process(home: Path, client: Client) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as `leerp up` starts it; it is told to stop at the end."""
    settings = {"LEERP_HOME": str(home), "LEERP_TEMPORAL_ADDRESS": client.service_client.config.target_host}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LEERP_")}
    environment |= settings | {"PYTHONPATH": str(ROOT)}
    with (home / "worker.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "desk", "worker"], env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)


@contextlib.asynccontextmanager
async def working(client: Client, house: House) -> AsyncIterator[None]:
    """A worker and its relay in this process."""
    async with build_worker(client, house.rooms):
        relay = asyncio.create_task(keep_relaying(Engine(client, house.store), every=0.05))
        yield
        relay.cancel()


def drill_in(house: House, client: Client) -> Drill:
    """A drill against an engine that runs."""

    async def connect() -> Engine:
        return Engine(client, house.store)

    return Drill(house, connect)


async def test_a_worker_killed_in_the_middle_of_a_launch_loses_nothing(tmp_path: Path) -> None:
    """None is lost; at most one message per connection goes twice, with the same bytes, and the journal names it."""
    readers = 150
    with MailSink(keep=tmp_path / "mail", delay=0.04) as sink:
        await asyncio.to_thread(lay_out, tmp_path, readers=readers, port=sink.port, connections=CONNECTIONS)
        async with running_engine(tmp_path) as client, open_house(Settings(home=tmp_path), migrate=True) as house:
            drill = drill_in(house, client)
            watch = Watch(drill)
            with worker_process(tmp_path, client) as first:
                await drill.classified()
                await drill.launched()
                await watch.until(lambda sums: sums.sent >= readers // 5)
                os.kill(first.pid, signal.SIGKILL)
            with worker_process(tmp_path, client):
                await watch.until(lambda sums: sums.sent == readers)
            lines, named = await watch.lines(), await drill.repeated()
        received = sink.kept()
    assert sorted({one.recipient for one in received}) == sorted(
        f"desk-{number}@readers.example" for number in range(readers)
    )
    assert len({one.content for one in received}) == readers
    twice = {message for message, times in Counter(one.message_id for one in received).items() if times > 1}
    assert max(Counter(one.message_id for one in received).values()) == 2
    assert 1 <= len(twice) <= CONNECTIONS
    assert twice <= named
    assert len(named) == sum(line.attempts - 1 for line in lines) <= CONNECTIONS


async def test_a_mail_server_that_comes_up_late_gets_everything_once(tmp_path: Path) -> None:
    """While it is away it is not hammered and the launch goes on; once it is there, everybody is told, nobody twice."""
    readers = 60
    sink = MailSink(keep=tmp_path / "mail")
    await asyncio.to_thread(lay_out, tmp_path, readers=readers, port=sink.port, connections=CONNECTIONS)
    async with running_engine(tmp_path) as client, open_house(Settings(home=tmp_path), migrate=True) as house:
        drill = drill_in(house, client)
        watch = Watch(drill)
        hasty = Intake(house.rooms, policy=house.policy, clock=Clock(speed=120))  # tries again after 0.25 s, then 0.5 s
        async with working(client, house):
            receipt = await hasty.report(report_file(1), name="report.json", arrival=Arrival(wall_clock(), "drill"))
            drill.reference = receipt.incident
            await drill.until(lambda view: view.classification is not None and bool(view.waiting_for), "classification")
            await drill.launched()
            await watch.until(lambda sums: sums.pending == readers)
            await asyncio.sleep(2)
            away = await watch.lines()
            with sink:
                await watch.until(lambda sums: sums.sent == readers)
                received = sink.kept()
        named = await drill.repeated()
    assert {(line.state, line.reason) for line in away if line.attempts} == {(DeliveryState.PLANNED, "unreachable")}
    assert 2 * CONNECTIONS <= sum(line.attempts for line in away) <= 4 * CONNECTIONS
    assert sorted(one.recipient for one in received) == sorted(
        f"desk-{number}@readers.example" for number in range(readers)
    )
    assert named == set()


async def test_two_workers_that_both_hold_a_batch_send_each_message_once(tmp_path: Path) -> None:
    """A worker that was taken for dead and comes back finds what the other one has begun, and leaves it alone."""
    readers = 40
    with MailSink(keep=tmp_path / "mail") as sink:
        await asyncio.to_thread(lay_out, tmp_path, readers=readers, port=sink.port, connections=CONNECTIONS)
        async with open_house(Settings(home=tmp_path), migrate=True) as house:
            reference = await open_one(house.store)
            task = NoticeTask(
                incident=reference, at=NOON, key="k", notice="N-1", kind=NoticeKind.LAUNCH_EXTERNAL, mode=Mode.ACTUAL
            )
            audience = [one.id for one in house.rooms.directory().stakeholders if one.id.startswith("reader-")]
            async with house.store.writing() as tx:
                await notices.save(tx, notice(reference), audience=audience, directory_version="1", at=NOON)
            await ActivityEnvironment().run(DeliveryActivities(house.rooms).plan, PlanDeliveries(**task.model_dump()))
            batch = DeliverBatch(**task.model_dump(), first=0, after=readers)
            workers = [DeliveryActivities(house.rooms) for _ in range(2)]
            await asyncio.gather(*(ActivityEnvironment().run(worker.deliver, batch) for worker in workers))
            async with house.store.reading() as connection:
                sums = await ledger.sums(connection, "N-1")
        received = sink.kept()
    assert sums == Sums(planned=readers, sent=len(received), withheld=readers - len(received))
    assert max(Counter(one.recipient for one in received).values()) == 1
