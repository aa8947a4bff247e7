"""How long a launch to many readers takes over SMTP, against a bare loop that sends the same messages.

    python3 run.py exec python -m benchmarks.launch_over_smtp [--readers 10000] [--repetitions 3] [--connections 8]
        [--protection none sign encrypt] [--limited 1300]

The launch is measured from the approver's decision until the ledger has every message of both launch notices as
sent: team, drafts, plans, claims, sending, settling, journal, on the embedded engine, by a worker process as
`leerp up` starts it, whose memory is watched. The floor, in the same run and over the same server process: aiosmtplib
over as many connections, with the very bytes that came.

`sign` and `encrypt` (which signs as well) do the same with OpenPGP, and count apart what the library alone needs for
as many messages. `--limited`: a launch to so many readers over a channel that takes five a second, and as many over
mail; how long the latter wait for theirs. 0 leaves it out. One JSON document.
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
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import aiosmtplib
from temporalio.client import Client

from benchmarks.launches import Launches, running
from benchmarks.limited_channel import measure_limited
from benchmarks.protected_mail import PROTECTIONS, library_seconds, protect
from desk.logs import configure_logs
from leerp.protocol import dissemination_id, emergency_id
from records import ledger
from tests.mail_sink import MailSink, Recorded, recorded
from tests.many_readers import lay_out

SENDER = "ecc@centre.example"
TARGET_RATIO = 1.25
TARGET_MEMORY_MB = 300
FIGURES = ("launch_seconds", "floor_seconds", "ratio", "library_seconds", "ratio_without_library")


class Bench:
    """One launch after another, each with its floor. `record`: where the server keeps what came."""

    def __init__(self, launches: Launches, sink: MailSink, record: Path, *, readers: int, connections: int) -> None:
        self._launches = launches
        self._sink = sink
        self._record = record
        self._readers = readers
        self._connections = connections

    async def repeat(self, number: int) -> dict[str, Any]:
        """One launch and its floor."""
        drill = await self._launches.classified(number)

        async def all_told(_: float) -> bool:
            return await self._launches.sent(drill) >= self._readers

        self._sink.count()
        begins = self._record.stat().st_size
        launch_seconds = await self._launches.launch(drill, until=all_told)
        launched = self._sink.count()
        size = self._record.stat().st_size - begins
        floor_seconds = await self._send_bare(islice(recorded(self._record, start=begins), launched.messages))
        return {
            "launch_seconds": round(launch_seconds, 3),
            "floor_seconds": round(floor_seconds, 3),
            "ratio": round(launch_seconds / floor_seconds, 3),
            "same_messages": launched == self._sink.count() and launched.messages == self._readers,
            "messages": launched.messages,
            "bytes_of_a_message": size // launched.messages,
            "phases_seconds": await self._phases(drill.reference),
        }

    async def _send_bare(self, messages: Iterator[Recorded]) -> float:
        """Seconds that bare clients take to send these messages, each client one message after another."""
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._connections):
                group.create_task(_send_some(messages, self._sink.port))
        return time.perf_counter() - begun

    async def _phases(self, reference: str) -> dict[str, float]:
        """Seconds that each kind of activity took, from scheduled to done, as the engine's histories have it."""
        async with self._launches.house.store.reading() as connection:
            notices = await ledger.sums_of_incident(connection, reference)
        spent: dict[str, float] = defaultdict(float)
        for workflow in [emergency_id(reference), *(dissemination_id(reference, one) for one in notices)]:
            for name, seconds in await _activities(self._launches.client, workflow):
                spent[name] += seconds
        return {name: round(seconds, 3) for name, seconds in sorted(spent.items())}


async def _send_some(messages: Iterator[Recorded], port: int) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="centre.example")
    async with client:
        for message in messages:
            await client.sendmail(SENDER, [message.recipient], message.content)


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


async def measure(protection: str, *, readers: int, repetitions: int, connections: int, folder: Path) -> dict[str, Any]:
    """Every repetition with that protection, and the medians."""
    home, record = folder / "home", folder / "mail"
    with MailSink(record=record) as sink:
        lay_out(home, readers=readers, port=sink.port, connections=connections)
        centre = protect(home, protection, sender=SENDER) if protection != "none" else None
        async with running(home) as launches:
            start_peak = launches.peak_memory_mb()
            bench = Bench(launches, sink, record, readers=readers, connections=connections)
            runs = [await bench.repeat(number) for number in range(1, repetitions + 1)]
            launch_peak = launches.peak_memory_mb()
    if centre is not None:
        library = library_seconds(centre, protection, recorded(record), number=readers)
        for run in runs:
            without = (run["launch_seconds"] - library) / run["floor_seconds"]
            run |= {"library_seconds": round(library, 3), "ratio_without_library": round(without, 3)}
    figures = [name for name in FIGURES if name in runs[0]]
    medians = {name: statistics.median(run[name] for run in runs) for name in figures}
    return {
        "median": medians,
        "within_target_ratio": medians.get("ratio_without_library", medians["ratio"]) <= TARGET_RATIO,
        "worker_peak_memory_mb": {"start": start_peak, "launches": launch_peak},
        "within_target_memory": max(start_peak, launch_peak) < TARGET_MEMORY_MB,
        "repetitions": runs,
    }


async def measure_all(options: argparse.Namespace) -> dict[str, Any]:
    """The whole document. `load_before`: how busy the machine was (more than 0.5 spoils the figures)."""
    load = os.getloadavg()[0]
    wanted = {"readers": options.readers, "repetitions": options.repetitions, "connections": options.connections}
    measured: dict[str, Any] = {}
    for protection in options.protection:
        with tempfile.TemporaryDirectory(prefix="leerp-launch-") as folder:
            measured[protection] = await measure(protection, **wanted, folder=Path(folder))
    limited = await measure_limited(options.limited, connections=options.connections) if options.limited else None
    return {
        "benchmark": "launch over SMTP",
        **wanted,
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
        "python": platform.python_version(),
        "target_ratio": TARGET_RATIO,
        "target_memory_mb": TARGET_MEMORY_MB,
        "protection": measured,
        "limited_channel": limited,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A launch to many readers over SMTP, against a bare loop.")
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--protection", nargs="*", choices=PROTECTIONS, default=PROTECTIONS)
    parser.add_argument("--limited", type=int, default=60)
    options = parser.parse_args()
    configure_logs("error")
    print(json.dumps(asyncio.run(measure_all(options)), indent=2))


if __name__ == "__main__":
    main()
