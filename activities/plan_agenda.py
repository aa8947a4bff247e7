"""What has a time in the plan: actions whose window passes, actions that others hold up, alerts nobody answers."""

import hashlib
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.facts import note_once
from activities.messages import Look
from activities.plan_alerts import close_ended, raise_late
from activities.rooms import Rooms
from leerp.journal import JournalKind
from leerp.model import iso
from matrices.dependencies import blocked, overdue
from records import incidents, plan_alerts


async def look(tx: AsyncConnection, rooms: Rooms, request: Look) -> datetime | None:  # noqa: ARG001 - as the agenda asks
    """Raise what is overdue, blocked or unanswered, each once; when the next window passes or answer is due."""
    incident = await incidents.get(tx, request.incident)
    if incident.status.ended:
        return None
    actions = incident.plan.actions
    late = overdue(actions, at=request.at)
    for action in late:
        ends_at = iso(action.ends_at)
        data: dict[str, JsonValue] = {"action": action.id, "owner": action.owner, "ends_at": ends_at}
        data |= {"state": action.state.value}
        await _raise(tx, request, JournalKind.PLAN_ACTION_OVERDUE, data, key=f"overdue/{action.id}/{ends_at}")
    for name, reasons in blocked(actions, late=[action.id for action in late]).items():
        told = hashlib.sha256("\n".join(reasons).encode()).hexdigest()[:16]
        data = {"action": name, "because": list(reasons)}
        await _raise(tx, request, JournalKind.PLAN_ACTION_BLOCKED, data, key=f"blocked/{name}/{told}")
    await close_ended(tx, request)
    times = await raise_late(tx, request, await plan_alerts.of_incident(tx, request.incident))
    times += [action.ends_at for action in actions if not action.state.over and action.ends_at > request.at]
    return min(times, default=None)


async def _raise(
    tx: AsyncConnection, request: Look, kind: JournalKind, data: dict[str, JsonValue], *, key: str
) -> None:
    await note_once(tx, request, kind, data, key=key)
