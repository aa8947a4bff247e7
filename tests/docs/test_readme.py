"""README.md is true: the exercise it shows runs as it shows it, and at the times it tells of."""

import json
import re
from pathlib import Path

import pytest

from desk.cli import perform
from tests.servers import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TOLD = {
    "12 May 07:24": "detection.incident.opened",
    "09:10": "triage.decision.made",
    "12:00": "coordination.notice.sent",
    "12:50": "warning.notice.released",
    "16:54": "plan.conflict.found",
    "13 May 06:40": "investigation.hit.found",
    "15 May 01:30": "closure.incident.closed",
}
"""What the README says of the case, and the kind of entry that must stand in the journal at that minute."""


def printed(command: str) -> str:
    """What the README has a command print, with a number for every duration."""
    block = README.partition(f"$ python3 run.py leerp {command}\n")[2].partition("```")[0]
    return re.sub(r"in [\d.]+ s$", "in 0 s", block, flags=re.MULTILINE)


def test_the_exercise_of_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both commands print what the README says, and what it tells of the case stands in the journal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEERP_LOG_LEVEL", "error")
    for command in ("exercise run wannacry-2017 --out wannacry", "journal verify wannacry/journal.jsonl"):
        capsys.readouterr()
        perform(command.split())
        said = re.sub(r"in [\d.]+ s$", "in 0 s", capsys.readouterr().out, flags=re.MULTILINE)
        assert said == printed(command)
    lines = (tmp_path / "wannacry" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    happened = {(entry["at"][8:16], entry["kind"]) for entry in map(json.loads, lines)}
    day = "12"
    for told, kind in TOLD.items():
        assert f"| {told} |" in README
        day = told[:2] if "May" in told else day
        assert (f"{day}T{told[-5:]}", kind) in happened
