"""What a workbook must not be or hold: it is refused before anything reads it; and what is written runs nowhere."""

import io
import zipfile

import pytest
from openpyxl import load_workbook

from exercises.exchange import workbook_guard
from exercises.exchange.conversion import write_scenario_as
from exercises.exchange.formats import Format
from exercises.exchange.msel_xlsx import MAX_CELL, write_workbook
from exercises.exchange.remarks import Remarks
from exercises.exchange.workbook_guard import guard
from leerp.errors import BadInputError
from tests.exercises.exchange.exchanging import START, imported
from tests.exercises.exchange.workbooks import part_of, with_part, workbook
from tests.exercises.scenarios import scenario

PLAIN = workbook([["When", "Description"], ["T+00:00", "Go"]])
SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"


def refused(content: bytes) -> str:
    """The sentence with which a workbook is refused."""
    with pytest.raises(BadInputError) as caught:
        imported(content, form=Format.MSEL_XLSX, mapping=START)
    return caught.value.sentence


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("xl/vbaProject.bin", "holds macros or controls (xl/vbaProject.bin)"),
        ("xl/activeX/activeX1.xml", "holds macros or controls"),
        ("xl/externalLinks/externalLink1.xml", "holds links to other workbooks"),
        ("xl/embeddings/oleObject1.bin", "holds embedded files"),
        ("xl/connections.xml", "holds connections to data elsewhere"),
    ],
)
def test_what_acts_is_refused(part: str, said: str) -> None:
    """Macros, links, embedded files and connections, by the part that holds them."""
    assert said in refused(with_part(PLAIN, part, b"<x/>"))


def test_a_document_type_is_refused_in_whatever_encoding() -> None:
    """No entity is ever defined: a DTD is refused in every part, in UTF-8 and in UTF-16."""
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><sst>&b;</sst>'
    assert "holds a document type (DTD)" in refused(with_part(PLAIN, "xl/sharedStrings.xml", bomb.encode()))
    wide = bomb.replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")
    assert "holds a document type (DTD)" in refused(with_part(PLAIN, "xl/comments1.xml", wide))


def test_a_reference_to_the_outside_is_refused() -> None:
    """A template or an image of elsewhere; a link that people click is only text."""
    outside = b"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
    <Relationship Id="r1" Type="http://x/%s" Target="https://else.example/" TargetMode="External"/></Relationships>"""
    place = "xl/worksheets/_rels/sheet1.xml.rels"
    assert "refers to something outside" in refused(with_part(PLAIN, place, outside % b"image"))
    assert place in guard(with_part(PLAIN, place, outside % b"hyperlink"), name="list")


def test_a_zip_bomb_is_refused_by_its_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would unpack to more than is read is never unpacked."""
    monkeypatch.setattr(workbook_guard, "MAX_UNPACKED_BYTES", 2**20)
    bomb = with_part(PLAIN, "xl/media/image1.png", bytes(2**20))
    assert len(bomb) < 20_000
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("something was unpacked"))
    assert "unpacks to more than 1 MiB" in refused(bomb)


def test_merging_a_whole_sheet_is_refused() -> None:
    """Seventeen thousand million cells in one line of XML."""
    merged = part_of(PLAIN, SHEET).replace(
        b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    )
    assert "more than 200,000 merged cells" in refused(with_part(PLAIN, SHEET, merged))


def test_too_many_and_too_deep_elements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted while they are read."""
    monkeypatch.setattr(workbook_guard, "MAX_ELEMENTS", 10)
    assert "more than 10 elements, or too deep" in refused(PLAIN)
    monkeypatch.undo()
    deep = b"<a>" * 80 + b"</a>" * 80
    assert "too deep" in refused(with_part(PLAIN, "xl/deep.xml", deep))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old workbook (.xls) or one with a password"),
        (b"PK\x03\x04 not a zip", "no workbook that can be opened"),
        (PLAIN[: len(PLAIN) // 2], "no workbook that can be opened"),
        (with_part(PLAIN, SHEET, b"<worksheet><sheetData>"), "not well-formed XML"),
        (with_part(PLAIN, SHEET, part_of(PLAIN, SHEET).replace(b'r="A1"', b'r="?"')), "a broken part"),
        (with_part(PLAIN, "xl/workbook.xml", b"<workbook/>"), "has no sheet of cells"),
    ],
)
def test_what_is_no_workbook_is_refused_with_a_sentence(content: bytes, said: str) -> None:
    """Never a traceback, whatever is broken."""
    assert said in refused(content)


def test_the_same_scenario_gives_the_same_bytes() -> None:
    """No time of making, no order by chance."""
    first, second = (write_scenario_as(scenario(), Format.MSEL_XLSX, into="x.xlsx").content for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b">2000-01-01T00:00:00Z<") == 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "{=1}", "\t=1"])
def test_no_formula_is_ever_written(text: str) -> None:
    """A text that begins as a formula does is a text of the workbook, also once somebody edits it."""
    content = write_workbook([("MSEL", [["Description"], [text]])], remarks=Remarks())
    assert b"<f>" not in part_of(content, SHEET)
    cell = load_workbook(io.BytesIO(content))["MSEL"]["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert cell.value == text


def test_a_text_that_no_cell_holds_is_listed() -> None:
    """More than 32,767 characters: the place and what to do instead are said, and the cell stays empty."""
    remarks = Remarks()
    content = write_workbook([("MSEL", [["Description"], ["x" * (MAX_CELL + 1)]])], remarks=remarks)
    assert [one.place for one in remarks] == ["MSEL!A2"]
    assert load_workbook(io.BytesIO(content))["MSEL"]["A2"].value is None
