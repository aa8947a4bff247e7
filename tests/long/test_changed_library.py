"""The long form of tests/exercises/test_mutations.py: the whole library, changed, and everything that can fail."""

import asyncio
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from desk.worker import build_worker
from exercises.library import load, names
from exercises.player import play
from exercises.setting import setting
from leerp.errors import BadInputError
from tests.exercises.left_behind import LeftBehind
from tests.exercises.mutations import SMALL, Change, changed, changes, plain_form, small_centre
from tests.exercises.rules import broken

EXAMPLES = 5


@pytest.mark.parametrize("name", names())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(some=changes(minutes=24 * 60, most=20))
def test_every_rule_holds_however_a_scenario_is_changed(name: str, some: list[Change], tmp_path: Path) -> None:
    """A changed scenario that makes no sense is refused before it is played; any other breaks no rule."""
    folder, centre = tmp_path / "out", setting(None)
    shutil.rmtree(folder, ignore_errors=True)
    scenario = changed(plain_form(load(name)), some)
    try:
        asyncio.run(play(scenario, out=folder, build_worker=build_worker, centre=centre))
    except BadInputError:
        assume(False)
    assert broken(LeftBehind(folder, scenario, centre)) == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(some=changes(minutes=7 * 60, most=8, whole=True))
def test_every_rule_holds_when_workers_are_killed_and_channels_stay_away(some: list[Change], tmp_path: Path) -> None:
    """The small emergency with everything that can fail in an exercise."""
    folder, centre = tmp_path / "out", small_centre()
    shutil.rmtree(folder, ignore_errors=True)
    scenario = changed(SMALL, some)
    asyncio.run(play(scenario, out=folder, build_worker=build_worker, centre=centre))
    assert broken(LeftBehind(folder, scenario, centre)) == []
