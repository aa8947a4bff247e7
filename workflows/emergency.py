"""The Emergency workflow: the seven steps of the protocol for one incident, alive for days.

It sequences, waits and remembers what is in progress. What was done stands in the journal, what was said in the
store; here are only references.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import workflow

from leerp.incidents import Choice, Phase
from leerp.protocol import (
    EMERGENCY,
    ActName,
    AssessAct,
    CloseAct,
    DecideAct,
    EmergencyStart,
    GradeAct,
    InformAct,
    MeetAct,
    PlanAddAct,
    PlanAgreeAct,
    PlanDraftAct,
    Query,
    Receipt,
    ReleaseAct,
    Signal,
    WarnAct,
)
from leerp.restrictions import ConsentAct, OverrideAct, RecallAct
from workflows import (
    action_plan,
    closure,
    coordination,
    detection,
    investigation,
    permitting,
    recalling,
    releasing,
    triage,
    warning,
)
from workflows.incident import Incident
from workflows.waiting import Wait


@workflow.defn(name=EMERGENCY)
class Emergency:
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
        return incident.state.choice.value if incident.state.choice else ""

    async def step(self, phase: Phase, deed: Callable[[Incident, Wait], Awaitable[None]]) -> None:
        """Do a step, unless an earlier run of this workflow has gone past it."""
        incident = self.incident
        if incident.state.phase.rank > phase.rank:
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
            if condition():
                return True
            if self.should_continue():
                await self.continue_as_new()
            came = await incident.clock.wait(
                lambda: condition() or bool(incident.state.inbox) or self.should_continue(),
                until=at,
                summary=f"{incident.state.phase.value}: waiting for people",
            )
            if not came:
                return False

    async def work_off_inbox(self) -> None:
        """Take in reports and contributions, one after another, in the order they came."""
        incident = self.incident
        while incident.state.inbox:
            async with incident.lock:
                signal, subject = incident.state.inbox[0]
                if signal is Signal.REPORT:
                    await triage.take_in(incident, subject)
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

    @workflow.signal(name=Signal.CONTRIBUTION)
    def contribution_received(self, contribution: str) -> None:
        """A contribution has been stored for this incident."""
        self.incident.receive(Signal.CONTRIBUTION, contribution)

    @workflow.signal(name=Signal.NOTICE_SENT)
    def notice_sent(self, notice: str) -> None:
        """Every delivery of a notice has been tried."""
        self.incident.notice_sent(notice)

    @workflow.query(name=Query.PHASE)
    def phase(self) -> str:
        """The step the incident is in."""
        return self.incident.state.phase.value

    @workflow.update(name=ActName.GRADE)
    async def grade(self, act: GradeAct) -> Receipt:
        """Propose or change the grade of a report."""
        return await triage.grade(self.incident, act)

    @grade.validator
    def _check_grade(self, act: GradeAct) -> None:
        triage.check_grade(self.incident, act)

    @workflow.update(name=ActName.ASSESS)
    async def assess(self, act: AssessAct) -> Receipt:
        """Settle facts or record a tactical assessment."""
        return await triage.assess(self.incident, act)

    @assess.validator
    def _check_assess(self, act: AssessAct) -> None:
        triage.check_assess(self.incident, act)

    @workflow.update(name=ActName.DECIDE)
    async def decide(self, act: DecideAct) -> Receipt:
        """Decide at the end of triage."""
        return await triage.decide(self.incident, act)

    @decide.validator
    def _check_decide(self, act: DecideAct) -> None:
        triage.check_decide(self.incident, act)

    @workflow.update(name=ActName.WARN)
    async def warn(self, act: WarnAct) -> Receipt:
        """Draft a fresh early warning or an update."""
        return await warning.draft(self.incident, act)

    @warn.validator
    def _check_warn(self, act: WarnAct) -> None:
        warning.check_draft(self.incident, act)

    @workflow.update(name=ActName.RELEASE)
    async def release(self, act: ReleaseAct) -> Receipt:
        """Release a drafted notice."""
        return await releasing.release(self.incident, act)

    @release.validator
    def _check_release(self, act: ReleaseAct) -> None:
        releasing.check_release(self.incident, act)

    @workflow.update(name=ActName.INFORM)
    async def inform(self, act: InformAct) -> Receipt:
        """Send the launch notice to readers who join late."""
        return await coordination.inform(self.incident, act)

    @inform.validator
    def _check_inform(self, act: InformAct) -> None:
        coordination.check_inform(self.incident, act)

    @workflow.update(name=ActName.MEET)
    async def meet(self, act: MeetAct) -> Receipt:
        """Call the emergency meeting."""
        return await action_plan.meet(self.incident, act)

    @meet.validator
    def _check_meet(self, act: MeetAct) -> None:
        action_plan.check_meet(self.incident, act)

    @workflow.update(name=ActName.PLAN_ADD)
    async def plan_add(self, act: PlanAddAct) -> Receipt:
        """Add or replace an action of the plan."""
        return await action_plan.add(self.incident, act)

    @plan_add.validator
    def _check_plan_add(self, act: PlanAddAct) -> None:
        action_plan.check_add(self.incident, act)

    @workflow.update(name=ActName.PLAN_AGREE)
    async def plan_agree(self, act: PlanAgreeAct) -> Receipt:
        """Record a country's agreement."""
        return await action_plan.agree(self.incident, act)

    @plan_agree.validator
    def _check_plan_agree(self, act: PlanAgreeAct) -> None:
        action_plan.check_agree(self.incident, act)

    @workflow.update(name=ActName.PLAN_DRAFT)
    async def plan_draft(self, act: PlanDraftAct) -> Receipt:
        """Draft the notice that carries the plan."""
        return await action_plan.draft(self.incident, act)

    @plan_draft.validator
    def _check_plan_draft(self, act: PlanDraftAct) -> None:
        action_plan.check_draft(self.incident, act)

    @workflow.update(name=ActName.RECALL)
    async def recall(self, act: RecallAct) -> Receipt:
        """Take a released notice back."""
        return await recalling.recall(self.incident, act)

    @recall.validator
    def _check_recall(self, act: RecallAct) -> None:
        recalling.check(self.incident, act)

    @workflow.update(name=ActName.CONSENT)
    async def consent(self, act: ConsentAct) -> Receipt:
        """Record what a provider said of its information."""
        return await permitting.consent(self.incident, act)

    @consent.validator
    def _check_consent(self, act: ConsentAct) -> None:
        permitting.check_consent(self.incident, act)

    @workflow.update(name=ActName.OVERRIDE)
    async def override(self, act: OverrideAct) -> Receipt:
        """Lift the restrictions of providers against an imminent threat to life."""
        return await permitting.override(self.incident, act)

    @override.validator
    def _check_override(self, act: OverrideAct) -> None:
        permitting.check_override(self.incident, act)

    @workflow.update(name=ActName.CLOSE)
    async def close(self, act: CloseAct) -> Receipt:
        """Close the protocol."""
        return await closure.propose(self.incident, act)

    @close.validator
    def _check_close(self, act: CloseAct) -> None:
        closure.check_propose(self.incident, act)
