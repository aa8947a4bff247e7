"""The Dissemination workflow: one notice to its readers, in batches, until everybody is told or given up on.

The ledger is the truth; this workflow only decides who is tried when.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.delivery import DeliveryActivities
from activities.messages import DeliverBatch, Fact, NoticeTask, Tally
from leerp.protocol import DISSEMINATION, DisseminationStart, Signal, emergency_id
from workflows.calls import call, call_long
from workflows.timekeeping import Timekeeper

IN_FLIGHT = 4
"""Batches tried at the same time; far below the 50 activities at which a workflow replays itself."""

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=15)


@workflow.defn(name=DISSEMINATION)
class Dissemination:
    """One notice, from the plan of its deliveries to the last overdue acknowledgement."""

    @workflow.init
    def __init__(self, start: DisseminationStart) -> None:
        self.start = start
        self.clock = Timekeeper(start.clock)
        self.sequence = 0

    @workflow.run
    async def run(self, start: DisseminationStart) -> Tally:
        """Plan, deliver, tell the incident, try again what is pending, and ask after acknowledgements."""
        tally = await call_long(DeliveryActivities.plan, self.task("plan"), summary="plan the deliveries")
        tally = await self.deliver(tally.total)
        await call(DeliveryActivities.conclude, self.task("conclude"))
        await self.tell_incident()
        tally = await self.persist(tally)
        minutes = start.policy.acknowledge_within_minutes.get(start.kind)
        if minutes:
            await self.watch(timedelta(minutes=minutes))
        return tally

    def task(self, name: str) -> NoticeTask:
        """The request to do something for this notice."""
        start = self.start
        self.sequence += 1
        fact = Fact(incident=start.reference, at=self.clock.now(), key=f"{start.notice}/{name}/{self.sequence}")
        return NoticeTask(**fact.model_dump(), notice=start.notice, kind=start.kind, mode=start.mode)

    async def deliver(self, total: int) -> Tally:
        """Try every line that is still to be tried, in batches."""
        size = self.start.policy.batch
        firsts = list(range(0, total, size))
        pending = 0
        for begin in range(0, len(firsts), IN_FLIGHT):
            batches = [
                DeliverBatch(**self.task("deliver").model_dump(), first=first, after=first + size)
                for first in firsts[begin : begin + IN_FLIGHT]
            ]
            tallies = await asyncio.gather(
                *(
                    call_long(DeliveryActivities.deliver, batch, summary=f"readers {batch.first} to {batch.after - 1}")
                    for batch in batches
                )
            )
            pending += sum(tally.pending for tally in tallies)
        return Tally(total=total, pending=pending)

    async def persist(self, tally: Tally) -> Tally:
        """Try what is pending again, ever more slowly, until it is sent or given up on."""
        deadline = self.clock.now() + timedelta(minutes=self.start.policy.give_up_sending_after_minutes)
        pause = FIRST_RETRY
        while tally.pending and self.clock.now() < deadline:
            await self.clock.sleep(pause, summary=f"{tally.pending} deliveries pending")
            pause = min(pause * 2, LONGEST_RETRY)
            tally = await self.deliver(tally.total)
        if tally.pending:
            tally = await call(DeliveryActivities.give_up, self.task("give_up"))
        return tally

    async def watch(self, patience: timedelta) -> None:
        """Ask after acknowledgements: first over the next contact point, then by raising the alarm."""
        await self.clock.sleep(patience, summary="acknowledgements due")
        escalated = await call_long(DeliveryActivities.escalate, self.task("escalate"), summary="ask a second time")
        if escalated.pending:
            await self.persist(await self.deliver(escalated.total))
        if escalated.total:
            await self.clock.sleep(patience, summary="acknowledgements due for the second time")
        await call(DeliveryActivities.report_overdue, self.task("overdue"))

    async def tell_incident(self) -> None:
        """Tell the incident that every reader has been tried; one that has ended need not know."""
        handle = workflow.get_external_workflow_handle(emergency_id(self.start.reference))
        try:
            await handle.signal(Signal.NOTICE_SENT, self.start.notice)
        except ApplicationError as error:
            if error.type != "ExternalWorkflowExecutionNotFound":
                raise
