"""How long a search takes: `python benchmarks/search.py [--incidents N] [--reports N]`; prints JSON.

A store of made-up reports whose words are as unevenly spread as those of a language. Each search is asked as an
officer who may see about two thirds of them, with some incidents closed, and timed as a page asks it: one read
transaction, twenty results with their passages. Beside it stands a bare lookup by primary key in the same store.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.marking import Level, Marking, Reader
from leerp.notices import Mode
from leerp.observables import Observable, ObservableKind
from leerp.protocol import Clock, Policy
from leerp.reports import Report
from leerp.searching import Searcher, SearchKind, SearchQuery
from records import incidents, reports
from records.schema import reports as reports_table
from records.searching import search
from records.store import Store, sqlite_url

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LEVELS = (Level.PUBLIC, Level.BPL, Level.BPL, Level.RESTREINT, Level.CONFIDENTIEL, Level.SECRET)
WORDS = 20_000
IN_ONE = 40
BATCH = 500


def word(number: int) -> str:
    """A word of its own."""
    consonants, vowels = "bdfgklmnprstvz", "aeiou"
    made = ""
    for _ in range(4):
        number, first = divmod(number, len(consonants))
        number, second = divmod(number, len(vowels))
        made += consonants[first] + vowels[second]
    return made


def spread(dice: random.Random) -> int:
    """A number from 0, the small ones far more often, as words of a language are."""
    return min(WORDS - 1, int(dice.paretovariate(0.7)) - 1)


def made(number: int, dice: random.Random) -> Report:
    """A report of some forty words and a few observables."""
    text = [word(spread(dice)) for _ in range(IN_ONE)]
    address = Observable(
        kind=ObservableKind.IPV4, value=f"10.{number % 200}.{number // 200 % 250}.{dice.randrange(250)}"
    )
    domain = Observable(kind=ObservableKind.DOMAIN, value=f"{word(number % 5_000)}.{word(number % 97)}.example")
    return Report(
        source="csirt-de",
        id=f"case-{number}",
        reported_at=NOON,
        title=" ".join(text[:6]).capitalize(),
        narrative=" ".join(text[6:]),
        marking=Marking(level=LEVELS[number % len(LEVELS)]),
        observables=(address, domain),
    )


async def fill(store: Store, *, how_many_incidents: int, how_many_reports: int) -> list[str]:
    """Store incidents and reports as the intake does; the references."""
    dice = random.Random(1)  # noqa: S311 - a made-up store
    references: list[str] = []
    number = 0
    for start in range(0, how_many_incidents, BATCH):
        async with store.writing() as tx:
            numbers = range(start, min(start + BATCH, how_many_incidents))
            titles = [" ".join(word(spread(dice)) for _ in range(5)) for _ in numbers]
            references += [await _open(tx, title=one, number=each) for one, each in zip(titles, numbers, strict=True)]
    for start in range(0, how_many_reports, BATCH):
        async with store.writing() as tx:
            for number in range(start, min(start + BATCH, how_many_reports)):
                report, at = made(number, dice), NOON + timedelta(seconds=number)
                where = references[number % len(references)]
                await reports.store(tx, report=report, raw=b"{}", received_at=at, incident=where)
    return references


async def _open(tx: AsyncConnection, *, title: str, number: int) -> str:
    return await incidents.open_incident(
        tx,
        mode=Mode.ACTUAL,
        at=NOON + timedelta(seconds=number),
        title=title,
        marking=Marking(level=LEVELS[number % len(LEVELS)]),
        policy=Policy(),
        clock=Clock(),
        secret="5e" * 32,
    )


def queries() -> dict[str, SearchQuery]:
    """What is asked, by what it is."""
    asked = {
        "rare_word": word(3_000),
        "middling_word": word(60),
        "common_word": word(0),
        "beginning_of_words": word(0)[:2],
        "two_words": f"{word(1)} {word(200)}",
        "two_common_words": f"{word(0)} {word(1)}",
        "five_words": " ".join(word(number) for number in range(5)),
        "reference": "LEERP-2026-0043",
        "domain": f"{word(7)}.example",
        "defanged": f"{word(7)}[.]{word(7)}[.]example",
        "network_of_256": "10.7.3.0/24",
        "network_of_65536": "10.7.0.0/16",
        "nothing": "zzzzzzzz",
    }
    made = {name: SearchQuery(text=text) for name, text in asked.items()}
    made["observables_alone"] = SearchQuery(text=f"{word(7)}.example", kinds=frozenset({SearchKind.OBSERVABLE}))
    return made


async def timed(store: Store, work: Callable[[AsyncConnection], Awaitable[object]], *, runs: int) -> list[float]:
    """Seconds of each run, one read transaction each; the first is thrown away."""
    seconds = []
    for _ in range(runs + 1):
        begun = time.perf_counter()
        async with store.reading() as c:
            await work(c)
        seconds.append(time.perf_counter() - begun)
    return seconds[1:]


def _figures(seconds: list[float]) -> dict[str, float]:
    return {
        "median_ms": round(1_000 * median(seconds), 2),
        "p99_ms": round(1_000 * quantiles(seconds, n=100, method="inclusive")[98], 2),
    }


async def measure(url: str, *, how_many_incidents: int, how_many_reports: int, runs: int) -> dict[str, Any]:
    """The whole measurement on one database."""
    store = await Store.open(url)
    try:
        begun = time.perf_counter()
        references = await fill(store, how_many_incidents=how_many_incidents, how_many_reports=how_many_reports)
        filled = time.perf_counter() - begun
        reader = Reader(id="duty-officer", group="ec3", clearance=Level.RESTREINT, personal=True)
        closed = frozenset(references[::200])
        result: dict[str, Any] = {
            "engine": url.partition(":")[0],
            "incidents": how_many_incidents,
            "reports": how_many_reports,
            "filled_seconds": round(filled, 1),
            "closed": len(closed),
        }
        bare = await timed(store, _bare, runs=runs)
        result["bare_lookup"] = _figures(bare)
        for name, searcher in (
            ("admitted_everywhere", Searcher(reader=reader, at=NOON)),
            ("some_incidents_closed", Searcher(reader=reader, closed=closed, at=NOON)),
        ):
            result[name] = await _searches(store, searcher, runs=runs, bare=median(bare))
        return result
    finally:
        await store.close()


async def _bare(c: AsyncConnection) -> object:
    identifier = reports.report_id("csirt-de", "case-7")
    return (await c.execute(select(reports_table.c.incident).where(reports_table.c.id == identifier))).one()


async def _searches(store: Store, searcher: Searcher, *, runs: int, bare: float) -> dict[str, Any]:
    told: dict[str, Any] = {}
    everything: list[float] = []
    for name, query in queries().items():

        async def ask(c: AsyncConnection, query: SearchQuery = query) -> object:
            return await search(c, query, searcher)

        seconds = await timed(store, ask, runs=runs)
        async with store.reading() as c:
            answer = await search(c, query, searcher)
        everything += seconds
        told[name] = {"total": answer.total, "more": answer.more, **_figures(seconds)}
    all_of_them = {**_figures(everything), "median_to_bare_lookup": round(median(everything) / bare, 1)}
    return {"all": all_of_them, **told}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--reports", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--database-url", default=None)
    options = parser.parse_args()

    async def run(folder: Path) -> dict[str, Any]:
        url = options.database_url or await sqlite_url(folder / "records.db")
        size = {"how_many_incidents": options.incidents, "how_many_reports": options.reports}
        return await measure(url, **size, runs=options.runs)

    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(run(Path(folder))), indent=2))


if __name__ == "__main__":
    main()
