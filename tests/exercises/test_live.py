"""A live run: people at the desk, a clock that they stop and let go, and nobody who sees another run."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desk.cli import perform
from desk.steering import Found
from exercises.live_run import begun_in
from leerp.journal import JournalEntry, verify
from leerp.settings import Settings
from tests.exercises.live_runs import LiveLeerp
from tests.exercises.once import assert_played_once
from tests.exercises.scenarios import SHORT, journal_lines, scenario
from tests.exercises.two_runs import HERE, SPEED, THERE, TwoRuns, is_late, two_runs

MARK = "EXERCISE EXERCISE EXERCISE"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> TwoRuns:
    """A live run and a table-top, at once in one leerp, played to their ends."""
    return two_runs(lambda: tmp_path_factory.mktemp("base"))


def test_it_goes_on_after_kills_with_the_next_inject_and_plays_nothing_twice(runs: TwoRuns) -> None:
    """Every inject was played once, the record has once what it brought about, and all that was expected happened."""
    assert_played_once(runs.here)


def test_the_scenarios_time_stands_while_everything_is_down(runs: TwoRuns) -> None:
    """It goes on from the last sign of life, however long it was down."""
    assert runs.killed_at is not None
    assert runs.up_again_at is not None
    lost = (runs.up_again_at - runs.killed_at).total_seconds() / SPEED
    assert -1.5 < lost < 2.5  # to be down and to start again takes longer


def test_a_pause_stops_the_scenario_and_its_deadlines(runs: TwoRuns) -> None:
    """Nothing is played and no deadline passes while it is paused; afterwards they do, at their own time."""
    before, after = runs.paused
    assert before["time"] == after["time"] == "2026-03-01T08:00:00Z"
    assert after["played"] == []
    assert runs.overdue_while_paused == 0
    entries = [JournalEntry.model_validate_json(line) for line in journal_lines(runs.here.out)]
    late = next(datetime.fromisoformat(one.at) for one in entries if is_late(one))
    assert runs.decided_at is not None
    assert late - runs.decided_at > timedelta(minutes=14)  # the readers inside have fifteen


def test_a_persons_inject_is_awaited_and_found_in_the_record(runs: TwoRuns) -> None:
    """The director says what is expected of whom, plays it not, and finds what was done with the ordinary command."""
    assert [(one["number"], one["sender"]) for one in runs.awaited] == [(3, "head-of-operations")]
    report = json.loads((runs.here.out / "after-action.json").read_text(encoding="utf-8"))
    third = next(one for one in report["injects"] if one["number"] == 3)
    assert third["as_expected"]
    assert "head-of-operations did it at" in json.dumps(third)


def test_a_live_run_leaves_what_a_fast_run_leaves(runs: TwoRuns) -> None:
    """The same files, a journal that verifies, every message, and how it was played."""
    for run, mode in ((runs.here, "live"), (runs.there, "table_top")):
        names = {"journal.jsonl", "ledger.json", "incident.json", "notices", "after-action.html", "after-action.json"}
        assert names | {"run.json", "scenario.json"} <= {path.name for path in run.out.iterdir()}
        assert verify(journal_lines(run.out)) > 0
        assert json.loads((run.out / "run.json").read_text(encoding="utf-8"))["mode"] == mode
        assert list((run.out / "notices").glob("*/csirt-lu/message.txt")) != []


def test_two_runs_do_not_see_each_other(runs: TwoRuns) -> None:
    """Each has its own incidents, knows nothing of the other's, and cannot act there even with the other's engine."""
    seen = {name: [one["reference"] for one in json.loads(runs.said[name].out)] for name in ("elsewhere", "there")}
    assert seen == {"elsewhere": [HERE], "there": [THERE]}
    assert (runs.said["refused"].code, f"there is no incident '{THERE}'" in runs.said["refused"].err) == (2, True)
    assert runs.said["crossed"].code != 0
    assert {path.name for path in runs.here.base.iterdir()} == {"exercises", "short.yaml"}


def test_a_step_from_another_terminal_plays_the_next_inject(runs: TwoRuns) -> None:
    """It answers with the inject, what became of it, and what comes next; the time stands until the next step."""
    assert [one["inject"]["number"] for one in runs.steps] == [1, 2]
    assert [one["number"] for one in runs.steps[1]["became"]] == [2]
    assert runs.steps[1]["next"]["number"] == 3
    first, second = runs.stood
    assert first == second == datetime.fromisoformat("2027-03-01T08:10:00+00:00")
    played = runs.there.diary.played
    due = {1: 5, 2: 10, 3: 12}
    for one in played[:3]:
        assert one.at - scenario(SHORT.replace("2026", "2027")).start < timedelta(minutes=due[one.number], seconds=30)
    assert {one.number for one in played} == {1, 2, 3, 4}


def test_every_page_says_that_it_is_an_exercise(runs: TwoRuns) -> None:
    """In words on every page and in its title, and in colour by the style that every page has."""
    pages = dict(runs.pages)
    style, listed = pages.pop("/static/desk.css").text, pages.pop("/api/v1/incidents").json()
    assert "body.exercise { border: 8px solid #b55cff; }" in style
    assert ".mode { margin: 0; padding: .4rem; background: #b55cff;" in style
    assert {one["mode"] for one in listed} == {"exercise"}
    assert [page.status_code for page in pages.values()] == [401, 200, 200, 404, 404]
    for path, page in pages.items():
        assert f'<p class="mode" role="status">{MARK}' in page.text, path
        assert '<body class="exercise"' in page.text, path
        assert "<title>EXERCISE" in page.text, path
    for path in ("/", f"/incidents/{HERE}"):
        assert '<strong class="rehearsal">EXERCISE</strong>' in pages[path].text


def test_every_answer_of_the_command_line_says_that_it_is_an_exercise(runs: TwoRuns) -> None:
    """The first line of an answer; the beginning of an error; and beside a JSON document, which stays one."""
    for name in ("list", "status", "journal"):
        assert runs.said[name].out.startswith(f"{MARK}\n"), name
    for name in ("refused", "too fast", "crossed"):
        assert runs.said[name].err.startswith("leerp (EXERCISE): "), name
    assert runs.said["json"].err == f"{MARK}\n"
    assert json.loads(runs.said["json"].out)[0]["reference"] == HERE


def test_a_run_that_is_up_is_not_disturbed_by_being_started_again(runs: TwoRuns) -> None:
    """It is refused in one sentence, and the scenario's time goes on as fast as before."""
    assert runs.up_twice is not None
    assert (runs.up_twice.code, runs.up_twice.err.count("\n")) == (1, 1)
    assert "this run is up already" in runs.up_twice.err
    assert runs.went_on


def test_a_run_that_is_down_stands_although_it_is_resumed(tmp_path: Path) -> None:
    """Its time goes on when it is up again, and not before."""
    down = LiveLeerp(tmp_path, "down")
    down.lay_out()
    run = begun_in(down.home)
    assert run is not None
    down.clock.pause()
    state = Found(run, Settings(home=down.home), down.clock).resume()
    assert (state.paused, state.clock.stopped) == (False, True)


def test_from_outside_too_an_answer_says_that_it_is_an_exercise(runs: TwoRuns) -> None:
    """Also before it has an incident whose reference would say so."""
    assert runs.outside is not None
    assert runs.outside.out.startswith("EXERCISE EXERCISE EXERCISE\n")


def test_people_choose_a_speed_from_1_to_60(runs: TwoRuns) -> None:
    """No command takes another one."""
    assert runs.said["too fast"].code == 2
    assert "a speed of 61 cannot be had; choose from 1 to 60" in runs.said["too fast"].err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--exercise", "short.yaml", "--speed", "0.5"), "a speed of 0.5 cannot be had; choose from 1 to 60"),
        (("--exercise", "short.yaml", "--people", "night-porter"), "nobody in the directory example-1 has that id"),
        (("--exercise", "nowhere.yaml"), "nowhere.yaml: no such file"),
        (("--exercise", "short.yaml", "--run", "../real"), "name the run with letters, digits, dots and hyphens"),
        (("--table-top",), "belong to --exercise NAME"),
    ],
)
def test_what_cannot_be_begun_is_refused_with_one_sentence(
    words: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, and nothing is laid out."""
    (tmp_path / "short.yaml").write_text(SHORT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEERP_HOME", str(tmp_path / "home"))
    assert perform(["up", *words]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "home").exists()
