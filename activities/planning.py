"""Activities of step V: actions, conflicts, agreement."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities import plan_alerts as alerts
from activities.contact_pins import usable_directory
from activities.facts import note
from activities.messages import AddAction, AgreePlan, Done, Fact
from activities.planning_messages import (
    DecideProposal,
    MoveAction,
    Moved,
    PlanChanged,
    ProposeAction,
    Proposed,
)
from activities.rooms import Rooms
from leerp import canonical
from leerp.errors import RefusedError
from leerp.journal import JournalEntry, JournalKind
from leerp.marking import join_all
from leerp.plan_alerts import PlanProposal
from leerp.plans import Action, ActionState, Conflict, Plan
from leerp.protocol import RefusalReason
from leerp.stakeholders import Directory
from matrices.collisions import CollisionIndex, Pair, Place
from matrices.deconfliction import compared, conflicts_of
from matrices.dependencies import blocked, need_order, overdue
from matrices.incompatibilities import Incompatibility, shipped_incompatibilities
from matrices.joint_teams import joint_team_reasons
from records import documents, incidents, journal, operation_keys, plans, pool
from records.incidents import StoredIncident
from records.journal import Draft
from records.statements import hold


class _Compared(NamedTuple):
    """What comparing the plans of all open incidents gives for one of them."""

    conflicts: tuple[Conflict, ...]
    collisions: dict[Pair, Incompatibility]
    actions: dict[Place, Action]


class PlanningActivities:
    """The operational action plan as it is stored.

    The index of collisions is kept between requests, so that a change is compared and the rest is not; it is brought to
    what the records say each time, for another worker may have changed a plan.
    """

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self._index = CollisionIndex(shipped_incompatibilities())

    @activity.defn(name="plan.add_action")
    async def add(self, request: AddAction) -> PlanChanged:
        """Add actions, or replace those with their ids; agreement to the former version no longer counts."""
        await self.rooms.incident(request.incident)
        directory = await usable_directory(self.rooms)
        async with self.rooms.store.writing() as tx:
            await self._alone(tx)
            return await self._add(tx, request, directory, document=request.action, reason=request.reason)

    @activity.defn(name="plan.accept")
    async def accept(self, request: DecideProposal) -> PlanChanged:
        """Take a proposal into the plan."""
        await self.rooms.incident(request.incident)
        directory = await usable_directory(self.rooms)
        async with self.rooms.store.writing() as tx:
            await self._alone(tx)
            proposal = await _proposal(tx, request, accepted=True)
            data = {"proposal": proposal.id, "action": proposal.action, "reason": request.reason}
            await note(tx, request, JournalKind.PLAN_PROPOSAL_ACCEPTED, data)
            return await self._add(tx, request, directory, document=proposal.document, reason=request.reason)

    @activity.defn(name="plan.propose")
    async def propose(self, request: ProposeAction) -> Proposed:
        """Record a proposal, and say with how many actions it would collide."""
        incident = await self.rooms.incident(request.incident)
        directory = await usable_directory(self.rooms)
        async with self.rooms.store.writing() as tx:
            await self._alone(tx)
            actions = plans.actions_in(await documents.get(tx, request.action))
            if len(actions) > 1:
                sentence = "Propose one action at a time, so that each can be accepted or declined."
                raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
            action = actions[0].model_copy(update={"proposed_by": request.proposed_by, "state": ActionState.PROPOSED})
            await _need_known(tx, request, directory, [action])
            marking = action.marking.banner
            content = action.model_dump_json().encode()
            document = await documents.put(tx, content, media_type="application/json", marking=marking)
            compared_with = (*(one for one in incident.plan.actions if one.id != action.id), action)
            found = await self._compare(tx, incident, compared_with)
            place = Place(request.incident, action.id)
            colliding = sum(place in pair for pair in found.collisions)
            data: dict[str, JsonValue] = {"action": action.id, "proposed_by": request.proposed_by}
            data |= {"document": document, "conflicts": colliding, "reason": request.reason}
            entry = await note(tx, request, JournalKind.PLAN_ACTION_PROPOSED, data)
        return Proposed(journal_seq=entry.seq, proposal=plans.proposal_id(entry), conflicts=colliding)

    @activity.defn(name="plan.decline")
    async def decline(self, request: DecideProposal) -> Done:
        """Decline a proposal."""
        await self.rooms.incident(request.incident)
        async with self.rooms.store.writing() as tx:
            proposal = await _proposal(tx, request, accepted=False)
            data = {"proposal": proposal.id, "action": proposal.action, "reason": request.reason}
            entry = await note(tx, request, JournalKind.PLAN_PROPOSAL_DECLINED, data)
        return Done(journal_seq=entry.seq)

    @activity.defn(name="plan.move")
    async def move(self, request: MoveAction) -> Moved:
        """Say how far an action is; the version stays, and so does every agreement to it."""
        await self.rooms.incident(request.incident)
        directory = await usable_directory(self.rooms)
        async with self.rooms.store.writing() as tx:
            await self._alone(tx)
            incident = await incidents.get(tx, request.incident)
            action = incident.plan.action(request.action)
            if action is None:
                sentence = f"{request.action} is no action of the plan of {request.incident} (plan show)."
                raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
            data = {"action": action.id, "from": action.state.value, "to": request.state.value}
            entry = await note(tx, request, JournalKind.PLAN_ACTION_MOVED, data | {"reason": request.reason})
            before = ActionState(str(entry.data["from"]))
            _need_step(action.id, before, request.state)
            changed = action.model_copy(update={"state": request.state})
            actions = tuple(changed if one.id == changed.id else one for one in incident.plan.actions)
            found = await self._compare(tx, incident, actions)
            plan = incident.plan.model_copy(update={"actions": actions, "conflicts": found.conflicts})
            await incidents.set_plan(tx, request.incident, plan)
            await _journal_conflicts(tx, request, before=incident.plan, plan=plan)
            told = await self._settle(tx, request, directory, found)
        held_up = blocked([*plan.actions], late=[one.id for one in overdue(plan.actions, at=request.at)])
        return Moved(journal_seq=entry.seq, before=before, hindrances=held_up.get(action.id, ()), told=told)

    @activity.defn(name="plan.agree")
    async def agree(self, request: AgreePlan) -> Done:
        """Record that a country agrees to the version that stands, and keep what it agrees to as a document."""
        async with self.rooms.store.writing() as tx:
            plan = (await incidents.get(tx, request.incident)).plan
            if plan.version != request.version:
                sentence = f"Version {request.version} is not the plan that stands, which is {plan.version}."
                raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
            agreed = tuple(sorted({*plan.agreed_by, request.country}))
            await incidents.set_plan(tx, request.incident, plan.model_copy(update={"agreed_by": agreed}))
            data = {"country": request.country, "version": request.version, "reason": request.reason}
            data |= {"document": await _keep_version(tx, plan)}
            entry = await note(tx, request, JournalKind.PLAN_VERSION_AGREED, data)
        return Done(journal_seq=entry.seq)

    async def _alone(self, tx: AsyncConnection) -> None:
        """One change of any plan at a time: a collision across incidents is written into two journals."""
        await hold(tx, f"plans/{self.rooms.mode.value}")

    async def _add(
        self, tx: AsyncConnection, request: Fact, directory: Directory, *, document: str, reason: str
    ) -> PlanChanged:
        incident = await incidents.get(tx, request.incident)
        before = incident.plan
        actions = plans.actions_in(await documents.get(tx, document))
        entry = await _note_added(tx, request, actions, document=document, version=before.version + 1, reason=reason)
        if entry.data["version"] != before.version + 1:  # it was carried out before
            return await self._changed(tx, request, before, entry)
        await _need_known(tx, request, directory, actions)
        plan = _with(before, actions)
        need_order(plan.actions)
        found = await self._compare(tx, incident, plan.actions)
        plan = plan.model_copy(update={"conflicts": found.conflicts})
        await incidents.set_plan(tx, request.incident, plan)
        await _journal_conflicts(tx, request, before=before, plan=plan)
        await _suggest_team(tx, request, directory, plan)
        await self._settle(tx, request, directory, found)
        return await self._changed(tx, request, plan, entry)

    async def _changed(self, tx: AsyncConnection, request: Fact, plan: Plan, entry: JournalEntry) -> PlanChanged:
        return PlanChanged(
            version=plan.version,
            actions=len(plan.actions),
            conflicts=len(plan.conflicts),
            journal_seq=entry.seq,
            told=await alerts.told(tx, request),
        )

    async def _compare(self, tx: AsyncConnection, incident: StoredIncident, actions: Sequence[Action]) -> _Compared:
        """Compare a plan as it would be with those of all open incidents of the same mode."""
        others = [one for one in await incidents.listing(tx) if one.mode is incident.mode]
        stand = {one.reference: one.plan.actions for one in others} | {incident.reference: tuple(actions)}
        sealed = [name for name, planned in stand.items() if any(action.sealed for action in planned)]
        keys = await operation_keys.of_incidents(tx, sealed)
        self._index.keep(compared(stand, keys=keys))
        return _Compared(
            conflicts=conflicts_of(self._index, incident.reference),
            collisions=self._index.of(incident.reference),
            actions={Place(name, action.id): action for name, planned in stand.items() for action in planned},
        )

    async def _settle(
        self, tx: AsyncConnection, request: Fact, directory: Directory, found: _Compared
    ) -> alerts.Notices:
        return await alerts.settle(
            tx, request, directory, collisions=found.collisions, actions=found.actions, table=self._index.table
        )


async def _note_added(
    tx: AsyncConnection, request: Fact, actions: Sequence[Action], *, document: str, version: int, reason: str
) -> JournalEntry:
    named: dict[str, JsonValue] = {"action": actions[0].id}
    if len(actions) > 1:
        named = {"actions": [action.id for action in actions]}
    data = {**named, "document": document, "version": version, "reason": reason}
    return await note(tx, request, JournalKind.PLAN_ACTION_ADDED, data)


async def _need_known(tx: AsyncConnection, request: Fact, directory: Directory, actions: Iterable[Action]) -> None:
    """Refuse actions of stakeholders that nobody knows, and seals under a key that is not the operation's now."""
    known = directory.by_id().keys()
    key = await operation_keys.newest(tx, request.incident)
    for action in actions:
        named = {"owner": action.owner, "lead": action.lead, "proposed_by": action.proposed_by}
        wrong = [f"{what} {name}" for what, name in named.items() if name is not None and name not in known]
        wrong += [f"support {name}" for name in action.support if name not in known]
        if wrong:
            sentence = f"Action {action.id}: its {wrong[0]} is not in the directory."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        if action.sealed and (key is None or action.sealed.key != key.key):
            now = f"the key is {key.key} now" if key else "the operation has no key (plan key)"
            sentence = f"Action {action.id} is sealed under {action.sealed.key}, and {now}; seal it anew."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)


async def _proposal(tx: AsyncConnection, request: DecideProposal, *, accepted: bool) -> PlanProposal:
    """The proposal a decision is about; refused when it was decided before, but by this very act."""
    found = await plans.proposals(tx, request.incident)
    proposal = next((one for one in found if one.id == request.proposal), None)
    if proposal is None:
        sentence = f"{request.proposal} is no proposal in {request.incident} (plan show)."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
    again = (proposal.accepted, proposal.decided_by, proposal.reason) == (accepted, request.actor, request.reason)
    if proposal.accepted is not None and not again:
        what = "accepted" if proposal.accepted else "declined"
        sentence = f"{proposal.id} was {what} by {proposal.decided_by} already."
        raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
    return proposal


def _need_step(action: str, before: ActionState, after: ActionState) -> None:
    if after in before.next_states:
        return
    words = ", ".join(state.value for state in before.next_states)
    then = f"from there it becomes {words}" if words else "it is over; add it again under another id"
    raise RefusedError(f"{action} is {before.value}; {then}.", reason=RefusalReason.NOTHING_TO_DO)


def _with(plan: Plan, actions: Sequence[Action]) -> Plan:
    new = {action.id for action in actions}
    kept = [one for one in plan.actions if one.id not in new]
    ordered = sorted([*kept, *actions], key=lambda one: (one.starts_at, one.id))
    return Plan(version=plan.version + 1, actions=tuple(ordered), disseminated_version=plan.disseminated_version)


async def _journal_conflicts(tx: AsyncConnection, request: Fact, *, before: Plan, plan: Plan) -> None:
    kind, known = JournalKind.PLAN_CONFLICT_FOUND, set(before.conflicts)
    drafts = [
        Draft(kind, one.model_dump(mode="json"), f"{request.key}:{kind.value}:{one.first}/{one.second}")
        for one in plan.conflicts
        if one not in known
    ]
    if drafts:
        await journal.append_all(tx, drafts, incident=request.incident, at=request.at, actor=request.actor)


async def _suggest_team(tx: AsyncConnection, request: Fact, directory: Directory, plan: Plan) -> None:
    """Suggest a joint investigation team, once in an incident and with all the reasons there are then."""
    if await journal.entries(tx, request.incident, kinds={JournalKind.PLAN_TEAM_SUGGESTED}):
        return
    everybody = directory.by_id()
    owners = {owner for one in await pool.meetings(tx, request.incident) for owner in one.owners}
    met = {one.country for owner in owners if (one := everybody.get(owner)) and one.country}
    reasons = joint_team_reasons(plan.actions, met=met)
    if reasons:
        countries = sorted({country for reason in reasons for country in reason.countries})
        data: dict[str, JsonValue] = {"countries": [*countries], "reasons": [reason.id for reason in reasons]}
        data |= {"because": "; ".join(reason.because for reason in reasons)}
        await note(tx, request, JournalKind.PLAN_TEAM_SUGGESTED, data)


async def _keep_version(tx: AsyncConnection, plan: Plan) -> str:
    """The content of a version as a document: the same for everybody who agrees to it, however far its actions are."""
    actions = [action.model_dump(mode="json", exclude={"state"}) for action in plan.actions]
    content = canonical.dumps({"version": plan.version, "actions": actions})
    marking = join_all(action.marking for action in plan.actions).banner
    return await documents.put(tx, content, media_type="application/json", marking=marking)
