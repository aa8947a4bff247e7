"""Acts of step V beside adding to the plan: proposals, states, outcomes of alerts."""

from temporalio import workflow

from leerp.plan_acts import PlanAcceptAct, PlanDeclineAct, PlanOutcomeAct, PlanProposeAct, PlanStateAct
from leerp.protocol import ActName, Receipt
from workflows import plan_changes
from workflows.acts import Acts


class PlanChangeActs(Acts):
    """Acts on what is planned, and on what is proposed."""

    @workflow.update(name=ActName.PLAN_PROPOSE)
    async def plan_propose(self, act: PlanProposeAct) -> Receipt:
        """Record what a stakeholder proposes."""
        return await plan_changes.propose(self.incident, act)

    @plan_propose.validator
    def _check_plan_propose(self, act: PlanProposeAct) -> None:
        plan_changes.check_proposal(self.incident, act)

    @workflow.update(name=ActName.PLAN_ACCEPT)
    async def plan_accept(self, act: PlanAcceptAct) -> Receipt:
        """Take a proposal into the plan."""
        return await plan_changes.accept(self.incident, act)

    @plan_accept.validator
    def _check_plan_accept(self, act: PlanAcceptAct) -> None:
        plan_changes.check(self.incident, act)

    @workflow.update(name=ActName.PLAN_DECLINE)
    async def plan_decline(self, act: PlanDeclineAct) -> Receipt:
        """Decline a proposal."""
        return await plan_changes.decline(self.incident, act)

    @plan_decline.validator
    def _check_plan_decline(self, act: PlanDeclineAct) -> None:
        plan_changes.check_decision(self.incident, act)

    @workflow.update(name=ActName.PLAN_STATE)
    async def plan_state(self, act: PlanStateAct) -> Receipt:
        """Say how far an action is."""
        return await plan_changes.move(self.incident, act)

    @plan_state.validator
    def _check_plan_state(self, act: PlanStateAct) -> None:
        plan_changes.check(self.incident, act)

    @workflow.update(name=ActName.PLAN_OUTCOME)
    async def plan_outcome(self, act: PlanOutcomeAct) -> Receipt:
        """Record the outcome of an alert."""
        return await plan_changes.decide(self.incident, act)

    @plan_outcome.validator
    def _check_plan_outcome(self, act: PlanOutcomeAct) -> None:
        plan_changes.check_decision(self.incident, act)
