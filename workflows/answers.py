"""Waiting for what providers say: those who need no permission are told meanwhile, by the rest of the dissemination."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import workflow

from activities.messages import ProvidersAnswered, Tally
from activities.permissions import PermissionActivities
from leerp.notices import NoticeKind
from leerp.protocol import DISSEMINATION, dissemination_id
from workflows.calls import call_long

if TYPE_CHECKING:
    from workflows.dissemination import Dissemination


async def ask(dissemination: "Dissemination", notices: tuple[str, ...]) -> None:
    """Start telling the providers what they are asked. These messages outlive this one."""
    start = dissemination.start
    for notice in notices:
        change = {"notice": notice, "kind": NoticeKind.PROVIDER}
        await workflow.start_child_workflow(
            DISSEMINATION,
            start.model_copy(update=change),
            id=dissemination_id(start.reference, notice),
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=f"a question to a provider in {start.reference}",
        )


async def wait(dissemination: "Dissemination", tally: Tally) -> int:
    """Until every provider has answered or the time is up, send what their answers permit; how many lines it were."""
    policy, clock = dissemination.start.policy, dissemination.clock
    deadline = clock.now() + timedelta(minutes=policy.consent_within_minutes)
    heard, waiting, added = 0, tally.awaiting, 0
    while waiting:
        came = await _heard(dissemination, heard, until=deadline, waiting=waiting)
        heard = dissemination.answers
        request = ProvidersAnswered(**dissemination.task("answered").model_dump(), final=not came)
        answered = await call_long(PermissionActivities.answered, request, summary="what providers permit")
        waiting, added = answered.awaiting, added + answered.pending
        if answered.pending:
            await dissemination.send(await dissemination.outstanding())
    return added


async def _heard(dissemination: "Dissemination", before: int, *, until: datetime, waiting: int) -> bool:
    """Wait for one more word than were heard before; False when the time came first."""
    summary = f"{waiting} readers wait for a provider's permission"
    return await dissemination.clock.wait(lambda: dissemination.answers > before, until=until, summary=summary)
