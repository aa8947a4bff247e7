"""From what a scenario says that an officer does to the act that is sent: what it names is looked up as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.intake import Intake
from exercises.casebook import Casebook
from exercises.centre_deeds import (
    PackageBuildDeed,
    ProductAssignDeed,
    ProductDraftDeed,
    ProductRequestDeed,
    TeamChangeDeed,
    TeamConfirmDeed,
    TeamPlanDeed,
)
from exercises.deed_forms import (
    AssessDeed,
    ConsentDeed,
    Deed,
    GradeDeed,
    OverrideDeed,
    RecallDeed,
    ReleaseDeed,
    WarnDeed,
)
from exercises.deed_parts import OtherAct, Related
from exercises.made import Made
from exercises.plan_deeds import (
    MeetDeed,
    MeetingMinutesDeed,
    PlanAddDeed,
    PlanAgreeDeed,
    PlannedAction,
    PlanOutcomeDeed,
    PlanProposeDeed,
)
from exercises.scenario import Scenario
from leerp.command_posts import ArchiveRoomAct, InviteAct, OpenRoomAct
from leerp.incidents import NoticeView
from leerp.marking import Marking
from leerp.meeting_acts import CancelMeetingAct, MinutesAct
from leerp.meetings import Minutes, Resolution
from leerp.notices import NoticeKind
from leerp.packages import Assignments
from leerp.plan_acts import PlanAcceptAct, PlanDeclineAct, PlanOutcomeAct, PlanProposeAct, PlanStateAct
from leerp.plans import Action
from leerp.product_acts import (
    PackageBuildAct,
    ProductAssignAct,
    ProductDraftAct,
    ProductRequestAct,
    ProductWithdrawAct,
)
from leerp.products import Question, StatementsFile
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
    ReconsiderAct,
    ReleaseAct,
    WarnAct,
)
from leerp.restrictions import ConsentAct, OverrideAct, RecallAct
from leerp.rota_acts import TeamChangeAct, TeamConfirmAct, TeamPlanAct
from records import incidents, notices
from records.store import Store

ACTS: dict[ActName, type[Act]] = {
    ActName.GRADE: GradeAct,
    ActName.ASSESS: AssessAct,
    ActName.DECIDE: DecideAct,
    ActName.RECONSIDER: ReconsiderAct,
    ActName.RELEASE: ReleaseAct,
    ActName.INFORM: InformAct,
    ActName.MEET: MeetAct,
    ActName.MEETING_CANCEL: CancelMeetingAct,
    ActName.MEETING_MINUTES: MinutesAct,
    ActName.PLAN_ADD: PlanAddAct,
    ActName.PLAN_AGREE: PlanAgreeAct,
    ActName.PLAN_DRAFT: PlanDraftAct,
    ActName.PLAN_PROPOSE: PlanProposeAct,
    ActName.PLAN_ACCEPT: PlanAcceptAct,
    ActName.PLAN_DECLINE: PlanDeclineAct,
    ActName.PLAN_STATE: PlanStateAct,
    ActName.PLAN_OUTCOME: PlanOutcomeAct,
    ActName.WARN: WarnAct,
    ActName.CLOSE: CloseAct,
    ActName.TEAM_PLAN: TeamPlanAct,
    ActName.TEAM_CHANGE: TeamChangeAct,
    ActName.TEAM_CONFIRM: TeamConfirmAct,
    ActName.ROOM_OPEN: OpenRoomAct,
    ActName.ROOM_INVITE: InviteAct,
    ActName.ROOM_ARCHIVE: ArchiveRoomAct,
    ActName.PRODUCT_REQUEST: ProductRequestAct,
    ActName.PRODUCT_ASSIGN: ProductAssignAct,
    ActName.PRODUCT_DRAFT: ProductDraftAct,
    ActName.PRODUCT_WITHDRAW: ProductWithdrawAct,
    ActName.PACKAGE_BUILD: PackageBuildAct,
    ActName.RECALL: RecallAct,
    ActName.CONSENT: ConsentAct,
    ActName.OVERRIDE: OverrideAct,
}
"""What is sent for each act."""


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
        """The act; `common`: what every act carries. Documents that it refers to are kept first.

        Raises RefusedError where what it means is not there.
        """
        if isinstance(deed.act, OtherAct):
            raise TypeError(f"{deed.act} is no act on a running incident")
        return ACTS[deed.act].model_validate({**common, **await self._fields(deed, reference)})

    @property
    def made(self) -> Made:
        """What earlier injects have made."""
        return Made(self.store, self.casebook)

    async def _fields(self, deed: Deed, reference: str) -> dict[str, Any]:
        """What the act says beyond what all acts carry; where nothing needs looking up, just what the deed says."""
        said = {name: value for name, value in deed if name not in ("act", "relation")}
        for key in said.keys() & {"call", "proposal", "product", "room"}:
            said |= await self.made.by(said.pop(key), key)
        if isinstance(deed, Related) and deed.relation is not None:
            said |= {"relation": deed.relation, "earlier": await self._released(reference, _kind_of(deed))}
        match deed:
            case GradeDeed():
                said["report"] = self.casebook.report(deed.report)
            case AssessDeed():
                said["assessment"] = await self._assessment(deed)
            case ReleaseDeed():
                said["notice"] = await self._draft(reference, deed.notice)
            case RecallDeed() | OverrideDeed():
                said["notice"] = await self._released(reference, deed.notice)
            case ConsentDeed():
                said["notice"] = await self._newest(reference, deed.notice) if deed.notice else None
            case WarnDeed():
                said |= {"kind": said.pop("notice"), "next_update_at": self._time(said.pop("next_update"))}
            case _:
                said |= await self._of_step(deed, reference, said)
        return {name: value for name, value in said.items() if name in ACTS[_act_name(deed)].model_fields}

    async def _of_step(self, deed: Deed, reference: str, said: dict[str, Any]) -> dict[str, Any]:
        """The same for deeds of the plan, the team and the investigation."""
        match deed:
            case MeetDeed():
                return {"at": self.scenario.time(deed.meeting_at)}
            case TeamPlanDeed() | TeamChangeDeed() | TeamConfirmDeed():
                return await self._of_team(reference, said)
            case ProductRequestDeed() | ProductAssignDeed():
                asked = isinstance(deed, ProductRequestDeed) and deed.question
                question = Question(text=said["question"], marking=said["marking"]) if asked else None
                kept = {"question": await self._keep(question, marking=question.marking) if question else None}
                return {"due_at": self._time(deed.due), **kept}
            case ProductDraftDeed():
                stated = StatementsFile(statements=deed.statements) if deed.statements else None
                statements = await self._keep(stated, marking=stated.whole_marking) if stated else None
                return {"statements": statements, "items": self._items(deed.items)}
            case PackageBuildDeed():
                return {"assigned": await self._assigned(reference, deed), "items": self._items(deed.items)}
            case _:
                return await self._of_plan(deed, reference)

    async def _of_plan(self, deed: Deed, reference: str) -> dict[str, Any]:
        match deed:
            case MeetingMinutesDeed():
                return {"minutes": await self._minutes(deed)}
            case PlanAddDeed() | PlanProposeDeed():
                return {"action": await self._keep(_action(deed.action, self.scenario), marking=deed.action.marking)}
            case PlanAgreeDeed():
                return {"version": deed.version or await self._version(reference)}
            case PlanOutcomeDeed():
                return {"alert": await self.made.alert(reference, deed.actions)}
            case _:
                return {}

    async def _of_team(self, reference: str, said: dict[str, Any]) -> dict[str, Any]:
        """Times of the scenario, and shifts by a moment in them."""
        times = {f"{name}_at": self._time(said[name]) for name in ("starts", "ends") if name in said}
        named = [name for name in ("shift", "other_shift") if name in said]
        return times | {name: await self._shift(reference, said[name]) for name in named}

    def _time(self, offset: timedelta | None) -> datetime | None:
        return None if offset is None else self.scenario.time(offset)

    def _items(self, injects: Sequence[int]) -> list[str]:
        return [self.casebook.report(one) for one in injects]

    async def _shift(self, reference: str, moment: timedelta | None) -> str | None:
        return None if moment is None else await self.made.shift(reference, self.scenario.time(moment))

    async def _assessment(self, deed: AssessDeed) -> str | None:
        return await self._keep(deed.assessment, marking=deed.assessment.marking) if deed.assessment else None

    async def _minutes(self, deed: MeetingMinutesDeed) -> str:
        decided = [
            Resolution(
                text=one.text, marking=one.marking, action=_action(one.action, self.scenario) if one.action else None
            )
            for one in deed.decisions
        ]
        said = {"attended": deed.attended, "text": deed.text, "marking": deed.marking, "decisions": decided}
        minutes = Minutes.model_validate(said)
        return await self._keep(minutes, marking=minutes.whole_marking)

    async def _assigned(self, reference: str, deed: PackageBuildDeed) -> str | None:
        if not deed.assigned:
            return None
        async with self.store.reading() as connection:
            whole = (await incidents.get(connection, reference)).marking
        return await self._keep(Assignments(assignments=deed.assigned), marking=whole)

    async def _keep(self, document: BaseModel, *, marking: Marking) -> str:
        """Keep a document under a marking."""
        content = document.model_dump_json().encode()
        return await self.intake.keep_document(content, media_type="application/json", marking=marking.banner)

    async def _draft(self, reference: str, kind: NoticeKind) -> str:
        """The newest draft of the kind; failing that its newest notice, whose release the incident will refuse."""
        async with self.store.reading() as connection:
            found = await notices_of_kind(connection, reference, kind)
        waiting = [one.id for one in found if not one.released]
        return next(iter([*waiting, *(one.id for one in found), kind.value]))

    async def _newest(self, reference: str, kind: NoticeKind) -> str:
        """The newest notice of the kind; failing that its name, which the incident will refuse."""
        async with self.store.reading() as connection:
            found = await notices_of_kind(connection, reference, kind)
        return next((one.id for one in found), kind.value)

    async def _released(self, reference: str, kind: NoticeKind) -> str:
        """The newest notice of the kind that was released; failing that its name, which the incident will refuse."""
        async with self.store.reading() as connection:
            found = await notices_of_kind(connection, reference, kind)
        return next((one.id for one in found if one.released), kind.value)

    async def _version(self, reference: str) -> int:
        async with self.store.reading() as connection:
            return (await incidents.get(connection, reference)).plan.version


def _act_name(deed: Deed) -> ActName:
    return ActName(deed.act.value)


_KINDS: dict[ActName, NoticeKind] = {
    ActName.MEET: NoticeKind.MEETING,
    ActName.PLAN_DRAFT: NoticeKind.ACTION_PLAN,
    ActName.PRODUCT_DRAFT: NoticeKind.PRODUCT,
    ActName.PACKAGE_BUILD: NoticeKind.PACKAGE,
}


def _kind_of(deed: Deed) -> NoticeKind:
    """The kind of the notice that a deed drafts."""
    return deed.notice if isinstance(deed, WarnDeed) else _KINDS[_act_name(deed)]


def _action(planned: PlannedAction, scenario: Scenario) -> Action:
    fields = {name: value for name, value in planned if name not in ("starts", "ends")}
    times = {"starts_at": scenario.time(planned.starts), "ends_at": scenario.time(planned.ends)}
    return Action.model_validate(fields | times)
