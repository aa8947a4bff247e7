"""`leerp exercise import` and `export`: what they write, what they say, and how they end."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.intake import Arrival
from desk.assembly import open_house
from desk.cli import perform
from desk.worker import build_worker
from exercises.library import read_scenario
from exercises.player import play
from exercises.recorded import record, write_record
from exercises.setting import setting
from leerp.settings import Settings
from leerp.stakeholders import Directory
from notifications.configuration import lay_out_example
from tests.exercises.exchange.workbooks import workbook
from tests.exercises.scenarios import SHORT, scenario


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder that is not there: neither command needs one."""
    monkeypatch.setenv("LEERP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEERP_LOG_LEVEL", "error")
    monkeypatch.chdir(tmp_path)


def listed(folder: Path, rows: list[list[object]]) -> str:
    """A workbook of a planner."""
    path = folder / "list.xlsx"
    path.write_bytes(workbook([["When", "From", "Description"], *rows]))
    return str(path)


def test_an_import_that_is_whole_ends_with_0_and_can_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is written is a scenario that `exercise check` takes."""
    rows: list[list[object]] = [
        ["When", "From", "Type", "Description"],
        ["T+00:10", "csirt-lu", "report", "A worm spreads"],
        ["T+00:20", "press office", "", "A newspaper calls"],
    ]
    file = str(tmp_path / "list.xlsx")
    Path(file).write_bytes(workbook(rows))
    start = ["--start", "2026-03-01T08:00:00+00:00"]
    assert perform(["exercise", "import", file, "--out", "storm.yaml", *start]) == 0
    assert f"{file} (msel-xlsx): 2 injects, written to storm.yaml; it can be played" in capsys.readouterr().out
    assert perform(["exercise", "check", "storm.yaml"]) == 0
    read = read_scenario((tmp_path / "storm.yaml").read_bytes(), name="storm.yaml")
    assert (read.name, [one.kind for one in read.injects]) == ("storm", ["report", "message"])


def test_a_list_without_a_report_needs_a_planner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing would open an incident: the import and the check say so, before a run does."""
    file = listed(tmp_path, [["T+00:10", "press office", "A newspaper calls"]])
    start = ["--start", "2026-03-01T08:00:00+00:00"]
    assert perform(["exercise", "import", file, "--out", "storm.yaml", *start]) == 1
    assert "injects: none of them is a report, which opens the incident" in " ".join(capsys.readouterr().out.split())
    assert perform(["exercise", "check", "storm.yaml"]) == 1
    assert "storm version 1 cannot be played, for no report opens an incident" in capsys.readouterr().out


def test_an_import_that_needs_a_planner_ends_with_1_and_says_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the answer, in the JSON, and at the top of the file."""
    file = listed(tmp_path, [["soon", "press", "First"], ["T+00:10", "press", "Second"]])
    assert perform(["exercise", "import", file, "--out", "storm.yaml"]) == 1
    said = capsys.readouterr().out
    assert "To be filled in by a planner (1):" in said
    assert "MSEL!A2: soon: no time that is known here" in said
    assert perform(["exercise", "import", file, "--out", "storm.yaml", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["complete"], answer["counts"]["refused"], answer["counts"]["missing"]) == (False, 1, 1)
    assert [one["place"] for one in answer["remarks"] if one["verdict"] == "missing"] == ["start"]
    top = (tmp_path / "storm.yaml").read_text(encoding="utf-8").split("\n\n")[0]
    assert "# Refused, and not in the result (1):\n#   MSEL!A2: soon:" in top


def test_an_import_of_what_cannot_be_read_ends_with_2_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence."""
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04 xl/workbook.xml")
    assert perform(["exercise", "import", "x.xlsx", "--out", "storm.yaml"]) == 2
    assert capsys.readouterr().err == "leerp: x.xlsx: no workbook that can be opened; save it as .xlsx again\n"
    assert not (tmp_path / "storm.yaml").exists()


def test_a_map_says_who_is_who(tmp_path: Path) -> None:
    """A planner's names become ids of the directory."""
    (tmp_path / "map.yaml").write_text(
        "start: 2026-03-01T08:00:00+00:00\npeople: {Press: ministry}\n", encoding="utf-8"
    )
    file = listed(tmp_path, [["T+00:10", "Press", "Second"]])
    assert perform(["exercise", "import", file, "--out", "storm.yaml", "--cast", "map.yaml"]) == 1  # there is no report
    assert "from: ministry" in (tmp_path / "storm.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["msel-csv", "msel-xlsx", "openaev"])
def test_an_export_comes_back_by_the_commands(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There and back is the same scenario; the answer counts what the other side has no place for."""
    (tmp_path / "short.yaml").write_text(SHORT, encoding="utf-8")
    assert perform(["exercise", "export", "short.yaml", "--format", form, "--out", "there", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["injects"], answer["counts"]["refused"]) == (4, 0)
    assert perform(["exercise", "import", "there", "--out", "back.yaml"]) == 0
    assert read_scenario((tmp_path / "back.yaml").read_bytes(), name="back") == scenario()


def test_options_of_pseudonyms_belong_to_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    """Another format with them would pass names on that a person thinks replaced."""
    words = ["exercise", "export", "wannacry-2017", "--format", "cexf", "--out", "x", "--keep-text"]
    assert perform(words) == 2
    assert "--keep-text belongs to --format scenario" in capsys.readouterr().err


def test_a_short_key_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It can be guessed."""
    (tmp_path / "key").write_bytes(b"short")
    words = ["exercise", "export", "wannacry-2017", "--format", "scenario", "--out", "x", "--key", "key"]
    assert perform(words) == 2
    assert "a key of fewer than 16 bytes can be guessed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("wannacry-2017", "--start", "yesterday"), "--start yesterday: no time with its offset from UTC"),
        (("wannacry-2017", "--start", "2026-03-01T08:00:00"), "--start 2026-03-01T08:00:00: no time with its offset"),
        (("nonsuch",), "nonsuch: no scenario of the library, no file, no folder and no reference of an incident"),
        (("run",), "run/journal.jsonl, line 1: not a line of JSON"),
    ],
)
def test_what_cannot_be_passed_on_is_refused_by_name(
    words: tuple[str, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A time that is none, a name that nothing has, a run with a changed journal: one sentence, and no file."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "journal.jsonl").write_text("changed\n", encoding="utf-8")
    assert perform(["exercise", "export", *words, "--format", "scenario", "--out", "x"]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


async def test_a_scenario_with_pseudonyms_plays_the_same(tmp_path: Path) -> None:
    """With the directory that is written beside it, and nobody of the other one: what was expected happens again."""
    (tmp_path / "short.yaml").write_text(SHORT, encoding="utf-8")
    words = ["exercise", "export", "short.yaml", "--format", "scenario", "--out", "told.yaml"]
    assert perform_apart([*words, "--directory-out", "who.json"]) == 0
    content = (tmp_path / "told.yaml").read_bytes()
    said = content.decode().casefold()
    assert [one for one in ("csirt-lu", "enisa", "duty-officer", "worm.example", "worm") if one in said] == []
    directory = Directory.model_validate_json((tmp_path / "who.json").read_bytes())
    told = read_scenario(content, name="told.yaml", directory=directory)
    assert len(told.expectations) == 2
    centre = setting(None).with_directory(directory)
    outcome = await play(told, out=tmp_path / "out", build_worker=build_worker, centre=centre)
    assert outcome.failures == ()


async def test_a_real_incident_goes_out_with_pseudonyms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its reference, or as a run leaves it: neither it nor anybody in it is read in the file, nor when it was."""
    home = tmp_path / "home"
    lay_out_example(home / "config")
    said = {"source": "csirt-lu", "id": "r1", "title": "A worm at ENISA", "reported_at": "2026-03-01T08:03:00+00:00"}
    content = {**said, "observables": [{"kind": "url", "value": "https://www.evil.com/a"}], "origin": "a paper"}
    arrival = Arrival(datetime(2026, 3, 1, 8, 3, tzinfo=UTC), "duty-officer")
    async with open_house(Settings(home=home), migrate=True) as house:
        await house.intake.report(json.dumps(content).encode(), name="r.json", arrival=arrival)
        write_record(await record(house.store, ["LEERP-2026-0001"]), out=tmp_path)
    words = ["exercise", "export", "LEERP-2026-0001", "--format", "scenario", "--out", "told.yaml", "--keep-text"]
    assert perform_apart([*words, "--start", "2030-01-01T00:00:00+00:00"]) == 0
    answer = capsys.readouterr().out
    assert "kept, with what is known replaced; read them before you pass the file on" in answer
    written = (tmp_path / "told.yaml").read_text(encoding="utf-8")
    told = read_scenario(written.encode(), name="told.yaml")
    assert told.start.isoformat() == "2030-01-01T00:00:00+00:00"
    hidden = ("leerp-2026", "csirt-lu", "enisa", "evil", "a paper", "2026-03", "08:03")
    assert [one for one in hidden if one in written.casefold()] == []
    assert perform_apart(["exercise", "export", str(tmp_path), *words[3:-1]]) == 0
    from_folder = read_scenario((tmp_path / "told.yaml").read_bytes(), name="told.yaml")
    assert [one.kind for one in from_folder.injects] == [one.kind for one in told.injects] == ["report"]
    report = told.report(1)
    assert report is not None
    assert report.says.title.startswith("A worm at party-")
    assert report.says.observables[0].kind.value == "url"


def perform_apart(words: list[str]) -> int:
    """A command in a thread of its own, for it starts a loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(perform, words).result()
