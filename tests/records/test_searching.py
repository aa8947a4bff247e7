"""Searching: what is found, by what, in which order; page by page, and within limits."""

import pytest

from leerp.errors import BadInputError
from leerp.marking import Level, Marking
from leerp.notices import Mode
from leerp.observables import Observable, ObservableKind
from leerp.searching import MOST_ROWS, SearchKind
from records import search_rows, sightings
from records.store import Store
from tests.records.cast import COMPANY, CSIRT, domains, open_one
from tests.records.search_cast import BPL, RESTREINT, SECRET, ask, ids, keep, marked, searcher

REPORT, OBSERVABLE, INCIDENT = SearchKind.REPORT, SearchKind.OBSERVABLE, SearchKind.INCIDENT


async def test_a_report_is_found_by_what_it_says_and_is_called(store: Store, reference: str) -> None:
    """Words of the title and the text, beginnings of them, its ids, its source; and by nothing else."""
    kept = await keep(store, reference, "case-77", title="Hôpital shut", narrative="A worm spreads", source=COMPANY)
    for query in ("hopital", "HÔPITAL", "hop", "worm spreads", "spreads hop", "case-77", kept, COMPANY, "vendor"):
        assert await ids(store, query, REPORT) == [kept], query
    for query in ("ospital", "worm flood", "case-78", "", " ,. "):
        assert await ids(store, query, REPORT) == [], query


async def test_the_words_are_shown_in_their_place_with_the_marking(store: Store, reference: str) -> None:
    """Title and snippet with the places of the words, the banner of the report, and why it was found."""
    await keep(store, reference, "r", title="Shut down", narrative="…\nA WÖRM spreads", marking=RESTREINT)
    (found,) = (await ask(store, "worm", REPORT)).found
    assert marked(found) == ["WÖRM"]
    assert found.marking == RESTREINT.banner
    assert (found.incident, found.why) == (reference, ("text: worm",))
    assert found.title is not None
    assert found.title.text == "Shut down"


async def test_an_observable_is_found_once_with_those_that_hold_it(store: Store, reference: str) -> None:
    """However many hold it; defanged, under its domain, and in its network; a report is found by what it holds."""
    other = await open_one(store)
    address = Observable(kind=ObservableKind.IPV4, value="10.1.2.3")
    first = await keep(store, reference, "r-1", title="A", observables=(*domains("www.evil"), address))
    second = await keep(store, other, "r-2", title="B", observables=domains("www.evil"), marking=RESTREINT, minutes=5)
    for query in ("www.evil.example", "evil[.]example", "www.ev"):
        (found,) = (await ask(store, query, OBSERVABLE)).found
        assert (found.id, found.holders, found.held_by) == ("domain:www.evil.example", 2, (second, first))
        assert (found.incident, found.marking) == (other, BPL.join(RESTREINT).banner)
        assert set(await ids(store, query, REPORT)) == {first, second}
    for query in ("10.0.0.0/8", "10[.]1[.]2[.]3", "10.1."):
        assert await ids(store, query) == ["ipv4:10.1.2.3", first]
    assert await ids(store, "10.2.0.0/16") == []


async def test_a_long_or_odd_observable_is_shown_as_it_is(store: Store, reference: str) -> None:
    """A URL of 4,000 characters, and a file name that would do something on a terminal."""
    url = "http://a.example/" + "x" * 3_900
    odd = Observable(kind=ObservableKind.FILENAME, value="in\x1b[31mvoice\0.exe")
    long = Observable(kind=ObservableKind.URL, value=url)
    await keep(store, reference, "r", observables=(long, odd))
    (found,) = (await ask(store, "hxxp://a[.]example/xxxx", OBSERVABLE)).found
    assert found.id == f"url:{url}"
    (found,) = (await ask(store, "in", OBSERVABLE)).found
    assert found.id == "filename:in [31mvoice\N{SYMBOL FOR NULL}.exe"


async def test_the_better_match_comes_first_and_of_equals_the_newest(store: Store, reference: str) -> None:
    """A name before a title before a text, the word before a longer one; how often it occurs does not count."""
    begins = await keep(store, reference, "1", title="X", narrative="wormhole", minutes=9)
    text = await keep(store, reference, "2", title="X", narrative="worm " * 50, minutes=8)
    title = await keep(store, reference, "3", title="Worm", minutes=1)
    newer = await keep(store, reference, "4", title="A worm", minutes=2)
    named = await keep(store, reference, "worm", title="X", minutes=0)
    assert await ids(store, "worm", REPORT) == [named, newer, title, text, begins]


async def test_every_word_must_be_there_and_the_kinds_asked_for(store: Store, reference: str) -> None:
    """Words may stand in different places of a thing; an observable is found by one word only."""
    both = await keep(store, reference, "1", title="Worm", observables=domains("evil"))
    await keep(store, reference, "2", title="Flood", observables=domains("evil"))
    assert await ids(store, "worm evil.example") == [both]
    assert await ids(store, "worm evil.example", OBSERVABLE) == []
    assert set(await ids(store, "evil.example", OBSERVABLE, REPORT)) >= {"domain:evil.example", both}
    other = await open_one(store)
    assert [one.id for one in (await ask(store, "worm", incident=other)).found] == [other]


async def test_pages_go_on_where_the_last_one_ended(store: Store, reference: str) -> None:
    """Each thing once, whatever comes in between; a page of another search is refused."""
    for number in range(7):
        await keep(store, reference, f"r-{number}", minutes=number)
    first = await ask(store, "worm", REPORT, limit=3)
    await keep(store, reference, "newest", minutes=60)
    second = await ask(store, "worm", REPORT, limit=3, after=first.next)
    third = await ask(store, "worm", REPORT, limit=3, after=second.next)
    seen = [one.id for page in (first, second, third) for one in page.found]
    assert (len(seen), len(set(seen)), third.next) == (7, 7, None)
    assert (first.total, second.total) == (7, 8)
    for after in (first.next, "x", "e30", "W10", "é", "A" * 999):
        with pytest.raises(BadInputError, match="not the next page"):
            await ask(store, "other", REPORT, after=after)


async def test_a_word_goes_on_as_it_does_in_what_was_found(store: Store, reference: str) -> None:
    """Completions of the last word, what stands in most first; only with the other words, and values too."""
    await keep(store, reference, "1", title="Ransom worm", observables=domains("rand"))
    await keep(store, reference, "2", title="Ransom note")
    await keep(store, reference, "3", title="Random worm")
    assert (await ask(store, "ran")).suggestions == ("ransom", "rand.example", "random")
    assert (await ask(store, "worm rand")).suggestions == ("rand.example", "random")
    assert (await ask(store, "ransom")).suggestions == ()


async def test_an_exercise_and_reality_do_not_meet(store: Store, reference: str) -> None:
    """Each mode finds its own."""
    rehearsed = await open_one(store, mode=Mode.EXERCISE)
    real, played = await keep(store, reference, "r"), await keep(store, rehearsed, "r")
    assert set(await ids(store, "worm")) == {reference, real}
    found = (await ask(store, "worm", mode=Mode.EXERCISE)).found
    assert {one.id for one in found} == {rehearsed, played}


async def test_more_than_is_looked_at_is_said(store: Store, reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are found and the answer says that there are more; a rarer word beside it makes it whole again."""
    monkeypatch.setattr(search_rows, "MOST_ROWS", 5)
    kept = [await keep(store, reference, f"r-{number}", minutes=number) for number in range(8)]
    rare = await keep(store, reference, "rare", title="Worm of Delft", minutes=-1)
    cut = await ask(store, "worm", REPORT)
    assert ([one.id for one in cut.found], cut.more) == (kept[:2:-1], True)
    whole = await ask(store, "worm delft", REPORT)
    assert ([one.id for one in whole.found], whole.total, whole.more) == ([rare], 1, False)
    assert MOST_ROWS >= 1_000


@pytest.mark.parametrize(
    ("clearance", "levels"),
    [
        (None, {Level.PUBLIC}),
        (Level.PUBLIC, {Level.PUBLIC}),
        (Level.BPL, {Level.PUBLIC, Level.BPL}),
        (Level.TRES_SECRET, set(Level)),
    ],
)
async def test_nobody_finds_what_is_above_the_clearance(
    store: Store, reference: str, clearance: Level | None, levels: set[Level]
) -> None:
    """At every level, by word, by name and by observable; who is cleared for nothing known finds what is public."""
    for level in Level:
        marking = Marking(level=level)
        await keep(store, reference, f"r-{level}", title=f"Worm {level}", marking=marking, observables=domains("evil"))
    by = searcher(clearance)
    for query in ("worm", "evil.example", "10.0.0.0/8", "r", "csirt"):
        answer = await ask(store, query, REPORT, by=by)
        assert {one.marking for one in answer.found} <= {Marking(level=level).banner for level in levels}
    assert (await ask(store, "worm", REPORT, by=by)).total == len(levels)
    held = (await ask(store, "evil.example", OBSERVABLE, by=by)).found
    assert [one.holders for one in held] == [len(levels)]


async def test_a_clearance_that_has_run_out_counts_no_more(store: Store, reference: str) -> None:
    """From CONFIDENTIEL upwards a clearance stands until its date."""
    kept = await keep(store, reference, "r", marking=SECRET)
    by = searcher(Level.SECRET)
    assert await ids(store, "worm", REPORT, by=by) == [kept]
    late = by.model_copy(update={"reader": by.reader.model_copy(update={"cleared_until": by.at})})
    assert await ids(store, "worm", REPORT, by=late) == []
    below = by.model_copy(update={"maximum": Level.RESTREINT})
    assert await ids(store, "worm", REPORT, by=below) == []


async def test_an_incident_that_somebody_is_not_admitted_to_is_not_there(store: Store, reference: str) -> None:
    """Neither it nor what belongs to it, however many are closed."""
    closed = await open_one(store)
    await keep(store, closed, "r-1", observables=domains("evil"))
    kept = await keep(store, reference, "r-2", title="Worms", observables=domains("evil"))
    by = searcher(closed=[closed, *(f"LEERP-2020-{number:04}" for number in range(5_000))])
    assert set(await ids(store, "worm", by=by)) == {reference, kept}
    (found,) = (await ask(store, "evil.example", OBSERVABLE, by=by)).found
    assert (found.holders, found.held_by, found.incident) == (1, (kept,), reference)
    assert (await ask(store, "wor", by=by)).suggestions == ("worm", "worms")


async def test_the_index_names_observables_as_sightings_do(store: Store, reference: str) -> None:
    """A digest in the index leads to the sighting."""
    long = Observable(kind=ObservableKind.URL, value="http://a.example/" + "é" * 2_000)
    await keep(store, reference, "r", observables=(long,), source=CSIRT)
    (found,) = (await ask(store, "http://a.example", OBSERVABLE)).found
    assert found.id == sightings.key(long)
