"""A table-top: a facilitator steps from inject to inject, and the scenario's time moves only with a step."""

import json
from pathlib import Path

from desk.worker import build_worker
from exercises.msel_card import Card, card
from exercises.played import Played
from exercises.player import Outcome, play
from tests.exercises.scenarios import SHORT, changed, scenario

COLUMNS = """\
    description: The head of operations confirms.
    expected: A second person confirms within minutes.
    max_minutes: 5
    controller: exercise control
    learning_point: Four eyes.
    evaluator_note: Watch for the reason."""


class Leader:
    """A facilitator who ends the exercise after so many steps."""

    def __init__(self, steps: int = 99) -> None:
        self.steps = steps
        self.shown: list[Card | Played | None] = []

    async def next(self, coming: Card | None) -> bool:
        """Note what is shown, and go on."""
        self.shown.append(coming)
        self.steps -= 1
        return self.steps >= 0

    def show(self, played: Played) -> None:
        """Note what became of it."""
        self.shown.append(played)


async def run(leader: Leader, out: Path, text: str = SHORT) -> Outcome:
    """Play a scenario at a table."""
    return await play(scenario(text), out=out, build_worker=build_worker, facilitator=leader)


async def test_each_inject_waits_for_a_step_and_is_shown_with_its_columns(tmp_path: Path) -> None:
    """What comes is shown, then what became of it; what readers do on the way needs no step of its own."""
    leader = Leader()
    text = changed("    description: The head of operations confirms.", COLUMNS)
    outcome = await run(leader, tmp_path / "out", text)
    assert outcome.failures == ()
    shown = [one.number if one else None for one in leader.shown]
    assert shown == [1, 1, 2, 2, 3, 3, 4, 4, None, 4]
    third = next(one for one in leader.shown if isinstance(one, Card) and one.number == 3)
    assert third.lines == [
        "Inject 3 · +00:12 · 2026-03-01 08:12Z · act · from head-of-operations to duty desk · by leerp",
        "  The head of operations confirms.",
        "  expected: A second person confirms within minutes.",
        "  objective: O1: The protocol is launched.",
        "  answer within: 5 min",
        "  controller: exercise control",
        "  learning point: Four eyes.",
        "  evaluator: Watch for the reason.",
    ]
    assert json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["mode"] == "table_top"


async def test_the_facilitator_may_end_it_early(tmp_path: Path) -> None:
    """What was not played is noted as such, and the report is written all the same."""
    outcome = await run(Leader(steps=2), tmp_path / "out")
    assert outcome.report.incident.phase.value == "triage"
    report = json.loads((tmp_path / "out" / "after-action.json").read_text(encoding="utf-8"))
    not_played = [one["number"] for one in report["injects"] if "was ended before" in json.dumps(one)]
    assert not_played == [3, 4]


def test_a_card_says_who_of_the_people_is_awaited() -> None:
    """The part of an inject that is not played is named."""
    fourth = scenario().injects[3]
    assert card(scenario(), fourth, people=frozenset({"enisa", "head-of-operations"})).awaited_of == ("enisa",)
