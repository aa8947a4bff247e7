"""However reports are moved: each is in one incident, all that is told of it agrees, and nothing is told twice."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from activities.messages import ChangeGrade, TakeInReport
from activities.triage import TriageActivities
from leerp.errors import RefusedError
from leerp.grades import Grade, Scale
from leerp.incidents import Status
from leerp.journal import JournalKind, verify
from leerp.marking import Level, Marking, join_all
from leerp.moving import MoveKind
from records import incidents, journal, outbox, reports
from records.schema import sightings
from records.schema_searching import search_parts
from tests.activities.mover import Mover, mover
from tests.postgresql import Postgres
from tests.records.cast import NOON

Step = tuple[MoveKind, int, int, int]
"""What is done, in which incident, with how many of its reports, and to which other one."""

steps = st.lists(
    st.tuples(st.sampled_from(MoveKind), st.integers(0, 5), st.integers(1, 3), st.integers(0, 5)),
    min_size=1,
    max_size=8,
)
_ACTS = count(1)
PATIENT = [HealthCheck.function_scoped_fixture]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where the records are; None for a file in the state folder."""
    if request.param == "sqlite":
        yield None
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=PATIENT)
@given(done=steps)
async def test_every_report_is_in_one_incident(done: list[Step], tmp_path: Path, url: str | None) -> None:
    """After every step the tables agree, markings have not loosened, the journals verify, and a repeat changes nothing.

    What is refused changes nothing either.
    """
    async with mover(tmp_path, url=url) as desk:
        opened = [await desk.open(("a",), ("b", "c")), await desk.open(("d",), ("c",), level=Level.RESTREINT)]
        opened.append(await desk.open(("e",)))
        all_of_them = {item for _, items in opened for item in items}
        places = [reference for reference, _ in opened]
        high = {place: (await desk.incident(place)).marking for place in places}
        for step in done:
            await _do(desk, step, places)
            await _check(desk, places, all_of_them, high)


async def _do(desk: Mover, step: Step, places: list[str]) -> None:
    """Do a step twice: the second time the answer is the same."""
    kind, where, many, other = step
    source, target = places[where % len(places)], places[other % len(places)]
    async with desk.house.store.reading() as c:
        held = [one.id for one in await reports.of_incident(c, source)]
    moved = held[:many] if kind is not MoveKind.MERGED else []
    if source == target or (kind is not MoveKind.MERGED and not moved):
        return
    act, to = f"A-{next(_ACTS)}", None if kind is MoveKind.SPLIT else target
    try:
        first = await desk.move(kind, source, act, *moved, to=to)
    except RefusedError:  # the tables must agree all the same
        return
    again = await desk.move(kind, source, act, *moved, to=to)
    assert first.model_copy(update={"journal_seq": again.journal_seq}) == again
    assert first.journal_seq == again.journal_seq
    if kind is MoveKind.SPLIT:
        places.append(first.to)
    if where % 2:
        await desk.take_in(first.to, f"{source}/{act}")


async def _check(desk: Mover, places: list[str], all_of_them: set[str], high: dict[str, Marking]) -> None:
    seen: list[str] = []
    async with desk.house.store.reading() as c:
        for place in places:
            incident = await incidents.get(c, place)
            held = await reports.of_incident(c, place)
            seen += [one.id for one in held]
            assert bool(held) is (incident.status is not Status.MERGED)
            lowest = join_all([one.report.marking for one in held] + [high.get(place, Marking(level=Level.PUBLIC))])
            assert incident.marking.join(lowest) == incident.marking
            high[place] = incident.marking
            assert verify(await journal.lines(c, place)) > 0
            query = select(sightings.c.item).where(sightings.c.incident == place)
            assert set(await c.scalars(query)) == {one.id for one in held}
            indexed = select(search_parts.c.thing).where(search_parts.c.incident == place)
            found = {thing for thing in await c.scalars(indexed) if any(thing.endswith(one) for one in all_of_them)}
            assert len(found) == len(held)
    assert sorted(seen) == sorted(all_of_them)


async def test_what_comes_is_announced_to_the_engine_in_the_same_breath(tmp_path: Path) -> None:
    """The move and the word to the other incident are one transaction; a second move of a report is a new word."""
    async with mover(tmp_path) as desk:
        (first, items), (second, _) = await desk.open(("a",), ("b",)), await desk.open(("c",))
        await desk.move(MoveKind.MOVED, first, "A-1", items[1], to=second)
        await desk.move(MoveKind.MOVED, second, "A-2", items[1], to=first)
        await desk.move(MoveKind.MOVED, first, "A-3", items[1], to=second)
        async with desk.house.store.reading() as c:
            waiting = [(one.incident, one.subject) for one in await outbox.waiting(c)]
        assert sorted(waiting) == sorted([(second, f"{first}/A-1"), (first, f"{second}/A-2"), (second, f"{first}/A-3")])
        assert (await desk.take_in(first, f"{second}/A-2")).reports == 0, "it has gone on"
        taken = await desk.take_in(second, f"{first}/A-3")
        assert (taken.reports, taken.unmatched) == (1, (items[1],))
        kinds = [one.kind for one in await desk.journal(second)]
        assert kinds[-2:] == [JournalKind.TRIAGE_GRADE_RECORDED, JournalKind.TRIAGE_INCIDENT_CLASSIFIED]


async def test_a_move_that_breaks_off_has_not_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever dies between the first row and the last one: all is where it was, and the same act does it later."""
    async with mover(tmp_path) as desk:
        (first, items), (second, _) = await desk.open(("a",), ("b",)), await desk.open(("c",))
        before = [await desk.journal(first), await desk.journal(second)]

        async def dies(*_: object, **__: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as broken:
            broken.setattr(outbox, "post", dies)
            with pytest.raises(ConnectionError):
                await desk.move(MoveKind.MERGED, first, "A-1", to=second)
        assert [await desk.journal(first), await desk.journal(second)] == before
        assert (await desk.incident(first)).status is Status.OPEN
        async with desk.house.store.reading() as c:
            assert [one.id for one in await reports.of_incident(c, first)] == items
        assert (await desk.move(MoveKind.MERGED, first, "A-1", to=second)).reports == len(items)


async def test_a_report_that_has_gone_is_taken_in_only_where_it_went(tmp_path: Path) -> None:
    """The engine's word that it came, heard late, does nothing in the incident that it has left."""
    async with mover(tmp_path) as desk:
        (first, items), (second, _) = await desk.open(("a",), ("b",)), await desk.open(("c",))
        await desk.move(MoveKind.MOVED, first, "A-1", items[1], to=second)
        before = await desk.journal(first)
        triage = TriageActivities(desk.house.rooms)
        gone = await triage.take_in(TakeInReport(incident=first, at=NOON, key="report/1", report=items[1]))
        assert gone.gone
        change = {"report": items[1], "grade": Grade(scale=Scale.FOUR_BY_FOUR, code="A1"), "reason": "seen"}
        with pytest.raises(RefusedError, match=f"it is in {second}"):
            await triage.change_grade(
                ChangeGrade.model_validate(
                    {"incident": first, "at": NOON, "key": "g", "provider_agrees": True, **change}
                )
            )
        assert await desk.journal(first) == before


async def test_two_merges_that_cross_leave_one_incident(tmp_path: Path) -> None:
    """One merged into the other while that one is merged into it: the second is refused, and told where all is."""
    async with mover(tmp_path) as desk:
        (first, _), (second, _) = await desk.open(("a",)), await desk.open(("b",))
        await desk.move(MoveKind.MERGED, first, "A-1", to=second)
        with pytest.raises(RefusedError, match=f"is in {second} now") as refusal:
            await desk.move(MoveKind.MERGED, second, "A-2", to=first)
        assert refusal.value.reason == "already_ended"
