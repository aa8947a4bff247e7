"""CSV: one sheet of cells out of a file, and into one that no spreadsheet program takes for formulas."""

import csv
import io
from collections.abc import Sequence

from exercises.exchange.grids import Cell, Sheet, Value
from exercises.exchange.remarks import Remarks
from leerp.errors import BadInputError

MAX_CSV_BYTES = 16 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 512
_MAX_FIELD = 200_000
_ACTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet program may run; the last four are the full-width forms of the first."""


def guarded(text: str) -> str:
    """The text as it stands in a cell: an apostrophe before what would be run, and before what has one already."""
    return f"'{text}" if _acts(text) or text.startswith("'") else text


def unguarded(text: str) -> str:
    """The text that was meant: without the apostrophe that keeps it from being run."""
    rest = text[1:]
    return rest if text.startswith("'") and (_acts(rest) or rest.startswith("'")) else text


def _acts(text: str) -> bool:
    return text.startswith(_ACTS) or text.lstrip().startswith(_ACTS)


def read_csv(content: bytes, *, name: str, remarks: Remarks) -> list[Sheet]:
    """The cells of a CSV file, separated by commas, semicolons or tabs, as one sheet named `CSV`.

    BadInputError for what is no text, or too large. A value is always a text; one that begins with = is no formula
    here, for there is nothing that would evaluate it.
    """
    if len(content) > MAX_CSV_BYTES:
        raise BadInputError(f"{name}: more than {MAX_CSV_BYTES // 2**20} MiB; split the file")
    text = _decoded(content, name, remarks)
    rows: dict[int, dict[int, Cell]] = {}
    read = _rows(text, name)
    if len(read) > MAX_ROWS or max(map(len, read), default=0) > MAX_COLUMNS:
        raise BadInputError(f"{name}: more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns; split the file")
    for number, fields in enumerate(read, start=1):
        cells = {
            column: Cell("CSV", number, column, unguarded(field))
            for column, field in enumerate(fields, start=1)
            if field.strip()
        }
        if cells:
            rows[number] = cells
    return [Sheet("CSV", rows)]


def _decoded(content: bytes, name: str, remarks: Remarks) -> str:
    if b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInputError(f"{name}: holds NUL characters; save it as UTF-8 text")
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeError:
        remarks.assumed(name, "", "not UTF-8; read as Windows-1252, so look at letters with accents")
        return content.decode("cp1252", errors="replace")


def _rows(text: str, name: str) -> list[list[str]]:
    former = csv.field_size_limit(_MAX_FIELD)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise BadInputError(f"{name}: a quote is not closed, or a field is too long; save it as CSV again") from error
    finally:
        csv.field_size_limit(former)


def _delimiter(text: str) -> str:
    """The separator that stands most often outside quotes in the first lines."""
    head = "".join(text[:20_000].split('"')[::2])
    return max((",", ";", "\t"), key=head.count)


def write_csv(rows: Sequence[Sequence[Value | None]]) -> bytes:
    """A CSV file (RFC 4180, UTF-8 with the mark that spreadsheet programs ask for), every field quoted."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in rows:
        writer.writerow(["" if value is None else guarded(str(value)) for value in row])
    return b"\xef\xbb\xbf" + written.getvalue().encode()
