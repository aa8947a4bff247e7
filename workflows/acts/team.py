"""Acts of step III: the rota of the team."""

from temporalio import workflow

from leerp.protocol import ActName, Receipt
from leerp.rota_acts import TeamChangeAct, TeamConfirmAct, TeamPlanAct
from workflows import team
from workflows.acts import Acts


class TeamActs(Acts):
    """Acts on the rota."""

    @workflow.update(name=ActName.TEAM_PLAN)
    async def team_plan(self, act: TeamPlanAct) -> Receipt:
        """Plan shifts."""
        return await team.plan(self.incident, act)

    @team_plan.validator
    def _check_team_plan(self, act: TeamPlanAct) -> None:
        team.check_plan(self.incident, act)

    @workflow.update(name=ActName.TEAM_CHANGE)
    async def team_change(self, act: TeamChangeAct) -> Receipt:
        """Change what lies ahead of the rota."""
        return await team.change(self.incident, act)

    @team_change.validator
    def _check_team_change(self, act: TeamChangeAct) -> None:
        team.check_change(self.incident, act)

    @workflow.update(name=ActName.TEAM_CONFIRM)
    async def team_confirm(self, act: TeamConfirmAct) -> Receipt:
        """Take a shift over."""
        return await team.confirm(self.incident, act)

    @team_confirm.validator
    def _check_team_confirm(self, act: TeamConfirmAct) -> None:
        team.check_confirm(self.incident, act)
