"""The Emergency workflow: the seven steps of the protocol for one incident, alive for days.

It sequences, waits and remembers what is in progress. What was done stands in the journal, what was said in the
store; here are only references.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import workflow

from leerp.incidents import Choice, Phase, Status
from leerp.protocol import EMERGENCY, ActName, Clock, CloseAct, EmergencyStart, Query, Receipt, Signal
from workflows import (
    action_plan,
    agenda,
    closure,
    coordination,
    crowds,
    detection,
    investigation,
    moving,
    triage,
    warning,
)
from workflows.acts.command_posts import CommandPostActs
from workflows.acts.meetings import MeetingActs
from workflows.acts.moving import MovingActs
from workflows.acts.notices import NoticeActs
from workflows.acts.plan_changes import PlanChangeActs
from workflows.acts.planning import PlanActs
from workflows.acts.products import ProductActs
from workflows.acts.team import TeamActs
from workflows.acts.triage import TriageActs
from workflows.incident import Incident
from workflows.waiting import Wait


@workflow.defn(name=EMERGENCY)
class Emergency(
    TeamActs,
    CommandPostActs,
    TriageActs,
    MovingActs,
    NoticeActs,
    PlanActs,
    PlanChangeActs,
    MeetingActs,
    ProductActs,
):
    """One incident, from its first report to the closure notice."""

    @workflow.init
    def __init__(self, start: EmergencyStart) -> None:
        self.incident = Incident(start)

    @workflow.run
    async def run(self, start: EmergencyStart) -> str:  # noqa: ARG002 - __init__ took it
        """Carry the incident through the seven steps; the answer says how it ended."""
        incident = self.incident
        await self.step(Phase.DETECTION, detection.take_in)
        await self.step(Phase.TRIAGE, triage.classify_and_decide)
        if incident.state.choice is Choice.LAUNCH:
            await self.step(Phase.COORDINATION, coordination.set_up)
            await self.step(Phase.WARNING, warning.warn)
            await self.step(Phase.PLAN, action_plan.plan)
            await self.step(Phase.INVESTIGATION, investigation.investigate)
            await self.step(Phase.CLOSURE, closure.close)
        await workflow.wait_condition(workflow.all_handlers_finished)
        if incident.state.merged_into:
            return Status.MERGED.value
        return incident.state.choice.value if incident.state.choice else ""

    async def step(self, phase: Phase, deed: Callable[[Incident, Wait], Awaitable[None]]) -> None:
        """Do a step, unless an earlier run of this workflow has gone past it or the incident was merged away."""
        incident = self.incident
        if incident.state.phase.rank > phase.rank or incident.state.merged_into:
            return
        if incident.state.phase is not phase:
            incident.change(phase=phase)
            await incident.show()
        await deed(incident, self.until)

    async def until(self, condition: Callable[[], bool], *, at: datetime | None = None) -> bool:
        """Wait for people, and meanwhile take in what arrives; start a new run when the history has grown.

        False when the time `at` came first.
        """
        incident = self.incident
        while True:
            await self.work_off_inbox()
            while agenda.is_due(incident):
                await agenda.look(incident)
            if condition():
                return True
            if self.should_continue():
                await self.continue_as_new()
            look_at = incident.state.look_at
            until = min((time for time in (at, look_at) if time is not None), default=None)
            came = await incident.clock.wait(
                lambda look_at=look_at: condition() or self.is_needed(look_at),  # type: ignore[misc]
                until=until,
                summary=f"{incident.state.phase.value}: waiting for people",
            )
            if not came and until == at:
                return False

    def is_needed(self, look_at: datetime | None) -> bool:
        """Whether something waits to be worked on, or the agenda is not what it was when the wait began."""
        incident = self.incident
        return bool(incident.state.inbox) or self.should_continue() or incident.state.look_at != look_at

    async def work_off_inbox(self) -> None:
        """Take in reports and contributions, one after another, in the order they came."""
        incident = self.incident
        while incident.state.inbox:
            async with incident.lock:
                if crowd := await crowds.take_in(incident):
                    incident.change(inbox=incident.state.inbox[crowd:])
                    continue
                signal, subject = incident.state.inbox[0]
                if signal is Signal.REPORT:
                    if taken := await triage.take_in(incident, subject):
                        await investigation.take_in_report(incident, subject, observables=taken.observables)
                elif signal is Signal.MOVED:
                    await moving.take_in(incident, subject)
                elif signal is Signal.CONTRIBUTION:
                    await investigation.take_in(incident, subject)
                incident.change(inbox=incident.state.inbox[1:])

    def should_continue(self) -> bool:
        """Whether the history of this run is long enough."""
        info = workflow.info()
        long = info.get_current_history_length() > self.incident.start.continue_after_events
        return long or info.is_continue_as_new_suggested()

    async def continue_as_new(self) -> None:
        """Go on in a fresh run with the same state, once nobody waits for an answer from this one."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        incident = self.incident
        workflow.continue_as_new(incident.start.model_copy(update={"carried": incident.state}))

    @workflow.signal(name=Signal.REPORT)
    def report_received(self, report: str) -> None:
        """A report has been stored for this incident."""
        self.incident.receive(Signal.REPORT, report)

    @workflow.signal(name=Signal.REPORTS)
    def reports_received(self, reports: list[str]) -> None:
        """Several reports have been stored for this incident, in this order."""
        for report in reports:
            self.incident.receive(Signal.REPORT, report)

    @workflow.signal(name=Signal.MOVED)
    def reports_moved(self, move: str) -> None:
        """People have moved reports to this incident."""
        self.incident.receive(Signal.MOVED, move)

    @workflow.signal(name=Signal.CONTRIBUTION)
    def contribution_received(self, contribution: str) -> None:
        """A contribution has been stored for this incident."""
        self.incident.receive(Signal.CONTRIBUTION, contribution)

    @workflow.signal(name=Signal.NOTICE_SENT)
    def notice_sent(self, notice: str) -> None:
        """Every delivery of a notice has been tried."""
        self.incident.notice_sent(notice)

    @workflow.signal(name=Signal.CLOCK)
    def clock_changed(self, clock: Clock) -> None:
        """The exercise is paused, goes on, or goes at another speed."""
        self.incident.change_clock(clock)

    @workflow.query(name=Query.PHASE)
    def phase(self) -> str:
        """The step the incident is in."""
        return self.incident.state.phase.value

    @workflow.update(name=ActName.CLOSE)
    async def close(self, act: CloseAct) -> Receipt:
        """Close the protocol."""
        return await closure.propose(self.incident, act)

    @close.validator
    def _check_close(self, act: CloseAct) -> None:
        closure.check_propose(self.incident, act)
