"""Workbooks: sheets of cells out of an .xlsx file, and into one. No formula is evaluated, and none is written."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from exercises.exchange.grids import Area, Cell, Sheet, Value, place_of
from exercises.exchange.remarks import Remarks
from exercises.exchange.workbook_guard import guard
from leerp.errors import BadInputError
from leerp.formats.texts import shown

MAX_CELL = 32_767
"""The most characters that a cell of a workbook holds."""

MAX_CELLS = 400_000
"""The most cells with something in them that are read from one workbook."""

_BROKEN = (InvalidFileException, AttributeError, LookupError, OSError, SyntaxError, TypeError, ValueError)
"""What openpyxl raises for a part that does not say what it must: it has no error of its own for that."""

_FORMULA = "a formula, which is not evaluated here; replace it with its value"
_ERROR = "an error of the spreadsheet; correct it there"
_DRAWN = re.compile(r"xl/(drawings/drawing|charts/|media/)")
_WHEN = "2000-01-01T00:00:00Z"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def read_workbook(content: bytes, *, name: str, remarks: Remarks) -> list[Sheet]:
    """The sheets of a workbook in their order; BadInputError for what is no workbook, too large, or acts."""
    parts = guard(content, name=name)
    for part in parts:
        if _DRAWN.match(part):
            remarks.not_carried(shown(part), "", "a picture, drawing or chart; put what it says into a cell")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions that are not read, which hold no cells
            book = load_workbook(io.BytesIO(content), data_only=False, keep_links=False, rich_text=False)
    except _BROKEN as error:
        raise BadInputError(f"{name}: a workbook with a broken part; open it and save it as .xlsx again") from error
    sheets = [_sheet(one, remarks) for one in book.worksheets]
    if sum(len(row) for sheet in sheets for row in sheet.rows.values()) > MAX_CELLS:
        raise BadInputError(f"{name}: more than {MAX_CELLS:,} cells; split the workbook")
    return sheets


def _sheet(worksheet: Worksheet, remarks: Remarks) -> Sheet:
    rows: dict[int, dict[int, Cell]] = {}
    for one in worksheet._cells.values():  # noqa: SLF001 - iterating by rows visits every empty cell up to the last
        if isinstance(one, MergedCell):
            continue
        comment = getattr(one, "comment", None)
        if comment is not None:
            place = place_of(worksheet.title, one.row, one.column)
            remarks.not_carried(place, comment.text, "a note on the cell; put what it says into a cell")
        cell = _cell(worksheet.title, one)
        if cell is not None:
            rows.setdefault(cell.row, {})[cell.column] = cell
    merged = tuple(Area(one.min_row, one.min_col, one.max_row, one.max_col) for one in worksheet.merged_cells.ranges)
    return Sheet(worksheet.title, rows, merged)


def _cell(sheet: str, one: Any) -> Cell | None:  # noqa: ANN401 - openpyxl's cell of any kind
    value = one.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if one.data_type == "f":
        return Cell(sheet, one.row, one.column, str(getattr(value, "text", value)), fault=_FORMULA)
    if one.data_type == "e":
        return Cell(sheet, one.row, one.column, str(value), fault=_ERROR)
    if not isinstance(value, str | int | float | bool | datetime | date | time | timedelta):
        return Cell(sheet, one.row, one.column, str(value), fault="not a plain value; write it as text")
    return Cell(sheet, one.row, one.column, value)


def write_workbook(tables: Sequence[tuple[str, Sequence[Sequence[Value | None]]]], *, remarks: Remarks) -> bytes:
    """A workbook with these sheets and rows; the first row of each is its headings. The same rows, the same bytes."""
    book = Workbook()
    del book[book.sheetnames[0]]
    for title, rows in tables:
        sheet = book.create_sheet(title)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                if value not in (None, ""):
                    _put(sheet, number, column, _held(value, place_of(title, number, column), remarks))
        sheet.freeze_panes = "A2"
    packed = io.BytesIO()
    book.save(packed)
    return _repacked(packed.getvalue())


def _put(sheet: Worksheet, row: int, column: int, value: Value | None) -> None:
    cell = sheet.cell(row=row, column=column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # a text, also where it begins as a formula does
        cell.quotePrefix = True  # and stays one when somebody edits the cell
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if row == 1:
        cell.font = Font(bold=True)


def _held(value: Value | None, place: str, remarks: Remarks) -> Value | None:
    if isinstance(value, str) and len(value) > MAX_CELL:
        remarks.not_carried(place, value, f"{len(value):,} characters, where a cell holds {MAX_CELL:,}; use CSV")
        return None
    return value


def _repacked(content: bytes) -> bytes:
    """The same archive without the time of its making."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as there, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as here:
        for name, part in _timeless(there):
            entry = zipfile.ZipInfo(name, date_time=_ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            here.writestr(entry, part)
    return packed.getvalue()


def _timeless(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for name in sorted(archive.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
        part = archive.read(name)
        if name == "docProps/core.xml":
            part = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>" + _WHEN.encode(), part)
        yield name, part
