"""DESIGN rule 9: closure goes to exactly the readers of the launch notices, however the directory has changed."""

import asyncio

from leerp.notices import NoticeKind
from records import ledger
from tests.conftest import OpenDrill

LEFT, MOVED, CAME = "csirt-ee", "poc-no", "csirt-xx"


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
        view = await drill.closed()
        assert await drill.readers(NoticeKind.CLOSURE) == launch
        assert LEFT in launch
        closure = next(one.id for one in view.notices if one.kind is NoticeKind.CLOSURE)
        async with drill.house.store.reading() as connection:
            reached = await ledger.snapshots(connection, drill.reference, launch)
            closed = await ledger.deliveries(connection, notice=closure)
        assert reached[MOVED].address.startswith("new-")
        assert CAME not in {one.reader for one in closed}
