"""Activities of step V: actions, conflicts, agreement."""

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.facts import note
from activities.messages import AddAction, AgreePlan, Done, PlanSummary
from activities.rooms import Rooms
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.plans import Action, Plan
from leerp.protocol import RefusalReason
from matrices.deconfliction import conflicts
from records import documents, incidents, journal


class PlanningActivities:
    """The operational action plan as it is stored."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="plan.add_action")
    async def add(self, request: AddAction) -> PlanSummary:
        """Add an action, or replace the one with its id; agreement to the former version no longer counts."""
        await self.rooms.incident(request.incident)
        async with self.rooms.store.writing() as tx:
            action = Action.model_validate_json(await documents.get(tx, request.action))
            self._check_owner(action)
            before = (await incidents.get(tx, request.incident)).plan
            data = {"action": action.id, "document": request.action, "version": before.version + 1}
            entry = await note(tx, request, JournalKind.PLAN_ACTION_ADDED, data | {"reason": request.reason})
            version = entry.data["version"]
            plan = before if version == before.version else _with(before, action)
            await incidents.set_plan(tx, request.incident, plan)
            await self._journal_consequences(tx, request, before=before, plan=plan)
        return PlanSummary(
            version=plan.version, actions=len(plan.actions), conflicts=len(plan.conflicts), journal_seq=entry.seq
        )

    def _check_owner(self, action: Action) -> None:
        if self.rooms.directory().stakeholder(action.owner) is None:
            sentence = f"Action {action.id}: its owner {action.owner} is not in the directory."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)

    async def _journal_consequences(self, tx: AsyncConnection, request: AddAction, *, before: Plan, plan: Plan) -> None:
        for conflict in plan.conflicts:
            if conflict not in before.conflicts:
                data = conflict.model_dump(mode="json")
                subject = f"{conflict.first}/{conflict.second}"
                await note(tx, request, JournalKind.PLAN_CONFLICT_FOUND, data, subject=subject)
        countries = sorted({action.country for action in plan.actions})
        suggested = await journal.entries(tx, request.incident, kinds={JournalKind.PLAN_TEAM_SUGGESTED})
        if len(countries) > 1 and not suggested:
            because = "two or more countries have actions in one plan"
            await note(tx, request, JournalKind.PLAN_TEAM_SUGGESTED, {"countries": countries, "because": because})

    @activity.defn(name="plan.agree")
    async def agree(self, request: AgreePlan) -> Done:
        """Record that a country agrees to the version that stands."""
        async with self.rooms.store.writing() as tx:
            plan = (await incidents.get(tx, request.incident)).plan
            if plan.version != request.version:
                sentence = f"Version {request.version} is not the plan that stands, which is {plan.version}."
                raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
            agreed = tuple(sorted({*plan.agreed_by, request.country}))
            await incidents.set_plan(tx, request.incident, plan.model_copy(update={"agreed_by": agreed}))
            data = {"country": request.country, "version": request.version, "reason": request.reason}
            entry = await note(tx, request, JournalKind.PLAN_VERSION_AGREED, data)
        return Done(journal_seq=entry.seq)


def _with(plan: Plan, action: Action) -> Plan:
    kept = [one for one in plan.actions if one.id != action.id]
    actions = tuple(sorted([*kept, action], key=lambda one: (one.starts_at, one.id)))
    return Plan(
        version=plan.version + 1,
        actions=actions,
        conflicts=conflicts(actions),
        disseminated_version=plan.disseminated_version,
    )
