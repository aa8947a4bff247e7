"""Contributions: pooled once, and matched between owners, never within one."""

import pytest

from leerp.contributions import Contribution, Hit
from leerp.errors import BadInputError
from leerp.notices import Mode
from records import contributions, documents, reports
from records.contributions import StoredContribution, contribution_id
from records.store import Store
from tests.records.cast import COMPANY, CSIRT, LIAISON, NOON, contribution, later, open_one, report


async def keep(store: Store, given: Contribution, incident: str) -> StoredContribution:
    """Store a contribution."""
    async with store.writing() as tx:
        return await contributions.store(tx, contribution=given, raw=b"{}", received_at=NOON, incident=incident)


async def match(store: Store, identifier: str, *, minutes: int = 0, ignore: tuple[str, ...] = ()) -> list[Hit]:
    """Match a contribution some minutes after noon."""
    async with store.writing() as tx:
        return await contributions.match(tx, identifier, at=later(minutes), ignore=ignore)


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


async def test_what_is_common_is_ignored(store: Store, reference: str) -> None:
    """Named observables make no hit, the others still do, each for itself."""
    await keep(store, contribution(COMPANY, names=["common", "one", "two"]), reference)
    mine = await keep(store, contribution(LIAISON, names=["common", "one", "two"]), reference)
    hits = await match(store, mine.id, ignore=("domain:common.example", "domain:elsewhere.example"))
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
    """Reading and matching name what they do not know."""
    async with store.writing() as tx:
        with pytest.raises(BadInputError, match="C-none"):
            await contributions.get(tx, "C-none")
        with pytest.raises(BadInputError, match="C-none"):
            await contributions.match(tx, "C-none", at=NOON, ignore=())
