"""What must hold of a live run in which something was killed: everything was played, and once."""

import json
from collections import Counter

from leerp.journal import JournalEntry, JournalKind
from tests.exercises.live_runs import LiveLeerp
from tests.exercises.scenarios import SHORT, journal_lines

UNHURRIED = SHORT.replace("    within_minutes: 10\n", "").replace('length: "+02:00"', 'length: "+01:00"')
"""The short scenario, in which nothing is late: a kill costs seconds, which at these speeds are much of a scenario."""

ONCE = {
    JournalKind.DETECTION_REPORT_RECEIVED: 1,
    JournalKind.DETECTION_REPORT_DUPLICATED: 0,
    JournalKind.TRIAGE_DECISION_PROPOSED: 1,
    JournalKind.TRIAGE_DECISION_MADE: 1,
    JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED: 2,
}
"""How often each thing that an inject brings about must stand in the journal."""


def assert_played_once(live: LiveLeerp) -> None:
    """The journal has each thing once, the diary each part of an inject once, and what was expected has happened."""
    kinds = Counter(JournalEntry.model_validate_json(line).kind for line in journal_lines(live.out))
    assert {kind: kinds[kind] for kind in ONCE} == ONCE
    diary = (live.home / "exercise" / "diary.jsonl").read_text(encoding="utf-8").splitlines()
    done = [entry["done"] for entry in map(json.loads, diary) if "done" in entry]
    assert len(done) == len(set(done)) == 5
    report = json.loads((live.out / "after-action.json").read_text(encoding="utf-8"))
    assert report["failures"] == []
