"""Step VI, investigation: contributions are pooled and matched as they come, in every step after the launch."""

from temporalio import workflow

from activities.investigation import InvestigationActivities
from activities.messages import MatchItem, TakeInContribution
from leerp.notices import NoticeKind
from workflows.calls import call, call_long, call_near
from workflows.incident import Incident
from workflows.waiting import Wait

HITS, HITS_OF_REPORTS = "issue5-hits", "issue5-hits-of-reports"
"""Two, because an answer holds for a whole run: an incident that had only reports when the code changed shall tell of
what is contributed from now on."""

FEW = 100
"""So many observables are matched in a moment; a contribution may have ten thousand. Project assumption."""


async def take_in(incident: Incident, contribution: str) -> None:
    """Pool a contribution that has arrived, look for hits, and tell their owners."""
    if workflow.patched(HITS):
        await _match(incident, contribution)
        return
    await call(
        InvestigationActivities.take_in,
        TakeInContribution(**incident.fact("contribution"), contribution=contribution),
    )


async def take_in_report(incident: Incident, report: str, *, observables: int | None = None) -> None:
    """A report meets what was contributed before it came. `observables`: how many it has; None if that is unknown."""
    if workflow.patched(HITS_OF_REPORTS):
        await _match(incident, report, short=observables is not None and observables <= FEW)


async def _match(incident: Incident, item: str, *, short: bool = False) -> None:
    request = MatchItem(**incident.fact("match"), item=item)
    what = "match against the pool"
    if short:
        found = await call_near(InvestigationActivities.match, request, summary=what)
    else:
        found = await call_long(InvestigationActivities.match, request, summary=what)
    for notice in found.notices:
        await incident.disseminate(notice, NoticeKind.PROVIDER)


async def investigate(incident: Incident, wait: Wait) -> None:
    """Go on until people have closed the protocol; the plan and the warning can be renewed meanwhile."""
    await incident.show()
    await wait(lambda: incident.state.closing_approved)
