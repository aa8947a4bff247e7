"""The desk over a full store: `python -m benchmarks.desk_load [--incidents N --entries N --officers N --seconds N]`.

10,000 incidents and 1,000,000 journal entries, each chain whole; one desk process; every officer keeps a live stream
open and loads the board and pages of incidents, one after the other. The floor is the page that needs no store
(`/static/desk.css`), loaded in the same way in the same run. Prints JSON; times in milliseconds.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from pydantic import JsonValue

from desk.access.sessions import COOKIE
from desk.assembly import open_house
from leerp.incidents import Phase, Status
from leerp.journal import GENESIS, JournalKind, seal
from leerp.marking import Marking
from leerp.notices import Mode
from leerp.plans import Plan
from leerp.protocol import Clock, Policy
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import sessions
from records.schema import incidents, journal
from records.store import Store
from tests.servers import free_port

KINDS = (
    JournalKind.DETECTION_REPORT_RECEIVED,
    JournalKind.TRIAGE_GRADE_RECORDED,
    JournalKind.TRIAGE_INCIDENT_CLASSIFIED,
    JournalKind.TRIAGE_FACTS_ASSESSED,
)
BUSY = (*KINDS[:3], JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED)
START = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Fill a store, load pages, print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--officers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds an officer looks at a page, on average")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(_measure(Path(folder), options)), indent=2))


async def _measure(home: Path, options: argparse.Namespace) -> dict[str, object]:
    lay_out_example(home / "config")
    settings = Settings(home=home, desk_port=free_port())
    begun = time.monotonic()
    async with open_house(settings, migrate=True) as house:
        await _fill(house.store, options.incidents, options.entries)
        async with house.store.writing() as tx:
            at = datetime.now(UTC)
            cookie = await sessions.begin(tx, person="duty-officer", how="link", at=at)
    filled = time.monotonic() - begun
    environment = {**os.environ, "LEERP_HOME": str(home)}
    command = [sys.executable, "-m", "desk", "serve", "--port", str(settings.desk_port)]
    desk = subprocess.Popen(command, env=environment)  # noqa: ASYNC220 - it only starts
    try:
        base = f"http://127.0.0.1:{settings.desk_port}"
        return {"seconds_to_fill": round(filled, 1), **await _load(base, cookie, options)}
    finally:
        desk.terminate()
        desk.wait(10)


async def _fill(store: Store, number: int, entries: int) -> None:
    each = entries // number
    chosen = random.Random(1)  # noqa: S311 - the same store each time
    for first in range(0, number, 250):
        rows, chain = [], []
        for one in range(first, min(first + 250, number)):
            ended = one % 10 == 0
            waiting = chosen.choice((Status.OPEN, Status.WATCHED))
            status = Status.CLOSED if ended else Status.EMERGENCY if one % 100 == 1 else waiting
            phase = Phase.CLOSURE if ended else Phase.TRIAGE if status is not Status.EMERGENCY else Phase.INVESTIGATION
            opened = START + timedelta(minutes=20 * one)
            reference = f"LEERP-2026-{one + 1:04d}"
            rows.append(_incident(reference, one, status=status, phase=phase, opened=opened))
            chain += _chain(reference, each, opened, busy=status is Status.EMERGENCY)
        async with store.writing() as tx:
            await tx.execute(incidents.insert(), rows)
            await tx.execute(journal.insert(), chain)


def _incident(reference: str, number: int, *, status: Status, phase: Phase, opened: datetime) -> dict[str, object]:
    return {
        "reference": reference,
        "mode": Mode.ACTUAL,
        "year": 2026,
        "number": number + 1,
        "title": f"Services of region {number} lost",
        "marking": Marking(),
        "status": status,
        "phase": phase,
        "opened_at": opened,
        "closed_at": opened + timedelta(days=2) if status.ended else None,
        "policy": Policy(),
        "clock": Clock(),
        "classification": None,
        "team": (),
        "waiting_for": () if status.ended else ("a decision: launch, normal or watch (decide)",),
        "plan": Plan(),
        "extra": {},
        "secret": f"{number:064x}",
    }


def _chain(reference: str, length: int, opened: datetime, *, busy: bool) -> list[dict[str, object]]:
    rows, prev = [], GENESIS
    for seq in range(1, length + 1):
        at = opened + timedelta(seconds=30 * seq)
        data: dict[str, JsonValue] = {"report": f"R-{seq:020x}", "level": "moderate"}
        kind = (BUSY if busy else KINDS)[seq % len(KINDS)]
        entry = seal(seq=seq, incident=reference, at=at, actor="leerp", kind=kind, data=data, prev=prev)
        prev = entry.hash
        rows.append({**entry.model_dump(), "key": f"k/{seq}"})
    return rows


async def _load(base: str, cookie: str, options: argparse.Namespace) -> dict[str, object]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=base, cookies={COOKIE: cookie}, limits=limits, timeout=60) as client:
        while True:
            try:
                await client.get("/health")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
        streams = [
            asyncio.create_task(_follow(client, f"LEERP-2026-{2 + 10 * n:04d}")) for n in range(options.officers)
        ]
        await asyncio.sleep(2)
        pages = {
            "floor": lambda _: "/static/desk.css",
            "board": lambda _: "/",
            "incident": lambda chosen: f"/incidents/LEERP-2026-{chosen.randint(1, options.incidents):04d}",
        }
        found: dict[str, object] = {}
        for name, path in pages.items():
            found[name] = await _officers(client, path, options)
        for task in streams:
            task.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    return {"incidents": options.incidents, "entries": options.entries, "officers": options.officers, **found}


async def _officers(
    client: httpx.AsyncClient, path: Callable[[random.Random], str], options: argparse.Namespace
) -> dict[str, float]:
    took: list[float] = []
    until = time.monotonic() + options.seconds

    async def officer(number: int) -> None:
        chosen = random.Random(number)  # noqa: S311 - the same pages each time
        await asyncio.sleep(chosen.random() * options.pause)
        while time.monotonic() < until:
            begun = time.perf_counter()
            answer = await client.get(path(chosen))
            took.append((time.perf_counter() - begun) * 1000)
            answer.raise_for_status()
            await asyncio.sleep(2 * options.pause * chosen.random())

    work: list[Awaitable[None]] = [officer(number) for number in range(options.officers)]
    await asyncio.gather(*work)
    took.sort()
    return {
        "pages": len(took),
        "median_ms": round(statistics.median(took), 1),
        "p99_ms": round(took[int(len(took) * 0.99) - 1], 1),
        "max_ms": round(took[-1], 1),
    }


async def _follow(client: httpx.AsyncClient, reference: str) -> None:
    async with client.stream("GET", f"/incidents/{reference}/live", timeout=None) as answer:
        async for _ in answer.aiter_bytes():
            pass


if __name__ == "__main__":
    main()
