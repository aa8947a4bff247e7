"""What the plan of an incident waits for, in words that name the command."""

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import JournalKind
from leerp.model import iso
from leerp.plans import Plan
from matrices.dependencies import blocked
from records import journal, operation_keys, plan_alerts, plans


async def late(c: AsyncConnection, reference: str, plan: Plan) -> tuple[str, ...]:
    """The actions that were raised as overdue and still are: not moved to another window, and not over."""
    raised = {
        (str(entry.data["action"]), str(entry.data["ends_at"]))
        for entry in await journal.entries(c, reference, kinds={JournalKind.PLAN_ACTION_OVERDUE})
    }
    return tuple(one.id for one in plan.actions if not one.state.over and (one.id, iso(one.ends_at)) in raised)


async def of_plan(c: AsyncConnection, reference: str, plan: Plan) -> list[str]:
    """Actions that are overdue or blocked, and those whose seal is under a key that was replaced."""
    overdue = await late(c, reference, plan)
    lines = [f"the state of action {one}: its window has passed (plan state)" for one in overdue]
    for action, reasons in blocked(plan.actions, late=overdue).items():
        lines.append(f"a way on for action {action}: {', '.join(reasons)} (plan state, plan add)")
    key = await operation_keys.newest(c, reference)
    lines += [
        f"action {one.id} of {one.owner} to be sealed anew under {key.key} (plan seal)"
        for one in plan.actions
        if key and one.sealed and one.sealed.key != key.key and not one.state.over
    ]
    return lines


async def of_incident(c: AsyncConnection, reference: str, plan: Plan) -> list[str]:
    """All that a person has to do about the plan."""
    lines = await of_plan(c, reference, plan)
    lines += [
        f"an answer to {one.id}: {one.proposed_by} proposes {one.action} (plan accept, plan decline)"
        for one in await plans.proposals(c, reference)
        if one.accepted is None
    ]
    return lines + [
        line for alert in await plan_alerts.of_incident(c, reference) for line in alert.sentences(reference)
    ]
