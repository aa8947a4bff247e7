"""How disseminations that began with 0.1.0 go on: all channels in one batch, and everybody asked again together.

Their histories tell these commands in this order; nothing here may change.
"""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from activities.delivery import DeliveryActivities
from activities.messages import DeliverBatch, GiveUp, Tally
from workflows.calls import call, call_long

if TYPE_CHECKING:
    from workflows.dissemination import Dissemination

IN_FLIGHT = 4
"""Batches tried at the same time."""

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=15)


async def go_on(self: "Dissemination", tally: Tally) -> Tally:
    """Deliver, tell the incident, try again what is pending, and ask after acknowledgements."""
    tally = await _deliver(self, tally.total)
    await call(DeliveryActivities.conclude, self.task("conclude"))
    await self.tell_incident()
    tally = await _persist(self, tally)
    minutes = self.start.policy.acknowledge_within_minutes.get(self.start.kind)
    if minutes:
        await _watch(self, timedelta(minutes=minutes))
    return tally


async def _deliver(self: "Dissemination", total: int) -> Tally:
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


async def _persist(self: "Dissemination", tally: Tally) -> Tally:
    """Try what is pending again, ever more slowly, until it is sent or given up on."""
    deadline = self.clock.now() + timedelta(minutes=self.start.policy.give_up_sending_after_minutes)
    pause = FIRST_RETRY
    while tally.pending and self.clock.now() < deadline:
        await self.clock.sleep(pause, summary=f"{tally.pending} deliveries pending")
        pause = min(pause * 2, LONGEST_RETRY)
        tally = await _deliver(self, tally.total)
    if tally.pending:
        tally = await call(DeliveryActivities.give_up, GiveUp(**self.task("give_up").model_dump()))
    return tally


async def _watch(self: "Dissemination", patience: timedelta) -> None:
    """Ask after acknowledgements: first over the next contact point, then by raising the alarm."""
    await self.clock.sleep(patience, summary="acknowledgements due")
    escalated = await call_long(DeliveryActivities.escalate, self.task("escalate"), summary="ask a second time")
    if escalated.pending:
        await _persist(self, await _deliver(self, escalated.total))
    if escalated.total:
        await self.clock.sleep(patience, summary="acknowledgements due for the second time")
    await call(DeliveryActivities.report_overdue, self.task("overdue"))
