"""The Dissemination workflow: one notice to its readers, in batches, until everybody is told or given up on.

The ledger is the truth; this workflow only decides who is tried when. Every channel goes at its own pace: a slow one
holds up neither another channel nor the incident.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.delivery import DeliveryActivities
from activities.messages import (
    AskAgain,
    DeliverBatch,
    Fact,
    FindOutstanding,
    GiveUp,
    NoticeTask,
    PlanDeliveries,
    Share,
    Tally,
)
from activities.turns import Hold
from leerp.notices import Mode, NoticeKind
from leerp.protocol import DISSEMINATION, Clock, DisseminationStart, Signal, emergency_id
from notifications.urgency import longest_pause
from workflows import answers, begun_earlier
from workflows.calls import call, call_long, call_near, near
from workflows.timekeeping import Timekeeper

IN_FLIGHT = 2
"""Batches of one channel tried at the same time: while one ends, the next fills the connections."""

AWAITED = frozenset(
    {NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL, NoticeKind.EARLY_WARNING, NoticeKind.CLOSURE}
)
"""The kinds that have to be under way before the incident takes its next step."""

FIRST_RETRY = timedelta(seconds=30)

FIRST_LOOK = timedelta(seconds=1)
LONGEST_LOOK = timedelta(seconds=10)
"""How long a notice rests that lets more urgent ones pass while they are sent: short, and by the engine's own clock."""

FIRST_ROUND = timedelta(seconds=10)
"""How long the incident waits until every channel has been through its readers once, by the engine's own clock."""


@workflow.defn(name=DISSEMINATION)
class Dissemination:
    """One notice, from the plan of its deliveries to the last overdue acknowledgement."""

    @workflow.init
    def __init__(self, start: DisseminationStart) -> None:
        self.start = start
        self.clock = Timekeeper(start.clock)
        self.sequence = 0
        self.answers = 0
        self.sending: dict[str, asyncio.Task[None]] = {}
        self.tried: set[str] = set()
        self.added: dict[str, int] = {}
        self.asked_again = 0
        self.holds: dict[str, Hold | None] = {}
        self.spares = False

    @workflow.run
    async def run(self, start: DisseminationStart) -> Tally:
        """Plan, deliver, tell the incident, try again what is pending, and ask after acknowledgements."""
        in_one = workflow.patched("issue7-planned-in-one")
        batch = start.policy.batch if in_one else None
        planning = PlanDeliveries(**self.task("plan").model_dump(), batch=batch)
        tally = await call_long(DeliveryActivities.plan, planning, summary="plan the deliveries")
        if not workflow.patched("issue4-channels"):
            return await begun_earlier.go_on(self, tally)
        self.spares = workflow.patched("issue4-outage")
        await answers.ask(self, tally.asked)
        answering = asyncio.create_task(answers.wait(self, tally)) if tally.awaiting else None
        await self.send(await self.outstanding() if tally.shares is None else tally.shares)
        told_early = self.spares and start.kind is NoticeKind.LAUNCH_INTERNAL
        if told_early:  # the notice outside is only to come after this one, not to wait until it has arrived
            await self.tell_incident()
        await self.first_round()
        await call_near(DeliveryActivities.conclude, self.task("conclude", once=True))
        if not told_early:
            await self.tell_incident()
        if start.kind in start.policy.acknowledge_within_minutes:
            await self.watch()
        if answering and await answering and start.kind in start.policy.acknowledge_within_minutes:
            await self.watch()
        await asyncio.gather(*self.sending.values())
        if in_one:
            return Tally(total=tally.total + self.asked_again, pending=0)
        return await call(DeliveryActivities.sums, self.task("sums"))

    @workflow.signal(name=Signal.CONSENT)
    def consent_answered(self) -> None:
        """A provider's word has been written down, of this notice or of all of the incident."""
        self.answers += 1

    @workflow.signal(name=Signal.CLOCK)
    def clock_changed(self, clock: Clock) -> None:
        """The exercise is paused, goes on, or goes at another speed."""
        if self.start.mode is Mode.EXERCISE:
            self.clock.change(clock)
            self.start = self.start.model_copy(update={"clock": clock})

    def task(self, name: str, *, once: bool = False) -> NoticeTask:
        """The request to do something for this notice. `once`: it is one fact, however often it is asked for."""
        start = self.start
        self.sequence += 1
        key = f"{start.notice}/{name}" if once else f"{start.notice}/{name}/{self.sequence}"
        fact = Fact(incident=start.reference, at=self.clock.now(), key=key)
        return NoticeTask(**fact.model_dump(), notice=start.notice, kind=start.kind, mode=start.mode)

    async def outstanding(self, channel: str | None = None) -> tuple[Share, ...]:
        """What is still to be tried, over one channel or over any."""
        task = self.task("outstanding").model_dump()
        wanted = FindOutstanding(**task, batch=self.start.policy.batch, channel=channel)
        return (await call_near(DeliveryActivities.outstanding, wanted)).shares

    async def send(self, shares: Iterable[Share]) -> None:
        """See to it that these are sent: a channel that is at it hears of them, any other begins."""
        for share in shares:
            self.added[share.channel] = self.added.get(share.channel, 0) + 1
            at_it = self.sending.get(share.channel)
            if at_it is None or at_it.done():
                self.sending[share.channel] = asyncio.create_task(self.serve(share))

    async def first_round(self) -> None:
        """Wait until every channel has been through its readers once, but not for long."""
        channels = set(self.sending)
        try:
            await workflow.wait_condition(
                lambda: channels <= self.tried, timeout=FIRST_ROUND, timeout_summary="a channel is slow"
            )
        except TimeoutError:
            workflow.logger.info("a channel is slow; the incident goes on")

    async def serve(self, share: Share) -> None:
        """One channel: try its lines, and again ever more slowly, until they are sent or given up on."""
        channel, patience = share.channel, timedelta(minutes=self.start.policy.give_up_sending_after_minutes)
        deadline, pause, look = self.clock.now() + patience, FIRST_RETRY, FIRST_LOOK
        shares: tuple[Share, ...] = (share,)
        while True:
            heard, self.holds[channel] = self.added[channel], None
            pending = sum([await self.work_off(one) for one in shares or await self.outstanding(channel)])
            shares = ()
            others_first = self.holds[channel] is Hold.OTHERS_FIRST
            if not others_first:
                self.tried.add(channel)
                look = FIRST_LOOK
            if self.added[channel] > heard:
                deadline = self.clock.now() + patience
            elif pending and others_first and self.clock.now() < deadline:
                await self.let_pass(channel, heard, look)
                look = min(look * 2, LONGEST_LOOK)
            elif pending and self.clock.now() < deadline:
                await self.rest(channel, heard, pause)
                pause = min(pause * 2, longest_pause(self.start.kind))
            elif pending:
                await call(DeliveryActivities.give_up, GiveUp(**self.task("give_up").model_dump(), channel=channel))
            else:
                return

    async def rest(self, channel: str, heard: int, pause: timedelta) -> None:
        """Leave a channel alone for a while, unless there is something new for it."""
        until = self.clock.now() + pause
        await self.clock.wait(lambda: self.added[channel] > heard, until=until, summary=f"{channel}: try again later")

    async def let_pass(self, channel: str, heard: int, pause: timedelta) -> None:
        """Wait while more urgent notices are sent: how long that takes is the machine's, not the incident's."""
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self.added[channel] > heard, timeout=pause, timeout_summary=f"{channel}: others first"
            )

    async def work_off(self, share: Share) -> int:
        """Try the lines of a channel that are still to be tried, batch by batch; how many are left, at most.

        Once a batch says that the channel is to be left alone, those after it wait for the next round.
        """
        turn = asyncio.Semaphore(IN_FLIGHT)

        async def deliver(first: int, after: int) -> int:
            async with turn:
                if self.holds[share.channel]:
                    return after - first
                task = self.task("deliver").model_dump()
                batch = DeliverBatch(**task, first=first, after=after, channel=share.channel)
                summary = f"{share.channel}: lines {first} to {after - 1}"
                tried = await call_long(DeliveryActivities.deliver, batch, summary=summary)
                if self.spares and tried.hold:
                    self.holds[share.channel] = tried.hold
                return tried.pending

        ends = (*share.firsts[1:], share.after)
        return sum(await asyncio.gather(*(deliver(*bounds) for bounds in zip(share.firsts, ends, strict=True))))

    async def watch(self) -> None:
        """Ask after acknowledgements, each group by its own deadline, until nobody is left to be asked after."""
        policy = self.start.policy
        minutes = policy.acknowledge_within_minutes[self.start.kind]
        by_group = {group.value: value for group, value in policy.acknowledge_within_minutes_by_group.items()}
        at: datetime | None = self.clock.now() + timedelta(minutes=min([minutes, *by_group.values()]))
        while at is not None:
            await self.clock.sleep(at - self.clock.now(), summary="acknowledgements due")
            task = self.task("ask_again").model_dump()
            request = AskAgain(**task, minutes=minutes, by_group=by_group)
            asked = await call_long(DeliveryActivities.ask_again, request, summary="ask after acknowledgements")
            self.asked_again += asked.added
            if asked.added:
                await self.send(await self.outstanding())
            at = asked.next_at

    async def tell_incident(self) -> None:
        """Tell the incident that it can go on; one that has ended need not know, nor one that waits for other kinds."""
        if self.start.kind not in AWAITED and near():
            return
        handle = workflow.get_external_workflow_handle(emergency_id(self.start.reference))
        try:
            await handle.signal(Signal.NOTICE_SENT, self.start.notice)
        except ApplicationError as error:
            if error.type != "ExternalWorkflowExecutionNotFound":
                raise
