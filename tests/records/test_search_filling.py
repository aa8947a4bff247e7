"""The index: filled with what is stored, in the same transaction, and filled anew from the records alone."""

import asyncio

import pytest
from sqlalchemy import delete, func, select

from leerp.marking import Level, Marking
from leerp.notices import Mode, Notice, NoticeKind, Portion, Section
from leerp.observables import Observable, ObservableKind
from leerp.plans import Action, ActionType, Plan
from leerp.search_things import MOST_WORDS
from leerp.searching import SearchKind
from records import contributions, incidents, notices, search_filling, search_rebuild
from records.schema_searching import search_parts, search_terms
from records.store import Store
from tests.records.cast import LIAISON, NOON, contribution, domains, later, notice, open_one
from tests.records.search_cast import RESTREINT, SECRET, ask, ids, keep, marked, searcher

CLEARED = searcher(Level.SECRET)


async def rows(store: Store) -> set[tuple[object, ...]]:
    """Everything in the index, but for what parts are made of: that is noted only where it may change."""
    found: set[tuple[object, ...]] = set()
    async with store.reading() as c:
        found.update(tuple(row) for row in await c.execute(select(search_terms)))
        columns = [column for column in search_parts.c if column.name != "made_of"]
        found.update(tuple(row) for row in await c.execute(select(*columns)))
    return found


def action(identifier: str, title: str, *, marking: Marking = RESTREINT) -> Action:
    """An action against a server."""
    return Action(
        id=identifier,
        title=title,
        type=ActionType.SEIZURE,
        owner=LIAISON,
        country="NL",
        starts_at=NOON,
        ends_at=later(60),
        marking=marking,
        targets=(Observable(kind=ObservableKind.IPV4, value="10.0.0.1"),),
    )


async def plan(store: Store, reference: str, *actions: Action) -> None:
    """Put a plan in place of the one before."""
    async with store.writing() as tx:
        await incidents.set_plan(tx, reference, Plan(actions=actions))


async def save(store: Store, made: Notice) -> None:
    """Save a notice."""
    async with store.writing() as tx:
        await notices.save(tx, made, audience=[], directory_version="1", at=NOON)


def two_levels(reference: str) -> Notice:
    """A notice that says one thing to all and another under SECRET."""
    portions = (
        Portion(section=Section.TITLE, text="An emergency", marking=Marking()),
        Portion(section=Section.FACT, text="Banks are shut", marking=Marking()),
        Portion(section=Section.FACT, text="The group is known as Sandfly", marking=SECRET),
    )
    kind = NoticeKind.EARLY_WARNING
    return notice(reference, "N-9", kind=kind).model_copy(update={"portions": portions})


async def everything(store: Store, reference: str) -> None:
    """Store one of each."""
    await keep(store, reference, "r-1", observables=domains("evil"), narrative="A bank")
    given = contribution(LIAISON, names=["evil", "seen"])
    async with store.writing() as tx:
        await contributions.store(tx, contribution=given, raw=b"{}", received_at=NOON, incident=reference)
    await save(store, two_levels(reference))
    await plan(store, reference, action("a-1", "Seize the server"), action("a-2", "Sinkhole"))


async def test_a_contribution_is_found_by_its_words_and_observables(store: Store, reference: str) -> None:
    """In the transaction that stores it."""
    given = contribution(LIAISON, names=["evil"])
    async with store.writing() as tx:
        kept = await contributions.store(tx, contribution=given, raw=b"{}", received_at=NOON, incident=reference)
    for query in ("servers", "evil.example", LIAISON, "c-1"):
        assert kept.id in await ids(store, query)


async def test_a_notice_is_found_by_the_portions_that_may_be_seen(store: Store, reference: str) -> None:
    """A word of another portion neither finds it nor shows in it; with the clearance, words of both find it."""
    await save(store, two_levels(reference))
    (found,) = (await ask(store, "banks", SearchKind.NOTICE)).found
    assert (found.id, found.marking, marked(found)) == ("N-9", Marking().banner, ["Banks"])
    for query in ("sandfly", "banks sandfly"):
        assert await ids(store, query) == []
        assert await ids(store, query, by=CLEARED) == ["N-9"]
    (found,) = (await ask(store, "banks", by=CLEARED)).found
    assert found.marking == SECRET.banner


async def test_an_action_is_found_as_the_plan_stands(store: Store, reference: str) -> None:
    """Under its own marking, by what it is aimed at; changed with the plan, and gone with it."""
    await plan(store, reference, action("a-1", "Seize the server"), action("a-2", "Wait", marking=SECRET))
    assert await ids(store, "seize") == [f"{reference}/a-1"]
    assert await ids(store, "10.0.0.0/24", SearchKind.ACTION) == [f"{reference}/a-1"]
    assert await ids(store, "wait") == []
    await plan(store, reference, action("a-1", "Sinkhole the server"))
    assert await ids(store, "seize") == []
    assert await ids(store, "sinkhole") == [f"{reference}/a-1"]
    assert await ids(store, "wait", by=CLEARED) == []


async def test_an_incident_whose_marking_tightens_is_found_by_fewer(store: Store, reference: str) -> None:
    """From the very transaction that tightens it."""
    assert await ids(store, "worm") == [reference] == await ids(store, reference)
    async with store.writing() as tx:
        await incidents.raise_marking(tx, reference, SECRET)
    assert await ids(store, "worm") == [] == await ids(store, reference)
    assert await ids(store, reference, by=CLEARED) == [reference]


async def test_what_is_rolled_back_is_not_found(store: Store, reference: str) -> None:
    """The index is in the same transaction."""
    before = await rows(store)
    with pytest.raises(KeyError):
        await _put_and_fail(store, reference)
    assert await rows(store) == before


async def _put_and_fail(store: Store, reference: str) -> None:
    async with store.writing() as tx:
        await incidents.raise_marking(tx, reference, SECRET)
        given = contribution(LIAISON, names=["evil"])
        await contributions.store(tx, contribution=given, raw=b"{}", received_at=NOON, incident=reference)
        raise KeyError


async def test_what_moves_to_another_incident_is_found_there(store: Store, reference: str) -> None:
    """By whoever is admitted there."""
    kept, other = await keep(store, reference, "r"), await open_one(store)
    async with store.writing() as tx:
        await search_filling.move(tx, [f"r:{kept}"], other)
    assert await ids(store, "r", SearchKind.REPORT, by=searcher(closed=[other])) == []
    assert await ids(store, "r", SearchKind.REPORT, by=searcher(closed=[reference])) == [kept]


async def test_the_index_is_filled_with_what_is_missing(
    store: Store, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stored before there was an index, to the same rows, in small batches, by two at once; then nothing."""
    await everything(store, reference)
    await everything(store, await open_one(store, mode=Mode.EXERCISE))
    whole = await rows(store)
    async with store.writing() as tx:
        await tx.execute(delete(search_terms))
        await tx.execute(delete(search_parts))
    monkeypatch.setattr(search_rebuild, "BATCH", 2)
    first, second = await asyncio.gather(search_rebuild.fill(store), search_rebuild.fill(store))
    assert first + second == 7  # the second incident gives a report of another mode, and the same notice
    assert await rows(store) == whole
    assert await search_rebuild.fill(store) == 0


async def test_the_index_is_made_anew(store: Store, reference: str) -> None:
    """Whatever stood in it, it says the same as the records after that, and is whole all the time."""
    await everything(store, reference)
    whole = await rows(store)
    seen: list[int] = []
    async with store.writing() as tx:
        await tx.execute(search_terms.update().values(place=0))
        await tx.execute(search_parts.update().values(made_of="wrong", text=""))
    assert await search_rebuild.fill(store, anew=True, told=seen.append) == 4
    assert await rows(store) == whole
    assert seen == sorted(seen)


async def test_a_large_contribution_and_a_long_text_have_a_bound(store: Store, reference: str) -> None:
    """Of a text as many different words as are counted; its observables are found all."""
    text = " ".join(f"w{number}" for number in range(14_000))
    await keep(store, reference, "r", narrative=text, observables=domains(*(f"d{number}" for number in range(300))))
    async with store.reading() as c:
        words = await c.scalar(select(func.count()).where(search_terms.c.term.startswith("w")))
    assert MOST_WORDS - 10 < (words or 0) <= MOST_WORDS + 2  # and two of the title
    assert (await ask(store, "d299.example")).total == 2
