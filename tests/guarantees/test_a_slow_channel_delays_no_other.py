"""Every channel goes at its own pace: one that may send only so much holds up neither another one nor the incident."""

import asyncio
import time
from pathlib import Path

from activities.engine import Engine, keep_relaying
from desk.assembly import open_house
from desk.worker import build_worker
from leerp.notices import DeliveryState, NoticeKind
from leerp.settings import Settings
from leerp.stakeholders import Group
from records import ledger
from tests.correspondents import lay_out, reader
from tests.drill import Drill
from tests.secret_files import secret_file
from tests.servers import running_engine
from tests.slack_server import TOKEN, slack_server

READERS = 60
A_SECOND = 2.5
"""So many messages the slow channel may send; it needs 24 seconds for its readers."""


async def test_readers_on_a_slow_channel_delay_nobody_on_another(tmp_path: Path) -> None:
    """The others of the same notice are told at once, and the next notice goes out while the slow channel is at it."""
    slow = [
        reader(f"slow-{number}", ("slack", f"C0SLOW{number}"), group=Group.LIAISON_BUREAU) for number in range(READERS)
    ]
    inside = [
        reader(f"in-{number}", ("email", f"in-{number}@x.example"), group=Group.JCAT) for number in range(READERS)
    ]
    outside = [reader(f"out-{number}", ("email", f"out-{number}@x.example")) for number in range(READERS)]
    async with slack_server() as slack, running_engine(tmp_path) as client:
        slack.conversations |= {one.contacts[0].address for one in slow}
        settings = {"token_file": "token", "base_url": slack.base_url, "per_minute": int(60 * A_SECOND)}
        channels = {"slack": {"type": "slack", "maximum": "BPL", **settings}}
        # In the ledger the slow and the quick readers of the notice inside take turns.
        mixed = [one for pair in zip(slow, inside, strict=True) for one in pair]
        await asyncio.to_thread(
            lay_out, tmp_path, *mixed, *outside, channels=channels, policy="batch: 20\nacknowledge_within_minutes: {}\n"
        )
        secret_file(tmp_path / "config" / "token", TOKEN)
        async with open_house(Settings(home=tmp_path), migrate=True) as house:
            engine = Engine(client, house.store)

            async def connect() -> Engine:
                return engine

            drill = Drill(house, connect)

            async def sent(kind: NoticeKind, channel: str) -> int:
                async with house.store.reading() as connection:
                    lines = await ledger.deliveries(connection, incident=drill.reference)
                of_kind = [line for line in lines if (line.kind, line.channel) == (kind, channel)]
                return sum(line.state is DeliveryState.SENT for line in of_kind)

            async def until(kind: NoticeKind) -> float:
                begun = time.monotonic()
                while await sent(kind, "email") < READERS:  # noqa: ASYNC110 - the ledger is asked, nobody tells
                    await asyncio.sleep(0.1)
                return time.monotonic() - begun

            async with build_worker(client, house.rooms):
                relay = asyncio.create_task(keep_relaying(engine, every=0.05))
                await drill.classified()
                await drill.launched()
                await asyncio.wait_for(until(NoticeKind.LAUNCH_INTERNAL), 20)
                then = await sent(NoticeKind.LAUNCH_INTERNAL, "slack")
                await asyncio.wait_for(until(NoticeKind.LAUNCH_EXTERNAL), 20)
                later = await sent(NoticeKind.LAUNCH_INTERNAL, "slack")
                await asyncio.sleep(2)
                goes_on = await sent(NoticeKind.LAUNCH_INTERNAL, "slack")
                relay.cancel()
    assert then <= later < READERS / 2
    assert later < goes_on < READERS
