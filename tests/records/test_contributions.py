"""Contributions: pooled once, and matched between owners, never within one."""

import pytest

from leerp.contributions import Contribution, Hit
from leerp.errors import BadInputError
from leerp.notices import Mode
from records import contributions, documents, pool, reports, sightings
from records.contributions import StoredContribution, contribution_id
from records.store import Store
from tests.records.cast import COMPANY, CSIRT, LIAISON, NOON, contribution, later, open_one, report


async def keep(store: Store, given: Contribution, incident: str) -> StoredContribution:
    """Store a contribution."""
    async with store.writing() as tx:
        return await contributions.store(tx, contribution=given, raw=b"{}", received_at=NOON, incident=incident)


async def match(
    store: Store, identifier: str, *, minutes: int = 0, silent: tuple[str, ...] = (), mode: Mode = Mode.ACTUAL
) -> list[Hit]:
    """Match a report or a contribution some minutes after noon; the hits it stands in."""
    async with store.writing() as tx:
        await sightings.judge(tx, identifier, dict.fromkeys(silent, "common"))
        met = await pool.match(tx, identifier, mode=mode, at=later(minutes))
        found = [
            hit
            for place in sorted({one for pair in met for one in pair.incidents})
            for hit in await contributions.hits(tx, place)
        ]
    assert sum(one.count for one in met) == len({hit for hit in found if identifier in (hit.first, hit.second)})
    return list(dict.fromkeys(hit for hit in found if identifier in (hit.first, hit.second)))


def told(hits: list[Hit]) -> list[tuple[set[str], str]]:
    """Between which owners, and what."""
    return [({hit.first_owner, hit.second_owner}, hit.observable) for hit in hits]


async def test_a_contribution_is_pooled_once(store: Store, reference: str) -> None:
    """A repeat returns the first; another contributor may use the same id."""
    first = await keep(store, contribution(LIAISON, names=["a"]), reference)
    again = await keep(store, contribution(LIAISON, names=["b"]), reference)
    other = await keep(store, contribution(COMPANY, names=["a"]), reference)
    assert first.id == contribution_id(LIAISON, "c-1")
    assert again == first
    async with store.reading() as c:
        assert await contributions.get(c, first.id) == first
        assert await contributions.find(c, contribution(LIAISON)) == first
        assert await contributions.find(c, contribution(CSIRT)) is None
        assert {stored.id for stored in await contributions.of_incident(c, reference)} == {first.id, other.id}
        assert await documents.get(c, first.raw_sha256) == b"{}"


async def test_a_hit_is_found_between_two_owners(store: Store, reference: str) -> None:
    """Both ids, both owners and the shared observable, the smaller id first."""
    mine = await keep(store, contribution(LIAISON, names=["shared", "own"]), reference)
    theirs = await keep(store, contribution(COMPANY, names=["shared", "other"]), reference)
    owners = {mine.id: LIAISON, theirs.id: COMPANY}
    first, second = sorted(owners)
    expected = Hit(
        first=first,
        second=second,
        first_owner=owners[first],
        second_owner=owners[second],
        observable="domain:shared.example",
        at=NOON,
    )
    assert await match(store, theirs.id) == [expected]


async def test_there_is_no_hit_within_one_owner(store: Store, reference: str) -> None:
    """Neither with the owner's other contributions nor with its own reports."""
    async with store.writing() as tx:
        given = report(LIAISON, names=["shared"])
        await reports.store(tx, report=given, raw=b"{}", received_at=NOON, incident=reference)
    await keep(store, contribution(LIAISON, "c-1", names=["shared"]), reference)
    second = await keep(store, contribution(LIAISON, "c-2", names=["shared"]), reference)
    assert await match(store, second.id) == []


async def test_reports_and_other_incidents_are_matched_too(store: Store, reference: str) -> None:
    """A report of another source in another incident of the same mode is a hit, and shows in both incidents."""
    other = await open_one(store)
    async with store.writing() as tx:
        kept = await reports.store(
            tx, report=report(CSIRT, names=["shared"]), raw=b"{}", received_at=NOON, incident=other
        )
    mine = await keep(store, contribution(LIAISON, names=["shared"]), reference)
    (hit,) = await match(store, mine.id)
    assert (hit.first, hit.second, hit.first_owner, hit.second_owner) == (mine.id, kept.id, LIAISON, CSIRT)
    async with store.reading() as c:
        assert await contributions.hits(c, reference) == [hit]
        assert await contributions.hits(c, other) == [hit]


async def test_an_exercise_is_never_matched_with_an_actual_incident(store: Store, reference: str) -> None:
    """What is played stays among what is played."""
    rehearsed = await open_one(store, mode=Mode.EXERCISE)
    await keep(store, contribution(COMPANY, names=["shared"]), rehearsed)
    mine = await keep(store, contribution(LIAISON, names=["shared"]), reference)
    assert await match(store, mine.id) == []


async def test_a_hit_is_stored_once_from_whichever_side(store: Store, reference: str) -> None:
    """Matching again, or from the other side, finds the same hit with its first time."""
    mine = await keep(store, contribution(LIAISON, names=["shared"]), reference)
    theirs = await keep(store, contribution(COMPANY, names=["shared"]), reference)
    first = await match(store, mine.id)
    assert await match(store, mine.id, minutes=5) == first
    assert await match(store, theirs.id, minutes=9) == first
    async with store.reading() as c:
        assert await contributions.hits(c, reference) == first


async def test_what_is_silent_makes_no_hit(store: Store, reference: str) -> None:
    """Named observables make no hit, the others still do, each for itself."""
    await keep(store, contribution(COMPANY, names=["common", "one", "two"]), reference)
    mine = await keep(store, contribution(LIAISON, names=["common", "one", "two"]), reference)
    hits = await match(store, mine.id, silent=("domain:common.example", "domain:elsewhere.example"))
    between = {LIAISON, COMPANY}
    assert told(hits) == [(between, "domain:one.example"), (between, "domain:two.example")]


async def test_hits_with_many_owners_are_found_in_a_large_pool(store: Store, reference: str) -> None:
    """Three owners among whom one observable is shared, each holding 2,000 of its own."""
    for owner in (COMPANY, CSIRT):
        own = [f"{owner}-{number}" for number in range(2_000)]
        await keep(store, contribution(owner, names=[*own, "shared"]), reference)
    mine = await keep(store, contribution(LIAISON, names=["shared", "mine"]), reference)
    found = told(await match(store, mine.id))
    assert len(found) == 2
    assert ({LIAISON, COMPANY}, "domain:shared.example") in found
    assert ({LIAISON, CSIRT}, "domain:shared.example") in found


async def test_an_unknown_contribution_is_bad_input(store: Store) -> None:
    """Reading one names what it does not know, also where only its head is wanted."""
    async with store.reading() as c:
        with pytest.raises(BadInputError, match="C-none"):
            await contributions.get(c, "C-none")
        with pytest.raises(BadInputError, match="C-none"):
            await contributions.head(c, "C-none")


async def test_a_report_meets_what_was_contributed_before_it(store: Store, reference: str) -> None:
    """A report that comes later is a hit as well; two reports are none, because correlation joins them."""
    mine = await keep(store, contribution(LIAISON, names=["shared"]), reference)
    kept = []
    for source in (CSIRT, COMPANY):
        async with store.writing() as tx:
            given = report(source, names=["shared"], title=source)
            kept.append(await reports.store(tx, report=given, raw=b"{}", received_at=NOON, incident=reference))
    for one in kept:
        assert [{hit.first, hit.second} for hit in await match(store, one.id)] == [{one.id, mine.id}]


async def test_what_nobody_has_judged_makes_no_hit_yet(store: Store, reference: str) -> None:
    """What is stored without a word on it is left alone until somebody has looked, and then only what is open."""
    await keep(store, contribution(COMPANY, names=["one", "two"]), reference)
    mine = await keep(store, contribution(LIAISON, names=["one", "two"]), reference)
    async with store.writing() as tx:
        assert await pool.match(tx, mine.id, mode=Mode.ACTUAL, at=NOON) == []
        assert sorted(await sightings.unjudged(tx, mine.id)) == ["domain:one.example", "domain:two.example"]
        await sightings.judge(tx, mine.id, {"domain:one.example": "common"})
        await sightings.judge(tx, mine.id, {"domain:two.example": "too late"})
        assert await sightings.unjudged(tx, mine.id) == []
    assert told(await match(store, mine.id)) == [({LIAISON, COMPANY}, "domain:two.example")]


async def test_what_one_side_knows_to_be_silent_makes_no_hit(store: Store, reference: str) -> None:
    """It is enough that it was silent where it came first: the lists may be installed on one machine alone."""
    async with store.writing() as tx:
        given = contribution(COMPANY, names=["shared"])
        silent = {given.observables[0]: "on a warning list"}
        await contributions.store(
            tx, contribution=given, raw=b"{}", received_at=NOON, incident=reference, silent=silent
        )
    mine = await keep(store, contribution(LIAISON, names=["shared"]), reference)
    assert await match(store, mine.id) == []


async def test_the_head_of_a_contribution_has_all_but_its_observables(store: Store, reference: str) -> None:
    """Whose it is, its title and its marking, without what may be 20,000 values."""
    kept = await keep(store, contribution(LIAISON, names=["a", "b"]), reference)
    async with store.reading() as c:
        head = await contributions.head(c, kept.id)
    assert head == kept.model_copy(update={"contribution": kept.contribution.model_copy(update={"observables": ()})})
