"""Record histories: `python3 run.py exec python -m tests.replay.record NAME`.

Plays the drill on a real engine and writes the histories of its workflows into `histories/NAME-*.json`. Histories are
added for a release and never replaced: they stand for incidents that are running when the code changes.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from temporalio.client import Client

from activities.engine import Engine
from desk.assembly import open_house
from desk.worker import build_worker
from leerp.notices import NoticeKind
from leerp.protocol import ActName, DecideAct, emergency_id
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from tests.drill import Drill
from tests.servers import running_engine

HISTORIES = Path(__file__).parent / "histories"


async def record(name: str, home: Path) -> None:
    """Play a launch to the closure, and a case that ends in triage, and keep their histories."""
    lay_out_example(home / "config")
    async with running_engine(home) as client, open_house(Settings(home=home), migrate=True) as house:
        engine = Engine(client, house.store)

        async def connect() -> Engine:
            await engine.relay()
            return engine

        async with build_worker(client, house.rooms):
            normal = Drill(house, connect)
            await normal.classified_by(connect)
            await normal.act(ActName.DECIDE, DecideAct, choice="watch")
            await normal.act(ActName.DECIDE, DecideAct, choice="normal")
            await normal.until(lambda view: view.status.ended, "the handover")
            await keep(client, emergency_id(normal.reference), f"{name}-normal")
            whole = Drill(house, connect)
            await whole.classified_by(connect)
            await whole.launched()
            await whole.sent(NoticeKind.LAUNCH_EXTERNAL)
            await whole.release(NoticeKind.EARLY_WARNING)
            await whole.planned()
            await whole.investigated()
            await engine.relay()
            await whole.settled()
            await whole.closed()
            await keep(client, emergency_id(whole.reference), f"{name}-launch")
            notice = (await whole.view()).notices[0].id
            await keep(client, f"dissemination/{whole.reference}/{notice}", f"{name}-dissemination")
    await asyncio.sleep(0.2)


async def keep(client: Client, workflow_id: str, name: str) -> None:
    """Write the history of a workflow."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    await asyncio.to_thread((HISTORIES / f"{name}.json").write_text, history.to_json(), encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(record(sys.argv[1], Path(folder)))
