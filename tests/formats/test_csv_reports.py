"""A table of observables as a report: what was read, what was not, and how tight it is."""

from leerp.formats.reading import detect
from leerp.marking import Tlp
from leerp.reports import ReportFormat
from tests.formats.examples import refusal, report, values

TABLE = b"type,value,comment,tlp\nipv4,192.0.2.7,beacon,green\ndomain,one.example,,amber\nmd5,none,,\n"


def test_a_table_is_a_report() -> None:
    """Its observables, their comments as the text, the tightest label, and every row that was not read."""
    read = report(TABLE, name="table.csv")
    assert values(read.observables) == ["domain:one.example", "ipv4:192.0.2.7"]
    assert (read.marking.tlp, read.narrative) == (Tlp.AMBER, "ipv4 192.0.2.7: beacon")
    assert any(note.startswith("row 4 was not read: value: ") for note in read.notes)


def test_a_table_is_known_by_its_name_or_its_first_row() -> None:
    """And a text that begins alike stays a text where its name says so."""
    assert detect(b"x", "table.CSV") is ReportFormat.CSV
    assert detect(TABLE, "attachment") is ReportFormat.CSV
    assert detect(TABLE, "notes.txt") is ReportFormat.TEXT


def test_a_table_without_the_columns_is_refused() -> None:
    """With what to do."""
    assert "begin with type,value" in refusal(b"a,b\n1,2\n", name="table.csv")


def test_many_rows_that_cannot_be_read_are_counted() -> None:
    """A hundred are named one by one."""
    rows = b"".join(b"md5,%d,,\n" % number for number in range(150))
    notes = report(TABLE + rows, name="table.csv").notes
    assert "51 more rows were not read" in notes
    assert len(notes) <= 200
