"""A whole incident as officers would drive it, step by step, for tests that disturb it on the way."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from activities.acts import Acts, actor_of, new_act_id
from activities.engine import Engine
from activities.intake import Arrival
from desk.assembly import House, wall_clock
from leerp.errors import ServiceMissingError
from leerp.incidents import IncidentView
from leerp.journal import JournalKind
from leerp.notices import NoticeKind
from leerp.protocol import (
    Act,
    ActName,
    CloseAct,
    DecideAct,
    InformAct,
    MeetAct,
    PlanAddAct,
    PlanAgreeAct,
    PlanDraftAct,
    Receipt,
    ReleaseAct,
    WarnAct,
)
from records import journal, ledger
from records.views import incident_view

OFFICER, APPROVER = "duty-officer", "head-of-operations"
PATIENCE = 60.0
"""Seconds until a step must have come; a killed worker costs up to 17 of them."""


def report_file(number: int, *, source: str = "csirt-fr", **more: Any) -> bytes:
    """A report of a ransomware wave in hospitals, in our own form."""
    return json.dumps(
        {
            "source": source,
            "id": f"report-{number}",
            "reported_at": wall_clock().isoformat(),
            "title": f"Hospitals encrypted, message {number}",
            "narrative": "Screens show a ransom note; the worm moves by itself.",
            "facts": {
                "root_cause": "malicious-actions",
                "activity": "effect",
                "sectors": ["health"],
                "countries": ["ES", "UK"],
                "victims_min": 40 + number,
                "service_impact": "lost",
                "spread": "fast",
                "outlook": "worsening",
            },
            "observables": [{"kind": "domain", "value": "kill-switch.example"}],
            **more,
        }
    ).encode()


class Drill:
    """One incident, driven through the same doors as the command line uses."""

    def __init__(self, house: House, connect: Callable[[], Awaitable[Engine]]) -> None:
        self.house = house
        self._connect = connect
        self.reference = ""

    async def engine(self) -> Engine:
        """The engine, waited for while it is away."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return await self._connect()
            except ServiceMissingError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)

    async def act(self, name: ActName, act_type: type[Act], /, *, who: str = OFFICER, **fields: Any) -> Receipt:
        """Do an act as a person would: the same act again when the answer was lost."""
        actor = actor_of(self.house.rooms.directory(), who)
        act = act_type.model_validate({"act": new_act_id(), "actor": actor, "reason": "as the drill says", **fields})
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                acts = Acts(await self.engine(), self.house.store)
                return await acts.perform(name, self.reference, act, at=wall_clock())
            except ServiceMissingError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)

    async def report(self, number: int, **more: Any) -> str:
        """Take a report in; the outcome."""
        arrival = Arrival(wall_clock(), "drill")
        receipt = await self.house.intake.report(report_file(number, **more), name="report.json", arrival=arrival)
        self.reference = self.reference or receipt.incident
        return receipt.outcome.value

    async def contribute(self, number: int, contributor: str) -> None:
        """Contribute an observable that the reports hold too."""
        document = {
            "contributor": contributor,
            "id": f"contribution-{number}",
            "contributed_at": wall_clock().isoformat(),
            "title": "Traffic seen",
            "observables": [{"kind": "domain", "value": "kill-switch.example"}],
        }
        content = json.dumps(document).encode()
        arrival = Arrival(wall_clock(), "drill")
        reference = self.reference
        await self.house.intake.contribution(
            content, name="contribution.json", reference=reference, contributor=contributor, arrival=arrival
        )

    async def view(self) -> IncidentView:
        """Where the incident stands."""
        async with self.house.store.reading() as connection:
            return await incident_view(connection, self.reference)

    async def until(self, condition: Callable[[IncidentView], bool], what: str) -> IncidentView:
        """Wait until the incident has come so far."""
        deadline = time.monotonic() + PATIENCE
        while True:
            view = await self.view()
            if condition(view):
                return view
            assert time.monotonic() < deadline, f"{what} did not come: {view.phase}, waits for {view.waiting_for}"
            await asyncio.sleep(0.05)

    async def classified(self) -> None:
        """Report and wait for the classification."""
        await self.report(1)
        await self.classified_again()

    async def classified_again(self) -> None:
        """Wait for the classification and the question what to do."""
        await self.until(lambda view: view.classification is not None and bool(view.waiting_for), "classification")

    async def classified_by(self, connect: Callable[[], Awaitable[Engine]], number: int = 1) -> None:
        """The same where no worker relays: a report of an incident of its own."""
        observables = [{"kind": "domain", "value": f"{new_act_id().lower()}.example"}]
        await self.report(number, id=new_act_id(), title=f"Case {new_act_id()}", observables=observables)
        await connect()
        await self.classified_again()

    async def launched(self) -> None:
        """Launch with four eyes."""
        await self.act(ActName.DECIDE, DecideAct, choice="launch")
        await self.act(ActName.DECIDE, DecideAct, choice="launch", who=APPROVER)

    async def release(self, kind: NoticeKind) -> None:
        """Release the draft of a kind with four eyes."""
        name = kind.value

        def drafted(view: IncidentView) -> bool:
            return any(f"({name})" in line for line in view.waiting_for)

        view = await self.until(drafted, f"the draft of {name}")
        line = next(line for line in view.waiting_for if f"({name})" in line)
        notice = line.split()[1]
        await self.act(ActName.RELEASE, ReleaseAct, notice=notice)
        await self.act(ActName.RELEASE, ReleaseAct, notice=notice, who=APPROVER)

    async def sent(self, kind: NoticeKind) -> None:
        """Wait until a notice of a kind has been tried at every reader."""

        def done(view: IncidentView) -> bool:
            return any(one.kind is kind and one.planned and not one.pending for one in view.notices)

        await self.until(done, f"{kind.value} sent")

    async def planned(self) -> None:
        """Call the meeting, add two actions that collide, agree, disseminate."""
        at = wall_clock() + timedelta(hours=2)
        await self.act(ActName.MEET, MeetAct, at=at.isoformat(), place="Conference bridge", eurojust=True)
        for number, (what, owner, country) in enumerate(
            [("covert_monitoring", "poc-no", "NO"), ("takedown", "liaison-fr", "FR")], start=1
        ):
            document = {
                "id": f"A{number}",
                "title": what.replace("_", " "),
                "type": what,
                "owner": owner,
                "country": country,
                "targets": [{"kind": "domain", "value": "kill-switch.example"}],
                "starts_at": at.isoformat(),
                "ends_at": (at + timedelta(hours=3)).isoformat(),
            }
            content = json.dumps(document).encode()
            sha256 = await self.house.intake.keep_document(content, media_type="application/json", marking="BPL")
            await self.act(ActName.PLAN_ADD, PlanAddAct, action=sha256)
        await self.act(ActName.PLAN_AGREE, PlanAgreeAct, country="NO", version=2)
        await self.act(ActName.PLAN_DRAFT, PlanDraftAct)
        await self.release(NoticeKind.ACTION_PLAN)

    async def investigated(self) -> None:
        """Two contributions, a late joiner, an update."""
        await self.contribute(1, "poc-no")
        await self.contribute(2, "csirt-lu")
        await self.act(ActName.INFORM, InformAct, readers=["partner-bank"])
        await self.act(ActName.WARN, WarnAct, kind="update")
        await self.release(NoticeKind.UPDATE)

    async def settled(self) -> None:
        """Wait until every notice that was released has been tried at every reader, and every contribution is in."""

        def done(view: IncidentView) -> bool:
            released = [one for one in view.notices if one.released]
            return all(one.planned and not one.pending for one in released) and len(view.contributions) == 2

        await self.until(done, "everything sent")

    async def closed(self) -> IncidentView:
        """Close with four eyes and wait for the end."""
        await self.act(ActName.CLOSE, CloseAct, outcome="normal_procedure")
        await self.act(ActName.CLOSE, CloseAct, outcome="normal_procedure", who=APPROVER)
        return await self.until(lambda view: view.status.ended, "the end")

    async def kinds(self) -> Counter[str]:
        """How often each kind of entry stands in the journal."""
        async with self.house.store.reading() as connection:
            entries = await journal.entries(connection, self.reference)
        return Counter(entry.kind.value for entry in entries)

    async def readers(self, *kinds: NoticeKind) -> tuple[str, ...]:
        """Who got a notice of these kinds."""
        async with self.house.store.reading() as connection:
            return await ledger.readers(connection, self.reference, kinds)

    async def lines(self) -> list[str]:
        """The journal as it is exported."""
        async with self.house.store.reading() as connection:
            return await journal.lines(connection, self.reference)

    async def repeated(self) -> set[str]:
        """The Message-IDs that the journal says may have gone twice."""
        async with self.house.store.reading() as connection:
            kinds = {JournalKind.DELIVERY_MESSAGE_REPEATED}
            entries = await journal.entries(connection, self.reference, kinds=kinds)
        return {str(entry.data["message_id"]) for entry in entries}
