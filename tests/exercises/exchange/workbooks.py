"""Workbooks as people make them, written with openpyxl."""

import io
import zipfile
from collections.abc import Callable, Mapping

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet


def workbook(
    rows: list[list[object]], *, then: Callable[[Worksheet], None] | None = None, title: str = "MSEL"
) -> bytes:
    """A workbook with one sheet of these rows, changed by `then`."""
    return book({title: rows}, then=then)


def book(sheets: Mapping[str, list[list[object]]], *, then: Callable[[Worksheet], None] | None = None) -> bytes:
    """A workbook with these sheets; `then` changes the first one."""
    made = Workbook()
    del made[made.sheetnames[0]]
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if then is not None:
        then(made[made.sheetnames[0]])
    packed = io.BytesIO()
    made.save(packed)
    return packed.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The same archive with one part added or replaced."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as there, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as here:
        for one in there.namelist():
            if one != name:
                here.writestr(one, there.read(one))
        here.writestr(name, part)
    return packed.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    """One part of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)
