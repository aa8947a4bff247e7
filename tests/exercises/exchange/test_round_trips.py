"""A scenario goes into a format and comes back: every column that the format can carry is as it was."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.exchange import cexf
from exercises.exchange.carried import columns_of, plain
from exercises.exchange.conversion import write_scenario_as
from exercises.exchange.formats import Format
from exercises.library import load, read_scenario
from exercises.offsets import write_offset
from exercises.scenario import Scenario
from leerp.formats.texts import line, prose
from tests.exercises.exchange.exchanging import START, imported
from tests.exercises.scenarios import SHORT

NASTY = [
    "=1+1",
    "'quoted",
    "+5",
    "@you",
    '"',
    ";",
    "a,b",
    "a\nb",
    "<b>&amp;</b>",
    "1",
    "true",
    "2026-03-01",
    "{}",
    "é ünï 漢",
]

WHOLE = (Format.MSEL_CSV, Format.MSEL_XLSX, Format.OPENAEV)
"""The formats in which everything of a scenario comes back, be it under a key of ours."""

_plain_text = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
texts = st.one_of(st.sampled_from(NASTY), _plain_text).map(prose)
lines = st.one_of(st.sampled_from(NASTY), _plain_text).map(lambda text: line(text, otherwise="x"))


@st.composite
def injects(draw: st.DrawFn) -> dict[str, Any]:
    """One inject, without number and time."""
    columns: dict[str, Any] = {
        "description": draw(texts.filter(bool)),
        "expected": draw(texts),
        "evaluator_note": draw(texts),
        "learning_point": draw(texts),
        "to": draw(lines),
        "delivery": draw(lines),
        "objective": draw(st.sampled_from([None, "O1", "O2"])),
        "controller": draw(st.none() | lines),
        "max_minutes": draw(st.none() | st.integers(1, 100_000)),
        "sources": draw(st.lists(st.sampled_from(["press", "record"]), max_size=2, unique=True)),
    }
    bodies: list[dict[str, Any]] = [
        {"kind": "message", "from": draw(lines), "says": {"subject": draw(lines), "text": draw(texts)}},
        {"kind": "report", "from": "csirt-lu", "says": {"title": draw(lines), "narrative": draw(texts)}},
        {"kind": "acknowledge", "from": ["csirt-lu", "enisa"], "notice": "launch_external", "over": "+00:10"},
        {"kind": "act", "from": "duty-officer", "does": {"act": "decide", "choice": "watch"}, "reason": draw(texts)},
        {"kind": "decision", "from": ["duty-officer"], "choice": "launch", "reason": draw(texts)},
        {"kind": "fact", "from": "duty-officer", "facts": {"victims_min": 3}},
        {"kind": "fault", "what": "worker_killed"},
    ]
    return {**columns, **draw(st.sampled_from(bodies))}


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A whole scenario."""
    bodies = draw(st.lists(injects(), min_size=1, max_size=5))
    times = sorted(draw(st.lists(st.integers(0, 300_000), min_size=len(bodies), max_size=len(bodies))))
    placed = [
        {"number": 3 * at + 1, "at": write_offset(timedelta(seconds=seconds)), **body}
        for at, (seconds, body) in enumerate(zip(times, bodies, strict=True))
    ]
    return Scenario.model_validate(
        {
            "name": "made-up",
            "version": draw(lines),
            "title": draw(lines),
            "summary": draw(texts.filter(bool)),
            "start": "2026-03-01T08:00:00+00:00",
            "length": "+100:00",
            "sources": [
                {"id": "press", "text": draw(lines), "basis": "seen"},
                {"id": "record", "text": "R", "basis": "invented"},
            ],
            "objectives": [{"id": "O1", "text": draw(lines), "owner": draw(lines)}, {"id": "O2", "text": "Second"}],
            "injects": placed,
            "expectations": [{"id": "E1", "text": draw(lines), "kind": "triage.decision.made", "after": {"inject": 1}}],
        }
    )


@settings(deadline=None, max_examples=30)
@given(scenarios(), st.sampled_from(WHOLE))
def test_a_scenario_comes_back_whole(scenario: Scenario, form: Format) -> None:
    """Through a list as CSV, a workbook and an export for OpenAEV: every column, and everything else."""
    written = write_scenario_as(scenario, form, into="x.json")
    done = imported(written.content)
    assert done.form is form
    assert done.scenario == scenario
    assert done.remarks.complete is scenario.opens_an_incident


@settings(deadline=None, max_examples=15)
@given(scenarios())
def test_the_file_that_is_written_reads_as_the_scenario(scenario: Scenario) -> None:
    """YAML 1.2, whatever stands in its texts; the comments at its top hide nothing and break nothing."""
    done = imported(write_scenario_as(scenario, Format.OPENAEV, into="x.json").content)
    assert done.content.startswith(b"# Imported from list.x (openaev).\n")
    assert read_scenario(done.content, name="made.yaml") == scenario


@settings(deadline=None, max_examples=10)
@given(scenarios())
def test_the_columns_that_cexf_can_carry_come_back(scenario: Scenario) -> None:
    """Time, subject, description, text, what is expected, note; and all others are listed when writing."""
    written = write_scenario_as(scenario, Format.CEXF, into="x.json")
    done = imported(written.content, mapping=START)
    assert done.scenario is not None
    before = [columns_of(one) for one in plain(scenario)["injects"]]
    after = [columns_of(one)[0] for one in plain(done.scenario)["injects"]]
    listed = {one.place for one in written.remarks}
    for (columns, rest), back in zip(before, after, strict=True):
        for key in cexf.CARRIED:
            if key != "subject" or columns["kind"] == "message":
                assert back.get(key, "") == columns.get(key, "")
        lost = {key for key in (*columns, *rest) if columns.get(key, rest.get(key)) and key not in cexf.CARRIED}
        named = {f"inject {columns['number']}, {key}" for key in lost - {"number", "kind"}}
        assert named <= listed
    assert done.scenario.length == scenario.length


def test_every_column_of_a_list_stands_under_its_own_heading() -> None:
    """What other planners read is in the cells; only what they have no column for is in the last one."""
    text = SHORT.replace(
        "    sources: [made-up]\n",
        "    sources: [made-up]\n    expected: An answer\n    evaluator_note: Watch the clock\n    max_minutes: 15\n"
        "    controller: EXCON 2\n    learning_point: Speed\n    objective: O1\n    to: desk\n"
        "    delivery: telephone\n",
        1,
    )
    content = write_scenario_as(read_scenario(text.encode(), name="x"), Format.MSEL_CSV, into="x.csv").content
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    top = next(at for at, row in enumerate(rows) if row[:2] == ["No.", "Scenario time"])
    first = dict(zip(rows[top], rows[top + 1], strict=True))
    details = json.loads(first.pop("Details (leerp)"))
    assert first == {
        "No.": "1",
        "Scenario time": "T+00:05",
        "Inject type": "report",
        "Originator (from)": "csirt-lu",
        "Recipient (to)": "desk",
        "Delivery method": "telephone",
        "Subject": "",
        "Description": "A CSIRT reports.",
        "Message": "",
        "Expected outcome": "An answer",
        "Max minutes": "15",
        "Objective": "O1",
        "Learning point": "Speed",
        "Responsible controller": "EXCON 2",
        "Evaluator note": "Watch the clock",
        "Sources": "made-up",
        "Branch": "",
    }
    assert set(details) == {"says", "outcome"}


@pytest.mark.parametrize("form", WHOLE)
def test_the_largest_scenario_of_the_library_comes_back_whole(form: Format) -> None:
    """Deeds, grades, markings, observables and 32 expectations."""
    scenario = load("wannacry-2017")
    assert imported(write_scenario_as(scenario, form, into="x.json").content).scenario == scenario


def test_what_a_planner_changes_in_the_list_is_what_counts() -> None:
    """A time and a description changed in the CSV; the inject is otherwise as it was, and renumbered where it moved."""
    scenario = load("wannacry-2017")
    content = write_scenario_as(scenario, Format.MSEL_CSV, into="x.csv").content.decode("utf-8-sig")
    first = scenario.injects[0]
    assert f'"T{write_offset(first.at)}"' in content
    changed = content.replace(f'"T{write_offset(first.at)}"', '"T+00:01"', 1).replace(first.description, "Changed", 1)
    back = imported(changed.encode()).scenario
    assert back is not None
    assert back.injects[0].description == "Changed"
    assert back.injects[0].at == timedelta(minutes=1)
    assert back.injects[1:] == scenario.injects[1:]
