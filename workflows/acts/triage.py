"""Acts of step II: grading, facts, the decision."""

from temporalio import workflow

from leerp.protocol import ActName, AssessAct, DecideAct, GradeAct, Receipt, ReconsiderAct
from workflows import reclassifying, triage
from workflows.acts import Acts


class TriageActs(Acts):
    """Acts of step II."""

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
        triage.check_undecided(self.incident)

    @workflow.update(name=ActName.RECONSIDER)
    async def reconsider(self, act: ReconsiderAct) -> Receipt:
        """Go on with a protocol that is recommended no more."""
        return await reclassifying.reconsider(self.incident, act)

    @reconsider.validator
    def _check_reconsider(self, act: ReconsiderAct) -> None:
        reclassifying.check(self.incident, act)
