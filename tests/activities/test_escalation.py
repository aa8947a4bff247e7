"""Who is asked again and when: each reader for itself, each group by its own deadline, and an officer at the end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from activities.intake import Arrival
from desk.assembly import open_house, wall_clock
from leerp.journal import JournalKind
from leerp.settings import Settings
from leerp.stakeholders import Group
from records.views import incident_view
from tests.correspondents import Post, lay_out, reader

FIRST, SECOND, THIRD = (("email", "a@x.example"), ("secure", "b@x.example"), ("outbox", "c@x.example"))
OVERDUE = JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    """A centre with readers who have one, two and three contact points, and a bureau that has less time."""
    readers = (
        reader("one", FIRST),
        reader("two", FIRST, SECOND),
        reader("three", FIRST, SECOND, THIRD),
        reader("bureau", FIRST, group=Group.LIAISON_BUREAU),
        reader("astray", ("nothing", "x"), SECOND),
    )
    await asyncio.to_thread(lay_out, tmp_path, *readers, channels={})
    async with open_house(Settings(home=tmp_path), migrate=True) as house:
        yield await Post.open(house)


def after(minutes: float) -> datetime:
    """So long from now."""
    return wall_clock() + timedelta(minutes=minutes)


async def confirm(post: Post, reader: str) -> None:
    """A reader says on the telephone that it has the notice."""
    arrival = Arrival(wall_clock(), "duty-officer")
    await post.house.intake.acknowledge("N-1", reader=reader, how="telephone", arrival=arrival, spoken_to="night desk")


async def alarmed(post: Post) -> list[list[str]]:
    """The readers of each alarm."""
    return [list(map(str, entry.data["readers"])) for entry in await post.entries(OVERDUE)]  # type: ignore[arg-type]


async def test_one_readers_word_never_stops_anothers_escalation(post: Post) -> None:
    """Of two who were sent the same over the same channel, only the silent one is asked over the next."""
    await post.send("N-1", "two", "three")
    await confirm(post, "three")
    await post.ask_again("N-1", at=after(31), minutes=30)
    assert set(await post.lines("N-1")) == {("two", "email"), ("three", "email"), ("two", "secure")}


async def test_before_its_time_nobody_is_asked_and_the_next_look_is_then(post: Post) -> None:
    """Thirty minutes after it was sent, and not earlier."""
    await post.send("N-1", "two")
    asked = await post.ask_again("N-1", at=after(10), minutes=30)
    sent_at = (await post.lines("N-1"))["two", "email"].sent_at
    assert sent_at is not None
    assert (asked.added, asked.alarmed, asked.next_at) == (0, 0, sent_at + timedelta(minutes=30))


async def test_each_group_has_its_own_deadline(post: Post) -> None:
    """The bureau has ten minutes and is called about after them; the CSIRT's thirty still run."""
    await post.send("N-1", "two", "bureau")
    asked = await post.ask_again("N-1", at=after(11), minutes=30, liaison_bureau=10)
    early = await alarmed(post)
    await post.ask_again("N-1", at=after(31), minutes=30, liaison_bureau=10)
    assert (asked.added, asked.alarmed) == (0, 1)
    assert early == [["bureau"]]
    assert ("two", "secure") in await post.lines("N-1")


async def test_all_contact_points_in_turn_and_an_officer_after_the_second(post: Post) -> None:
    """Each at the deadline of the one before; the alarm is raised once, and ends with the reader's word."""
    await post.send("N-1", "one", "three")
    rounds = []
    for minutes in (31, 62, 93):
        asked = await post.ask_again("N-1", at=after(minutes), minutes=30)
        await post.deliver("N-1")
        rounds.append((asked.added, asked.alarmed))
    assert rounds[0] == (1, 1)  # "one" has no other contact point: an officer has to call
    assert set(await post.lines("N-1")) == {
        ("one", "email"),
        *(("three", way) for way in ("email", "secure", "outbox")),
    }
    assert await alarmed(post) == [["one"], ["three"]]
    async with post.house.store.reading() as connection:
        before = (await incident_view(connection, post.incident)).waiting_for
    await confirm(post, "one")
    await confirm(post, "three")
    async with post.house.store.reading() as connection:
        after_ = (await incident_view(connection, post.incident)).waiting_for
    assert [line for line in before if line.startswith("a call")] == [
        "a call to one, three: launch_external N-1 is not confirmed (acknowledge)"
    ]
    assert [line for line in after_ if line.startswith("a call")] == []


async def test_when_nobody_is_left_to_be_asked_after_it_ends(post: Post) -> None:
    """All have confirmed, or have been called about and have no further contact point."""
    await post.send("N-1", "one", "two")
    await confirm(post, "two")
    asked = await post.ask_again("N-1", at=after(31), minutes=30)
    assert (asked.alarmed, asked.next_at) == (1, None)


async def test_who_could_not_be_reached_is_tried_elsewhere_at_once(post: Post) -> None:
    """A line that has failed for good is no reason to wait for a word."""
    await post.send("N-1", "two")
    house = post.house
    async with house.store.writing() as tx:
        await tx.exec_driver_sql("UPDATE ledger SET state = 'failed', sent_at = NULL WHERE reader = 'two'")
    asked = await post.ask_again("N-1", at=after(0), minutes=30)
    assert (asked.added, asked.alarmed) == (1, 0)


async def test_the_journal_says_by_which_way_the_word_came_and_who_answered(post: Post) -> None:
    """An officer's call, with the name of whom the officer spoke to."""
    await post.send("N-1", "one")
    await confirm(post, "one")
    (entry,) = await post.entries(JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED)
    assert entry.actor == "duty-officer"
    assert entry.data == {
        "notice": "N-1",
        "reader": "one",
        "via": "telephone",
        "how": "telephone",
        "spoken_to": "night desk",
    }


async def test_a_reader_is_told_the_deadline_of_its_own_group(post: Post) -> None:
    """And learns of no other's."""
    await post.send("N-1", "one", "bureau", acknowledge_within_minutes_by_group={"liaison_bureau": 10})
    outbox = post.house.settings.home / "outbox" / "N-1"
    texts = {who: (outbox / who / "message.txt").read_text() for who in ("one", "bureau")}
    assert {who: "within 10 minutes" in text for who, text in texts.items()} == {"one": False, "bureau": True}
    assert {who: "within 30 minutes" in text for who, text in texts.items()} == {"one": True, "bureau": False}


async def test_a_request_that_was_cut_off_and_comes_again_asks_nobody_twice(post: Post) -> None:
    """The second time it finds what it has planned, and says the same."""
    await post.send("N-1", "three")
    at = after(31)
    first = await post.ask_again("N-1", at=at, minutes=30)
    again = await post.ask_again("N-1", at=at, minutes=30)
    assert first == again
    assert set(await post.lines("N-1")) == {("three", "email"), ("three", "secure")}
