"""The plan of an incident without an engine: what the workflow would ask of the activities, at any time."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from activities import plan_agenda
from activities.messages import AddAction, AgreePlan, Done, Fact, Look
from activities.plan_alerts import PlanAlertActivities
from activities.planning import PlanningActivities
from activities.planning_messages import (
    DecideAlert,
    DecideProposal,
    MoveAction,
    Moved,
    PlanChanged,
    ProposeAction,
    Proposed,
)
from desk.assembly import House, open_house
from leerp.journal import JournalEntry, JournalKind
from leerp.notices import Notice
from leerp.plan_alerts import Alert, Outcome
from leerp.plans import Action, ActionFile, ActionState, Plan
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import documents, incidents, journal, notices, plan_alerts
from records.views import incident_view
from tests.records.cast import NOON, open_one

SERVER = {"kind": "ipv4", "value": "198.51.100.7"}
PANEL = {"kind": "domain", "value": "panel.evil.example"}


def action(identifier: str, kind: str = "search", *, begins: float = 2, hours: float = 2, **more: Any) -> Action:
    """An action of France that begins so many hours after noon; on the server unless other targets are given."""
    at = NOON + timedelta(hours=begins)
    fields: dict[str, Any] = {"id": identifier, "title": kind, "type": kind, "owner": "liaison-fr", "country": "FR"}
    fields |= {"targets": [SERVER], "starts_at": at, "ends_at": at + timedelta(hours=hours)}
    return Action.model_validate(fields | more)


class Planner:
    """One incident, and the activities of its plan."""

    def __init__(self, house: House, reference: str) -> None:
        self.house = house
        self.reference = reference
        self.planning = PlanningActivities(house.rooms)
        self._alerts = PlanAlertActivities(house.rooms)
        self._acts = 0

    def fact(self, at: datetime = NOON, *, key: str = "", actor: str = "duty-officer") -> dict[str, Any]:
        """What every request carries; a key of its own unless one is given."""
        self._acts += 1
        return dict(Fact(incident=self.reference, at=at, key=key or f"act/{self._acts}", actor=actor))

    async def keep(self, *actions: Action) -> str:
        """Keep actions as a document."""
        form = actions[0] if len(actions) == 1 else ActionFile(actions=actions)
        async with self.house.store.writing() as tx:
            content = form.model_dump_json().encode()
            return await documents.put(tx, content, media_type="application/json", marking="BPL")

    async def add(self, *actions: Action, at: datetime = NOON, key: str = "") -> PlanChanged:
        """Add actions."""
        return await self.planning.add(AddAction(**self.fact(at, key=key), action=await self.keep(*actions), reason=""))

    async def propose(self, one: Action, by: str) -> Proposed:
        """Propose an action."""
        request = ProposeAction(**self.fact(), action=await self.keep(one), proposed_by=by, reason="")
        return await self.planning.propose(request)

    async def accept(self, proposal: str, *, key: str = "") -> PlanChanged:
        """Accept a proposal."""
        return await self.planning.accept(DecideProposal(**self.fact(key=key), proposal=proposal, reason="as proposed"))

    async def decline(self, proposal: str, *, reason: str = "too early") -> Done:
        """Decline a proposal."""
        return await self.planning.decline(DecideProposal(**self.fact(), proposal=proposal, reason=reason))

    async def move(self, name: str, state: str, *, at: datetime = NOON, key: str = "") -> Moved:
        """Say how far an action is."""
        request = MoveAction(**self.fact(at, key=key), action=name, state=ActionState(state), reason="")
        return await self.planning.move(request)

    async def agree(self, country: str, version: int) -> Done:
        """Record agreement."""
        return await self.planning.agree(AgreePlan(**self.fact(), country=country, version=version, reason=""))

    async def decide(self, alert: str, outcome: str, *, key: str = "", reason: str = "as they agreed") -> Done:
        """Record the outcome of an alert."""
        request = DecideAlert(**self.fact(key=key), alert=alert, outcome=Outcome(outcome), reason=reason)
        return await self._alerts.decide(request)

    async def look(self, at: datetime) -> datetime | None:
        """Look at the agenda."""
        async with self.house.store.writing() as tx:
            return await plan_agenda.look(tx, self.house.rooms, Look(**self.fact(at)))

    async def plan(self) -> Plan:
        """The plan as it stands."""
        async with self.house.store.reading() as c:
            return (await incidents.get(c, self.reference)).plan

    async def alerts(self) -> list[Alert]:
        """Every alert there was."""
        async with self.house.store.reading() as c:
            return await plan_alerts.of_incident(c, self.reference)

    async def entries(self, *kinds: JournalKind) -> list[JournalEntry]:
        """The entries of these kinds."""
        async with self.house.store.reading() as c:
            return await journal.entries(c, self.reference, kinds=kinds)

    async def waits(self) -> tuple[str, ...]:
        """What the incident waits for."""
        async with self.house.store.reading() as c:
            return (await incident_view(c, self.reference)).waiting_for

    async def notice(self, name: str) -> tuple[Notice, tuple[str, ...]]:
        """A notice and its readers."""
        async with self.house.store.reading() as c:
            return await notices.get(c, name), await notices.audience(c, name)


@contextlib.asynccontextmanager
async def planner(folder: Path) -> AsyncIterator[Planner]:
    """A planner of a fresh incident, in a house with the example configuration."""
    lay_out_example(folder / "config")
    async with open_house(Settings(home=folder), migrate=True) as house:
        yield Planner(house, await open_one(house.store))
