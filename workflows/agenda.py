"""The agenda in an incident's own time: looked at when something on it is due, and after acts that change it."""

from activities.agenda import AgendaActivities
from activities.messages import Look
from workflows.calls import call
from workflows.incident import Incident


def is_due(incident: Incident) -> bool:
    """Whether it is time to look."""
    look_at = incident.state.look_at
    return look_at is not None and look_at <= incident.now()


def look_soon(incident: Incident) -> None:
    """An act has changed what has a time: look at once, and from then on when it is due."""
    incident.change(look_at=incident.now())


async def look(incident: Incident) -> None:
    """Raise what is overdue and send what was made of it; what comes next is waited for."""
    async with incident.lock:
        done = await call(AgendaActivities.look, Look(**incident.fact("agenda")))
        incident.change(look_at=done.next_at)
        for one in done.notices:
            await incident.disseminate(one.notice, one.kind)
