"""The library: every scenario is read, played once for all tests here, and meets all that it expects.

The case of May 2017 is played in `test_wannacry.py`; here it is only read.
"""

import asyncio
import ipaddress
import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from activities.flagging import DOCUMENTATION
from desk.worker import build_worker
from exercises.injects import ContributionInject, ReportInject
from exercises.library import load, names
from exercises.player import Outcome, play
from exercises.scenario import Scenario
from leerp.journal import verify
from leerp.observables import Observable, ObservableKind
from tests.exercises.scenarios import journal_lines

PLAYED_ELSEWHERE = "wannacry-2017"
PLAYED_HERE = [name for name in names() if name != PLAYED_ELSEWHERE]
NEGATIVE = {"colonial-2021", "crowdstrike-2024", "emotet-2021", "fibre-cut-2026", "log4shell-2021"}
"""The cases that must end without a launch, by the word of the table itself."""

COUNTED_WRONGLY = {"dyn-2016", "solarwinds-2020"}
"""The cases in which the table recommends a launch on an inflated count, and people put the count right instead."""

LAUNCH = {"launch_internal", "launch_external"}


class Run(NamedTuple):
    """A run and the folder it has left."""

    outcome: Outcome
    folder: Path

    @property
    def journals(self) -> list[list[str]]:
        """The lines of the journal of every incident."""
        others = sorted((self.folder / "other-incidents").glob("*"))
        return [journal_lines(folder) for folder in (self.folder, *others)]

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The entries of all of them."""
        return [json.loads(line) for lines in self.journals for line in lines]


@pytest.fixture(scope="module", params=PLAYED_HERE)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run of a scenario for all tests."""
    folder = tmp_path_factory.mktemp(request.param) / "out"
    return Run(asyncio.run(play(load(request.param), out=folder, build_worker=build_worker)), folder)


def test_everything_expected_has_happened(run: Run) -> None:
    """No expectation is missed and no inject goes otherwise than the scenario says."""
    assert run.outcome.failures == ()


def test_every_journal_verifies_offline(run: Run) -> None:
    """The chain of each incident is whole, as one can tell from its file alone."""
    assert [len(lines) for lines in run.journals] == [verify(lines) for lines in run.journals]


def test_every_file_a_reader_received_says_exercise(run: Run) -> None:
    """The word stands in each of them; of a package in one that is read first."""
    files = [path for path in (run.folder / "notices").rglob("*") if path.is_file()]
    assert [path for path in files if b"EXERCISE" not in _readable(path)] == []


def test_what_must_not_be_launched_is_not_launched(run: Run) -> None:
    """Every other case is; of the negative set the table has not even recommended it, and nobody was told of one."""
    name = run.outcome.report.exercise
    decided = {one["data"]["choice"] for one in run.entries if one["kind"] == "triage.decision.made"}
    recommended = {one["data"]["recommendation"] for one in run.entries if one["kind"] == "triage.incident.classified"}
    ledger = json.loads((run.folder / "ledger.json").read_text(encoding="utf-8"))
    told = {line["kind"] for line in ledger} & LAUNCH
    launched = name not in NEGATIVE | COUNTED_WRONGLY
    assert ("launch" in decided, told) == (launched, LAUNCH if launched else set())
    assert "launch" not in recommended or name not in NEGATIVE


def _readable(path: Path) -> bytes:
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as package:
        return package.read("README.txt")


@pytest.mark.parametrize("name", names())
def test_a_scenario_is_as_large_as_the_library_promises(name: str) -> None:
    """At least 25 injects and 12 expectations, every objective asked for, and nothing said without a source."""
    scenario = load(name)
    assert name == scenario.name
    assert len(scenario.injects) >= 25
    assert len(scenario.expectations) >= 12
    asked_for = {one.objective for one in scenario.expectations}
    assert [one.id for one in scenario.objectives if one.id not in asked_for] == []
    assert [one.number for one in scenario.injects if not one.sources] == []


@pytest.mark.parametrize("name", PLAYED_HERE)
def test_names_and_addresses_are_those_for_documentation(name: str) -> None:
    """Domains and mailboxes lie under .example, addresses in RFC 5737 and RFC 3849; hashes are nobody's."""
    found = [one for one in _observables(load(name)) if not _harmless(one)]
    assert found == []


def _observables(scenario: Scenario) -> list[Observable]:
    said = [one.says for one in scenario.injects if isinstance(one, ReportInject | ContributionInject)]
    return [observable for content in said for observable in content.observables]


def _harmless(observable: Observable) -> bool:
    if observable.kind in (ObservableKind.IPV4, ObservableKind.IPV6):
        return any(ipaddress.ip_address(observable.value) in network for network in DOCUMENTATION)
    if observable.kind in (ObservableKind.DOMAIN, ObservableKind.EMAIL):
        return observable.value.endswith(".example")
    return True
