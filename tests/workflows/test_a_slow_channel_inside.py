"""Step III: a channel that hangs inside delays neither the plan nor the sending of the notice outside."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from desk.assembly import open_house
from leerp.journal import JournalEntry, JournalKind
from leerp.notices import Delivery, NoticeKind
from leerp.settings import Settings
from leerp.stakeholders import Group
from records import journal, ledger
from tests.correspondents import lay_out, reader
from tests.drill import Drill
from tests.guarantees.test_once_and_the_ledger_adds_up import drill_in, working
from tests.servers import running_engine
from tests.slack_server import TOKEN
from workflows.dissemination import FIRST_ROUND

INSIDE, OUTSIDE = NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL


@contextlib.asynccontextmanager
async def mute_server() -> AsyncIterator[int]:
    """A server that takes every connection and never says a word; its port."""
    done = asyncio.Event()

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.transport.abort()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        done.set()
        server.close()


async def lines(drill: Drill, kind: NoticeKind) -> list[Delivery]:
    """The ledger of a notice of the launch."""
    async with drill.house.store.reading() as connection:
        found = await ledger.deliveries(connection, incident=drill.reference)
    return [one for one in found if one.kind is kind]


async def plans(drill: Drill) -> list[JournalEntry]:
    """When which notice was planned."""
    async with drill.house.store.reading() as connection:
        return await journal.entries(connection, drill.reference, kinds={JournalKind.DELIVERY_READERS_PLANNED})


async def test_a_channel_that_hangs_inside_does_not_delay_the_notice_outside(tmp_path: Path) -> None:
    """Inside is planned first; outside is planned and sent while not one message has arrived inside."""
    inside = [reader(f"in-{n}", ("slack", f"C0DESK{n}"), group=Group.LIAISON_BUREAU) for n in range(3)]
    outside = [reader(f"out-{n}", ("email", f"out-{n}@x.example")) for n in range(3)]
    async with mute_server() as port, running_engine(tmp_path) as client:
        place = {"token_file": "token", "base_url": f"http://127.0.0.1:{port}/api/", "timeout_seconds": 20}
        channels = {"slack": {"type": "slack", "maximum": "BPL", **place}}
        await asyncio.to_thread(lay_out, tmp_path, *inside, *outside, channels=channels)
        (tmp_path / "config" / "token").write_text(TOKEN)
        (tmp_path / "config" / "token").chmod(0o600)
        async with open_house(Settings(home=tmp_path), migrate=True) as house, working(client, house):
            drill = drill_in(house, client)
            await drill.classified()
            await drill.launched()
            await drill.sent(OUTSIDE)
            hanging, told, planned = await lines(drill, INSIDE), await lines(drill, OUTSIDE), await plans(drill)
    assert [entry.data["kind"] for entry in planned] == [INSIDE.value, OUTSIDE.value]
    assert {(line.sent_at, line.reason) for line in hanging} == {(None, None)}
    assert sum(line.attempts for line in hanging) >= 1
    begun = datetime.fromisoformat(planned[0].at)
    took = max(line.sent_at for line in told if line.sent_at) - begun
    assert timedelta() < took < FIRST_ROUND / 2
