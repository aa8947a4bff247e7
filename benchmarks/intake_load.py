"""How fast reports are taken in, each answered when it is stored, beside a raw insert of the same rows.

    python -m benchmarks.intake_load [--reports 20000] [--clients 16] [--kind mixed|alike|joining|apart]
                                     [--processes 1] [--http] [--up]

Prints one JSON document. Each client sends a report and waits for its answer before it sends the next one. `alike`: one
burst of nearly identical reports. `joining`: reports with facts of their own that belong to one of fifty incidents.
`apart`: each opens an incident. `mixed`: half of them alike in ten bursts, four in ten joining, one in ten apart.

`floor` is what the store alone takes for the same rows: the rows that the run left in each table, put into an empty
database of the same schema by the driver's `executemany`, as durably, without looking at foreign keys, in as many
transactions as the run had. Nothing is read, parsed, hashed, compared or cut into words there.

Without `--http` the clients share a process with the intake. With `--processes` they are spread over so many, each with
an intake of its own on the same store; the floor is of one process, and has the transactions of all of them. With
`--http` they send to a real `leerp serve` over connections that are kept, each report a request of its own with a
token; with `--up` to the desk of a `leerp up`, whose engine and worker do their part meanwhile. There nobody sees the
batches, so the floor has as many as if all clients were in each.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

import httpx

from activities.gathering import Gathering
from activities.intake import Arrival, Intake
from activities.intake_reading import Prepared
from desk.assembly import open_house
from leerp.reports import IntakeReceipt
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records.store import Store, sqlite_url
from tests.servers import ROOT, Leerp

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOURCE = "csirt-fr"
TARGET_RATIO = 0.5
TABLES = (
    *("incidents", "documents", "reports", "repeats", "bursts", "sightings"),
    *("journal", "postings", "search_parts", "search_terms"),
)
IN_ORDER = {
    "search_terms": "SELECT search_terms.* FROM search_terms JOIN search_parts USING (thing)"
    " ORDER BY search_parts.rowid, shelf, term, age"
}
SHARES = {"mixed": (5, 9), "alike": (10, 10), "joining": (0, 10), "apart": (0, 0)}
"""Of ten reports in a row so many are alike, and up to so many alike or joining; the rest opens incidents."""

Send = Callable[[bytes], Awaitable[str]]
"""Hands a report in; the id it is stored under, once it is."""


def report_file(number: int, kind: str) -> bytes:
    """One report of a kind."""
    alike, joining = SHARES[kind]
    place = number % 10
    if place < alike:
        return _document(number, f"burst-{number // 10 % (10 if kind == 'mixed' else 1)}", victims=40)
    if place < joining:
        return _document(number, f"campaign-{number // 10 % 50}", victims=number)
    return _document(number, f"apart-{number}", victims=number)


def _document(number: int, about: str, *, victims: int) -> bytes:
    document = {
        "source": SOURCE,
        "id": f"alert-{number:06d}",
        "reported_at": AT.isoformat(),
        "title": f"Hospitals encrypted, message {number:06d}",
        "narrative": "Screens show a ransom note; the worm moves by itself. " * 4,
        "facts": {"root_cause": "malicious-actions", "sectors": ["health"], "victims_min": victims, "spread": "fast"},
        "observables": [
            {"kind": "domain", "value": f"{about}.example"},
            {"kind": "url", "value": f"http://{about}.example/gate.php"},
            {"kind": "email", "value": f"drop@{about}.example"},
        ],
    }
    return json.dumps(document).encode()


@dataclass
class Run:
    """What the clients saw."""

    answers: list[float] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    sizes: list[int] = field(default_factory=list)
    """How large the batches were."""

    begun: float = 0.0
    ended: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.begun


async def drive(send: Send, contents: Sequence[bytes], *, clients: int) -> Run:
    """Send everything by so many clients, each one report at a time."""
    run, left = Run(), iter(contents)

    async def client() -> None:
        for content in left:
            begun = time.perf_counter()
            run.ids.add(await send(content))
            run.answers.append(time.perf_counter() - begun)

    run.begun, cpu = time.monotonic(), time.process_time()
    await asyncio.gather(*(client() for _ in range(clients)))
    run.ended, run.cpu_seconds = time.monotonic(), time.process_time() - cpu
    return run


class Counting(Gathering[Prepared, IntakeReceipt]):
    """A gathering that remembers how large its batches were."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def _next(self) -> list[Any]:
        batch = super()._next()
        self.sizes.append(len(batch))
        return batch


async def in_process(
    home: Path, contents: Sequence[bytes], *, clients: int, first: int = 1, ready: Callable[[], object] = lambda: None
) -> Run:
    """Drive the intake of this process. `first`: which process it is; `ready` is called before the first report."""
    async with open_house(Settings(home=home), migrate=True) as house:
        counting = Counting()
        intake = Intake(replace(house.rooms, arriving=counting), policy=house.policy)
        arrival = Arrival(AT, "benchmark")

        async def send(content: bytes) -> str:
            return (await intake.report(content, name="report.json", arrival=arrival)).report

        await send(_document(10**6 - first, f"warm-up-{first}", victims=1))
        counting.sizes.clear()
        await asyncio.to_thread(ready)
        run = await drive(send, contents, clients=clients)
        run.sizes = counting.sizes
        return run


def in_processes(home: Path, contents: Sequence[bytes], *, clients: int, processes: int) -> Run:
    """Spread the clients over so many processes, all on one store; they begin together."""
    context = multiprocessing.get_context("spawn")
    ready, runs = context.Barrier(processes), context.SimpleQueue()
    shares = [contents[number::processes] for number in range(processes)]
    children = [
        context.Process(target=_child, args=(home, share, clients // processes, number, ready, runs))
        for number, share in enumerate(shares, start=1)
    ]
    for child in children:
        child.start()
    parts: list[Run] = [runs.get() for _ in children]
    for child in children:
        child.join()
    return Run(
        answers=[one for part in parts for one in part.answers],
        ids={one for part in parts for one in part.ids},
        sizes=[one for part in parts for one in part.sizes],
        begun=min(part.begun for part in parts),
        ended=max(part.ended for part in parts),
        cpu_seconds=sum(part.cpu_seconds for part in parts),
    )


def _child(
    home: Path, contents: Sequence[bytes], clients: int, first: int, ready: Barrier, runs: "SimpleQueue[Run]"
) -> None:
    runs.put(asyncio.run(in_process(home, contents, clients=clients, first=first, ready=ready.wait)))


async def over_http(home: Path, contents: Sequence[bytes], *, clients: int, up: bool) -> Run:
    """Drive a desk in a process of its own, whose modules are compiled, as those of an installation are."""
    leerp = Leerp(home)
    leerp.environment["PYTHONPYCACHEPREFIX"] = str(home / "compiled")
    leerp.environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with leerp if up else serving(leerp):
        words = ("--source", SOURCE, "--scope", "report", "--per-minute", "10000000", "--as", "desk-operator")
        token = leerp.json("token", "make", *words)["secret"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
        address = f"http://127.0.0.1:{leerp.port}"
        async with httpx.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=60) as client:

            async def send(content: bytes) -> str:
                answer = await client.post("/api/v1/reports", content=content)
                answer.raise_for_status()
                return str(answer.json()["report"])

            return await drive(send, contents, clients=clients)


@contextlib.contextmanager
def serving(leerp: Leerp) -> Iterator[None]:
    """A desk alone, without an engine and a worker."""
    command = [sys.executable, "-m", "desk", "serve", "--port", str(leerp.port)]
    process = subprocess.Popen(command, env=leerp.environment, cwd=ROOT)
    try:
        while process.poll() is None and not (leerp.home / "run" / "desk.ready").exists():
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)


def rows_of(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table that taking in writes, in the order in which they came.

    Terms lie in the order of their key; they came with what they are of. Put in by their key they would be neighbours,
    as what arrives never is.
    """
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return {table: connection.execute(IN_ORDER.get(table, f"SELECT * FROM {table}")).fetchall() for table in TABLES}  # noqa: S608


async def floor(folder: Path, rows: dict[str, list[tuple[Any, ...]]], *, transactions: int) -> float:
    """How many seconds the bare inserts take, in so many transactions."""
    database = folder / "floor.db"
    store = await Store.open(await sqlite_url(database))
    await store.close()
    return await asyncio.to_thread(_insert, database, rows, transactions)


def _insert(database: Path, rows: dict[str, list[tuple[Any, ...]]], transactions: int) -> float:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    parts = [_parts(of_table, transactions) for of_table in rows.values()]
    texts = [
        f"INSERT INTO {table} VALUES ({', '.join('?' * len(of_table[0]))})" if of_table else ""  # noqa: S608
        for table, of_table in rows.items()
    ]
    begun = time.perf_counter()
    for part in zip(*parts, strict=True):
        connection.execute("BEGIN IMMEDIATE")
        for text, some in zip(texts, part, strict=True):
            if some:
                connection.executemany(text, some)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - begun
    connection.close()
    return seconds


def _parts(rows: list[tuple[Any, ...]], count: int) -> Iterator[list[tuple[Any, ...]]]:
    for number in range(count):
        yield rows[len(rows) * number // count : len(rows) * (number + 1) // count]


def document(run: Run, rows: dict[str, list[tuple[Any, ...]]], floor_seconds: float) -> dict[str, Any]:
    """What is printed, of a run and its floor."""
    reports = len(run.answers)
    rate, floor_rate = reports / run.seconds, reports / floor_seconds
    stored = len(rows["reports"]) + len(rows["repeats"])
    percentiles = quantiles(run.answers, n=100)
    return {
        "benchmark": "intake under load",
        "python": platform.python_version(),
        "reports": reports,
        "answered_and_stored": len(run.ids),
        "rows_of_reports": stored,
        "incidents": len(rows["incidents"]),
        "counted_in_bursts": len(rows["repeats"]),
        "journal_entries": len(rows["journal"]),
        "rows_each": round(sum(map(len, rows.values())) / stored, 1),
        "seconds": round(run.seconds, 2),
        "per_second": round(rate),
        "floor_per_second": round(floor_rate),
        "ratio": round(rate / floor_rate, 3),
        "target_ratio": TARGET_RATIO,
        "answer_ms": {"p50": round(1000 * median(run.answers), 1), "p99": round(1000 * percentiles[98], 1)},
        "cpu_ms_each": round(1000 * run.cpu_seconds / reports, 2),
        "batches": len(run.sizes),
        "batch_mean": round(mean(run.sizes), 1),
    }


async def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The whole measurement."""
    contents = [report_file(number, options.kind) for number in range(options.reports)]
    home = folder / "home"
    await asyncio.to_thread(lay_out_example, home / "config")
    if options.http or options.up:
        (home / "run").mkdir()
        run = await over_http(home, contents, clients=options.clients, up=options.up)
        run.sizes = [options.clients] * (len(contents) // options.clients)
    else:
        async with open_house(Settings(home=home), migrate=True):
            pass
        how = {"clients": options.clients, "processes": options.processes}
        run = await asyncio.to_thread(in_processes, home, contents, **how)
    rows = await asyncio.to_thread(rows_of, home / "records.db")
    seconds = await floor(folder, rows, transactions=len(run.sizes))
    way = "over http, all up" if options.up else "over http" if options.http else f"in {options.processes} processes"
    return {"way": way, "kind": options.kind, "clients": options.clients, **document(run, rows, seconds)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Take reports in as fast as clients can send them.")
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--kind", choices=sorted(SHARES), default="mixed")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--http", action="store_true", help="send to a desk in a process of its own")
    parser.add_argument("--up", action="store_true", help="the same with an engine and a worker beside it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leerp-intake-") as folder:
        print(json.dumps(asyncio.run(measure(Path(folder), options)), indent=2))


if __name__ == "__main__":
    main()
