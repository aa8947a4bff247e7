"""Scenarios for the tests: a short one that launches, and ways to change it."""

from pathlib import Path

from exercises.library import read_scenario
from exercises.scenario import Scenario

SHORT = """\
name: short
version: "1"
title: A short exercise
summary: One report, a launch by two people, one confirmation.
sources:
  - {id: made-up, text: Invented, basis: invented}
start: "2026-03-01T08:00:00+00:00"
length: "+02:00"
objectives:
  - {id: O1, text: The protocol is launched.}
injects:
  - number: 1
    at: "+00:05"
    kind: report
    from: csirt-lu
    description: A CSIRT reports.
    sources: [made-up]
    outcome: created
    says:
      title: A worm spreads
      facts: {activity: effect}
      observables:
        - {kind: domain, value: worm.example}
  - number: 2
    at: "+00:10"
    kind: act
    from: duty-officer
    description: The duty officer proposes to launch.
    does: {act: decide, choice: launch}
    reason: It spreads.
  - number: 3
    at: "+00:12"
    kind: act
    from: head-of-operations
    description: The head of operations confirms.
    objective: O1
    does: {act: decide, choice: launch}
    reason: Agreed.
  - number: 4
    at: "+00:15"
    kind: acknowledge
    from: [csirt-lu, enisa]
    over: "+00:10"
    notice: launch_external
    description: Two readers confirm.
expectations:
  - id: E1
    text: The launch is decided.
    objective: O1
    kind: triage.decision.made
    where: {choice: launch}
    after: {inject: 1}
    within_minutes: 10
  - id: E2
    text: The CSIRT is told.
    notice: launch_external
    reader: csirt-lu
    state: acknowledged
"""


def changed(before: str, after: str) -> str:
    """The short scenario with one passage replaced, which must be there."""
    assert before in SHORT
    return SHORT.replace(before, after, 1)


def scenario(text: str = SHORT) -> Scenario:
    """The scenario in a text."""
    return read_scenario(text.encode(), name="short.yaml")


def journal_lines(folder: Path) -> list[str]:
    """The lines of the journal that a run has left."""
    return (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
