"""The whole case of May 2017, played once: what the run leaves, and that it all holds together."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from desk.worker import build_worker
from exercises.library import load
from exercises.player import Outcome, play
from exercises.replaying import Other, replay, source_of_run
from exercises.setting import setting
from leerp.incidents import IncidentView
from leerp.journal import JournalKind, verify
from leerp.marking import Marking, refusal
from leerp.notices import Delivery
from leerp.stakeholders import SOURCE_GROUPS
from tests.exercises.scenarios import journal_lines

LAUNCH = ("launch_internal", "launch_external")
GOT = ("sent", "acknowledged")


class Run(NamedTuple):
    """A run and the folder it has left."""

    outcome: Outcome
    folder: Path

    def json(self, name: str) -> Any:
        """A JSON file of the folder."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    @property
    def ledger(self) -> list[Delivery]:
        """Every delivery."""
        return [Delivery.model_validate(line) for line in self.json("ledger.json")]

    def readers(self, *kinds: str) -> set[str]:
        """Who got a notice of these kinds."""
        return {line.reader for line in self.ledger if line.kind in kinds and line.state in GOT}


def played(folder: Path) -> Run:
    """A run of the scenario."""
    return Run(asyncio.run(play(load("wannacry-2017"), out=folder, build_worker=build_worker)), folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run for all."""
    return played(tmp_path_factory.mktemp("wannacry") / "out")


def test_everything_expected_has_happened(run: Run) -> None:
    """No expectation is missed and no inject goes otherwise than the scenario says."""
    assert run.outcome.failures == ()
    assert run.outcome.met


def test_the_case_is_as_large_as_it_is_said_to_be(run: Run) -> None:
    """At least 25 injects over 72 hours, reports of at least four groups of sources, refusals among them."""
    report = run.outcome.report
    directory = setting(None).directory
    reporters = {inject.senders[0] for inject in report.injects if inject.kind == "report"}
    groups = {SOURCE_GROUPS[one.group] for one in directory.stakeholders if one.id in reporters}
    assert len(report.injects) >= 25
    assert (report.ends_at - report.starts_at).total_seconds() == 72 * 3600
    assert len(groups) >= 4
    refused = Counter(one.refused for inject in report.injects for one in inject.played if one.refused)
    assert {"not_authorised", "same_person", "reason_missing", "already_ended", "unknown_subject"} == set(refused)


def test_the_run_leaves_exactly_the_named_files(run: Run) -> None:
    """The names of the README, and nothing of the run's own machinery."""
    names = {"journal.jsonl", "ledger.json", "incident.json", "notices", "run.json", "scenario.json", "record.json"}
    names |= {"after-action.json", "after-action.html", "after-action.pdf"}
    assert names == {path.name for path in run.folder.iterdir()}


def test_the_journal_verifies_offline(run: Run) -> None:
    """Its chain is whole, as one can tell from the file alone."""
    assert run.outcome.report.journal_entries == verify(journal_lines(run.folder))


def test_the_ledger_adds_up(run: Run) -> None:
    """For every notice planned = sent + failed + withheld + pending, by the incident's sums and by the lines."""
    view = IncidentView.model_validate(run.json("incident.json"))
    lines = Counter((line.notice, line.state.value) for line in run.ledger)
    for notice in view.notices:
        assert notice.planned == notice.sent + notice.failed + notice.withheld + notice.pending
        by_line = {state: lines[(notice.id, state)] for state in ("sent", "acknowledged", "failed", "withheld")}
        assert notice.sent == by_line["sent"] + by_line["acknowledged"]
        assert (notice.failed, notice.withheld) == (by_line["failed"], by_line["withheld"])
        assert notice.pending == 0
    assert [line for line in run.ledger if line.state not in GOT and not line.reason] == []


def test_closure_goes_to_exactly_the_readers_of_the_launch(run: Run) -> None:
    """Whoever got a launch notice, late joiners too, gets the closure notice, and nobody else."""
    assert run.readers(*LAUNCH) == run.readers("closure")
    assert "partner-bank" in run.readers("closure")


def test_every_file_a_reader_received_says_exercise(run: Run) -> None:
    """There is a file for every message that was sent, and the word stands in each of them."""
    files = [path for path in (run.folder / "notices").rglob("*") if path.is_file()]
    sent = {(line.notice, line.reader) for line in run.ledger if line.state in GOT}
    assert sent == {(path.parent.parent.name, path.parent.name.partition("+")[0]) for path in files}
    unmarked = [path for path in files if b"EXERCISE" not in path.read_bytes()]
    assert unmarked == []


def test_no_variant_holds_more_than_its_reader_may_see(run: Run) -> None:
    """Each portion of each variant is within its banner, the reader's clearance and the channel's maximum."""
    centre = setting(None)
    checked = 0
    for path in (run.folder / "notices").rglob("notice.json"):
        variant = json.loads(path.read_text(encoding="utf-8"))
        reader, _, channel = path.parent.name.partition("+")
        stakeholder = centre.directory.stakeholder(reader)
        assert stakeholder is not None
        contacts = [one for one in stakeholder.contacts if channel in ("", one.channel)]
        whole = _marking(variant["marking"])
        for portion in variant["portions"]:
            marking = _marking(portion["marking"])
            assert whole == whole.join(marking)
            assert None in [
                refusal(
                    marking,
                    stakeholder.reader(one),
                    channel_maximum=centre.channels.maximum(one.channel),
                    restrictions_read=True,
                    at=run.outcome.report.ends_at,
                )
                for one in contacts
            ]
            checked += 1
    assert checked > 100


def _marking(value: dict[str, Any]) -> Marking:
    return Marking.model_validate({key: item for key, item in value.items() if key != "banner"})


def test_what_was_marked_higher_reaches_nobody_who_is_not_cleared(run: Run) -> None:
    """Words of the RESTREINT report and assessment are in no file of a reader cleared to BPL."""
    directory = setting(None).directory
    words = (b"switches off its office network", b"if it got an answer it would end itself")
    seen = {
        path.parent.name.partition("+")[0]
        for path in (run.folder / "notices").rglob("message.txt")
        if any(word in path.read_bytes() for word in words)
    }
    cleared = {one.id for one in directory.stakeholders if one.clearance and one.clearance.rank >= 2}
    assert seen
    assert seen <= cleared


def test_the_after_action_report_is_marked_and_whole(run: Run) -> None:
    """The mark stands on top and at the end; objectives, proofs, withheld deliveries and late readers are there."""
    page = (run.folder / "after-action.html").read_text(encoding="utf-8")
    assert page.index("EXERCISE EXERCISE EXERCISE") < page.index("<h1")
    assert page.rindex("EXERCISE EXERCISE EXERCISE") > page.index("Appendix B")
    report = run.json("after-action.json")
    assert all(objective["met"] for objective in report["objectives"])
    seqs = {json.loads(line)["seq"] for line in journal_lines(run.folder)}
    proofs = {proof["seq"] for one in report["objectives"] for e in one["expectations"] for proof in e["proofs"]}
    assert proofs
    assert proofs <= seqs
    assert ("poc-us", "clearance_unknown") in {(one["reader"], one["reason"]) for one in report["withheld"]}
    late = {one["reader"] for one in report["answers"] if one["late"]}
    assert "commission-communication" in late
    assert page.count("<svg") == 2


def test_the_same_seed_gives_the_same_journal(run: Run, tmp_path: Path) -> None:
    """Played again it is the same second by second, and so is the ledger."""
    again = played(tmp_path / "again")
    assert _by_the_second(run) == _by_the_second(again)
    lines = [sorted((one.notice, one.reader, one.channel, one.state) for one in each.ledger) for each in (run, again)]
    assert lines[0] == lines[1]  # two notices of the same second may change places


def test_the_record_replays_as_it_was(run: Run) -> None:
    """Of 62 injects nothing differs; what cannot be played again, the six refused acts, is listed and nothing else."""
    found = asyncio.run(replay(source_of_run(run.folder), Other(), build_worker=build_worker))
    assert (found.same, found.undone) == (True, ())
    assert [JournalKind.DESK_ACT_REFUSED.value] * 6 == [one.kind for one in found.left_out]
    (change,) = found.incidents
    assert change.told_recorded == change.told_replayed > 100
    assert run.outcome.reference == change.incident


def _by_the_second(run: Run) -> list[tuple[str, str, str]]:
    """What happened in each second; the order within a second is the machine's."""
    entries = (json.loads(line) for line in journal_lines(run.folder))
    return sorted((one["at"][:19], one["kind"], json.dumps([one["actor"], one["data"]])) for one in entries)
