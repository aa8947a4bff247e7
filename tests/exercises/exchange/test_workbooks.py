"""Workbooks of planners: read, or refused cell by cell, and no cell is lost in silence."""

from datetime import date, datetime, time, timedelta

import pytest
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from exercises.exchange.conversion import Imported
from exercises.exchange.msel_xlsx import read_workbook
from exercises.exchange.remarks import Remarks, Verdict
from exercises.exchange.sources import leaves
from exercises.injects import MessageInject, ReportInject
from exercises.offsets import write_offset
from exercises.scenario import Scenario
from leerp.errors import BadInputError
from leerp.formats.strict import yaml_of
from tests.exercises.exchange.exchanging import START, imported, places, real_file
from tests.exercises.exchange.workbooks import book, workbook

HEADINGS: list[object] = ["No", "Time", "From", "To", "Type", "Description", "Expected action"]


def scenario_of(done: Imported) -> Scenario:
    """The scenario, which must be whole."""
    assert done.scenario is not None, [one.sentence for one in done.remarks.of(Verdict.MISSING)]
    return done.scenario


def times(scenario: Scenario) -> list[str]:
    """When its injects come."""
    return [write_offset(one.at) for one in scenario.injects]


def unaccounted(content: bytes, done: Imported, *, headings: int, when: str) -> list[str]:
    """The cells that are neither in the scenario nor in a remark.

    `headings`: the row of headings; what stands there or above is looked at by name. `when`: the columns of times,
    whose cells stand for the offsets in the scenario, unless their row was not taken in.
    """
    said = "\n".join(str(value) for _, value in leaves(yaml_of(done.content, name="made")))
    remarked = {one.place for one in done.remarks.of(Verdict.REFUSED, Verdict.NOT_CARRIED)}
    kept = {one.description for one in done.scenario.injects} if done.scenario else set()
    lost = []
    for sheet in read_workbook(content, name="list", remarks=Remarks()):
        for cell in sheet.cells():
            row = {one.text for one in sheet.rows[cell.row].values()}
            is_time = get_column_letter(cell.column) in when and bool(row & kept)
            if cell.row > headings and not is_time and cell.text not in said and cell.place not in remarked:
                lost.append(cell.place)
    return lost


def test_a_list_with_a_preamble_merged_cells_and_empty_rows_is_read() -> None:
    """The headings stand in row 5; a date merged over three rows is the date of all three; a banner is listed."""

    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A1:F1")
        sheet.merge_cells("A6:A8")
        sheet.merge_cells("A10:F10")

    rows: list[list[object]] = [
        ["Operation Quiet Harbour, master scenario events list"],
        ["Exercise", "Quiet Harbour"],
        ["Contact", "planning cell"],
        [],
        ["Date", "Time", "From", "To", "Description", "Status"],
        [date(2026, 3, 1), "08:00", "press office", "duty desk", "A newspaper calls", "open"],
        [None, time(8, 30), "press office", "duty desk", "It calls again", None],
        [None, "09h15", "ministry", "duty desk", "The ministry asks", None],
        [],
        ["Second phase", None, None, None, None, None],
        ["02/03/2026", "10:00", "ministry", "duty desk", "It asks again", None],
        ["15/03/2026", "10:00", "ministry", "duty desk", "And once more", None],
    ]
    content = workbook(rows, then=merge)
    done = imported(content)
    scenario = scenario_of(done)
    assert scenario.title == "Quiet Harbour"
    assert times(scenario) == ["+00:00", "+00:30", "+01:15", "+26:00", "+338:00"]
    left = places(done, Verdict.NOT_CARRIED)
    assert {"MSEL!A1", "MSEL!A3", "MSEL!B3", "MSEL!F6", "MSEL!A10"} <= set(left)
    assert left["MSEL!F6"] == "what happens in a run is in its report, not in the scenario"
    assert left["MSEL!A10"] == "a heading across the list, and no inject"
    assert unaccounted(content, done, headings=5, when="AB") == []


def test_what_cannot_be_read_is_refused_by_sheet_and_cell() -> None:
    """The row goes, the others stay, and the cell, what it holds and what to do are said."""
    rows: list[list[object]] = [
        HEADINGS,
        [1, "T+00:00", "press", "duty desk", "message", "First", "Answer"],
        [2, "soon", "press", "duty desk", "message", "Second", "Answer"],
        [3, "05/06/2026", "press", "duty desk", "message", "Third", "Answer"],
        [4, 17, "press", "duty desk", "message", "Fourth", "Answer"],
        [5, None, "press", "duty desk", "message", "Fifth", "Answer"],
        [6, "T+01:00", "press", "duty desk", "message", "=1+1", "Answer"],
        [7, "T+02:00", "press", "duty desk", "message", "Seventh", "=HYPERLINK(1)"],
        [8, "T+03:00", None, None, None, None, "only expected"],
    ]
    content = workbook(rows)
    done = imported(content, mapping=START)
    refused = places(done, Verdict.REFUSED)
    assert refused["MSEL!B3"].startswith("no time that is known here; write")
    assert refused["MSEL!B4"].startswith("a date that is one of two days")
    assert refused["MSEL!B5"].startswith("a bare number")
    assert refused["MSEL!A6"].startswith("an inject without a time")
    assert refused["MSEL!F7"] == "a formula, which is not evaluated here; replace it with its value"
    assert refused["MSEL!G8"] == "a formula, which is not evaluated here; replace it with its value"
    assert places(done, Verdict.NOT_CARRIED)["MSEL!G9"] == "a row without a description, so no inject"
    assert [one.description for one in scenario_of(done).injects] == ["First", "Seventh"]
    assert unaccounted(content, done, headings=1, when="B") == []


def test_dates_numbers_and_spans_that_a_workbook_holds_are_read() -> None:
    """Dates as dates, as day numbers of the workbook and as text with a zone; spans as spans."""
    day = 46082.375  # 2026-03-01 09:00
    rows: list[list[object]] = [
        ["When", "Description"],
        [datetime(2026, 3, 1, 8, 0), "as a date"],  # noqa: DTZ001 - a workbook knows no zones
        [day, "as a number"],
        ["2026-03-01 12:00 +02:00", "with a zone"],
        [timedelta(hours=5), "as a span"],
        ["D+1", "the day after"],
        ["D+1 07:00", "in the morning of the day after"],
    ]
    done = imported(workbook(rows), mapping=START)
    assert times(scenario_of(done)) == ["+00:00", "+01:00", "+02:00", "+05:00", "+23:00", "+24:00"]


def test_injects_before_the_day_move_the_start_and_this_is_said() -> None:
    """J-60 is sixty days before: the scenario starts then, for nothing may come before the start."""
    done = imported(workbook([["When", "Description"], ["J-60", "Save the date"], ["J", "Go"]]), mapping=START)
    scenario = scenario_of(done)
    assert times(scenario) == ["+00:00", "+1440:00"]
    assert scenario.start.isoformat() == "2025-12-31T08:00:00+00:00"
    assert "-1440:00 before what the file counts from" in places(done, Verdict.ASSUMED)["start"]


def test_without_a_start_the_planner_is_told_what_to_fill_in() -> None:
    """What is written lacks nothing but the start, and says so at its top."""
    done = imported(workbook([["When", "Description"], ["T+01:00", "Go"]]))
    assert done.scenario is None
    assert list(places(done, Verdict.MISSING)) == ["start"]
    assert b"# To be filled in by a planner (1):\n#   start: the file does not say" in done.content


def test_several_sheets_are_read_and_others_are_listed() -> None:
    """Two lists become one in the order of time; a sheet of addresses is no list, and each of its cells is listed."""
    sheets: dict[str, list[list[object]]] = {
        "Day two": [["Time", "Description"], ["T+30:00", "Later"]],
        "Day one": [["Time", "Description"], ["T+01:00", "Earlier"]],
        "Contacts": [["Name", "Phone"], ["Somebody", "+32 2 000"]],
    }
    done = imported(book(sheets), mapping=START)
    assert [one.description for one in scenario_of(done).injects] == ["Earlier", "Later"]
    assert {"Contacts!B2"} <= set(places(done, Verdict.NOT_CARRIED))
    only = imported(book(sheets), mapping=f"{START}sheet: Day one\n")
    assert [one.description for one in scenario_of(only).injects] == ["Earlier"]
    assert places(only, Verdict.NOT_CARRIED)["Day two!B2"] == "in a sheet that is not read"


def test_kinds_that_are_known_become_such_injects_and_others_messages() -> None:
    """A report of a stakeholder of the directory is a report; what else a type says is kept in a remark."""
    rows: list[list[object]] = [
        HEADINGS,
        [1, "T+00:00", "The Luxembourg CSIRT", "duty desk", "Report", "A worm spreads", "Open an incident"],
        [2, "T+00:05", "somebody", "duty desk", "report", "Another", None],
        [3, "T+00:10", "press", "duty desk", "Media", "A call", None],
        [4, "T+00:15", None, "duty desk", "decision", "Launch", None],
    ]
    done = imported(workbook(rows), mapping=f"{START}people: {{the luxembourg csirt: csirt-lu}}\n")
    first, second, third, fourth = scenario_of(done).injects
    assert isinstance(first, ReportInject)
    assert (first.sender, first.says.title, first.expected) == ("csirt-lu", "A worm spreads", "Open an incident")
    assert all(isinstance(one, MessageInject) for one in (second, third, fourth))
    assert places(done, Verdict.NOT_CARRIED)["MSEL!E4"] == "no kind of inject here; it was taken in as a message"
    assert "taken in as a message" in places(done, Verdict.ASSUMED)["MSEL!E5"]
    assert places(done, Verdict.ASSUMED)["MSEL!5:5"] == "the row does not say who it is from"


def test_notes_on_cells_are_listed() -> None:
    """What a planner wrote into a note stands in no cell; it is listed with its place."""

    def note(sheet: Worksheet) -> None:
        sheet["B2"].comment = Comment("ask the press office first", "planner")

    done = imported(workbook([["When", "Description"], ["T+00:00", "Go"]], then=note), mapping=START)
    assert places(done, Verdict.NOT_CARRIED)["MSEL!B2"].startswith("a note on the cell")


def test_numbers_that_do_not_ascend_are_given_anew() -> None:
    """1.1 and 1.2 are no numbers here: the injects are numbered in the order of time, and this is said."""
    rows: list[list[object]] = [["No", "When", "Description"], ["1.2", "T+01:00", "b"], ["1.1", "T+00:00", "a"]]
    done = imported(workbook(rows), mapping=START)
    assert [(one.number, one.description) for one in scenario_of(done).injects] == [(1, "a"), (2, "b")]
    assert {"MSEL!A2", "MSEL!A3"} <= set(places(done, Verdict.NOT_CARRIED))


def test_a_sheet_without_headings_needs_a_map() -> None:
    """The real list of a planner: refused with what to do, and read whole with the columns in a map."""
    content = real_file("openbas/inject-checklist-1.xlsx")
    with pytest.raises(BadInputError, match=r"no row of headings .* in CHECKLIST; say which column is what in a map"):
        imported(content)
    columns = "columns: {description: B, at: C, to: D, subject: E, text: F, expected: H, evaluator_note: I}\n"
    done = imported(content, mapping=START + columns)
    scenario = scenario_of(done)
    assert times(scenario) == ["+00:00", "+720:00", "+720:00"]
    assert [one.description for one in scenario.injects] == ["Send an SMS", "Send a mail", "???"]
    assert set(places(done, Verdict.NOT_CARRIED)) == {"CHECKLIST!G1", "CHECKLIST!J1", "CHECKLIST!J2"}
    assert unaccounted(content, done, headings=0, when="C") == []


def test_a_map_that_names_no_column_is_refused() -> None:
    """The columns there are stand in the sentence."""
    with pytest.raises(BadInputError, match="there is no column colour; there are at, branch"):
        imported(workbook([["x"]]), mapping="columns: {colour: B}\n")
