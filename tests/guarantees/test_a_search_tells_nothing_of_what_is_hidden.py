"""DESIGN rule 4 for the search: what a searcher may not see changes no result, count, suggestion, order or page."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.contributions import Contribution
from leerp.marking import Level, Marking, Reader
from leerp.notices import Mode, Notice, NoticeKind, Portion, Section, Variant, VariantFile
from leerp.observables import Observable
from leerp.plans import Action, ActionType, Plan
from leerp.reports import Report
from leerp.searching import Searcher, SearchKind, SearchQuery
from records import contributions, incidents, ledger, notices, reports, search_rows
from records.searching import search
from records.store import Store, sqlite_url
from tests.postgresql import migrate, run_apart
from tests.records.cast import COMPANY, CSIRT, LIAISON, NOON, domains, later, open_in, planned, sent

VOCABULARY = ("worm", "worms", "wormhole", "bank", "banks", "evil", "hospital", "delft")
QUERIES = ("worm", "wor", "bank", "worm ban", "evil.example", "evi", "hospital worms delft", "csirt-de", "n-1")
SOME_KINDS = (frozenset({SearchKind.OBSERVABLE}), frozenset({SearchKind.NOTICE, SearchKind.ACTION}))
ASKED = (*(SearchQuery(text=text, limit=2) for text in QUERIES),)
ASKED += tuple(SearchQuery(text=text, kinds=kinds, limit=2) for text in ("wor", "evi") for kinds in SOME_KINDS)
MAY_READ, MAY_NOT = (Level.PUBLIC, Level.BPL, Level.RESTREINT), (Level.CONFIDENTIEL, Level.SECRET)
OPEN, CLOSED = "LEERP-2026-0001", "LEERP-2026-0002"
READER = Reader(id="duty-officer", group="ec3", clearance=Level.RESTREINT, personal=True)
STAFF = Searcher(reader=READER, closed=frozenset({CLOSED}), at=NOON)
MEMBER = Searcher(reader=READER.model_copy(update={"id": "a-person"}), stakeholder=CSIRT, at=NOON)

words = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=4).map(" ".join)


@dataclass(frozen=True)
class Thing:
    """Something that is stored. `number` makes it a thing of its own; `minutes`: when it came."""

    kind: str
    number: int
    said: str
    names: tuple[str, ...]
    level: Level
    closed: bool
    minutes: int

    @property
    def at(self) -> datetime:
        """When it came."""
        return later(self.minutes)

    @property
    def incident(self) -> str:
        """Where it belongs."""
        return CLOSED if self.closed else OPEN

    @property
    def observables(self) -> tuple[Observable, ...]:
        """What it holds."""
        return domains(*self.names)

    @property
    def about(self) -> dict[str, object]:
        """What reports and contributions have in common."""
        text = {"title": self.said, "narrative": f"{self.said} {' '.join(self.names)}"}
        return {"id": f"x-{self.number}", "marking": Marking(level=self.level), "observables": self.observables, **text}


@st.composite
def things(draw: st.DrawFn, *, hidden: bool, first: int) -> tuple[Thing, ...]:
    """Some things that the searchers may see, or some that they may not: by level, or by incident."""
    made = []
    for number in range(draw(st.integers(0 if hidden else 1, 5))):
        closed = hidden and draw(st.booleans())
        made.append(
            Thing(
                kind=draw(st.sampled_from(["report", "contribution", "notice", "action"])),
                number=first + number,
                said=draw(words),
                names=tuple(draw(st.sets(st.sampled_from(VOCABULARY), max_size=3))),
                level=draw(st.sampled_from(MAY_NOT if hidden and not closed else (*MAY_READ, *MAY_NOT[: int(closed)]))),
                closed=closed,
                minutes=draw(st.integers(0, 4)),
            )
        )
    return tuple(made)


@dataclass(frozen=True)
class World:
    """What is stored, in this order, with what a notice that everybody may see holds besides."""

    stored: tuple[Thing, ...]
    beside: tuple[Thing, ...]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, World]:
    """Two worlds that differ in what is hidden, and in when it came between what is not."""
    visible = draw(things(hidden=False, first=0))
    made = []
    for _ in range(2):
        hidden = draw(things(hidden=True, first=100))
        beside = draw(things(hidden=True, first=200))
        order = list(visible)
        for one in hidden:
            order.insert(draw(st.integers(0, len(order))), one)
        made.append(World(tuple(order), tuple(one for one in beside if not one.closed)))
    return made[0], made[1]


async def put(tx: AsyncConnection, thing: Thing, plans: dict[str, list[Action]]) -> None:
    """Store one thing."""
    if thing.kind == "report":
        report = Report.model_validate({**thing.about, "source": CSIRT, "reported_at": NOON, "observed_at": thing.at})
        await reports.store(tx, report=report, raw=b"{}", received_at=thing.at, incident=thing.incident)
    elif thing.kind == "contribution":
        given_ = Contribution.model_validate({**thing.about, "contributor": LIAISON, "contributed_at": NOON})
        await contributions.store(tx, contribution=given_, raw=b"{}", received_at=thing.at, incident=thing.incident)
    elif thing.kind == "notice":
        await save(tx, f"n-{thing.number}", thing.incident, [portion(thing)], at=thing.at)
    else:
        plans.setdefault(thing.incident, []).append(action(thing))
        await incidents.set_plan(tx, thing.incident, Plan(actions=tuple(plans[thing.incident])))


def portion(thing: Thing) -> Portion:
    """A portion that says it."""
    return Portion(section=Section.FACT, text=thing.said, marking=Marking(level=thing.level))


def action(thing: Thing) -> Action:
    """An action that does it."""
    when = {"starts_at": thing.at, "ends_at": later(100)}
    who = {"owner": LIAISON, "country": "NL", "marking": Marking(level=thing.level), "targets": thing.observables}
    return Action.model_validate(
        {"id": f"a-{thing.number}", "title": thing.said, "type": ActionType.SEIZURE, **when, **who}
    )


async def save(
    tx: AsyncConnection, identifier: str, incident: str, portions: Sequence[Portion], *, at: datetime = NOON
) -> None:
    """Save a notice, and send it to the company; the CSIRT is sent what is public of it."""
    notice = Notice(
        id=identifier,
        incident=incident,
        kind=NoticeKind.UPDATE,
        mode=Mode.ACTUAL,
        issued_at=at,
        issuer="The centre",
        portions=tuple(portions),
    )
    await notices.save(tx, notice, audience=[COMPANY], directory_version="1", at=at)
    lines = [planned(COMPANY), *([planned(CSIRT)] if identifier == "n-both" else [])]
    await ledger.plan(tx, incident=incident, notice=identifier, kind=notice.kind, planned=lines, at=at)
    await ledger.claim(tx, identifier, [(one.reader.id, one.channel) for one in lines], at)
    await ledger.settle(tx, identifier, [sent(one.reader.id, at=at) for one in lines])
    await ledger.store_variants(tx, identifier, [variant(identifier, one.reader.id, portions) for one in lines])


def variant(identifier: str, reader: str, portions: Sequence[Portion]) -> Variant:
    """What a reader was sent."""
    text = "\n".join(one.text for one in portions if reader == COMPANY or one.marking.level in MAY_READ)
    file = VariantFile(name="message.txt", media_type="text/plain; charset=utf-8", content=text.encode())
    return Variant(notice=identifier, reader=reader, channel="mail", marking=Marking(), subject="Notice", files=(file,))


async def answers(url: str, world: World) -> list[str]:
    """Everything that both searchers can learn in a world, page by page, byte by byte."""
    store = await Store.open(url, passing=True)
    plans: dict[str, list[Action]] = {}
    async with store.writing() as tx:
        assert [await open_in(tx), await open_in(tx)] == [OPEN, CLOSED]
        for thing in world.stored:
            await put(tx, thing, plans)
        shown = Portion(section=Section.FACT, text="worm at a bank", marking=Marking())
        await save(tx, "n-both", OPEN, [*(portion(one) for one in world.beside), shown])
    told = []
    async with store.reading() as c:
        for searcher in (STAFF, MEMBER):
            for query in ASKED:
                told += await pages(c, query, searcher)
    await store.close()
    return told


async def pages(c: AsyncConnection, query: SearchQuery, searcher: Searcher) -> list[str]:
    """Every page of an answer, as JSON."""
    told = []
    while True:
        answer = await search(c, query, searcher)
        told.append(f"{query.text}: {answer.model_dump_json()}")
        if answer.next is None:
            return told
        query = query.model_copy(update={"after": answer.next})


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("search") / "migrated.db"

    async def make() -> None:
        await migrate(await sqlite_url(path))

    run_apart(make())
    return path


def told_in(world: World, migrated: Path) -> list[str]:
    """What both searchers can learn in a world that is made for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.db"
        shutil.copyfile(migrated, path)
        return asyncio.run(answers(f"sqlite+aiosqlite:///{path}", world))


SEEN = Thing("report", 1, "worm at a bank", ("evil",), Level.BPL, closed=False, minutes=1)
HIDDEN = Thing("report", 101, "worm at a bank", ("evil",), Level.SECRET, closed=False, minutes=2)
ELSEWHERE = Thing("contribution", 102, "wormhole", ("evil", "worm"), Level.BPL, closed=True, minutes=2)


@settings(max_examples=6)
@given(pair=worlds(), most=st.sampled_from([2, 3, 3_000]))
@example(pair=(World((SEEN,), ()), World((HIDDEN, SEEN, ELSEWHERE), (HIDDEN,))), most=2)
def test_what_is_hidden_changes_nothing(migrated: Path, pair: tuple[World, World], most: int) -> None:
    """Two worlds that differ only in what is hidden give the same bytes, also where not everything is looked at."""
    with patch.object(search_rows, "MOST_ROWS", most):
        first, second = (told_in(world, migrated) for world in pair)
    event(f"{sum(json.loads(one.partition(': ')[2])['total'] > 0 for one in first) > 0}")
    assert first == second


def test_the_comparison_would_see_it(migrated: Path) -> None:
    """A thing that may be seen changes the answers: the worlds above are not equal because nothing is ever found."""
    assert told_in(World((SEEN,), ()), migrated) != told_in(World((), ()), migrated)
    assert "worm at a bank" in "".join(told_in(World((), ()), migrated))
