"""DESIGN rule 3: a "normal" decision ends the workflow in step II, with the handover recorded."""

from leerp.incidents import Phase, Status
from leerp.protocol import ActName, DecideAct
from tests.conftest import OpenDrill


async def test_a_normal_decision_ends_the_protocol_in_triage(open_drill: OpenDrill) -> None:
    """No notice, no team, no plan; the reports that go over to the normal procedure are named."""
    async with open_drill() as drill:
        await drill.classified()
        await drill.act(ActName.DECIDE, DecideAct, choice="normal")
        view = await drill.until(lambda view: view.status.ended, "the handover")
        kinds = await drill.kinds()
        assert (view.status, view.phase) == (Status.NORMAL_PROCEDURE, Phase.TRIAGE)
        assert view.notices == ()
        assert kinds["triage.case.handed_over"] == 1
        assert [kind for kind in kinds if kind.startswith(("coordination", "warning", "plan", "closure"))] == []
