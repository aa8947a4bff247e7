"""A notice is asked after by each group's own deadline, then over the next contact point, then by an officer's call."""

import asyncio
from datetime import timedelta
from pathlib import Path

from activities.engine import Engine, keep_relaying
from activities.intake import Arrival, Intake
from desk.assembly import open_house, wall_clock
from desk.worker import build_worker
from leerp.journal import JournalKind
from leerp.notices import Delivery, Mode, NoticeKind
from leerp.protocol import Clock
from leerp.settings import Settings
from leerp.stakeholders import Group
from records import journal, ledger
from tests.correspondents import lay_out, reader
from tests.drill import Drill, report_file
from tests.servers import running_engine

POLICY = """
acknowledge_within_minutes: {launch_internal: 30}
acknowledge_within_minutes_by_group: {liaison_bureau: 10}
"""
SPEED = 300.0
"""Thirty minutes of the incident in six seconds."""


async def test_the_bureau_is_asked_again_before_the_others_and_then_called(tmp_path: Path) -> None:
    """After ten minutes over its second address, and called about after twenty; J-CAT after thirty and sixty."""
    both = (("email", "x@x.example"), ("secure", "y@x.example"))
    readers = [reader("bureau", *both, group=Group.LIAISON_BUREAU), reader("taskforce", *both, group=Group.JCAT)]
    await asyncio.to_thread(lay_out, tmp_path, *readers, channels={}, policy=POLICY)
    settings = Settings(home=tmp_path, mode=Mode.EXERCISE)
    async with running_engine(tmp_path) as client, open_house(settings, migrate=True) as house:
        engine = Engine(client, house.store)

        async def connect() -> Engine:
            return engine

        now = wall_clock()
        clock = Clock(engine_origin=now, scenario_origin=now, speed=SPEED)
        intake = Intake(house.rooms, policy=house.policy, clock=clock)
        drill = Drill(house, connect)
        async with build_worker(client, house.rooms):
            relay = asyncio.create_task(keep_relaying(engine, every=0.05))
            arrival = Arrival(wall_clock(), "drill")
            drill.reference = (await intake.report(report_file(1), name="report.json", arrival=arrival)).incident
            await drill.classified_again()
            await drill.launched()
            await drill.until(
                lambda view: any("a call to bureau, taskforce" in line for line in view.waiting_for), "a call"
            )
            relay.cancel()
        async with house.store.reading() as connection:
            lines = await ledger.deliveries(connection, incident=drill.reference)
            kinds = {JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE}
            entries = await journal.entries(connection, drill.reference, kinds=kinds)
    internal = {(one.reader, one.channel): one for one in lines if one.kind is NoticeKind.LAUNCH_INTERNAL}
    waited = {name: _waited(internal[name, "email"], internal[name, "secure"]) for name in ("bureau", "taskforce")}
    assert timedelta(minutes=10) <= waited["bureau"] < timedelta(minutes=30) <= waited["taskforce"]
    assert [entry.data["readers"] for entry in entries] == [["bureau"], ["taskforce"]]


def _waited(first: Delivery, second: Delivery) -> timedelta:
    """How long after the first message the second one was planned."""
    assert first.sent_at is not None
    return second.planned_at - first.sent_at
