"""A centre with readers of a test's own choosing, and its deliveries step by step, without an engine."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.delivery import DeliveryActivities
from activities.messages import AskAgain, Asked, DeliverBatch, FindOutstanding, NoticeTask, PlanDeliveries
from desk.assembly import House, wall_clock
from leerp.journal import JournalEntry, JournalKind
from leerp.keys import Key
from leerp.marking import Level, Marking
from leerp.notices import Delivery, DeliveryState, Mode, Notice, NoticeKind, Portion, Section
from leerp.stakeholders import ContactPoint, Directory, Group, Stakeholder
from notifications.configuration import lay_out_example, load_directory
from records import journal, ledger, notices
from tests.records.cast import NOON, open_one

KIND = NoticeKind.LAUNCH_EXTERNAL


def reader(name: str, *contacts: tuple[str, str], group: Group = Group.CSIRT_NETWORK, key: Key | None = None) -> Any:
    """A cleared stakeholder with contact points, each a channel and an address, the preferred one first."""
    points = tuple(ContactPoint(channel=channel, address=address, key=key) for channel, address in contacts)
    return Stakeholder(id=name, name=name, group=group, clearance=Level.BPL, contacts=points)


def lay_out(home: Path, *readers: Stakeholder, channels: Mapping[str, object], policy: str = "") -> None:
    """Write the configuration: these readers beside the sources and officers of the example, and these channels."""
    config = home / "config"
    lay_out_example(config)
    example = load_directory(config / "directory.yaml")
    sources = [one.model_copy(update={"group": Group.AGENCY_SOURCE_ONLY}) for one in example.stakeholders]
    directory = Directory.model_validate({**example.model_dump(), "stakeholders": [*sources, *readers], "members": []})
    (config / "directory.yaml").write_text(directory.model_dump_json(indent=1))
    outbox = {"type": "outbox", "maximum": "RESTREINT"}
    known = {"email": outbox, "secure": outbox, "outbox": outbox, **channels}
    (config / "channels.yaml").write_text(json.dumps({"channels": known}, default=str))
    (config / "policy.yaml").write_text(policy or "acknowledge_within_minutes: {}\n")


class Post:
    """One incident of a centre, whose notices are planned and delivered as a workflow would have it."""

    def __init__(self, house: House, incident: str) -> None:
        self.house = house
        self.incident = incident
        self._activities = DeliveryActivities(house.rooms)
        self._steps = 0

    @classmethod
    async def open(cls, house: House, *, mode: Mode = Mode.ACTUAL) -> "Post":
        """With an incident that has just been opened."""
        return cls(house, await open_one(house.store, mode=mode))

    def task(self, notice: str, *, at: datetime | None = None) -> NoticeTask:
        """A request for a notice."""
        self._steps += 1
        return NoticeTask(
            incident=self.incident,
            at=at or wall_clock(),
            key=f"{notice}/{self._steps}",
            notice=notice,
            kind=KIND,
            mode=Mode.ACTUAL,
        )

    async def plan(self, name: str, readers: Sequence[str], *, minutes: int | None = 30, **more: Any) -> None:
        """Save a notice for these readers and plan its deliveries."""
        made = Notice(
            id=name,
            incident=self.incident,
            kind=KIND,
            mode=Mode.ACTUAL,
            issued_at=NOON,
            issuer="The centre",
            portions=(Portion(section=Section.TITLE, text="An emergency", marking=Marking()),),
            acknowledge_within_minutes=minutes,
            **more,
        )
        async with self.house.store.writing() as tx:
            await notices.save(tx, made, audience=readers, directory_version="1", at=NOON)
        await ActivityEnvironment().run(self._activities.plan, PlanDeliveries(**self.task(name).model_dump()))

    async def deliver(self, name: str) -> None:
        """Try everything once that is still to be tried."""
        wanted = FindOutstanding(**self.task(name).model_dump(), batch=100)
        found = await ActivityEnvironment().run(self._activities.outstanding, wanted)
        for share in found.shares:
            task = self.task(name).model_dump()
            batch = DeliverBatch(**task, first=share.firsts[0], after=share.after, channel=share.channel)
            await ActivityEnvironment().run(self._activities.deliver, batch)

    async def send(self, name: str, *readers: str, **more: Any) -> None:
        """Plan a notice and try it once."""
        await self.plan(name, readers, **more)
        await self.deliver(name)

    async def ask_again(self, name: str, *, at: datetime, minutes: int, **by_group: int) -> Asked:
        """Ask after the acknowledgements that are due."""
        request = AskAgain(**self.task(name, at=at).model_dump(), minutes=minutes, by_group=by_group)
        answer: Asked = await ActivityEnvironment().run(self._activities.ask_again, request)
        return answer

    async def lines(self, name: str) -> dict[tuple[str, str], Delivery]:
        """The ledger of a notice, by reader and channel."""
        async with self.house.store.reading() as connection:
            found = await ledger.deliveries(connection, notice=name)
        return {(one.reader, one.channel): one for one in found}

    async def states(self, name: str) -> dict[str, DeliveryState]:
        """How each reader's line stands, where each has one."""
        return {reader: line.state for (reader, _), line in (await self.lines(name)).items()}

    async def entries(self, *kinds: JournalKind) -> list[JournalEntry]:
        """The journal's entries of these kinds."""
        async with self.house.store.reading() as connection:
            return await journal.entries(connection, self.incident, kinds=kinds)
