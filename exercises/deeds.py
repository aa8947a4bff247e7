"""From what a scenario says that an officer does to the act that is sent: what it names is looked up as it stands."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.intake import Intake
from exercises.casebook import Casebook
from exercises.injects import (
    AssessDeed,
    Deed,
    GradeDeed,
    MeetDeed,
    PlanAddDeed,
    PlanAgreeDeed,
    PlannedAction,
    ReleaseDeed,
    WarnDeed,
)
from exercises.scenario import Scenario
from leerp.incidents import NoticeView
from leerp.notices import NoticeKind
from leerp.plans import Action
from leerp.protocol import (
    Act,
    ActName,
    AssessAct,
    CloseAct,
    DecideAct,
    GradeAct,
    InformAct,
    MeetAct,
    PlanAddAct,
    PlanAgreeAct,
    PlanDraftAct,
    ReleaseAct,
    WarnAct,
)
from records import incidents, notices
from records.store import Store

_ACTS: dict[ActName, type[Act]] = {
    ActName.GRADE: GradeAct,
    ActName.ASSESS: AssessAct,
    ActName.DECIDE: DecideAct,
    ActName.RELEASE: ReleaseAct,
    ActName.INFORM: InformAct,
    ActName.MEET: MeetAct,
    ActName.PLAN_ADD: PlanAddAct,
    ActName.PLAN_AGREE: PlanAgreeAct,
    ActName.PLAN_DRAFT: PlanDraftAct,
    ActName.WARN: WarnAct,
    ActName.CLOSE: CloseAct,
}


async def notices_of_kind(connection: AsyncConnection, reference: str, kind: NoticeKind) -> list[NoticeView]:
    """The notices of a kind of an incident, the newest first."""
    return [one for one in reversed(await notices.of_incident(connection, reference)) if one.kind is kind]


@dataclass(frozen=True)
class Deeds:
    """Makes acts of deeds."""

    scenario: Scenario
    store: Store
    intake: Intake
    casebook: Casebook

    async def act(self, deed: Deed, reference: str, common: dict[str, Any]) -> Act:
        """The act; `common`: what every act carries. Documents that it refers to are kept first."""
        return _ACTS[deed.act].model_validate({**common, **await self._fields(deed, reference)})

    async def _fields(self, deed: Deed, reference: str) -> dict[str, Any]:
        """What the act says beyond what all acts carry; where nothing needs looking up, just what the deed says."""
        said = {name: value for name, value in deed if name != "act"}
        match deed:
            case GradeDeed():
                said["report"] = self.casebook.report(deed.report)
            case AssessDeed():
                said["assessment"] = await self._assessment(deed)
            case ReleaseDeed():
                said["notice"] = await self._draft(reference, deed.notice)
            case MeetDeed():
                said["at"] = self.scenario.time(said.pop("meeting_at"))
            case PlanAddDeed():
                said["action"] = await self._action(deed.action)
            case PlanAgreeDeed():
                said["version"] = deed.version or await self._version(reference)
            case WarnDeed():
                said["kind"] = said.pop("notice")
        return said

    async def _assessment(self, deed: AssessDeed) -> str | None:
        if deed.assessment is None:
            return None
        content = deed.assessment.model_dump_json().encode()
        return await self._keep(content, marking=deed.assessment.marking.banner)

    async def _action(self, planned: PlannedAction) -> str:
        fields = {name: value for name, value in planned if name not in ("starts", "ends")}
        times = {"starts_at": self.scenario.time(planned.starts), "ends_at": self.scenario.time(planned.ends)}
        action = Action.model_validate(fields | times)
        return await self._keep(action.model_dump_json().encode(), marking=action.marking.banner)

    async def _keep(self, content: bytes, *, marking: str) -> str:
        return await self.intake.keep_document(content, media_type="application/json", marking=marking)

    async def _draft(self, reference: str, kind: NoticeKind) -> str:
        """The newest draft of the kind; failing that its newest notice, whose release the incident will refuse."""
        async with self.store.reading() as connection:
            found = await notices_of_kind(connection, reference, kind)
        waiting = [one.id for one in found if not one.released]
        return next(iter([*waiting, *(one.id for one in found), kind.value]))

    async def _version(self, reference: str) -> int:
        async with self.store.reading() as connection:
            return (await incidents.get(connection, reference)).plan.version
