"""How long a launch to many readers takes over SMTP, against a bare loop that sends the same messages.

    python3 run.py exec python -m benchmarks.launch_over_smtp [--readers 1000] [--repetitions 5] [--connections 8]

The launch is measured from the approver's decision until the ledger has every message of both launch notices as
sent: team, drafts, plans, claims, sending, settling, journal, on the embedded engine. The floor, in the same run and
over the same server process: aiosmtplib, one connection, the same bytes one message after another. One JSON document.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import aiosmtplib
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client

from activities.engine import Engine
from activities.sending import envelope_of
from desk.assembly import House, open_house
from desk.logs import configure_logs
from desk.worker import build_worker
from leerp.notices import Mode, NoticeKind
from leerp.protocol import ActName, DecideAct, dissemination_id, emergency_id
from leerp.settings import Settings
from notifications.channels.smtp.mail import mail
from records import ledger
from tests.drill import APPROVER, Drill
from tests.mail_sink import MailSink, count
from tests.many_readers import lay_out
from tests.servers import running_engine

SENDER = "ecc@centre.example"
KINDS = (NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
POLL_SECONDS = 0.05
TARGET_RATIO = 1.5


class Message(NamedTuple):
    """One message as it goes over the wire."""

    address: str
    content: bytes


class Bench:
    """One house with an engine and a worker, in which one launch after another is measured."""

    def __init__(self, client: Client, house: House, sink: MailSink, readers: int) -> None:
        self._client = client
        self._house = house
        self._sink = sink
        self._readers = readers

    async def repeat(self, number: int) -> dict[str, Any]:
        """One launch and its floor."""
        drill = await self._classified(number)
        self._sink.count()
        launch_seconds = await self._launch(drill)
        launched = self._sink.count()
        messages = await self._messages(drill.reference)
        floor_seconds = await send_bare(messages, self._sink.port)
        same = launched == self._sink.count() == count(message.content for message in messages)
        return {
            "launch_seconds": round(launch_seconds, 3),
            "floor_seconds": round(floor_seconds, 3),
            "ratio": round(launch_seconds / floor_seconds, 3),
            "same_messages": same,
            "messages": launched.messages,
            "bytes": sum(len(message.content) for message in messages),
            "phases_seconds": await self._phases(drill.reference),
        }

    async def _classified(self, number: int) -> Drill:
        drill = Drill(self._house, self._engine)
        await drill.report(number, observables=[{"kind": "domain", "value": f"kill-switch-{number}.example"}])
        await (await self._engine()).relay()
        await drill.until(lambda view: view.classification is not None and bool(view.waiting_for), "classification")
        await drill.act(ActName.DECIDE, DecideAct, choice="launch")
        return drill

    async def _engine(self) -> Engine:
        return Engine(self._client, self._house.store)

    async def _launch(self, drill: Drill) -> float:
        begun = time.perf_counter()
        deciding = asyncio.create_task(drill.act(ActName.DECIDE, DecideAct, choice="launch", who=APPROVER))
        while await self._tried(drill.reference) < self._readers:  # noqa: ASYNC110 - what counts is what the ledger says
            await asyncio.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - begun
        await deciding
        await drill.until(lambda view: view.phase == "warning", "the early warning")
        return seconds

    async def _tried(self, reference: str) -> int:
        """How many readers have theirs. Whoever gets none would make this another measurement, so it stops."""
        async with self._house.store.reading() as connection:
            sums = (await ledger.sums_of_incident(connection, reference)).values()
        if any(one.failed or one.withheld for one in sums):
            raise SystemExit("a message failed or was withheld; nothing was measured")
        return sum(one.sent for one in sums)

    async def _messages(self, reference: str) -> list[Message]:
        """What the channel sent, in the order of the ledger, made anew from the records."""
        async with self._house.store.reading() as connection:
            lines = await ledger.deliveries(connection, incident=reference)
            notices = dict.fromkeys(line.notice for line in lines if line.kind in KINDS)
            return [message for notice in notices for message in await _messages_of(connection, notice)]

    async def _phases(self, reference: str) -> dict[str, float]:
        """Seconds that each kind of activity took, from scheduled to done, as the engine's histories have it."""
        async with self._house.store.reading() as connection:
            notices = [line.notice for line in await ledger.deliveries(connection, incident=reference)]
        workflows = [emergency_id(reference), *(dissemination_id(reference, one) for one in dict.fromkeys(notices))]
        spent: dict[str, float] = defaultdict(float)
        for workflow in workflows:
            for name, seconds in await _activities(self._client, workflow):
                spent[name] += seconds
        return {name: round(seconds, 3) for name, seconds in sorted(spent.items())}


async def _messages_of(connection: AsyncConnection, notice: str) -> list[Message]:
    rows = await ledger.unacknowledged(connection, notice)
    files = await ledger.variants(connection, notice, [(row.planned.reader.id, row.planned.channel) for row in rows])
    envelopes = [envelope_of(row, files[row.planned.reader.id, row.planned.channel], mode=Mode.ACTUAL) for row in rows]
    return [Message(one.address, mail(one, sender=SENDER)) for one in envelopes]


async def _activities(client: Client, workflow: str) -> list[tuple[str, float]]:
    begun: dict[int, tuple[str, datetime]] = {}
    spent = []
    async for event in client.get_workflow_handle(workflow).fetch_history_events():
        at = event.event_time.ToDatetime()
        if event.HasField("activity_task_scheduled_event_attributes"):
            begun[event.event_id] = (event.activity_task_scheduled_event_attributes.activity_type.name, at)
        elif event.HasField("activity_task_completed_event_attributes"):
            name, since = begun[event.activity_task_completed_event_attributes.scheduled_event_id]
            spent.append((name, (at - since).total_seconds()))
    return spent


async def send_bare(messages: list[Message], port: int) -> float:
    """The floor: seconds that a bare client takes to send these messages over one connection."""
    begun = time.perf_counter()
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="centre.example")
    async with client:
        for message in messages:
            await client.sendmail(SENDER, [message.address], message.content)
    return time.perf_counter() - begun


async def measure(*, readers: int, repetitions: int, connections: int, home: Path) -> dict[str, Any]:
    """Every repetition, and the medians. `load_before`: how busy the machine was (more than 0.5 spoils the figures)."""
    load = os.getloadavg()[0]
    with MailSink() as sink:
        lay_out(home, readers=readers, port=sink.port, connections=connections)
        settings = Settings(home=home)
        async with (
            running_engine(home) as client,
            open_house(settings, migrate=True) as house,
            build_worker(client, house.rooms),
        ):
            bench = Bench(client, house, sink, readers)
            runs = [await bench.repeat(number) for number in range(1, repetitions + 1)]
    await asyncio.sleep(0.2)  # lets the engine's client end before the process does (sdk-python issue 300)
    medians = {
        name: statistics.median(run[name] for run in runs) for name in ("launch_seconds", "floor_seconds", "ratio")
    }
    return {
        "benchmark": "launch over SMTP",
        "readers": readers,
        "connections": connections,
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
        "python": platform.python_version(),
        "median": medians,
        "target_ratio": TARGET_RATIO,
        "within_target": medians["ratio"] <= TARGET_RATIO,
        "repetitions": runs,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A launch to many readers over SMTP, against a bare loop.")
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    configure_logs("error")
    with tempfile.TemporaryDirectory(prefix="leerp-launch-") as home:
        print(json.dumps(asyncio.run(measure(**vars(options), home=Path(home))), indent=2))


if __name__ == "__main__":
    main()
