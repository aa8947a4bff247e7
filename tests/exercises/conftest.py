"""What several tests of exercises share: runs that are played once for all of them, and only looked at."""

import asyncio

import pytest

from desk.worker import build_worker
from exercises.library import load
from exercises.player import Outcome, play
from tests.exercises.scenarios import scenario
from tests.exercises.two_runs import TwoRuns, two_runs
from tests.exercises.whole_form import WHOLE


@pytest.fixture(scope="session")
def wannacry(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The case of May 2017."""
    out = tmp_path_factory.mktemp("wannacry") / "out"
    return asyncio.run(play(load("wannacry-2017"), out=out, build_worker=build_worker))


@pytest.fixture(scope="session")
def whole_form(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The scenario with everything in it that a scenario can say."""
    out = tmp_path_factory.mktemp("whole") / "out"
    return asyncio.run(play(scenario(WHOLE), out=out, build_worker=build_worker))


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> TwoRuns:
    """A live run and a table-top, at once in one leerp, played to their ends."""
    return two_runs(lambda: tmp_path_factory.mktemp("base"))
