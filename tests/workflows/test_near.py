"""What is done in a workflow's own task: quickly where it works, and by way of the engine where it does not."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from exercises.time_lapse import time_lapse
from tests.workflows.near_caller import Doings, NearCaller

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"

BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)
SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED


@pytest.mark.parametrize(
    ("fails", "near"),
    [(0, [True, True]), (1, [True, False, False]), (3, [True, False, False, False, False])],
    ids=["works", "fails once", "is away for a while"],
)
async def test_what_fails_near_is_asked_for_again_by_way_of_the_engine(fails: int, near: list[bool]) -> None:
    """It is tried near once; whatever fails then is tried by the engine until it works, and so from then on."""
    doings = Doings(fails=fails)
    async with time_lapse(BEGUN) as lapse:
        how = {"workflows": [NearCaller], "activities": [doings.do], "workflow_runner": UnsandboxedWorkflowRunner()}
        async with Worker(lapse.client, task_queue="near", **how):  # type: ignore[arg-type]
            handle = await lapse.client.start_workflow(NearCaller.run, args=["it", 2], id="near", task_queue="near")
            said = await handle.result()
            kinds = [event.event_type async for event in handle.fetch_history_events()]
    assert (said, doings.near) == ("done: it done: it", near)
    assert kinds.count(SCHEDULED) == (2 if fails else 0)


def test_what_is_done_near_is_known_to_be_safe_there() -> None:
    """Whoever adds to these has read in `workflows.calls` what may be done near: nothing sent, no act of a person."""
    assert set(done_near()) == {
        "JournalActivities.progress",
        "TriageActivities.take_in",
        "InvestigationActivities.match",
        "DeliveryActivities.conclude",
        "DeliveryActivities.outstanding",
    }


def done_near() -> Iterator[str]:
    """The activities that workflows have done near, as they are written there."""
    for path in sorted(WORKFLOWS.rglob("*.py")):
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "call_near":
                yield ast.unparse(one.args[0])
