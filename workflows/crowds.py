"""Many reports at once: what a burst leaves in the inbox is taken in together, not one after another.

A few are taken in one by one, so that each is classified by itself, as it always was.
"""

from itertools import takewhile

from temporalio import workflow

from activities.crowd_messages import MatchItems, TakeInReports
from activities.crowds import CrowdActivities
from activities.messages import Classified
from leerp.notices import NoticeKind
from leerp.protocol import Signal
from workflows import reclassifying
from workflows.calls import call_long
from workflows.incident import Incident

FROM = 5
"""So many reports that wait are a crowd."""

AT_ONCE = 50
"""So many are taken in together: what is done for them is one transaction, which others wait for."""

TOGETHER = "issue6-crowds"


async def take_in(incident: Incident) -> int:
    """Take in the reports at the head of the inbox, if they are a crowd; how many it was."""
    waiting = [subject for _, subject in takewhile(lambda one: one[0] is Signal.REPORT, incident.state.inbox)]
    if len(waiting) < FROM or not workflow.patched(TOGETHER):
        return 0
    crowd = tuple(waiting[:AT_ONCE])
    request = TakeInReports(**incident.fact("reports"), reports=crowd)
    done = await call_long(CrowdActivities.take_in, request, summary=f"take in {len(crowd)} reports")
    if done.recommendation is not None:
        incident.change(classified=True, recommended=done.recommendation)
        await reclassifying.follow(incident, Classified.model_validate(done.model_dump()), because=done.because)
        await _match(incident, done.here)
    return len(crowd)


async def _match(incident: Incident, reports: tuple[str, ...]) -> None:
    request = MatchItems(**incident.fact("match"), items=reports)
    found = await call_long(CrowdActivities.match, request, summary="match against the pool")
    for notice in found.notices:
        await incident.disseminate(notice, NoticeKind.PROVIDER)
