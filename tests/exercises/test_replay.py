"""Replaying: without a change nothing differs; with another table, directory or team that makes the difference.

Whole cases are replayed where they are played: `test_wannacry.py`, `test_dynamic_playing.py`.
"""

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.intake import Arrival
from desk.assembly import open_house
from desk.cli import perform
from desk.worker import build_worker
from exercises.counterfactual import Decide, IncidentChange, Telling
from exercises.player import Outcome, play
from exercises.recorded import Recorded, record
from exercises.redeciding import without_tables
from exercises.replaying import Other, Replay, Source, other_team, replay, source_of_run
from leerp.errors import BadInputError
from leerp.settings import Settings
from leerp.stakeholders import Directory
from matrices.tables import shipped
from notifications.configuration import lay_out_example
from tests.exercises.scenarios import SHORT, scenario

GRAVE = """\
facts:
        activity: effect
        root_cause: malicious-actions
        sectors: [health]
        service_impact: disrupted
        countries: [DE, FR, NL]
        victims_min: 30
        spread: fast
        outlook: worsening
"""

LATE = (
    SHORT.replace("facts: {activity: effect}\n", GRAVE)
    .replace('at: "+00:10"', 'at: "+00:35"')
    .replace('at: "+00:12"', 'at: "+00:45"')
    .replace('at: "+00:15"', 'at: "+00:50"')
    .replace("within_minutes: 10", "within_minutes: 60")
)
"""The short scenario with an emergency from the first report on, which people launch forty minutes later."""

WITH_TEAM = LATE.replace(
    "expectations:\n",
    """\
  - number: 5
    at: "+01:20"
    kind: act
    from: duty-officer
    description: The team is planned.
    does: {act: team_plan, ends: "+17:00", pattern: two_twelves}
    reason: It will last.
  - number: 6
    at: "+01:30"
    kind: act
    from: malware-analyst-1
    description: An analyst may not close.
    does: {act: close, outcome: normal_procedure}
    reason: I want to go home.
    refused: not_authorised
  - {number: 7, at: "+01:35", kind: act, from: duty-officer, description: A room is opened., reason: To talk.,
     does: {act: room_open, link: "https://meet.example/1", invite: [csirt-lu, poc-us]}}
  - {number: 8, at: "+01:40", kind: act, from: duty-officer, description: One more is invited., reason: To talk.,
     does: {act: room_invite, room: 7, invite: [enisa]}}
  - {number: 9, at: "+01:45", kind: act, from: duty-officer, description: It was decided to wait., reason: Pinned.,
     does: {act: room_pin, room: 7, text: We wait., decided_by: all who were there}}
  - {number: 10, at: "+01:50", kind: fault, what: channel_down, channel: email, description: The mail goes away.}
expectations:
""",
)


def played(text: str, folder: Path) -> Outcome:
    """A run of a scenario given as a text."""
    return asyncio.run(play(scenario(text), out=folder, build_worker=build_worker))


def replayed(source: Source, other: Other | None = None, *, decide: Decide = Decide.RECORDED) -> Replay:
    """A replay, left nowhere."""
    return asyncio.run(replay(source, other or Other(), build_worker=build_worker, decide=decide))


class Late(NamedTuple):
    """The record of the late launch."""

    folder: Path
    source: Source

    @property
    def directory(self) -> Directory:
        """The directory that it was played with."""
        return self.source.centre.directory


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Late:
    """One record for all that need no other."""
    folder = tmp_path_factory.mktemp("late") / "run"
    assert played(WITH_TEAM, folder).failures == ()
    return Late(folder, source_of_run(folder))


@pytest.fixture(scope="module")
def another_table(late: Late) -> Replay:
    """The record under a table that knows the financial sector alone."""
    return replayed(late.source, Other(matrix=shipped("dora-2024-1772")))


def only(found: Replay) -> IncidentChange:
    """What became different in the one incident there is."""
    (change,) = found.incidents
    return change


READERS = ("csirt-lu", "enisa", "csirt-de", "liaison-de", "poc-ch")
ACTIVITIES = ("scan", "engage", "presence", "effect")


@settings(max_examples=2, deadline=None)
@given(
    report=st.integers(0, 9),
    launch=st.integers(10, 30),
    confirm=st.integers(40, 110),
    readers=st.lists(st.sampled_from(READERS), min_size=1, unique=True),
    victims=st.integers(0, 60),
)
def test_whatever_was_recorded_replays_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, report: int, launch: int, confirm: int, readers: list[str], victims: int
) -> None:
    """Times, readers, facts and confirmations that count or are refused: the replay differs in nothing."""
    text = (
        SHORT.replace('at: "+00:05"', f'at: "+00:{report:02d}"')
        .replace('at: "+00:10"', f'at: "+00:{launch:02d}"')
        .replace('at: "+00:12"', f'at: "+00:{launch + 2:02d}"')
        .replace('at: "+00:15"', f'at: "+{confirm // 60:02d}:{confirm % 60:02d}"')
        .replace("from: [csirt-lu, enisa]", f"from: [{', '.join(readers)}]")
        .replace("facts: {activity: effect}", f"facts: {{activity: effect, victims_min: {victims}}}")
    )
    folder = tmp_path_factory.mktemp("varied") / "run"
    played(text, folder)
    found = replayed(source_of_run(folder))
    assert (found.same, found.undone) == (True, ())


def test_what_is_recommended_is_done_when_it_first_is(late: Late) -> None:
    """The launch comes with the report and not forty minutes later; each reader of it gains as much, and it is said."""
    found = replayed(late.source, decide=Decide.RECOMMENDED)
    change = only(found)
    gained = {one.what: one.minutes_gained for one in change.milestones}
    assert gained["decide launch"] == 40.0
    assert {40.0} == {one.minutes_gained for one in change.told if one.kind == "launch_external"}
    assert {Telling.EARLIER} == {one.became for one in change.told}
    assert "Decisions follow the table" in found.decide_in_words
    assert {40.0} == {one.minutes_gained for one in change.deadlines if "launch" in one.what}


def test_another_table_classifies_otherwise_because_of_its_rows(another_table: Replay, late: Late) -> None:
    """The recorded and the other level stand side by side, with the rows that matched in one of the two only."""
    (level,) = only(another_table).levels
    assert level.recorded is not None
    assert level.replayed is not None
    assert (level.recorded.recommendation, level.replayed.recommendation) == ("launch", "watch")
    recorded = next(one for one in late.source.before if one.levels).levels[0]
    assert set(level.rows_gone) <= set(recorded.rows)
    assert {row.row for row in only(another_table).rows} == {*level.rows_gone, *level.rows_new}
    assert "decision table dora-2024-1772" in another_table.changed[0]


def test_people_stay_with_what_they_decided(another_table: Replay) -> None:
    """Under another table nobody is told otherwise as long as the decisions of the record are followed."""
    assert only(another_table).told == ()
    assert not another_table.same


def test_a_table_that_never_recommends_it_never_launches(late: Late) -> None:
    """Then nobody is told, and every act that needed the launch is listed with the words that refused it."""
    found = replayed(late.source, Other(matrix=shipped("dora-2024-1772")), decide=Decide.RECOMMENDED)
    change = only(found)
    assert 0 == change.told_replayed < change.told_recorded
    assert {Telling.NOT_ANY_MORE} == {one.became for one in change.told}
    assert {"csirt-lu", "enisa", "duty-officer"} == {one.who for one in found.undone}
    assert all(one.why.startswith("Refused") for one in found.undone)


def test_another_directory_tells_other_readers(late: Late) -> None:
    """A reader whose clearance is unknown there is told nothing any more, and the reason is said; the others are."""
    unknown = {"clearance": None}
    everybody = late.directory.stakeholders
    stakeholders = tuple(one.model_copy(update=unknown) if one.id == "csirt-nl" else one for one in everybody)
    other = late.directory.model_copy(update={"version": "other-1", "stakeholders": stakeholders})
    change = only(replayed(late.source, Other(directory=other)))
    assert [(one.reader, one.became, one.reason) for one in change.told] == [
        ("csirt-nl", Telling.NOT_ANY_MORE, "clearance_unknown")
    ]


def test_another_team_sits_otherwise(late: Late, tmp_path: Path) -> None:
    """Without one analyst the seats of the rota differ, and what was told does not."""
    kept = [one for one in late.directory.officers if one.id != "forensic-expert-1"]
    path = tmp_path / "team.yaml"
    path.write_text(json.dumps({"officers": [one.model_dump(mode="json") for one in kept]}), encoding="utf-8")
    change = only(replayed(late.source, Other(team=other_team(path))))
    before = {name for seat in change.seats_recorded for name in seat.officers}
    after = {name for seat in change.seats_replayed for name in seat.officers}
    assert "forensic-expert-1" in before - after
    assert change.told == ()


def test_who_is_missing_in_the_other_directory_is_named(late: Late) -> None:
    """A directory without somebody of the record is refused before anything is played."""
    kept = tuple(one for one in late.directory.stakeholders if one.id != "csirt-lu")
    other = late.directory.model_copy(update={"stakeholders": kept})
    with pytest.raises(BadInputError, match="there is no stakeholder csirt-lu in the directory"):
        replayed(late.source, Other(directory=other))


def test_what_failed_after_everything_else_fails_again(late: Late) -> None:
    """No act and no confirmation comes after it, and deadlines that pass meanwhile may still depend on it."""
    last = late.source.recorded.scenario.injects[-1]
    assert (last.kind, last.at) == ("fault", timedelta(hours=1, minutes=50))


def test_what_was_refused_is_listed_with_its_entry(late: Late) -> None:
    """Nothing is dropped in silence: the refused act names its journal entry, who it was and why it is left out."""
    (left,) = late.source.recorded.left_out
    assert (left.actor, left.kind) == ("malware-analyst-1", "desk.act.refused")
    assert "it was refused" in left.why


REPORTED = (
    (3, "csirt-lu", "r1", "A worm"),
    (3, "csirt-lu", "r1", "A worm"),
    (9, "enisa", "r1", "The same worm"),
    (12, "csirt-de", "r9", "A worm"),
)
"""Minute, source, id and title: one report comes twice, and another source passes its words on."""


async def reported(home: Path) -> Recorded:
    """A real incident in a state folder, from reports alone; its record."""
    lay_out_example(home / "config")
    async with open_house(Settings(home=home), migrate=True) as house:
        for minute, source, identifier, title in REPORTED:
            at = datetime(2026, 3, 1, 8, minute, 7, tzinfo=UTC)
            said: dict[str, object] = {"source": source, "id": identifier, "reported_at": at.isoformat()}
            said |= {"title": title, "origin": "a paper", "observables": [{"kind": "domain", "value": "worm.example"}]}
            await house.intake.report(json.dumps(said).encode(), name="r.json", arrival=Arrival(at, "duty-officer"))
        return await record(house.store, ["LEERP-2026-0001"])


def test_a_real_incident_is_read_from_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its reports, the doubled ones too, become injects at their own times; it is replayed as an exercise."""
    recorded = asyncio.run(reported(tmp_path))
    found = [(one, recorded.scenario.report(one.number)) for one in recorded.scenario.injects]
    assert [(one.at.total_seconds(), says.sender, says.says.id, says.says.origin) for one, says in found if says] == [
        (0, "csirt-lu", "r1", "a paper"),
        (0, "csirt-lu", "r1", "a paper"),
        (360, "enisa", "r1", "a paper"),
        (540, "csirt-de", None, "a paper"),
    ]
    monkeypatch.setenv("LEERP_HOME", str(tmp_path))
    assert perform(["exercise", "replay", "LEERP-2026-0001", "--json"]) == 0
    (change,) = json.loads(capsys.readouterr().out)["incidents"]
    assert change["replayed_as"] == "EXERCISE-2026-0001"
    assert [level["because"] for level in change["levels"]] == ["report 1 (csirt-lu)", "report 2 (enisa)"]


def test_another_table_goes_before_the_one_that_somebody_named() -> None:
    """An assessment that put the incident under a table of its own leaves that out where another table is tried."""
    text = SHORT.replace("does: {act: decide, choice: launch}", "does: {act: assess, table: nciss}", 1)
    before, after = (str(one.model_dump()) for one in (scenario(text), without_tables(scenario(text))))
    assert "nciss" in before
    assert "nciss" not in after


def test_the_command_says_whose_decisions_and_what_differs(late: Late, capsys: pytest.CaptureFixture[str]) -> None:
    """In sentences; seats of the rota are the same too, and the replay is left as a run that names what it replays."""
    out = late.folder.parent / "again"
    assert perform(["exercise", "replay", str(late.folder), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "no difference: the same classifications, the same readers told" in said
    assert "People's decisions are those of the record" in said
    assert "desk.act.refused by malware-analyst-1" in said
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["replay_of"] == "EXERCISE-2026-0001"
    seats = [source_of_run(folder).before[0].seats for folder in (late.folder, out)]
    assert seats[0] == seats[1] != ()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["nowhere"], "is not the folder of a run"),
        (["RUN", "--matrix", "no-such-table"], "there is no table 'no-such-table'"),
        (["RUN", "--directory", "none.yaml"], "none.yaml: cannot be read"),
        (["RUN", "--team", "none.yaml"], "none.yaml: cannot be read"),
        (["RUN", "--out", "RUN"], "holds the record that is to be replayed; name another folder with --out"),
    ],
)
def test_bad_input_is_one_sentence(
    options: list[str], sentence: str, late: Late, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and what is wrong."""
    words = [str(late.folder) if one == "RUN" else one for one in options]
    assert perform(["exercise", "replay", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_journal_that_was_changed_is_not_replayed(
    late: Late, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One changed byte in the record is found, placed, and refused with exit code 2."""
    shutil.copytree(late.folder, tmp_path / "run")
    journal = tmp_path / "run" / "journal.jsonl"
    text = journal.read_text(encoding="utf-8")
    assert "It spreads." in text
    journal.write_text(text.replace("It spreads.", "It sleeps..", 1), encoding="utf-8")
    assert perform(["exercise", "replay", str(tmp_path / "run")]) == 2
    assert "journal.jsonl, line" in capsys.readouterr().err
