"""Step VI, investigation: contributions are pooled and matched as they come, in every step after the launch."""

from temporalio import workflow

from activities.investigation import InvestigationActivities
from activities.messages import MatchItem, TakeInContribution
from leerp.notices import NoticeKind
from workflows.calls import call, call_long
from workflows.incident import Incident
from workflows.waiting import Wait

HITS, HITS_OF_REPORTS = "issue5-hits", "issue5-hits-of-reports"
"""Two, because an answer holds for a whole run: an incident that had only reports when the code changed shall tell of
what is contributed from now on."""


async def take_in(incident: Incident, contribution: str) -> None:
    """Pool a contribution that has arrived, look for hits, and tell their owners."""
    if workflow.patched(HITS):
        await _match(incident, contribution)
        return
    await call(
        InvestigationActivities.take_in,
        TakeInContribution(**incident.fact("contribution"), contribution=contribution),
    )


async def take_in_report(incident: Incident, report: str) -> None:
    """A report meets what was contributed before it came."""
    if workflow.patched(HITS_OF_REPORTS):
        await _match(incident, report)


async def _match(incident: Incident, item: str) -> None:
    request = MatchItem(**incident.fact("match"), item=item)
    found = await call_long(InvestigationActivities.match, request, summary="match against the pool")
    for notice in found.notices:
        await incident.disseminate(notice, NoticeKind.PROVIDER)


async def investigate(incident: Incident, wait: Wait) -> None:
    """Go on until people have closed the protocol; the plan and the warning can be renewed meanwhile."""
    await incident.show()
    await wait(lambda: incident.state.closing_approved)
