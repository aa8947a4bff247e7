"""Acts on where reports belong."""

from temporalio import workflow

from leerp.moving_acts import MergeAct, MoveAct, SplitAct
from leerp.protocol import ActName, Receipt
from workflows import moving
from workflows.acts import Acts


class MovingActs(Acts):
    """Move reports, split an incident, merge it into another."""

    @workflow.update(name=ActName.MOVE)
    async def move(self, act: MoveAct) -> Receipt:
        """Take reports to another incident."""
        return await moving.move(self.incident, act)

    @move.validator
    def _check_move(self, act: MoveAct) -> None:
        moving.check_move(self.incident, act)

    @workflow.update(name=ActName.SPLIT)
    async def split(self, act: SplitAct) -> Receipt:
        """Open a new incident with some of the reports."""
        return await moving.split(self.incident, act)

    @split.validator
    def _check_split(self, act: SplitAct) -> None:
        moving.check_split(self.incident, act)

    @workflow.update(name=ActName.MERGE)
    async def merge(self, act: MergeAct) -> Receipt:
        """Take all reports to another incident, and end this one."""
        return await moving.merge(self.incident, act)

    @merge.validator
    def _check_merge(self, act: MergeAct) -> None:
        moving.check_merge(self.incident, act)
