"""Step VI, investigation: contributions are pooled and matched as they come, in every step after the launch."""

from activities.investigation import InvestigationActivities
from activities.messages import TakeInContribution
from workflows.calls import call
from workflows.incident import Incident
from workflows.waiting import Wait


async def take_in(incident: Incident, contribution: str) -> None:
    """Pool a contribution that has arrived, and look for hits."""
    await call(
        InvestigationActivities.take_in,
        TakeInContribution(**incident.fact("contribution"), contribution=contribution),
    )


async def investigate(incident: Incident, wait: Wait) -> None:
    """Go on until people have closed the protocol; the plan and the warning can be renewed meanwhile."""
    await incident.show()
    await wait(lambda: incident.state.closing_approved)
