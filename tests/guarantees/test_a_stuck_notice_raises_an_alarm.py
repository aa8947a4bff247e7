"""DESIGN rule 7, watched from outside: whatever dies under a notice, somebody says so once, and says when it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from activities.watching import Watch
from desk.assembly import House, open_house
from desk.cli.upkeep import doctor
from desk.web.application import build_application
from leerp.errors import ServiceMissingError
from leerp.journal import DESK, JournalKind
from leerp.notices import DeliveryReason, DeliveryState
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import journal, ledger, notices
from records.ledger import Outcome
from records.views import incident_view
from tests.records.cast import NOON, REFERENCE, later, notice, open_one, planned
from tests.servers import running_engine

READERS = ("one", "two", "three")
ALARMS = {
    JournalKind.DELIVERY_CHANNEL_DOWN,
    JournalKind.DELIVERY_CHANNEL_UP,
    JournalKind.DELIVERY_NOTICE_STUCK,
    JournalKind.DELIVERY_NOTICE_MOVING,
}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        """The time."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """Noon."""
    return Clock()


@pytest.fixture
async def house(tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    """The rooms with one notice released at noon and planned for three readers over the channel `email`."""
    lay_out_example(tmp_path / "config")
    async with open_house(Settings(home=tmp_path), migrate=True, clock=clock) as opened:
        await open_one(opened.store)
        async with opened.store.writing() as tx:
            await notices.save(tx, notice(REFERENCE), audience=READERS, directory_version="1", at=NOON)
            await notices.release(tx, "N-1", at=NOON, by="leerp", restrictions_read=False)
            one = notice(REFERENCE)
            lines = [planned(reader, channel="email") for reader in READERS]
            await ledger.plan(tx, incident=REFERENCE, notice="N-1", kind=one.kind, planned=lines, at=NOON)
        yield opened


async def no_engine() -> Client:
    """The engine is away: nobody can say what runs."""
    raise ServiceMissingError("The engine is away.")


def watch(house: House, *, connect: Callable[[], Awaitable[Client]] = no_engine) -> Watch:
    """A watch that calls a notice stuck after ten minutes."""
    return Watch(house.rooms, connect=connect, stuck_after=timedelta(minutes=10))


async def came_of_it(house: House, *readers: str, reason: DeliveryReason | None = None, at: datetime) -> None:
    """What an attempt came to: sent, or with a reason to be tried again."""
    state = DeliveryState.PLANNED if reason else DeliveryState.SENT
    outcomes = [Outcome(reader, "email", state, reason.value if reason else None, at) for reader in readers]
    async with house.store.writing() as tx:
        await ledger.claim(tx, "N-1", [(reader, "email") for reader in readers], at)
        await ledger.settle(tx, "N-1", outcomes)


async def alarms(house: House) -> list[str]:
    """The alarms in the incident's chain and in the desk's, in this order."""
    async with house.store.reading() as connection:
        chains = [await journal.entries(connection, chain, kinds=ALARMS) for chain in (REFERENCE, DESK)]
    return [entry.kind.value for chain in chains for entry in chain]


async def waiting(house: House) -> str:
    """What the officer reads on the incident's page."""
    async with house.store.reading() as connection:
        return "\n".join((await incident_view(connection, REFERENCE)).waiting_for)


async def test_a_notice_without_movement_is_called_stuck_once_and_then_moving(house: House, clock: Clock) -> None:
    """After ten minutes, not before; attempts that reach nobody do not count; a restart raises no second alarm."""
    first = watch(house)
    clock.at = later(5)
    await came_of_it(house, "one", reason=DeliveryReason.RATE_LIMITED, at=later(5))
    clock.at = later(9.9)
    await first.look()
    assert await alarms(house) == []
    clock.at = later(10)
    await asyncio.gather(first.look(), watch(house).look())  # two workers see it at the same time
    await watch(house).look()
    assert await alarms(house) == ["delivery.notice.stuck"]
    assert "launch_external N-1 is stuck, 3 still to be sent: nothing has moved for too long" in await waiting(house)
    clock.at = later(20)
    await came_of_it(house, "one", at=later(20))
    await asyncio.gather(first.look(), watch(house).look())
    assert await alarms(house) == ["delivery.notice.stuck", "delivery.notice.moving"]
    assert "is stuck" not in await waiting(house)


async def test_a_second_episode_raises_a_second_alarm(house: House, clock: Clock) -> None:
    """Stuck, moving, stuck again: each is said; sent at last, it is moving and nothing more is said."""
    one = watch(house)
    for minute, reader in ((10, "one"), (30, "two")):
        clock.at = later(minute)
        await one.look()
        await came_of_it(house, reader, at=later(minute))
        await one.look()
    await came_of_it(house, "three", at=later(31))
    clock.at = later(90)
    await one.look()
    assert await alarms(house) == ["delivery.notice.stuck", "delivery.notice.moving"] * 2


async def test_an_outage_of_a_channel_is_seen_at_the_next_look_and_its_end_too(house: House, clock: Clock) -> None:
    """Once for each, whoever looks; while a line is tried it is not over; a minute later the notice is stuck."""
    looks = [watch(house), watch(house)]
    clock.at = later(1)
    await came_of_it(house, *READERS, reason=DeliveryReason.UNREACHABLE, at=later(1))
    assert "an end of the outage of email: 3 readers of launch_external N-1 wait for it" in await waiting(house)
    await asyncio.gather(*(one.look() for one in looks))
    assert await alarms(house) == ["delivery.channel.down"]
    async with house.store.writing() as tx:
        await ledger.claim(tx, "N-1", [(reader, "email") for reader in READERS], later(2))
    clock.at = later(2.5)
    await asyncio.gather(*(one.look() for one in looks))
    assert await alarms(house) == ["delivery.notice.stuck", "delivery.channel.down"]
    assert "its channel is down" in await waiting(house)
    clock.at = later(3)
    await came_of_it(house, "one", at=later(3))
    await asyncio.gather(*(one.look() for one in looks))
    assert await alarms(house) == [
        "delivery.notice.stuck",
        "delivery.notice.moving",
        "delivery.channel.down",
        "delivery.channel.up",
    ]


async def test_a_fault_of_one_address_is_no_outage_of_the_channel(house: House, clock: Clock) -> None:
    """Another reader was reached over the same channel after it."""
    await came_of_it(house, "one", reason=DeliveryReason.UNREACHABLE, at=later(1))
    await came_of_it(house, "two", at=later(2))
    clock.at = later(3)
    await watch(house).look()
    assert await alarms(house) == []


async def test_a_notice_whose_workflow_is_not_running_is_called_stuck_after_a_minute(
    house: House, clock: Clock, tmp_path: Path
) -> None:
    """The engine is asked, and knows of none: nobody would ever have sent the rest."""
    async with running_engine(tmp_path) as client:

        async def connect() -> Client:
            return client

        one = watch(house, connect=connect)
        clock.at = later(0.9)
        await one.look()
        assert await alarms(house) == []
        clock.at = later(1)
        await one.look()
    assert await alarms(house) == ["delivery.notice.stuck"]
    assert "nothing is at work on it" in await waiting(house)


async def test_a_released_notice_that_was_never_planned_is_called_stuck_too(house: House, clock: Clock) -> None:
    """It has no line in the ledger at all; one without any readers waits for nobody."""
    async with house.store.writing() as tx:
        for name, audience in (("N-2", READERS), ("N-3", ())):
            await notices.save(tx, notice(REFERENCE, name), audience=audience, directory_version="1", at=NOON)
            await notices.release(tx, name, at=NOON, by="leerp", restrictions_read=False)
    await came_of_it(house, *READERS, at=later(1))
    clock.at = later(10)
    await watch(house).look()
    assert await alarms(house) == ["delivery.notice.stuck"]
    assert "launch_external N-2 is stuck" in await waiting(house)


async def test_health_and_doctor_tell_of_it(
    house: House, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts for a machine that asks without signing in; sentences and exit code 1 for the operator."""
    await came_of_it(house, *READERS, reason=DeliveryReason.UNREACHABLE, at=later(1))
    one = watch(house)
    for minute in (1, 3):
        clock.at = later(minute)
        await one.look()
    transport = httpx.ASGITransport(app=build_application(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        told = (await client.get("/health")).json()
    assert (told["status"], told["notices_stuck"], told["channels_down"]) == ("ok", 1, 1)
    monkeypatch.setenv("LEERP_HOME", str(tmp_path))
    said = await doctor()
    assert (said.code, [check for check, state, _ in said.rows if state == "stuck"]) == (1, ["channels", "notices"])
