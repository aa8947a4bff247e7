"""Acts of step V: the action plan."""

from temporalio import workflow

from leerp.protocol import ActName, PlanAddAct, PlanAgreeAct, PlanDraftAct, Receipt
from workflows import action_plan
from workflows.acts import Acts


class PlanActs(Acts):
    """Acts of step V."""

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
