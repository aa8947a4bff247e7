"""Playing: what a run notes when things go otherwise, and what it refuses to begin."""

import json
from collections import Counter
from pathlib import Path

import pytest

from desk.worker import build_worker
from exercises.player import Outcome, play
from exercises.time_lapse import RestlessError, TimeLapse
from leerp.errors import BadInputError
from leerp.journal import verify
from tests.exercises.scenarios import SHORT, changed, journal_lines, scenario

SECOND_REPORT = """\
  - number: 5
    at: "+00:40"
    kind: report
    from: enisa
    description: Something else altogether.
    outcome: joined
    says:
      title: Another matter
      observables:
        - {kind: domain, value: other.example}
expectations:
"""


async def run(text: str, folder: Path) -> Outcome:
    """Play a scenario given as a text."""
    return await play(scenario(text), out=folder, build_worker=build_worker)


async def test_a_short_exercise_meets_what_it_expects(tmp_path: Path) -> None:
    """One report, a launch, two confirmations: everything is met and the journal verifies."""
    outcome = await run(SHORT, tmp_path / "out")
    assert outcome.failures == ()
    assert outcome.reference == "EXERCISE-2026-0001"
    assert outcome.report.journal_entries == verify(journal_lines(tmp_path / "out"))
    answers = {one.reader: one.minutes for one in outcome.report.answers if one.acknowledged_at}
    assert {"csirt-lu", "enisa"} == set(answers)
    assert all(minutes is not None and 3 <= minutes <= 13 for minutes in answers.values())


async def test_an_engine_that_stands_still_is_left_and_the_run_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once: nothing of the first try is left, and the journal is that of any other run; twice is an error."""
    settle, times = TimeLapse.settle, 0

    async def stand_still(lapse: TimeLapse) -> None:
        nonlocal times
        times += 1
        if times == 3:
            raise RestlessError("the run does not come to rest")
        await settle(lapse)

    await run(SHORT, tmp_path / "usual")
    monkeypatch.setattr(TimeLapse, "settle", stand_still)
    outcome = await run(SHORT, tmp_path / "out")
    assert outcome.failures == ()
    assert times > 6
    kinds = [Counter(json.loads(line)["kind"] for line in journal_lines(tmp_path / name)) for name in ("usual", "out")]
    assert kinds[0] == kinds[1]
    monkeypatch.setattr(TimeLapse, "settle", _never)
    with pytest.raises(RestlessError):
        await run(SHORT, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


async def _never(_: TimeLapse) -> None:
    raise RestlessError("the run does not come to rest")


async def test_what_goes_otherwise_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    """An act refused against expectation, and with it an expectation that is missed; the run still ends."""
    text = changed("from: head-of-operations", "from: duty-officer-2")
    outcome = await run(text, tmp_path / "out")
    assert not outcome.met
    refused, told = "Inject 3 (duty-officer-2) went otherwise: Refused", "Expectation E2 is not met"
    assert any(failure.startswith(refused) for failure in outcome.failures)
    assert any(failure.startswith(told) for failure in outcome.failures)
    assert "NOT MET" in (tmp_path / "out" / "after-action.html").read_text(encoding="utf-8")


async def test_a_refusal_that_is_expected_must_come(tmp_path: Path) -> None:
    """Where the scenario wants a refusal and the centre agrees, that is a failure."""
    text = changed("    reason: Agreed.", "    reason: Agreed.\n    refused: same_person")
    outcome = await run(text, tmp_path / "out")
    assert ["It was to be refused, and was not." in failure for failure in outcome.failures] == [True]


async def test_a_second_incident_is_kept_beside_the_first(tmp_path: Path) -> None:
    """A report that shares nothing opens another incident; its record is left too, and the surprise is said."""
    outcome = await run(changed("expectations:\n", SECOND_REPORT), tmp_path / "out")
    assert [failure.partition(":")[0] for failure in outcome.failures] == ["Inject 5 (enisa) went otherwise"]
    other = tmp_path / "out" / "other-incidents" / "EXERCISE-2026-0002"
    assert {"journal.jsonl", "ledger.json", "incident.json"} == {path.name for path in other.iterdir()}
    assert verify(journal_lines(other)) > 0


async def test_the_files_of_an_earlier_run_make_room(tmp_path: Path) -> None:
    """A second run into the same folder leaves its own files alone."""
    out = tmp_path / "out"
    stale = out / "notices" / "N-stale" / "enisa" / "message.txt"
    stale.parent.mkdir(parents=True)
    stale.write_text("old", encoding="utf-8")
    await run(SHORT, out)
    assert not stale.exists()


async def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path) -> None:
    """Nothing is ever deleted that no run has left."""
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"holds thesis\.txt"):
        await run(SHORT, tmp_path)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"


async def test_a_scenario_that_does_not_fit_the_directory_is_not_begun(tmp_path: Path) -> None:
    """It is refused before anything is written."""
    with pytest.raises(BadInputError, match="there is no officer night-porter"):
        await run(changed("from: duty-officer", "from: night-porter"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


async def test_a_scenario_without_an_incident_leaves_nothing(tmp_path: Path) -> None:
    """Where no report is taken in there is nothing to report on."""
    text = changed('at: "+00:05"', 'at: "+00:05"\n    turned_away: true').replace("title: A worm spreads", LATE)
    with pytest.raises(BadInputError, match="none of its reports opened an incident"):
        await run(text, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


LATE = 'title: A worm spreads\n      observed: "+01:00"'
"""A report of something that, when it comes, has not happened yet."""
