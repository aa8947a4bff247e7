"""A changed address or key is not used until two officers have confirmed it, and is never lost sight of."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from activities.acts import actor_of
from activities.contact_pins import Confirmation, confirm, previewed_directory, usable_directory, waiting
from desk.assembly import House, open_house, wall_clock
from leerp.errors import BadInputError, RefusedError
from leerp.journal import DESK, JournalEntry
from leerp.notices import Mode, NoticeKind
from leerp.protocol import RefusalReason
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import contact_pins, journal, ledger
from tests.conftest import OpenDrill
from tests.postgresql import Postgres

FORMER, NEW = "desk@csirt-fr.example", "desk@csirt-fr.attacker.example"


def edit(house: House, before: str, after: str) -> None:
    """Change the directory as somebody with an editor would."""
    path = house.settings.config / "directory.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


@contextlib.asynccontextmanager
async def opened(folder: Path, database_url: str | None = None) -> AsyncIterator[House]:
    """The rooms, with the example directory."""
    await asyncio.to_thread(lay_out_example, folder / "config")
    settings = Settings(home=folder, database_url=SecretStr(database_url) if database_url else None)
    async with open_house(settings, migrate=True) as house:
        yield house


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """The rooms on either engine; everything in the example directory has been used once."""
    url = None
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.url(server.create())
    async with opened(tmp_path, url) as one:
        await usable_directory(one.rooms)
        yield one


async def desk_journal(house: House) -> list[JournalEntry]:
    """What stands in the desk's own chain."""
    async with house.store.reading() as connection:
        return await journal.entries(connection, DESK)


async def kinds(house: House) -> list[str]:
    """The kinds of what stands there."""
    return [entry.kind.value.removeprefix("desk.") for entry in await desk_journal(house)]


async def addresses(house: House, name: str = "csirt-fr") -> list[str]:
    """Where a notice to this stakeholder may go."""
    one = (await usable_directory(house.rooms)).stakeholder(name)
    assert one is not None
    return [contact.address for contact in one.contacts]


async def confirmed(
    house: House, who: str, *, reason: str = "called", channel: str = "email", name: str = "csirt-fr"
) -> Confirmation:
    """Confirm the change of a CSIRT."""
    actor = actor_of(house.rooms.directory(), who)
    return await confirm(house.rooms, stakeholder=name, channel=channel, actor=actor, reason=reason, at=wall_clock())


async def test_a_launch_goes_to_the_former_address_until_two_officers_have_confirmed_the_new_one(
    open_drill: OpenDrill,
) -> None:
    """Through the real planner: the launch to the former address, the early warning, after both, to the new one."""
    async with open_drill() as drill:
        await usable_directory(drill.house.rooms)
        edit(drill.house, "desk@csirt-ee.example", "desk@csirt-ee.attacker.example")
        await drill.classified()
        await drill.launched()
        await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
        await confirmed(drill.house, "duty-officer", name="csirt-ee")
        await confirmed(drill.house, "head-of-operations", name="csirt-ee")
        await drill.release(NoticeKind.EARLY_WARNING)
        await drill.sent(NoticeKind.EARLY_WARNING)
        notices = (await drill.view()).notices
        async with drill.house.store.reading() as connection:
            told = [row for one in notices for row in await ledger.unacknowledged(connection, one.id)]
        folders = sorted(path.name for path in (drill.house.settings.home / "outbox").glob("*/csirt-ee"))
    used = {row.kind: row.planned.address for row in told if row.planned.reader.id == "csirt-ee"}
    assert used == {
        NoticeKind.LAUNCH_EXTERNAL: "desk@csirt-ee.example",
        NoticeKind.EARLY_WARNING: "desk@csirt-ee.attacker.example",
    }
    assert folders == ["csirt-ee"] * 2


async def test_the_first_use_needs_nobody_and_is_written_down(house: House) -> None:
    """Everything is used as found; one entry says how much it was, and a second use adds nothing."""
    directory = house.rooms.directory()
    assert await usable_directory(house.rooms) == directory
    (entry,) = await desk_journal(house)
    everybody = (directory.centre, *directory.stakeholders)
    assert (entry.kind.value, entry.actor) == ("desk.contact.pinned", "leerp")
    assert (entry.data["stakeholders"], entry.data["first"]) == (len(everybody), True)
    assert entry.data["contacts"] == sum(len(one.contacts) for one in everybody)


async def test_two_workers_that_start_at_once_pin_once(tmp_path: Path) -> None:
    """Neither fails, and there is one entry."""
    async with opened(tmp_path) as house:
        await asyncio.gather(*(usable_directory(house.rooms) for _ in range(5)))
        assert await kinds(house) == ["contact.pinned"]


async def test_a_change_waits_is_listed_and_noted_once(house: House) -> None:
    """The former address stays in use, for previews too; the journal tells both, however often it is met."""
    edit(house, FORMER, NEW)
    for _ in range(3):
        assert await addresses(house) == [FORMER, "operations@csirt-fr.example"]
    seen = (await previewed_directory(house.rooms)).stakeholder("csirt-fr")
    assert seen is not None
    assert seen.contacts[0].address == FORMER
    (found,) = await waiting(house.rooms)
    assert (found.change.former_address, found.change.address, found.proposed_by) == (FORMER, NEW, None)
    assert await kinds(house) == ["contact.pinned", "contact.changed"]
    data = (await desk_journal(house))[-1].data
    assert (data["former_address"], data["address"]) == (FORMER, NEW)


async def test_two_officers_make_it_used(house: House) -> None:
    """After the first it still waits, with a name beside it; after the second it is used, and both are on record."""
    edit(house, FORMER, NEW)
    assert (await confirmed(house, "duty-officer")).approved is False
    assert (await addresses(house))[0] == FORMER
    assert [one.proposed_by for one in await waiting(house.rooms)] == ["duty-officer"]
    assert (await confirmed(house, "head-of-operations", reason="called too")).approved is True
    assert (await addresses(house))[0] == NEW
    assert await waiting(house.rooms) == []
    entry = (await desk_journal(house))[-1]
    told = [entry.data[key] for key in ("proposed_by", "approved_by", "reason", "approval_reason")]
    assert told == ["duty-officer", "head-of-operations", "called", "called too"]
    assert await kinds(house) == ["contact.pinned", "contact.changed", "contact.proposed", "contact.approved"]
    async with house.store.reading() as connection:
        pins = await contact_pins.pins(connection, {"csirt-fr"})
    assert [pin.address for pin in pins if pin.channel == "email"] == [NEW]


async def test_the_way_back_needs_two_officers_again(house: House) -> None:
    """The former address, once replaced, is as strange as any other."""
    edit(house, FORMER, NEW)
    await confirmed(house, "duty-officer")
    await confirmed(house, "head-of-operations")
    edit(house, NEW, FORMER)
    assert (await addresses(house))[0] == NEW


async def test_whoever_confirms_twice_is_one_person(house: House) -> None:
    """Nothing is approved, and the journal keeps the try."""
    edit(house, FORMER, NEW)
    await confirmed(house, "head-of-operations")
    with pytest.raises(RefusedError) as caught:
        await confirmed(house, "head-of-operations")
    assert caught.value.reason == RefusalReason.SAME_PERSON
    assert (await addresses(house))[0] == FORMER
    assert await kinds(house) == ["contact.pinned", "contact.changed", "contact.proposed", "act.refused"]


async def test_one_of_the_two_is_an_approver(house: House) -> None:
    """Two duty officers are not enough; the approver may be the first of the two."""
    edit(house, FORMER, NEW)
    await confirmed(house, "duty-officer")
    with pytest.raises(RefusedError, match="Neither duty-officer nor duty-officer-2 is an approver"):
        await confirmed(house, "duty-officer-2")
    assert (await addresses(house))[0] == FORMER
    edit(house, NEW, f"other-{NEW}")
    await confirmed(house, "deputy-head")
    assert (await confirmed(house, "duty-officer-2")).approved is True


async def test_an_approver_who_has_left_does_not_count(house: House) -> None:
    """The roles are those of today."""
    edit(house, FORMER, NEW)
    await confirmed(house, "deputy-head")
    edit(house, "  - id: deputy-head\n", "  - id: somebody-else\n")
    with pytest.raises(RefusedError, match="is an approver"):
        await confirmed(house, "duty-officer")


@pytest.mark.parametrize(
    ("who", "fields", "reason"),
    [
        ("malware-analyst-1", {}, RefusalReason.NOT_AUTHORISED),
        ("duty-officer", {"reason": " "}, RefusalReason.REASON_MISSING),
        ("duty-officer", {"channel": "secure"}, RefusalReason.NOTHING_TO_DO),
    ],
)
async def test_a_confirmation_that_may_not_be_is_refused(
    tmp_path: Path, who: str, fields: dict[str, str], reason: RefusalReason
) -> None:
    """An analyst, no reason, nothing that waits there: refused with a line in the desk's journal."""
    async with opened(tmp_path) as house:
        await usable_directory(house.rooms)
        edit(house, FORMER, NEW)
        with pytest.raises(RefusedError) as caught:
            await confirmed(house, who, **fields)
        entry = (await desk_journal(house))[-1]
    assert caught.value.reason == reason
    assert (entry.kind.value, entry.actor, entry.data["why"]) == ("desk.act.refused", who, reason.value)


async def test_what_was_confirmed_is_what_is_used(house: House) -> None:
    """The directory is changed between the two: the first word was for something else, and does not count."""
    edit(house, FORMER, NEW)
    await confirmed(house, "duty-officer")
    edit(house, NEW, "desk@csirt-fr.worse.example")
    assert (await confirmed(house, "head-of-operations")).approved is False
    assert (await addresses(house))[0] == FORMER


async def test_to_leave_and_come_back_is_no_way_around(house: House) -> None:
    """An entry that was taken out is remembered: back with another address, it waits as any change does."""
    path = house.settings.config / "directory.yaml"
    whole = path.read_text()
    begin = whole.index("  - id: csirt-fr\n")
    end = whole.index("  - id: ", begin + 1)
    path.write_text(whole[:begin] + whole[end:])
    await usable_directory(house.rooms)
    path.write_text(whole.replace(FORMER, NEW))
    assert (await addresses(house))[0] == FORMER


async def test_who_is_new_is_taken_as_found(house: House) -> None:
    """And written down by name; from then on a change of it waits too."""
    entry = "  - id: csirt-xk\n    name: CSIRT\n    group: csirt_network\n    contacts:\n"
    entry += "      - {channel: email, address: desk@csirt-xk.example}\n\n"
    edit(house, "  - id: csirt-fr\n", entry + "  - id: csirt-fr\n")
    assert await addresses(house, "csirt-xk") == ["desk@csirt-xk.example"]
    found = (await desk_journal(house))[-1]
    assert (found.kind.value, found.data["ids"], found.data["first"]) == ("desk.contact.pinned", ["csirt-xk"], False)
    edit(house, "desk@csirt-xk.example", "desk@csirt-xk.attacker.example")
    assert await addresses(house, "csirt-xk") == ["desk@csirt-xk.example"]


async def test_an_exercise_uses_its_cast_as_it_is(tmp_path: Path) -> None:
    """Nothing is pinned, nothing waits, and there is nothing to confirm."""
    async with opened(tmp_path) as house:
        rehearsal = replace(house, rooms=replace(house.rooms, mode=Mode.EXERCISE))
        await usable_directory(rehearsal.rooms)
        edit(house, FORMER, NEW)
        assert (await addresses(rehearsal))[0] == NEW
        assert (await waiting(rehearsal.rooms), await desk_journal(house)) == ([], [])
        with pytest.raises(BadInputError, match="nothing to confirm"):
            await confirmed(rehearsal, "duty-officer")
