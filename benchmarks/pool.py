"""How long it takes to match a contribution against a large pool, beside a bare indexed join of the same rows.

    python -m benchmarks.pool [--pooled 1000000] [--given 10000] [--common 0.1] [--database-url URL]

Prints one JSON document. `match` is everything that happens when a contribution is matched: judge, find, store the
hits, count them, write the journal and the notices to their owners, commit. `find` is the part of it that looks
into the pool: the hits are found, stored and counted, in a transaction of its own. `bare_join` is the same join by the
database's own driver over the same rows and the same index, all rows fetched and nothing stored; `bare_insert` is that
join put into an empty copy of the table of hits, as the least that storing them costs. Medians of several runs count.
"""

import argparse
import asyncio
import hashlib
import json
import resource
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from activities.investigation import InvestigationActivities
from activities.messages import MatchItem
from activities.rooms import Rooms
from leerp.contributions import Contribution
from leerp.marking import Marking
from leerp.notices import Mode
from leerp.observables import Observable, ObservableKind
from leerp.protocol import Clock, Policy
from notifications.configuration import lay_out_example, load_directory
from records import contributions, incidents, pool
from records.schema import sightings
from records.store import Store, sqlite_url

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PART = 20_000
OWNERS = ("csirt-fr", "csirt-de", "csirt-lu", "poc-no", "liaison-fr", "enisa")
GIVER = "liaison-nl"
RUNS = 5

JOIN = """
SELECT theirs.item, theirs.owner, theirs.incident, mine.digest, mine.observable
FROM sightings AS mine JOIN sightings AS theirs ON mine.digest = theirs.digest AND mine.mode = theirs.mode
WHERE mine.item = {place} AND theirs.owner <> mine.owner
"""


def name(number: int) -> str:
    """The domain of a number."""
    return f"host-{number}.attacker-{number % 9973}.net"


async def fill(store: Store, reference: str, pooled: int) -> float:
    """Pool so many observables of several owners, straight into the table; how many seconds it took."""
    begun = time.perf_counter()
    for start in range(0, pooled, PART):
        owner = OWNERS[start // PART % len(OWNERS)]
        given = _contribution(owner, f"pool-{start}", [start])
        async with store.writing() as tx:
            kept = await contributions.store(
                tx, contribution=given, raw=b"{}", received_at=NOON, incident=reference, silent={}
            )
            rows = [_row(kept.id, owner, reference, number) for number in range(start + 1, min(start + PART, pooled))]
            await tx.execute(sightings.insert(), rows)
    return time.perf_counter() - begun


def _contribution(owner: str, identifier: str, numbers: list[int]) -> Contribution:
    observables = tuple(Observable(kind=ObservableKind.DOMAIN, value=name(number)) for number in numbers)
    return Contribution(
        contributor=owner,
        id=identifier,
        contributed_at=NOON,
        title="Pool",
        marking=Marking(),
        observables=observables,
    )


def _row(item: str, owner: str, reference: str, number: int) -> dict[str, Any]:
    observable = f"domain:{name(number)}"
    digest = hashlib.sha256(observable.encode()).hexdigest()
    fixed = {"item": item, "owner": owner, "origin": "contribution", "incident": reference, "mode": Mode.ACTUAL}
    return {**fixed, "observable": observable, "digest": digest, "silent": ""}


async def give(store: Store, reference: str, *, run: int, given: int, common: int, pooled: int) -> str:
    """Store a contribution of which so many stand in the pool; its id."""
    step = max(1, pooled // max(1, common))
    inside = [(index * step + run * 7) % pooled for index in range(common)]
    outside = [pooled * 10 + run * given + index for index in range(given - common)]
    contribution = _contribution(GIVER, f"given-{run}-{common}", [*inside, *outside])
    async with store.writing() as tx:
        kept = await contributions.store(
            tx, contribution=contribution, raw=b"{}", received_at=NOON, incident=reference, silent={}
        )
    return kept.id


async def find(rooms: Rooms, reference: str, item: str) -> float:  # noqa: ARG001 - called as `match` is
    """Find, store and count the hits of a contribution; how many seconds it took."""
    begun = time.perf_counter()
    async with rooms.store.writing() as tx:
        await pool.match(tx, item, mode=Mode.ACTUAL, at=NOON)
    return time.perf_counter() - begun


async def match(rooms: Rooms, reference: str, item: str) -> float:
    """Match as the worker does, without the engine around it; how many seconds it took."""
    request = MatchItem(incident=reference, at=NOON, key=f"bench/{item}", item=item)
    begun = time.perf_counter()
    await InvestigationActivities(rooms).meet(request, item, directory=rooms.directory())
    return time.perf_counter() - begun


def bare(url: str, item: str) -> tuple[float, float, int]:
    """Seconds for the join alone, and for the join put into an empty table; and how many rows it has."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.partition("///")[2]) as connection:
            return _bare(connection, item, place="?")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return _bare(connection, item, place="%s")


def _bare(connection: Any, item: str, *, place: str) -> tuple[float, float, int]:  # noqa: ANN401 - either driver's
    begun = time.perf_counter()
    rows = len(connection.execute(JOIN.format(place=place), (item,)).fetchall())
    joined = time.perf_counter() - begun
    connection.execute("DROP TABLE IF EXISTS bare_hits")
    columns = "item TEXT, owner TEXT, incident TEXT, digest TEXT, observable TEXT"
    connection.execute(f"CREATE TABLE bare_hits ({columns}, PRIMARY KEY (item, digest))")
    connection.execute("CREATE INDEX ix_bare_hits ON bare_hits (incident)")
    connection.commit()
    begun = time.perf_counter()
    connection.execute("INSERT INTO bare_hits " + JOIN.format(place=place), (item,))
    connection.commit()
    inserted = time.perf_counter() - begun
    connection.execute("DROP TABLE bare_hits")
    connection.commit()
    return joined, inserted, rows


async def measure(url: str, folder: Path, *, pooled: int, given: int, shares: list[float]) -> dict[str, Any]:
    """The whole measurement on one database."""
    config = folder / "config"
    lay_out_example(config)
    directory = load_directory(config / "directory.yaml")
    store = await Store.open(url)
    try:
        rooms = Rooms(store=store, directory=lambda: directory, channels={}, mode=Mode.ACTUAL, wall_clock=lambda: NOON)
        async with store.writing() as tx:
            reference = await incidents.open_incident(
                tx,
                mode=Mode.ACTUAL,
                at=NOON,
                title="Pool",
                marking=Marking(),
                policy=Policy(),
                clock=Clock(),
                secret="5e" * 32,
            )
        result: dict[str, Any] = {"engine": url.partition(":")[0], "pooled": pooled, "given": given}
        result["filled_seconds"] = round(await fill(store, reference, pooled), 1)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        result["runs"] = [await _share(rooms, url, reference, share, given, pooled) for share in shares]
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        return {**result, "memory_grown_mib": round(grown / 1024, 1)}
    finally:
        await store.close()


async def _share(rooms: Rooms, url: str, reference: str, share: float, given: int, pooled: int) -> dict[str, Any]:
    """One share of the contribution that stands in the pool, several times; medians count.

    The bare statements run before and after, so that neither side alone finds the pages in memory.
    """
    common = round(given * share)
    seconds: dict[str, list[float]] = {name: [] for name in ("find", "match", "join", "insert", "ratio", "whole")}
    rows = 0
    for run in range(RUNS):
        for name, deed in (("find", find), ("match", match)):
            number = 2 * run + (name == "match")
            item = await give(rooms.store, reference, run=number, given=given, common=common, pooled=pooled)
            before, stored, rows = await asyncio.to_thread(bare, url, item)
            took = await deed(rooms, reference, item)
            after, stored_again, _ = await asyncio.to_thread(bare, url, item)
            seconds[name].append(took)
            seconds["join"] += [before, after]
            seconds["insert"] += [stored, stored_again]
            seconds["ratio" if name == "find" else "whole"].append(took / ((before + after) / 2))
    return {
        "hits": rows,
        **{f"{name}_seconds": round(median(seconds[name]), 3) for name in ("match", "find")},
        "match_seconds_worst": round(max(seconds["match"]), 3),
        **{f"bare_{name}_seconds": round(median(seconds[name]), 3) for name in ("join", "insert")},
        "find_to_bare_join": round(median(seconds["ratio"]), 2),
        "match_to_bare_join": round(median(seconds["whole"]), 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pooled", type=int, default=1_000_000)
    parser.add_argument("--given", type=int, default=10_000)
    parser.add_argument("--common", type=float, nargs="*", default=[0.0, 0.1, 1.0])
    parser.add_argument("--database-url", default=None)
    options = parser.parse_args()

    async def run(folder: Path) -> dict[str, Any]:
        url = options.database_url or await sqlite_url(folder / "records.db")
        return await measure(url, folder, pooled=options.pooled, given=options.given, shares=options.common)

    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(run(Path(folder))), indent=2))


if __name__ == "__main__":
    main()
