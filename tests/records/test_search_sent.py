"""What people of a stakeholder find: what was sent there, in the words it was sent in."""

import pytest

from leerp.marking import Level, Marking, Reader
from leerp.notices import Planned, Variant, VariantFile
from leerp.searching import Searcher, SearchKind
from records import ledger, search_sent
from records.store import Store
from tests.records.cast import COMPANY, CSIRT, NOON, failed, later, plan, planned, sent
from tests.records.search_cast import ask, keep, marked


def member(stakeholder: str = CSIRT, clearance: Level | None = Level.RESTREINT) -> Searcher:
    """Somebody of a stakeholder."""
    reader = Reader(id="a-person", group="csirt_network", clearance=clearance, personal=True)
    return Searcher(reader=reader, stakeholder=stakeholder, at=NOON)


def line(reader: str, subject: str, *, level: Level = Level.BPL, channel: str = "mail") -> Planned:
    """A planned delivery with its subject."""
    made = planned(reader, channel=channel)
    return made.model_copy(update={"subject": subject, "marking": Marking(level=level)})


async def send(
    store: Store, reference: str, notice: str, *lines: Planned, text: str = "See evil[.]example", minutes: int = 0
) -> None:
    """Plan a notice, keep what goes out and settle it."""
    await plan(store, reference, lines, identifier=notice, at=later(minutes))
    async with store.writing() as tx:
        files = (
            VariantFile(name="notice.json", media_type="application/json", content=b'{"word": "machine"}'),
            VariantFile(name="message.txt", media_type="text/plain; charset=utf-8", content=text.encode()),
        )
        variants = [
            Variant(
                notice=notice,
                reader=one.reader.id,
                channel=one.channel,
                marking=one.marking or Marking(),
                subject=one.subject,
                files=files,
            )
            for one in lines
        ]
        await ledger.store_variants(tx, notice, variants)
        await ledger.claim(tx, notice, [(one.reader.id, one.channel) for one in lines], NOON)
        await ledger.settle(tx, notice, [sent(one.reader.id, channel=one.channel, at=later(minutes)) for one in lines])


async def found(store: Store, text: str, by: Searcher | None = None) -> list[str]:
    """The ids of what a member finds."""
    return [one.id for one in (await ask(store, text, by=by or member())).found]


async def test_a_member_finds_what_was_sent_as_it_was_sent(store: Store, reference: str) -> None:
    """By the words of its text and its subject; the notice itself, which says more, is not searched."""
    await send(store, reference, "N-1", line(CSIRT, "A worm"))
    for query in ("worm", "evil.example", "hxxp://evil", "n-1", "see ev"):
        assert await found(store, query) == ([] if query.startswith("hxxp") else ["N-1"])
    assert await found(store, "emergency") == []
    (one,) = (await ask(store, "evil.example", by=member())).found
    assert (one.kind, one.incident, one.marking) == (SearchKind.NOTICE, reference, Marking().banner)
    assert marked(one) == ["evil[.]example"]


async def test_a_member_finds_nothing_else(store: Store, reference: str) -> None:
    """No report, no incident, nothing sent to others, nothing that did not go out, nothing above the own clearance."""
    await keep(store, reference, "r", title="Worm")
    await send(store, reference, "N-1", line(COMPANY, "A worm"))
    await plan(store, reference, [line(CSIRT, "A worm")], identifier="N-2")
    await plan(store, reference, [line(CSIRT, "A worm")], identifier="N-3")
    async with store.writing() as tx:
        await ledger.settle(tx, "N-3", [failed(CSIRT)])
    await send(store, reference, "N-4", line(CSIRT, "A worm", level=Level.RESTREINT))
    assert await found(store, "worm") == ["N-4"]
    assert await found(store, "worm", member(clearance=Level.BPL)) == []
    assert await found(store, "worm", member(clearance=None)) == []
    assert await found(store, "worm", member("nobody")) == []
    assert (await ask(store, "wor", SearchKind.REPORT, by=member())).total == 0


async def test_a_notice_over_two_channels_is_one(store: Store, reference: str) -> None:
    """The newest first, page by page; the last word goes on as it does in what was sent."""
    await send(store, reference, "N-1", line(CSIRT, "Worm"), line(CSIRT, "Worm", channel="desk"))
    await send(store, reference, "N-2", line(CSIRT, "Worms"), minutes=5)
    first = await ask(store, "wor", by=member(), limit=1)
    second = await ask(store, "wor", by=member(), limit=1, after=first.next)
    assert [one.id for page in (first, second) for one in page.found] == ["N-2", "N-1"]
    assert (first.total, first.suggestions, second.next) == (2, ("worm", "worms"), None)


async def test_only_the_newest_are_searched_and_that_is_said(
    store: Store, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading everything that was ever sent would take ever longer."""
    monkeypatch.setattr(search_sent, "MOST_SENT", 2)
    for number in range(3):
        await send(store, reference, f"N-{number}", line(CSIRT, "Worm"), minutes=number)
    answer = await ask(store, "worm", by=member())
    assert ([one.id for one in answer.found], answer.more) == (["N-2", "N-1"], True)
