"""Launches to be measured: an engine, a worker process as `leerp up` starts it, and incidents that are launched."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func, select
from temporalio.client import Client

from activities.engine import Engine
from desk.assembly import House, open_house
from leerp.notices import DeliveryState, NoticeKind
from leerp.protocol import ActName, DecideAct
from leerp.settings import Settings
from records import ledger, schema
from tests.drill import APPROVER, Drill
from tests.servers import ROOT, running_engine

POLL_SECONDS = 0.05
READY_SECONDS = 240
"""A directory of 10,000 readers is read in a minute on a busy machine."""

Lines = dict[tuple[NoticeKind, str], int]
"""So many lines of the ledger, by the kind of notice and the channel."""


class Launches:
    """One house with an engine and a worker, in which one incident after another is launched."""

    def __init__(self, client: Client, house: House, worker: "subprocess.Popen[bytes]") -> None:
        self.client = client
        self.house = house
        self._worker = worker

    async def engine(self) -> Engine:
        """The engine."""
        return Engine(self.client, self.house.store)

    async def classified(self, number: int) -> Drill:
        """An incident of its own that one officer has decided to launch; the approval is missing."""
        drill = Drill(self.house, self.engine)
        await drill.report(number, observables=[{"kind": "domain", "value": f"kill-switch-{number}.example"}])
        await drill.classified_again()
        await drill.act(ActName.DECIDE, DecideAct, choice="launch")
        return drill

    async def launch(self, drill: Drill, *, until: Callable[[float], Awaitable[bool]]) -> float:
        """Approve; seconds until this is so. It is asked again and again, with the seconds since the approval."""
        begun = time.perf_counter()
        deciding = asyncio.create_task(drill.act(ActName.DECIDE, DecideAct, choice="launch", who=APPROVER))
        while not await until(time.perf_counter() - begun):  # noqa: ASYNC110 - what counts is what the ledger says
            await asyncio.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - begun
        await deciding
        await drill.until(lambda view: view.phase == "warning", "the early warning")
        return seconds

    async def sent(self, drill: Drill) -> int:
        """How many readers have theirs. Whoever gets none would make this another measurement, so it stops."""
        async with self.house.store.reading() as connection:
            sums = (await ledger.sums_of_incident(connection, drill.reference)).values()
        if any(one.failed or one.withheld for one in sums):
            raise SystemExit(f"a message failed or was withheld; nothing was measured: {list(sums)}")
        return sum(one.sent for one in sums)

    async def sent_over_each(self, drill: Drill) -> Lines:
        """The same by kind of notice and channel."""
        table = schema.ledger
        query = select(table.c.kind, table.c.channel, func.count()).where(
            table.c.incident == drill.reference, table.c.state == DeliveryState.SENT
        )
        async with self.house.store.reading() as connection:
            found = await connection.execute(query.group_by(table.c.kind, table.c.channel))
            return {(kind, channel): count for kind, channel, count in found}

    def peak_memory_mb(self) -> int:
        """The most resident memory that the worker has had since it started, or since this was asked last.

        Linux alone: VmHWM, and how it is set back (proc(5)).
        """
        status = Path(f"/proc/{self._worker.pid}/status").read_text(encoding="ascii")
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        Path(f"/proc/{self._worker.pid}/clear_refs").write_text("5", encoding="ascii")
        return int(line.split()[1]) // 1024


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[Launches]:
    """An engine and a worker on a state folder that is laid out; they end with the block."""
    async with running_engine(home) as client, open_house(Settings(home=home), migrate=True) as house:
        worker = await asyncio.to_thread(_start_worker, home, client.service_client.config.target_host)
        try:
            await _ready(home, worker)
            yield Launches(client, house, worker)
        finally:
            worker.terminate()
            await asyncio.to_thread(worker.wait, 30)
    await asyncio.sleep(0.2)  # lets the engine's client end before the process does (sdk-python issue 300)


def _start_worker(home: Path, address: str) -> "subprocess.Popen[bytes]":
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LEERP_")}
    # Who develops may have it set. The OpenPGP library then reads 50 MB of its own symbols to say where it failed.
    environment.pop("RUST_BACKTRACE", None)
    environment |= {"LEERP_HOME": str(home), "LEERP_TEMPORAL_ADDRESS": address, "PYTHONPATH": str(ROOT)}
    with (home / "worker.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "desk", "worker"], env=environment, stdout=log, stderr=log)


async def _ready(home: Path, worker: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not (home / "run" / "worker.ready").exists():
        if worker.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the worker did not come up: {(home / 'worker.log').read_text()[-2000:]}")
        await asyncio.sleep(0.05)
