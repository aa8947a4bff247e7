"""Why reports are where they are, and what other incidents share: told as far as the asker may see it."""

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.relating import candidates, correlation_of
from leerp.journal import JournalKind
from leerp.marking import Level, Marking
from leerp.moving import Because, MoveKind, RelatedIncident, ReportReason
from leerp.observables import Observable, ObservableKind
from leerp.reports import Report
from records import journal, reports
from tests.activities.mover import Mover, mover
from tests.records.cast import NOON

Cleared = Callable[[Marking], bool]


def upto(level: Level) -> Cleared:
    """Somebody who is cleared up to a level."""
    return lambda marking: marking.level.rank <= level.rank


async def reasons(desk: Mover, reference: str, level: Level = Level.SECRET) -> list[ReportReason]:
    """Why the reports of an incident are in it."""
    async with desk.house.store.reading() as c:
        return list(await correlation_of(c, reference, may_read=upto(level)))


async def others(desk: Mover, reference: str, level: Level = Level.SECRET) -> list[RelatedIncident]:
    """Which other incidents share something."""
    async with desk.house.store.reading() as c:
        found = await candidates(c, reference, may_read=upto(level), sees_inside=lambda one: upto(level)(one.marking))
    return list(found)


async def opened_by(desk: Mover, reference: str, report: str) -> None:
    """Say in the journal that a report came in, as intake does."""
    async with desk.house.store.writing() as tx:
        kind = JournalKind.DETECTION_REPORT_RECEIVED
        data = {"report": report}
        await journal.append(tx, incident=reference, at=NOON, actor="drill", kind=kind, data=dict(data), key="r")


async def test_each_report_says_why_it_is_there(tmp_path: Path) -> None:
    """The one that opened it, one that shares with an earlier one, one that was moved, one whose reason has left."""
    async with mover(tmp_path) as desk:
        reference, (opener, joined, left, lonely) = await desk.open(("a",), ("a", "b"), ("b", "x"), ("x",))
        other, (stray, _) = await desk.open(("a",), ("q",))
        await opened_by(desk, reference, opener)
        await desk.move(MoveKind.SPLIT, reference, "A-1", left)
        await desk.move(MoveKind.MOVED, other, "A-2", stray, to=reference)
        told = {one.report: one for one in await reasons(desk, reference)}
        assert set(told) == {opener, joined, lonely, stray}
        assert told[opener].because is Because.OPENED
        shared = [one.observable for report in (opener, joined, stray) for one in told[report].shared]
        assert set(shared) == {"domain:a.example"}
        assert told[lonely].because is Because.NO_LONGER
        moved = told[stray].move
        assert told[stray].because is Because.MOVED
        assert moved is not None
        assert (moved.source, moved.actor, moved.reason) == (other, "duty-officer", "a second look")


async def test_others_are_suggested_with_what_they_share(tmp_path: Path) -> None:
    """Those that share most first; what is common joins nothing and comes last; what has ended is no suggestion."""
    async with mover(tmp_path) as desk:
        reference, _ = await desk.open(("a", "b"))
        near, _ = await desk.open(("a", "b"))
        far, _ = await desk.open(("b",))
        gone, _ = await desk.open(("a", "b"))
        await desk.move(MoveKind.MERGED, gone, "A-1", to=far)
        weak = await common(desk)
        await common(desk, into=reference)
        found = await others(desk, reference)
        assert [(one.reference, one.strong) for one in found] == [(near, 2), (far, 2), (weak, 0)]
        assert [one.common for one in found[-1].shared] == [True]


async def common(desk: Mover, into: str | None = None) -> str:
    """A report that holds a public resolver, in an incident of its own or in another one; that incident."""
    reference = into or (await desk.open())[0]
    resolver = Observable(kind=ObservableKind.IPV4, value="8.8.8.8")
    report = Report(
        source="csirt-lu", id=f"common-{into}", reported_at=NOON, title=f"Slow {into}", observables=(resolver,)
    )
    async with desk.house.store.writing() as tx:
        await reports.store(tx, report=report, raw=b"{}", received_at=NOON, incident=reference)
    return reference


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hidden=st.lists(st.sets(st.sampled_from("abcdef"), min_size=1, max_size=4), max_size=3))
async def test_what_one_may_not_see_changes_no_suggestion(hidden: list[set[str]], tmp_path: Path) -> None:
    """For somebody without clearance the suggestions are the same, whatever secret incidents there are beside."""
    async with mover(tmp_path) as desk:
        reference, _ = await desk.open(("a", "b", "c"))
        near, _ = await desk.open(("a",))
        before = await others(desk, reference, Level.BPL)
        secret = [await desk.open(tuple(sorted(names)), level=Level.SECRET) for names in hidden]
        await desk.put(near, "b", level=Level.SECRET)
        assert [one for one in await others(desk, reference, Level.BPL) if one.reference != near] == [
            one for one in before if one.reference != near
        ]
        assert not {one for one, _ in secret} & {one.reference for one in await others(desk, reference, Level.BPL)}


async def test_a_reason_above_the_clearance_is_not_told(tmp_path: Path) -> None:
    """An observable is shown to whoever may read a report on each side; else only that there is something."""
    async with mover(tmp_path) as desk:
        reference, (opener,) = await desk.open(("a",))
        await opened_by(desk, reference, opener)
        secret = await desk.put(reference, "a", level=Level.SECRET)
        for level, seen in ((Level.BPL, []), (Level.SECRET, ["domain:a.example"])):
            told = {one.report: one for one in await reasons(desk, reference, level)}[secret]
            assert [one.observable for one in told.shared] == seen
            assert told.hidden is (not seen)


async def test_a_report_above_the_clearance_suggests_nothing(tmp_path: Path) -> None:
    """Neither one here nor one there: who may not read it is told of no incident, even of one that may be seen."""
    async with mover(tmp_path) as desk:
        reference, _ = await desk.open(("a", "b"))
        there, (plain,) = await desk.open(("z",))
        await desk.put(there, "a", level=Level.SECRET)
        await desk.put(reference, "z", level=Level.SECRET)
        async with desk.house.store.reading() as c:
            for level, named in ((Level.BPL, []), (Level.SECRET, [there])):
                found = await candidates(c, reference, may_read=upto(level), sees_inside=lambda _: True)
                assert [one.reference for one in found] == named
            shown = {one.observable: one.first_in for one in found[0].shared}
        assert set(shown) == {"domain:a.example", "domain:z.example"}
        assert shown["domain:z.example"] == plain
