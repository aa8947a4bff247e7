"""Every scenario of the library, played, recorded and played again: nothing is left out but what was refused."""

import asyncio
from pathlib import Path

import pytest

from desk.worker import build_worker
from exercises.library import load, names
from exercises.player import play
from exercises.replaying import Other, replay, source_of_run
from leerp.journal import JournalKind


@pytest.mark.parametrize("name", names())
def test_a_scenario_replays_as_it_was(name: str, tmp_path: Path) -> None:
    """The same classifications because of the same rows, the same readers told, deadlines and seats, to the second."""
    asyncio.run(play(load(name), out=tmp_path / "run", build_worker=build_worker))
    found = asyncio.run(replay(source_of_run(tmp_path / "run"), Other(), build_worker=build_worker))
    assert found.undone == ()
    assert {one.kind for one in found.left_out} <= {JournalKind.DESK_ACT_REFUSED.value}
    assert found.same, found.model_dump_json(include={"incidents"})
