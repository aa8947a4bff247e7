"""Whatever happens otherwise than a scenario has it, the rules of DESIGN §4 hold; and whoever breaks one is found."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from desk.worker import build_worker
from exercises.player import play
from exercises.scenario import Scenario
from leerp.journal import GENESIS, JournalKind, seal
from tests.exercises.left_behind import LeftBehind
from tests.exercises.mutations import SMALL, Change, changed, changes, small_centre
from tests.exercises.rules import RULES, broken

CENTRE = small_centre()


def left_by(scenario: Scenario, folder: Path, *, seed: int = 0) -> LeftBehind:
    """What a run of the scenario leaves in the folder."""
    asyncio.run(play(scenario, out=folder, build_worker=build_worker, centre=CENTRE, seed=seed))
    return LeftBehind(folder, scenario, CENTRE)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> LeftBehind:
    """One run of the scenario as it is."""
    return left_by(changed(SMALL, []), tmp_path_factory.mktemp("small") / "out")


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=changes(minutes=7 * 60))
def test_every_rule_holds_in_every_changed_run(some: list[Change], tmp_path: Path) -> None:
    """Injects late, swapped, lost and doubled, channels away, the worker killed, officers ill: no rule is broken."""
    folder = tmp_path / "out"
    shutil.rmtree(folder, ignore_errors=True)
    assert broken(left_by(changed(SMALL, some), folder)) == []


def test_the_unchanged_run_breaks_no_rule_and_gives_each_something_to_look_at(unchanged: LeftBehind) -> None:
    """There are hits, refusals, withheld deliveries, canary words that some read and others do not, and a closure."""
    assert broken(unchanged) == []
    kinds = {entry["kind"] for entry in unchanged.incidents[0].entries}
    assert {"investigation.hit.found", "desk.act.refused", "closure.incident.closed"} <= kinds
    assert {"poc-us"} <= {line["reader"] for line in unchanged.ledger if line["state"] == "withheld"}
    seen = {
        canary: {
            one.reader for one in unchanged.received if any(canary.encode() in held for held in one.files.values())
        }
        for canary in unchanged.canaries
    }
    assert {"poc-de", "liaison-de"} == seen["canary-003"]
    assert seen["canary-002"] > {"liaison-es", "poc-de"}
    assert "csirt-de" in seen["canary-001"] - seen["canary-002"]


def test_the_same_seed_gives_the_same_ids(unchanged: LeftBehind, tmp_path: Path) -> None:
    """Reports, notices, contributions and deliveries have the ids of the first run."""
    again = left_by(unchanged.scenario, tmp_path / "again")
    assert _ids(unchanged) == _ids(again)


def _ids(left: LeftBehind) -> list[list[str]]:
    reports = [str(note["report"]) for note in left.played]
    notices = [f"{line['notice']} {line['reader']} {line['channel']}" for line in left.ledger]
    told = [str(one["data"].get("contribution")) for one in left.incidents[0].of_kind("contribution.received")]
    return [reports, notices, told]


Tamper = Callable[[Path], None]


def _entries(folder: Path, change: Callable[[list[dict[str, Any]]], Iterable[dict[str, Any]]]) -> None:
    """Change the entries of the journal and seal them anew, so that the chain is whole and only the rule is broken."""
    path, prev, lines = folder / "journal.jsonl", GENESIS, []
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for seq, entry in enumerate(change(entries), start=1):
        kept = {name: entry[name] for name in ("incident", "actor", "data")}
        sealed = seal(
            seq=seq, at=datetime.fromisoformat(entry["at"]), kind=JournalKind(entry["kind"]), prev=prev, **kept
        )
        lines.append(sealed.line)
        prev = sealed.hash
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _first(entries: list[dict[str, Any]], ending: str) -> dict[str, Any]:
    return next(one for one in entries if one["kind"].endswith(ending))


def _said(ending: str, **data: object) -> Tamper:
    """The first entry of a kind says something else."""

    def change(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        _first(entries, ending)["data"] |= data
        return entries

    return lambda folder: _entries(folder, change)


def _without(ending: str) -> Tamper:
    """There is no entry of a kind."""
    return lambda folder: _entries(folder, lambda all_: [one for one in all_ if not one["kind"].endswith(ending)])


def _again(ending: str, **fields: object) -> Tamper:
    """The first entry of a kind once more, right after the last, with other fields."""
    return lambda folder: _entries(folder, lambda all_: [*all_, _first(all_, ending) | fields])


def _beside_a_refusal(folder: Path) -> None:
    """What was refused was done all the same."""

    def change(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        refused = _first(entries, "act.refused")
        place = entries.index(refused) + 1
        done = refused | {"kind": "triage.facts.assessed", "data": {"reason": "So there.", "facts": {}}}
        return [*entries[:place], done, *entries[place:]]

    _entries(folder, change)


def _graded(folder: Path) -> None:
    """A grade that was recorded is changed, and its provider has not agreed."""
    changed_grade = {"reason": "We know better.", "provider_agrees": False}
    _again("grade.recorded", kind="triage.grade.changed", data=changed_grade)(folder)


def _one_byte(folder: Path) -> None:
    path = folder / "journal.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("It is time", "It is tame", 1), encoding="utf-8")


def _delivery(**fields: object) -> Tamper:
    """The first delivery that was sent says something else."""

    def tamper(folder: Path) -> None:
        path = folder / "ledger.json"
        lines = json.loads(path.read_bytes())
        next(one for one in lines if one["state"] == "sent").update(fields)
        path.write_text(json.dumps(lines), encoding="utf-8")

    return tamper


def _twice_in_the_ledger(folder: Path) -> None:
    path = folder / "ledger.json"
    lines = json.loads(path.read_bytes())
    path.write_text(json.dumps([*lines, next(one for one in lines if one["state"] == "sent")]), encoding="utf-8")


def _no_closure_for(reader: str) -> Tamper:
    def tamper(folder: Path) -> None:
        path = folder / "ledger.json"
        lines = json.loads(path.read_bytes())
        path.write_text(json.dumps([one for one in lines if (one["kind"], one["reader"]) != ("closure", reader)]))

    return tamper


def _given_to_another(folder: Path) -> None:
    """What one reader got lies in the folder of one who was told nothing."""
    folders = sorted((folder / "notices").glob("*/liaison-de"))
    shutil.copytree(folders[0], folders[0].parent / "poc-us")


def _a_word_more(name: str) -> Tamper:
    """A file of a reader who is not cleared holds a word of a portion that is not for it."""

    def tamper(folder: Path) -> None:
        path = next(iter(sorted((folder / "notices").glob(f"*/csirt-de/{name}"))))
        path.write_bytes(path.read_bytes() + b" canary-002")

    return tamper


def _the_document_of_another(folder: Path) -> None:
    """A reader finds, as a PDF document alone, what another one was sent."""
    others = sorted((folder / "notices").glob("*/liaison-de/message.pdf"), key=lambda path: path.stat().st_size)
    for theirs in others:
        mine = theirs.parent.parent / "csirt-de" / "message.pdf"
        if mine.exists():
            shutil.copy(theirs, mine)


def _unmarked(folder: Path) -> None:
    path = next(iter(sorted((folder / "notices").glob("*/*/message.txt"))))
    path.write_bytes(path.read_bytes().replace(b"EXERCISE", b"        ").replace(b"xercise", b"vent   "))


TAMPERED: dict[str, tuple[str, Tamper]] = {
    "a presumption that nobody raised": ("the_presumption", _without("presumption.raised")),
    "a grade changed without its provider": ("the_provider_grades", _graded),
    "a launch that nobody decided": ("no_launch_without", _without("decision.made")),
    "a launch decided to be normal": ("no_launch_without", _said("decision.made", choice="normal")),
    "a word that is not for the reader": ("nobody_sees", _a_word_more("message.txt")),
    "that word in the machine-readable form": ("nobody_sees", _a_word_more("notice.json")),
    "that word in a PDF document": ("nobody_sees", _the_document_of_another),
    "a delivery that did not go": ("the_ledger_adds_up", _delivery(state="failed", reason="unreachable")),
    "a failure without a reason": ("the_ledger_adds_up", _delivery(state="failed", reason=None)),
    "a delivery that stands twice": ("nobody_is_told_twice", _twice_in_the_ledger),
    "a delivery over a second channel": ("nobody_is_told_twice", _given_to_another),
    "other bytes than were planned": ("nobody_is_told_twice", _delivery(variant_sha256="0" * 64)),
    "a message that may have gone twice": (
        "nobody_is_told_twice",
        _again("centre.opened", kind="delivery.message.repeated"),
    ),
    "a launch reader without closure": ("closure_reaches", _no_closure_for("csirt-lu")),
    "a file without its mark": ("everything_is_marked", _unmarked),
    "one byte of the journal": ("the_journal_verifies", _one_byte),
    "a report in no incident": ("every_report", _without("report.received")),
    "a report that nobody has sent": ("every_report", _said("report.received", report="R-0")),
    "a decision without a reason": ("every_decision", _said("decision.made", reason=" ")),
    "a release without a reason": ("every_decision", _said("warning.notice.released", reason="")),
    "a launch by one person": ("four_eyes", _said("decision.made", approved_by="duty-officer")),
    "a closure by nobody": ("four_eyes", _said("containment.approved", approved_by=None)),
    "a release that nobody has proposed": ("four_eyes", _without("warning.release.proposed")),
    "two who are no approvers": ("four_eyes", _said("decision.made", approved_by="duty-officer-2")),
    "an act that was refused and done": ("a_refused_act", _beside_a_refusal),
    "a refusal that stands twice": ("a_refused_act", _again("act.refused")),
    "an entry out of its time": ("nothing_stands", _again("report.received")),
}
"""What is done to a run's folder, and the beginning of the rule's name that must be found broken."""


@pytest.mark.parametrize("tampered", TAMPERED)
def test_whoever_breaks_a_rule_is_found(tampered: str, unchanged: LeftBehind, tmp_path: Path) -> None:
    """A copy of the folder with one thing changed: the rule for it is among those that are broken."""
    rule, tamper = TAMPERED[tampered]
    folder = tmp_path / "copy"
    shutil.copytree(unchanged.folder, folder)
    tamper(folder)
    found = broken(replace(unchanged, folder=folder))
    assert [one for one in found if one.startswith(rule)] != [], found


def test_every_rule_has_somebody_who_breaks_it() -> None:
    """No rule of the checker goes untried."""
    tried = [rule for rule, _ in TAMPERED.values()]
    assert [one.__name__ for one in RULES if not one.__name__.startswith(tuple(tried))] == []
