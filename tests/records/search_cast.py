"""What the tests of searching store, and how they ask."""

from collections.abc import Iterable
from zlib import crc32

from leerp.marking import Level, Marking, Reader
from leerp.notices import Mode
from leerp.observables import Observable
from leerp.reports import Report
from leerp.searching import Found, SearchAnswer, Searcher, SearchKind, SearchQuery
from records import reports
from records.searching import search
from records.store import Store
from tests.records.cast import CSIRT, NOON, later

BPL = Marking()
SECRET = Marking(level=Level.SECRET)
RESTREINT = Marking(level=Level.RESTREINT)


def searcher(clearance: Level | None = Level.RESTREINT, *, closed: Iterable[str] = ()) -> Searcher:
    """Somebody of the centre, cleared so."""
    reader = Reader(id="duty-officer", group="ec3", clearance=clearance, cleared_until=later(10_000), personal=True)
    return Searcher(reader=reader, closed=frozenset(closed), at=NOON)


async def keep(
    store: Store,
    incident: str,
    identifier: str,
    *,
    title: str = "Worm",
    narrative: str = "",
    marking: Marking = BPL,
    observables: tuple[Observable, ...] = (),
    minutes: int = 0,
    source: str = CSIRT,
) -> str:
    """Store a report; its id."""
    report = Report(
        source=source,
        id=identifier,
        reported_at=NOON,
        observed_at=later(-(crc32(identifier.encode()) % 100_000)),  # the same content twice is one report
        title=title,
        narrative=narrative,
        marking=marking,
        observables=observables,
    )
    async with store.writing() as tx:
        kept = await reports.store(tx, report=report, raw=b"{}", received_at=later(minutes), incident=incident)
    return kept.id


async def ask(
    store: Store,
    text: str,
    *kinds: SearchKind,
    by: Searcher | None = None,
    incident: str | None = None,
    limit: int = 20,
    after: str | None = None,
    mode: Mode = Mode.ACTUAL,
) -> SearchAnswer:
    """Search; as an officer cleared for RESTREINT where nobody else is named."""
    query = SearchQuery(text=text, kinds=frozenset(kinds), incident=incident, limit=limit, after=after, mode=mode)
    async with store.reading() as c:
        return await search(c, query, by or searcher())


async def ids(store: Store, text: str, *kinds: SearchKind, by: Searcher | None = None) -> list[str]:
    """What a search finds, by id."""
    return [one.id for one in (await ask(store, text, *kinds, by=by)).found]


def marked(found: Found) -> list[str]:
    """The words of a passage that are marked."""
    passage = found.snippet or found.title
    assert passage is not None
    return [passage.text[first:last] for first, last in passage.marks]
