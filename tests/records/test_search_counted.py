"""Reports that were only counted are found by their ids, and lead to the one that speaks for them."""

import hashlib

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.marking import Marking
from leerp.notices import Mode
from leerp.observables import Observable
from leerp.reports import Report
from leerp.searching import SearchKind
from records import bursts, reports
from records.bursts import Burst
from records.reports import content_sha256, report_id
from records.schema import documents
from records.schema_correlating import repeats
from records.store import Store
from tests.records.cast import COMPANY, CSIRT, NOON, domains, open_one
from tests.records.search_cast import BPL, SECRET, ask, ids, keep, searcher

REPORT, INCIDENT = SearchKind.REPORT, SearchKind.INCIDENT


async def count(tx: AsyncConnection, leading: str, identifier: str, *, marking: Marking, source: str) -> None:
    """Have a report that is only counted on another one."""
    title, raw = f"Alert {identifier}", hashlib.sha256(identifier.encode()).hexdigest()
    report = Report(source=source, id=identifier, reported_at=NOON, title=title, marking=marking)
    document = {"sha256": raw, "media_type": "text/plain", "marking": "", "content": identifier.encode()}
    row = {"id": report_id(source, identifier), "leading": leading, "mode": Mode.ACTUAL, "report": report}
    await tx.execute(documents.insert().values(document))
    more = {"received_at": NOON, "content_sha256": content_sha256(report), "raw_sha256": raw}
    await tx.execute(repeats.insert().values({**row, **more}))


async def burst(
    store: Store,
    incident: str,
    name: str,
    *numbers: int,
    marking: Marking = BPL,
    source: str = CSIRT,
    observables: tuple[Observable, ...] = (),
) -> str:
    """A report that speaks for others; its id. Theirs are `name` and six digits."""
    leading = await keep(store, incident, f"{name}-first", marking=marking, source=source, observables=observables)
    one = Burst(
        leading=leading,
        mode=Mode.ACTUAL,
        likeness=name,
        seen=len(numbers) + 1,
        counted=len(numbers),
        first_at=NOON,
        last_at=NOON,
        sources={source: len(numbers) + 1},
    )
    async with store.writing() as tx:
        for number in numbers:
            await count(tx, leading, f"{name}-{number:06}", marking=marking, source=source)
        await tx.run_sync(bursts.keep, [one])
    return leading


async def test_a_counted_report_is_found_by_its_id(store: Store, reference: str) -> None:
    """The id of its source in any of its usual spellings, and the id that leerp gave: the leading report, and why."""
    other = await burst(store, reference, "other", 1, source=COMPANY)
    leading = await burst(store, reference, "alert", 7, 123)
    assert await ids(store, "other-000001") == [other]
    given = report_id(CSIRT, "alert-000123")
    for query in ("alert-000123", '"ALERT-000123"', given, given.lower(), "alert-000123 worm", "worm alert-000007"):
        answer = await ask(store, query)
        assert [(one.kind, one.id) for one in answer.found] == [(REPORT, leading)], query
        assert (answer.total, answer.more) == (1, False)
    (found,) = (await ask(store, "alert-000123")).found
    assert found.why == ("counted on it: alert-000123",)
    assert found.incident == reference


async def test_what_is_no_such_id_finds_nothing(store: Store, reference: str) -> None:
    """A part of an id, another number, other words beside it; a report in the index stays as it is."""
    leading = await burst(store, reference, "alert", 123)
    for query in ("000123", "alert-00012", "alert-000124", "alert-000123 flood", report_id(COMPANY, "alert-000123")):
        assert await ids(store, query) == [], query
    assert await ids(store, "alert-first") == [leading]
    assert await ids(store, "alert-000123", INCIDENT) == []


async def test_a_common_word_beside_it_narrows_nothing_away(
    store: Store, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a word stands in more than is looked at."""
    monkeypatch.setattr("records.search_rows.MOST_ROWS", 2)
    for number in range(4):
        await keep(store, reference, f"r-{number}", title="Worm alert-000123", minutes=number)
    leading = await burst(store, reference, "alert", 123)
    assert leading in await ids(store, "worm alert-000123")


async def test_its_observables_lead_to_the_leading_report(store: Store, reference: str) -> None:
    """Reports that are alike hold the same, so the index of the leading one is enough."""
    leading = await burst(store, reference, "alert", 123, observables=domains("evil"))
    assert leading in await ids(store, "evil.example", REPORT)


async def test_who_may_not_see_the_leading_report_finds_nothing(store: Store, reference: str) -> None:
    """By its marking, or by an incident that the searcher is not admitted to; or asked in another incident."""
    secret = await burst(store, reference, "secret", 1, marking=SECRET)
    answer = await ask(store, "secret-000001")
    assert (answer.found, answer.total, answer.suggestions) == ((), 0, ())
    closed = await open_one(store)
    await burst(store, closed, "alert", 123)
    assert (await ask(store, "alert-000123", by=searcher(closed=[closed]))).total == 0
    assert (await ask(store, "alert-000123", incident=reference)).found == ()
    assert (await ask(store, "alert-000123", mode=Mode.EXERCISE)).found == ()
    async with store.reading() as c:
        assert [one.report.id for one in await reports.counted_on(c, secret)] == ["secret-000001"]
