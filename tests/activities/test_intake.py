"""Intake of many at once, on both engines: each has its own answer, and a burst is counted and lost nowhere."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from activities import intake_batch
from activities.intake import Arrival
from desk.assembly import House, open_house
from leerp.errors import BadInputError
from leerp.incidents import IncidentPatch, Status
from leerp.journal import JournalKind, verify
from leerp.reports import IntakeOutcome, IntakeReceipt
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import bursts, documents, incidents, journal, outbox, reports, taking_in
from records.schema_searching import search_terms
from records.views import incident_view
from tests.postgresql import Postgres
from tests.records.cast import NOON

NEW, JOINED, DUPLICATE = IntakeOutcome.CREATED, IntakeOutcome.JOINED, IntakeOutcome.DUPLICATE


class Gate:
    """The way in, and looks at what is behind it."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def take(self, *documents_: dict[str, Any], at: datetime = NOON) -> list[IntakeReceipt]:
        """Hand reports in at once; their receipts in the same order."""
        arrival = Arrival(at, "monitor")
        calls = (
            self.house.intake.report(json.dumps(one).encode(), name="alert.json", arrival=arrival) for one in documents_
        )
        return await asyncio.gather(*calls)

    async def kinds(self, incident: str) -> Counter[JournalKind]:
        """How often what happened, by its journal, which verifies."""
        async with self.house.store.reading() as c:
            verify(await journal.lines(c, incident))
            return Counter(entry.kind for entry in await journal.entries(c, incident))

    async def bursts(self, incident: str) -> list[bursts.Burst]:
        """The bursts of an incident."""
        async with self.house.store.reading() as c:
            return await bursts.of_incident(c, incident)

    async def signals(self) -> list[str]:
        """What the engine is still to be told."""
        async with self.house.store.reading() as c:
            return [posting.subject for posting in await outbox.waiting(c, of_each=10_000, limit=10_000)]

    async def incidents(self) -> list[str]:
        """The references of all incidents."""
        async with self.house.store.reading() as c:
            return [one.reference for one in await incidents.listing(c, include_ended=True)]


@pytest.fixture(params=["sqlite", "postgresql"])
async def gate(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Gate]:
    """The way in over a database of each engine."""
    await asyncio.to_thread(lay_out_example, tmp_path / "config")
    settings = Settings(home=tmp_path)
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        name = server.create(template="migrated")
        settings = Settings(home=tmp_path, database_url=SecretStr(server.url(name)))
    async with open_house(settings, migrate=True) as house:
        yield Gate(house)
    if request.param == "postgresql":
        server.drop(name)


def alert(number: int, *, domain: str = "evil.example", **more: Any) -> dict[str, Any]:
    """An alert that says the same each time, but for its id and a number."""
    return {
        "source": "csirt-fr",
        "id": f"alert-{number:05d}",
        "reported_at": NOON.isoformat(),
        "title": f"Beacon seen {number:05d} times",
        "observables": [{"kind": "domain", "value": domain}] if domain else [],
        **more,
    }


async def test_many_at_once_are_one_transaction_with_an_answer_for_each(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty of ten incidents: ten are opened by the first of each, in the order in which they came."""
    batches: list[int] = []

    def counting(connection: Any, taken: taking_in.Taken, **more: Any) -> None:
        batches.append(len(taken.kept))
        taking_in.write(connection, taken, **more)

    monkeypatch.setattr(intake_batch, "write", counting)
    receipts = await gate.take(
        *(alert(one, domain=f"c{one % 10}.example", title=f"{'x' * one} beacon") for one in range(40))
    )
    assert batches == [40]
    assert [one.incident for one in receipts] == [f"LEERP-2026-{one % 10 + 1:04d}" for one in range(40)]
    assert [one.outcome for one in receipts] == [NEW] * 10 + [JOINED] * 30
    assert receipts[39].because == ("domain:c9.example",)
    for reference in await gate.incidents():
        assert await gate.kinds(reference) == {
            JournalKind.DETECTION_INCIDENT_OPENED: 1,
            JournalKind.DETECTION_REPORT_RECEIVED: 4,
            JournalKind.DETECTION_INCIDENT_JOINED: 3,
        }
    assert sorted(await gate.signals()) == sorted(one.report for one in receipts)


async def test_equal_reports_at_once_are_one(gate: Gate) -> None:
    """The first one is stored, and the others are answered with it, whoever brings them."""
    same = [alert(1), alert(1), alert(1, source="csirt-de", id="other")]
    first, second, third = await gate.take(*same)
    assert [first.outcome, second.outcome, third.outcome] == [NEW, DUPLICATE, DUPLICATE]
    assert {first.report, second.report, third.report} == {first.report}
    kinds = await gate.kinds(first.incident)
    assert kinds[JournalKind.DETECTION_REPORT_DUPLICATED] == 2


async def test_one_that_cannot_be_stored_brings_no_other_down(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is tried alone then: one error, and the others are taken in, once."""

    def choking(connection: Any, taken: taking_in.Taken, **more: Any) -> None:
        taking_in.write(connection, taken, **more)
        if any(one.ready.part.title == "Poison" for one in taken.kept):
            raise ArithmeticError("it cannot be written")

    monkeypatch.setattr(intake_batch, "write", choking)
    calls = [gate.take(alert(1)), gate.take(alert(2, title="Poison")), gate.take(alert(3, domain="other.example"))]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(answers[1], ArithmeticError)
    assert await gate.incidents() == ["LEERP-2026-0001", "LEERP-2026-0002"]
    assert len(await gate.signals()) == 2
    for reference in await gate.incidents():
        assert (await gate.kinds(reference))[JournalKind.DETECTION_REPORT_RECEIVED] == 1


async def test_a_burst_is_one_incident_with_a_counter(gate: Gate) -> None:
    """Of 1,200 the engine hears four times and the journal a few times more; each is found by id and to the byte."""
    receipts = [one for part in range(4) for one in await gate.take(*(alert(part * 300 + n) for n in range(300)))]
    (reference,) = await gate.incidents()
    assert Counter(one.outcome for one in receipts) == {NEW: 1, JOINED: 1_199}
    leading = receipts[0].report
    assert [one.counted_on for one in receipts] == [None] * 4 + [leading] * 1_196
    (burst,) = await gate.bursts(reference)
    assert (burst.leading, burst.seen, burst.counted, burst.sources) == (leading, 1_200, 1_196, {"csirt-fr": 1_200})
    kinds = await gate.kinds(reference)
    assert kinds[JournalKind.DETECTION_BURST_COUNTED] == 4
    assert sum(kinds.values()) == 1 + 4 + 3 + 4
    assert await gate.signals() == [one.report for one in receipts[:4]]
    async with gate.house.store.reading() as c:
        for number in (0, 3, 4, 700, 1_199):
            stored = await reports.get(c, receipts[number].report)
            assert (stored.incident, stored.report.id) == (reference, f"alert-{number:05d}")
            assert json.loads(await documents.get(c, stored.raw_sha256)) == alert(number)
        view = await incident_view(c, reference)
        listed = await reports.counted_on(c, leading, limit=2_000)
    assert {one.id: one.repeats for one in view.reports if one.repeats} == {leading: 1_196}
    assert len(view.reports) == 4
    assert {one.id for one in listed} == {one.report for one in receipts[4:]}


async def test_the_journal_vouches_for_the_bytes_of_a_burst(gate: Gate) -> None:
    """The chain in the entry is made of the bytes of each that was counted, in the order in which they came."""
    receipts = await gate.take(*(alert(one) for one in range(14)))
    async with gate.house.store.reading() as c:
        entries = await journal.entries(c, receipts[0].incident, kinds={JournalKind.DETECTION_BURST_COUNTED})
        hashes = [(await reports.get(c, one.report)).raw_sha256 for one in receipts[4:]]
    chain = bursts.NO_CHAIN
    for one in hashes:
        chain = bursts.link(chain, one)
    assert [entry.data["counted"] for entry in entries] == [1, 10]
    assert entries[-1].data["chain_sha256"] == chain


@pytest.mark.parametrize(
    "change",
    [
        {"facts": {"life_threat": True}},
        {"observables": [{"kind": "domain", "value": "evil.example"}, {"kind": "ipv4", "value": "198.51.100.7"}]},
        {"marking": {"level": "RESTREINT"}},
        {"grade": {"scale": "4x4", "code": "A1"}},
        {"source": "csirt-de"},
        {"title": "Beacon seen, and files encrypted"},
    ],
)
async def test_what_says_something_new_is_handed_on_in_the_middle_of_a_burst(
    gate: Gate, change: dict[str, Any]
) -> None:
    """A fact, an observable, a marking, a grade, another source or other words: it joins, and the engine is told."""
    before = await gate.take(*(alert(one) for one in range(30)))
    (new,) = await gate.take(alert(30, **change))
    assert (new.outcome, new.counted_on, new.incident) == (JOINED, None, before[0].incident)
    assert new.report in await gate.signals()


async def test_alike_texts_of_one_source_need_no_observable_to_be_a_burst(gate: Gate) -> None:
    """Another source that says the same without an observable opens an incident of its own."""
    receipts = await gate.take(*(alert(one, domain="") for one in range(20)))
    assert {one.incident for one in receipts} == {"LEERP-2026-0001"}
    assert [one.counted_on for one in receipts] == [None] * 4 + [receipts[0].report] * 16
    (other,) = await gate.take(alert(21, domain="", source="csirt-de"))
    assert other.outcome is NEW


async def test_what_comes_again_is_a_duplicate_also_when_it_was_only_counted(gate: Gate) -> None:
    """By its id and by its content; it is not counted a second time, and the journal does not grow."""
    receipts = await gate.take(*(alert(one) for one in range(20)))
    reference = receipts[0].incident
    before = await gate.kinds(reference)
    again = await gate.take(*(alert(one) for one in range(20)))
    assert [(one.outcome, one.report) for one in again] == [(DUPLICATE, one.report) for one in receipts]
    (copy,) = await gate.take(alert(19, id="another-id"))
    assert (copy.outcome, copy.report) == (DUPLICATE, receipts[19].report)
    (burst,) = await gate.bursts(reference)
    assert (burst.counted, burst.duplicates) == (16, 1)
    assert await gate.kinds(reference) == before


async def test_thousands_of_copies_do_not_fill_the_journal(gate: Gate) -> None:
    """The first ones are noted one by one, the others in the counter."""
    receipts = await gate.take(alert(1), *(alert(1, id=f"copy-{one}") for one in range(200)))
    kinds = await gate.kinds(receipts[0].incident)
    assert kinds[JournalKind.DETECTION_REPORT_DUPLICATED] == 3
    (burst,) = await gate.bursts(receipts[0].incident)
    assert (burst.counted, burst.duplicates) == (0, 197)


async def test_after_a_pause_the_next_one_is_handed_on_again(gate: Gate) -> None:
    """It leads a burst of its own, in the same incident."""
    first = await gate.take(*(alert(one) for one in range(10)))
    later = await gate.take(*(alert(one) for one in range(10, 20)), at=NOON + timedelta(hours=2))
    assert {one.incident for one in (*first, *later)} == {"LEERP-2026-0001"}
    assert [one.counted_on for one in later] == [None] * 4 + [later[0].report] * 6
    assert [one.counted for one in await gate.bursts("LEERP-2026-0001")] == [6, 6]


async def test_what_is_handed_on_is_found_whatever_became_of_the_last_one_like_it(gate: Gate) -> None:
    """Counted ones are not in the index; the first that is handed on after them is, with its words and observables."""
    counted = (await gate.take(*(alert(one) for one in range(10))))[-1]
    await gate.take(alert(10))
    (later,) = await gate.take(alert(11), at=NOON + timedelta(hours=2))
    assert (counted.counted_on is None, later.counted_on) == (False, None)
    query = select(search_terms.c.thing, search_terms.c.term)
    async with gate.house.store.reading() as c:
        stands = {(row.thing, row.term) for row in await c.execute(query)}
    assert {term for thing, term in stands if thing == f"r:{later.report}"} >= {"beacon", "00011", "alert-00011"}
    assert f"r:{counted.report}" not in {thing for thing, _ in stands}


async def test_a_burst_does_not_go_on_in_an_incident_that_has_ended(gate: Gate) -> None:
    """What is accepted after the end opens an incident of its own."""
    first = await gate.take(*(alert(one) for one in range(10)))
    async with gate.house.store.writing() as tx:
        await incidents.patch(tx, first[0].incident, IncidentPatch(status=Status.CLOSED))
    (after,) = await gate.take(alert(10))
    assert (after.outcome, after.incident) == (NEW, "LEERP-2026-0002")


async def test_who_goes_before_the_answer_has_taken_nothing_away(gate: Gate) -> None:
    """A caller that is cancelled may ask again; what it brought is there once."""
    arrival = Arrival(NOON, "monitor")
    content = json.dumps(alert(1)).encode()
    call = asyncio.create_task(gate.house.intake.report(content, name="alert.json", arrival=arrival))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    (again,) = await gate.take(alert(1))
    assert again.incident == "LEERP-2026-0001"
    assert (await gate.kinds(again.incident))[JournalKind.DETECTION_REPORT_RECEIVED] == 1


async def test_a_report_that_cannot_be_read_leaves_those_beside_it_alone(gate: Gate) -> None:
    """It is refused before the others are stored."""
    answers = await asyncio.gather(gate.take(alert(1)), gate.take({**alert(2), "unknown": 1}), return_exceptions=True)
    assert isinstance(answers[1], BadInputError)
    assert await gate.incidents() == ["LEERP-2026-0001"]


async def test_a_flood_that_says_something_new_each_time_is_handed_on_whole(gate: Gate) -> None:
    """Nothing of it is swallowed: the engine is told of each."""
    receipts = await gate.take(*(alert(one, facts={"victims_min": one}) for one in range(100)))
    assert {one.incident for one in receipts} == {"LEERP-2026-0001"}
    assert [one.counted_on for one in receipts] == [None] * 100
    assert await gate.signals() == [one.report for one in receipts]
