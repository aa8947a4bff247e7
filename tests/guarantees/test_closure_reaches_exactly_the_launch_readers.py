"""DESIGN rule 9: closure goes to exactly the readers of the launch notices, however the directory has changed."""

import asyncio

from activities.acts import actor_of
from activities.contact_pins import confirm
from activities.rooms import Rooms
from leerp.notices import NoticeKind
from records import ledger
from tests.conftest import OpenDrill
from tests.drill import APPROVER, OFFICER

LEFT, MOVED, CAME = "csirt-ee", "poc-no", "csirt-xx"


async def confirmed_by_two(rooms: Rooms) -> None:
    """Let two officers confirm the new addresses of the one who has moved."""
    moved = rooms.directory().by_id()[MOVED]
    for channel in (contact.channel for contact in moved.contacts):
        for who in (OFFICER, APPROVER):
            actor, at = actor_of(rooms.directory(), who), rooms.wall_clock()
            await confirm(rooms, stakeholder=MOVED, channel=channel, actor=actor, reason="called", at=at)


async def test_the_directory_changes_and_the_closure_still_reaches_the_same(open_drill: OpenDrill) -> None:
    """Who has left is reached as before, who has moved at today's contact point, who came later not at all."""
    async with open_drill() as drill:
        await drill.classified()
        await drill.launched()
        await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
        launch = await drill.readers(NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
        path = drill.house.settings.config / "directory.yaml"
        text = await asyncio.to_thread(path.read_text, encoding="utf-8")
        blocks = text.split("  - id: ")
        left = next(block for block in blocks if block.startswith(f"{LEFT}\n"))
        moved = next(block for block in blocks if block.startswith(f"{MOVED}\n"))
        came = left.replace(LEFT, CAME, 1).replace("aliases", "# aliases")
        changed = text.replace(left, came).replace(moved, moved.replace("address: ", "address: new-"))
        await asyncio.to_thread(path.write_text, changed, encoding="utf-8")
        await confirmed_by_two(drill.house.rooms)
        view = await drill.closed()
        assert await drill.readers(NoticeKind.CLOSURE) == launch
        assert LEFT in launch
        closure = next(one.id for one in view.notices if one.kind is NoticeKind.CLOSURE)
        async with drill.house.store.reading() as connection:
            reached = await ledger.snapshots(connection, drill.reference, launch)
            closed = await ledger.deliveries(connection, notice=closure)
        assert reached[MOVED].address.startswith("new-")
        assert CAME not in {one.reader for one in closed}
