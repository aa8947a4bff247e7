"""Lists as CSV: whatever separates and encodes them; and no field that a spreadsheet program would run."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.exchange.msel_csv import guarded, read_csv, unguarded, write_csv
from exercises.exchange.remarks import Remarks, Verdict
from leerp.errors import BadInputError
from tests.exercises.exchange.exchanging import START, imported, places


@settings(deadline=None, max_examples=200)
@given(st.text())
def test_a_guarded_text_runs_nowhere_and_comes_back(text: str) -> None:
    """It begins with nothing that is run, and reading gives what was written."""
    written = guarded(text)
    assert not written.lstrip().startswith(("=", "+", "-", "@"))
    assert unguarded(written) == text


def test_every_field_of_a_written_file_is_guarded() -> None:
    """As a plain CSV reader sees it, which is what a spreadsheet program does."""
    content = write_csv([["=HYPERLINK(1)", "+1", "-2", "@x", "\t=1", 5, None, "plain"]])
    (row,) = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert row == ["'=HYPERLINK(1)", "'+1", "'-2", "'@x", "'\t=1", "5", "", "plain"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_are_read_however_they_are_written(delimiter: str, encoding: str) -> None:
    """Separators, encodings, a row of headings below the top, an apostrophe before what would run."""
    rows = [["Exercise", "Épreuve"], [], ["Time", "Description"], ["T+00:00", "'=1+1"], ["T+00:30", 'say "no"\nagain']]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    done = imported(text.getvalue().encode(encoding), mapping=START)
    assert done.scenario is not None
    assert done.scenario.title == "Épreuve"
    assert [one.description for one in done.scenario.injects] == ["=1+1", 'say "no"\nagain']


def test_another_encoding_is_read_and_said() -> None:
    """Windows-1252 is what is left when it is not UTF-8, and a person should look."""
    done = imported("Time;Description\nT+00:00;Caf\xe9\n".encode("cp1252"), mapping=START)
    assert done.scenario is not None
    assert done.scenario.injects[0].description == "Café"
    assert places(done, Verdict.ASSUMED)["list.x"].startswith("not UTF-8; read as Windows-1252")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'Time,Description\nT+00:00,"never closed\n', "a quote is not closed"),
        (b"Time,Description\x00\n", "holds NUL characters"),
        (b"a,b\n1,2\n", "no row of headings"),
        (b"", "no row of headings"),
        (b"Time,Description\n" + b"x\n" * 50_001, "more than 50,000 rows"),
    ],
)
def test_what_is_no_list_is_refused(content: bytes, said: str) -> None:
    """With a sentence, and nothing is written."""
    with pytest.raises(BadInputError, match=said):
        imported(content)


def test_more_injects_than_a_scenario_holds_are_refused() -> None:
    """Five thousand is the most."""
    with pytest.raises(BadInputError, match="more than 5,000 injects"):
        imported(b"Time,Description\n" + b"T+00:00,x\n" * 5_001)


def test_a_cell_is_named_as_spreadsheets_name_it() -> None:
    """Column and row, however long a quoted field before it is."""
    (sheet,) = read_csv(b'"a\nb",c\nd,e\n', name="list", remarks=Remarks())
    assert [cell.place for cell in sheet.cells()] == ["CSV!A1", "CSV!B1", "CSV!A2", "CSV!B2"]
