"""The plan as it is stored: actions, dependencies, states, proposals, versions, agreement."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from leerp.errors import BadInputError, RefusedError
from leerp.journal import JournalKind
from leerp.plans import Action, ActionFile, ActionState
from records import documents, plans
from tests.activities.planner import PANEL, action, planner
from tests.records.cast import NOON, later


async def test_a_plan_with_a_circle_is_refused_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    """In one sentence that names the circle; the plan, its version and the journal stay as they were."""
    async with planner(tmp_path) as desk:
        await desk.add(action("A1"), action("A2", begins=5, after=["A1"]), action("A3", begins=8, needs=["A2"]))
        before = await desk.plan()
        with pytest.raises(BadInputError) as refused:
            await desk.add(action("A1", after=["A3"]))
        sentence = "these actions wait for each other in a circle: A1 → A3 → A2 → A1; take one of these out"
        assert refused.value.sentence == sentence
        with pytest.raises(BadInputError, match="action A4 waits for A9, which is not in the plan; add that one first"):
            await desk.add(action("A4", after=["A9"]))
        assert await desk.plan() == before
        assert len(await desk.entries(JournalKind.PLAN_ACTION_ADDED)) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ends_at": NOON}, "the window of action A1 ends before it begins"),
        ({"after": ["A1"]}, "action A1 waits for itself"),
        ({"targets": [{"kind": "ip_range", "value": "everything"}]}, "not a range of addresses; write one as"),
        ({"targets": [{"kind": "spaceship", "value": "x"}]}, "not a kind of observable"),
        ({"starts_at": "2026-03-01T14:00:00"}, "needs its offset from UTC"),
    ],
)
def test_an_action_that_cannot_be_is_refused(change: dict[str, Any], why: str) -> None:
    """A window that ends before it begins, an action that waits for itself, a target that is none: each is said."""
    with pytest.raises(ValidationError, match=why):
        Action.model_validate(action("A1").model_dump() | change)


def test_an_id_that_stands_twice_in_a_file_is_refused() -> None:
    """The second would silently replace the first."""
    with pytest.raises(ValidationError, match="action A1 stands twice"):
        ActionFile(actions=(action("A1"), action("A1")))


async def test_several_actions_come_together_or_not_at_all(tmp_path: Path) -> None:
    """One version for all of them, in any order in the file; one unknown owner, and none of them is there."""
    async with planner(tmp_path) as desk:
        changed = await desk.add(action("A2", begins=9, after=["A1"]), action("A1"))
        assert (changed.version, changed.actions, changed.conflicts) == (1, 2, 0)
        with pytest.raises(RefusedError, match="Action A4: its support nobody is not in the directory"):
            await desk.add(action("A3", begins=20), action("A4", begins=30, support=["nobody"]))
        assert [one.id for one in (await desk.plan()).actions] == ["A1", "A2"]


async def test_an_action_moves_along_and_the_agreement_stands(tmp_path: Path) -> None:
    """Each step is journalled from what to what; the version and who agreed to it stay."""
    async with planner(tmp_path) as desk:
        await desk.add(action("A1"))
        await desk.agree("FR", 1)
        for state in ("agreed", "ready", "under_way", "done"):
            await desk.move("A1", state)
        plan = await desk.plan()
        assert (plan.version, plan.agreed_by, plan.actions[0].state) == (1, ("FR",), ActionState.DONE)
        steps = [(one.data["from"], one.data["to"]) for one in await desk.entries(JournalKind.PLAN_ACTION_MOVED)]
        assert steps == [("proposed", "agreed"), ("agreed", "ready"), ("ready", "under_way"), ("under_way", "done")]


@pytest.mark.parametrize(
    ("name", "state", "why"),
    [
        ("A1", "done", "A1 is proposed; from there it becomes agreed, blocked, cancelled."),
        ("A2", "agreed", "A2 is cancelled; it is over; add it again under another id."),
        ("A9", "agreed", "A9 is no action of the plan of"),
    ],
)
async def test_a_step_that_cannot_be_is_refused(tmp_path: Path, name: str, state: str, why: str) -> None:
    """It says what the action may become, and writes nothing."""
    async with planner(tmp_path) as desk:
        await desk.add(action("A1"), action("A2", begins=9, state="cancelled"))
        with pytest.raises(RefusedError) as refused:
            await desk.move(name, state)
        assert why in refused.value.sentence
        assert await desk.entries(JournalKind.PLAN_ACTION_MOVED) == []


async def test_an_act_that_is_carried_out_twice_is_one(tmp_path: Path) -> None:
    """A worker that died between writing and answering gives the same answer the second time, notices included."""
    async with planner(tmp_path) as desk:
        await desk.add(action("A1"))
        other = action("A2", owner="liaison-de", country="DE")
        first = await desk.add(other, key="act/doubled")
        assert len(first.told) == 2
        assert await desk.add(other, key="act/doubled") == first
        moved = await desk.move("A1", "agreed", key="act/moved")
        assert await desk.move("A1", "agreed", key="act/moved") == moved
        kinds = [one.kind.value for one in await desk.entries(*JournalKind) if one.kind.value.startswith("plan.")]
        assert sorted(kinds) == sorted(
            [
                *["plan.action.added"] * 2,
                *["plan.conflict.found", "plan.team.suggested", "plan.alert.raised", "plan.action.moved"],
            ]
        )


async def test_a_proposal_is_accepted_or_declined_once(tmp_path: Path) -> None:
    """Accepted, it stands in the plan with who proposed it; declined, it does not; the reason stays; both are final."""
    async with planner(tmp_path) as desk:
        await desk.add(action("A1"))
        good = await desk.propose(action("B1", owner="liaison-de", country="DE", state="agreed"), "liaison-de")
        bad = await desk.propose(action("B2", begins=30), "liaison-fr")
        assert (good.conflicts, bad.conflicts) == (1, 0)
        assert [one.id for one in (await desk.plan()).actions] == ["A1"]
        waiting = [line for line in await desk.waits() if "proposes" in line]
        assert waiting == [
            f"an answer to {good.proposal}: liaison-de proposes B1 (plan accept, plan decline)",
            f"an answer to {bad.proposal}: liaison-fr proposes B2 (plan accept, plan decline)",
        ]
        accepted = await desk.accept(good.proposal, key="act/accepted")
        assert await desk.accept(good.proposal, key="act/accepted") == accepted
        await desk.decline(bad.proposal)
        plan = await desk.plan()
        one = plan.action("B1")
        assert one is not None
        assert (plan.version, one.proposed_by, one.state) == (2, "liaison-de", ActionState.PROPOSED)
        for again in (desk.accept(bad.proposal), desk.decline(good.proposal), desk.accept("P-99")):
            with pytest.raises(RefusedError):
                await again
        (declined,) = await desk.entries(JournalKind.PLAN_PROPOSAL_DECLINED)
        assert declined.data == {"proposal": bad.proposal, "action": "B2", "reason": "too early"}
        assert [line for line in await desk.waits() if "proposes" in line] == []


async def test_every_version_can_be_read_again_and_agreement_names_its_bytes(tmp_path: Path) -> None:
    """What stood in each, who changed it, who agreed; an agreement keeps the content, whatever state actions are in."""
    async with planner(tmp_path) as desk:
        await desk.add(action("A1"))
        await desk.agree("FR", 1)
        await desk.move("A1", "agreed")
        await desk.agree("DE", 1)
        await desk.add(action("A2", begins=9))
        await desk.add(action("A1", targets=[PANEL]))
        with pytest.raises(RefusedError, match="Version 1 is not the plan that stands, which is 3"):
            await desk.agree("NL", 1)
        async with desk.house.store.reading() as c:
            known = await plans.versions(c, desk.reference)
            contents = [await plans.content(c, desk.reference, number) for number in (1, 2, 3)]
            agreed = await desk.entries(JournalKind.PLAN_VERSION_AGREED)
            kept = {await documents.get(c, str(one.data["document"])) for one in agreed}
            with pytest.raises(BadInputError, match="no version 7 of its plan; there are 1 to 3"):
                await plans.content(c, desk.reference, 7)
        assert [(one.version, one.actions, one.agreed_by) for one in known] == [
            (1, ("A1",), ("DE", "FR")),
            (2, ("A2",), ()),
            (3, ("A1",), ()),
        ]
        assert [sorted(one) for one in contents] == [["A1"], ["A1", "A2"], ["A1", "A2"]]
        assert contents[1]["A1"].targets != contents[2]["A1"].targets
        assert len(kept) == 1
        assert b'"version":1' in next(iter(kept))


async def test_overdue_and_blocked_actions_raise_themselves_once(tmp_path: Path) -> None:
    """When a window has passed; what waits for that is blocked; the incident says so until somebody moves them."""
    async with planner(tmp_path) as desk:
        await desk.add(action("A1", begins=1, hours=1, state="agreed"), action("A2", begins=9, hours=1, after=["A1"]))
        await desk.add(action("A3", begins=12, hours=1, needs=["A2"]))
        assert await desk.look(NOON) == later(120)
        assert await desk.look(later(119)) == later(120)
        for _ in range(3):
            assert await desk.look(later(120)) == later(600)
        late = await desk.entries(JournalKind.PLAN_ACTION_OVERDUE)
        held = await desk.entries(JournalKind.PLAN_ACTION_BLOCKED)
        assert [one.data["action"] for one in late] == ["A1"]
        assert [(one.data["action"], one.data["because"]) for one in held] == [
            ("A2", ["A1 is overdue"]),
            ("A3", ["A2 is blocked"]),
        ]
        assert [line for line in await desk.waits() if "plan state" in line] == [
            "the state of action A1: its window has passed (plan state)",
            "a way on for action A2: A1 is overdue (plan state, plan add)",
            "a way on for action A3: A2 is blocked (plan state, plan add)",
        ]
        moved = await desk.move("A2", "agreed", at=later(121))
        assert moved.hindrances == ("A1 is overdue",)
        await desk.move("A1", "under_way", at=later(121))
        await desk.move("A1", "failed", at=later(122))
        assert [line for line in await desk.waits() if "plan state" in line] == []
        assert await desk.look(later(10_000)) is None


async def test_a_failed_action_blocks_what_needs_its_outcome_and_a_new_window_is_raised_anew(tmp_path: Path) -> None:
    """An action that was moved to a later window is not overdue any more; if it passes that too, it is raised again."""
    async with planner(tmp_path) as desk:
        await desk.add(action("A1", state="under_way"), action("A2", begins=9, hours=1, needs=["A1"]))
        await desk.move("A1", "failed")
        await desk.look(later(60))
        assert "a way on for action A2: A1 is failed (plan state, plan add)" in await desk.waits()
        await desk.add(action("A2", begins=11, hours=1), at=later(61))
        await desk.look(later(11 * 60))
        assert [line for line in await desk.waits() if "plan state" in line] == []
        for at in (12 * 60, 12 * 60 + 5):
            await desk.look(later(at))
        assert [one.data["ends_at"] for one in await desk.entries(JournalKind.PLAN_ACTION_OVERDUE)] == [
            (NOON + timedelta(hours=12)).isoformat(timespec="microseconds")
        ]


async def test_a_team_is_suggested_once_with_its_reasons(tmp_path: Path) -> None:
    """With the first reason there is; later ones make no second suggestion."""
    async with planner(tmp_path) as desk:
        await desk.add(action("A1", "arrest"))
        assert await desk.entries(JournalKind.PLAN_TEAM_SUGGESTED) == []
        await desk.add(action("A2", "search", targets=[PANEL], owner="liaison-de", country="DE"))
        await desk.add(*(action(f"B{n}", "legal_assistance_request", begins=n) for n in range(3)))
        (suggested,) = await desk.entries(JournalKind.PLAN_TEAM_SUGGESTED)
        assert suggested.data == {
            "countries": ["DE", "FR"],
            "reasons": ["own-cases", "common-action-day"],
            "because": "DE, FR have cases of their own on the same facts; DE, FR act together on one day",
        }
