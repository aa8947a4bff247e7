"""Reports: kept once by identity and by content, and found again by what they share."""

import asyncio
import hashlib
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.grades import UNGRADED, Grade, Scale
from leerp.incidents import IncidentPatch, Status
from leerp.marking import Level, Marking
from leerp.notices import Mode
from leerp.observables import Observable, ObservableKind
from leerp.reports import Report
from records import documents, incidents, reports
from records.reports import StoredReport, content_sha256, report_id
from records.store import Store
from tests.records.cast import COMPANY, CSIRT, LIAISON, NOON, domains, later, open_in, open_one, report

B2 = Grade(scale=Scale.FOUR_BY_FOUR, code="B2")


async def keep(store: Store, given: Report, incident: str, *, raw: bytes = b"{}", minutes: int = 0) -> StoredReport:
    """Store a report some minutes after noon."""
    async with store.writing() as tx:
        return await reports.store(tx, report=given, raw=raw, received_at=later(minutes), incident=incident)


async def find(store: Store, given: Report, *, mode: Mode = Mode.ACTUAL) -> str | None:
    """The id of the stored report that this one repeats."""
    async with store.reading() as c:
        found = await reports.find(c, given, mode=mode)
    return found.id if found else None


async def sharing(store: Store, *names: str, mode: Mode = Mode.ACTUAL) -> dict[str, tuple[str, ...]]:
    """Which incidents share these domains."""
    async with store.reading() as c:
        return await reports.sharing(c, domains(*names), mode=mode)


def test_ids_are_made_of_source_and_id() -> None:
    """`R-` and 20 hex digits; the boundary between source and id counts, and an exercise has ids of its own."""
    assert report_id("ab", "c") == "R-6c032e631d39a14d85af"
    assert len({report_id("ab", "c"), report_id("a", "bc"), report_id("ab", "c", mode=Mode.EXERCISE)}) == 3


def test_content_is_what_is_said_not_who_says_it() -> None:
    """Source, id, the time of reporting and reading notes do not count; a title, an observable or a marking does."""
    one = report()
    same = one.model_copy(update={"source": LIAISON, "id": "x", "reported_at": later(5), "notes": ("a field dropped",)})
    assert content_sha256(same) == content_sha256(one)
    for change in ({"title": "Wyrm"}, {"observables": domains("a")}, {"marking": Marking(level=Level.SECRET)}):
        assert content_sha256(one.model_copy(update=change)) != content_sha256(one)


def test_a_report_keeps_the_hash_it_was_stored_with() -> None:
    """Version 0.1.0 made these hashes: what was added to reports and facts since changes none that does not use it."""
    facts = Facts(
        root_cause="malicious-actions",
        activity="effect",
        sectors=("health",),
        countries=("ES", "GB"),
        victims_min=40,
        spread="fast",
        life_threat=False,
    )
    told = {"facts": facts, "narrative": "Screens show a ransom note."}
    assert [content_sha256(report()), content_sha256(report(names=["one", "two"]).model_copy(update=told))] == [
        "1878ef0a47d91a7b750431a91ceb80c90d2180cabf2c27358a64d029673063c7",
        "51314225093b96de9eeef09c072f1a017a081680ce05f8d83caaf0b8f48b99b2",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"open_source": True},
        {"origin": "The Daily Byte"},
        {"facts": Facts(deaths=False)},
        {"facts": Facts(types=("fraud",))},
        {"facts": Facts.model_validate({"outage_minutes": 31})},
    ],
)
def test_what_was_added_counts_where_it_is_used(change: dict[str, object]) -> None:
    """A report that says more than version 0.1.0 could say is another report; no is said, and unknown is not."""
    assert content_sha256(report().model_copy(update=change)) != content_sha256(report())


SIGNS = st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=40)
NUMBERS = st.none() | st.integers(0, 10**15) | st.floats(0, 10**15)


@given(SIGNS, st.none() | st.integers(0, 2**60), NUMBERS)
def test_the_hash_is_that_of_the_canonical_form(narrative: str, victims: int | None, minutes: float | None) -> None:
    """RFC 8785 as the reference implementation has it, whatever is written and counted; or both refuse it."""
    facts = Facts.model_validate({"victims_min": victims, "outage_minutes": minutes})
    told = report().model_copy(update={"narrative": narrative, "facts": facts})
    unused = {"outage_minutes"} if minutes is None else set[str]()
    later_on = set(Facts.model_fields) - reports._FIRST_FACTS - {"outage_minutes"}
    content = told.model_dump(mode="json", include=set(reports._FIRST_FIELDS))
    content["facts"] = facts.model_dump(mode="json", exclude=later_on | unused)
    try:
        expected = hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    except rfc8785.IntegerDomainError:
        with pytest.raises(rfc8785.IntegerDomainError):
            content_sha256(told)
    else:
        assert content_sha256(told) == expected


async def test_a_report_without_the_newer_fields_still_loads(store: Store, reference: str) -> None:
    """What version 0.1.0 stored is read: not from open sources, of no other origin, with what is new unknown."""
    stored = await keep(store, report(), reference)
    first = {"observed_at", "title", "narrative", "marking", "grade", "observables", "notes"}
    old = stored.report.model_dump(mode="json", include=first | {"source", "id", "reported_at"})
    old["facts"] = {"activity": None, "sectors": [], "countries": []}
    async with store.writing() as tx:
        written = {"report": json.dumps(old), "id": stored.id}
        await tx.execute(text("UPDATE reports SET report = :report WHERE id = :id"), written)
        assert await reports.get(tx, stored.id) == stored


async def test_a_stored_report_comes_back_whole(store: Store, reference: str) -> None:
    """Report, grade, time and the raw bytes survive; without a grade, X4 stands."""
    graded = report(names=["one", "two"]).model_copy(update={"grade": B2, "narrative": "nul \0, é, \N{GRINNING FACE}"})
    stored = await keep(store, graded, reference, raw=b"\xff raw")
    ungraded = await keep(store, report(identifier="r-2", title="Other"), reference)
    async with store.reading() as c:
        found = await reports.get(c, stored.id)
        raw = await documents.get(c, stored.raw_sha256)
    assert found == stored
    assert (found.report, found.grade, found.incident, raw) == (graded, B2, reference, b"\xff raw")
    assert ungraded.grade == UNGRADED


async def test_a_repeat_is_found_by_source_and_id_and_by_content(store: Store, reference: str) -> None:
    """The same id with new content, and the same content under another name, both lead to the first."""
    stored = await keep(store, report(), reference)
    assert await find(store, report(title="Changed since")) == stored.id
    assert await find(store, report(LIAISON, "other")) == stored.id
    assert await find(store, report(LIAISON, "other", title="Changed since")) is None


async def test_identity_goes_before_content(store: Store, reference: str) -> None:
    """A report that repeats one by content and another by id is the other's repeat."""
    await keep(store, report(title="A"), reference)
    second = await keep(store, report(identifier="r-2", title="B"), reference)
    assert await find(store, report(identifier="r-2", title="A")) == second.id


async def test_storing_a_repeat_writes_nothing(store: Store, reference: str) -> None:
    """A retry returns what the first call stored, to the byte."""
    stored = await keep(store, report(), reference)
    for repeat in (report(), report(title="Changed since"), report(LIAISON, "other")):
        assert await keep(store, repeat, reference, raw=b"again", minutes=9) == stored
    async with store.reading() as c:
        assert await reports.of_incident(c, reference) == [stored]


async def test_an_exercise_never_swallows_an_actual_report(store: Store, reference: str) -> None:
    """The same report in an exercise and in earnest is two reports."""
    rehearsed = await open_one(store, mode=Mode.EXERCISE)
    played = await keep(store, report(names=["a"]), rehearsed)
    assert await find(store, report(names=["a"])) is None
    assert await find(store, report(names=["a"]), mode=Mode.EXERCISE) == played.id
    assert (await keep(store, report(names=["a"]), reference)).incident == reference
    assert await sharing(store, "a") == {reference: ("domain:a.example",)}
    assert await sharing(store, "a", mode=Mode.EXERCISE) == {rehearsed: ("domain:a.example",)}


async def test_ongoing_incidents_are_found_by_what_they_share(store: Store, reference: str) -> None:
    """Each with its shared observables sorted; an incident that has ended takes nothing more."""
    second = await open_one(store)
    await keep(store, report(names=["b", "a", "c"]), reference)
    await keep(store, report(COMPANY, names=["d", "c"]), second)
    assert await sharing(store, "c", "b", "z") == {
        reference: ("domain:b.example", "domain:c.example"),
        second: ("domain:c.example",),
    }
    assert await sharing(store, "z") == {}
    assert await sharing(store) == {}
    async with store.writing() as tx:
        await incidents.patch(tx, reference, IncidentPatch(status=Status.CLOSED))
    assert await sharing(store, "b", "c") == {second: ("domain:c.example",)}


async def test_long_and_odd_observables_are_shared_too(store: Store, reference: str) -> None:
    """A URL of 4,000 characters and a file name with a NUL in it are found, on both engines."""
    odd = (
        Observable(kind=ObservableKind.URL, value="http://a.example/" + "é" * 3_900),
        Observable(kind=ObservableKind.FILENAME, value="invoice\0.exe"),
    )
    await keep(store, report().model_copy(update={"observables": odd}), reference)
    async with store.reading() as c:
        found = await reports.sharing(c, odd, mode=Mode.ACTUAL)
    assert [len(found[reference]), found[reference][0]] == [2, "filename:invoice\N{SYMBOL FOR NULL}.exe"]


async def test_two_equal_reports_at_once_open_one_incident(store: Store) -> None:
    """Of intakes that look, open and store in one transaction, one stores and the others find it."""

    async def take_in(source: str) -> str:
        async with store.writing() as tx:
            found = await reports.find(tx, report(source))
            if found:
                return found.incident
            reference = await open_in(tx)
            stored = await reports.store(tx, report=report(source), raw=b"{}", received_at=NOON, incident=reference)
            return stored.incident

    taken = await asyncio.gather(*(take_in(source) for source in (CSIRT, LIAISON, COMPANY, CSIRT)))
    assert set(taken) == {"LEERP-2026-0001"}
    async with store.reading() as c:
        assert len(await incidents.listing(c)) == 1


async def test_reports_are_listed_as_received_and_graded_on(store: Store, reference: str) -> None:
    """Another grade stands once it is set; the report keeps what its provider said."""
    late = await keep(store, report(title="Late"), reference, minutes=5)
    early = await keep(store, report(COMPANY, title="Early"), reference)
    async with store.writing() as tx:
        await reports.set_grade(tx, late.id, B2)
    async with store.reading() as c:
        listed = await reports.of_incident(c, reference)
    assert [(stored.id, stored.grade, stored.report.grade) for stored in listed] == [
        (early.id, UNGRADED, None),
        (late.id, B2, None),
    ]


async def test_an_unknown_report_or_incident_is_bad_input(store: Store) -> None:
    """Reading, grading and storing name what they do not know."""
    async with store.writing() as tx:
        with pytest.raises(BadInputError, match="R-none"):
            await reports.get(tx, "R-none")
        with pytest.raises(BadInputError, match="R-none"):
            await reports.set_grade(tx, "R-none", B2)
        with pytest.raises(BadInputError, match="LEERP-1999-0001"):
            await reports.store(tx, report=report(), raw=b"", received_at=NOON, incident="LEERP-1999-0001")
