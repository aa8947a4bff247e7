"""What is looked at in a workbook before anything reads it: its size unpacked, and that nothing in it acts.

A workbook is a ZIP archive of XML parts (ISO/IEC 29500). Sizes are those of the archive's directory, beyond which the
standard library unpacks nothing. Every XML part goes through a parser that only counts.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from leerp.errors import BadInputError
from leerp.formats.texts import shown

MAX_WORKBOOK_BYTES = 16 * 1024 * 1024
"""The largest workbook that is read."""

MAX_UNPACKED_BYTES = 96 * 1024 * 1024
MAX_PARTS = 2_000
MAX_ELEMENTS = 3_000_000
MAX_DEPTH = 64
MAX_MERGED_CELLS = 200_000

BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What the standard library raises for an archive that is cut off, altered, encrypted or packed in a way of its own."""

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Compound File Binary: .xls, and every workbook with a password
_ACTING = (
    (re.compile(r"vbaProject|/macrosheets/|/activeX/|/ctrlProps/", re.IGNORECASE), "macros or controls"),
    (re.compile(r"/externalLinks/", re.IGNORECASE), "links to other workbooks"),
    (re.compile(r"/embeddings/", re.IGNORECASE), "embedded files"),
    (re.compile(r"/connections\.xml$|/queryTables/|/webExtensions/", re.IGNORECASE), "connections to data elsewhere"),
)
_XML = (".xml", ".rels", ".vml")
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")


def guard(content: bytes, *, name: str) -> list[str]:
    """The names of a workbook's parts, after all of them have been looked at; BadInputError says what is refused."""
    if len(content) > MAX_WORKBOOK_BYTES:
        raise BadInputError(f"{name}: more than {MAX_WORKBOOK_BYTES // 2**20} MiB; split the workbook")
    if content.startswith(_OLD):
        raise BadInputError(f"{name}: an old workbook (.xls) or one with a password; save it as .xlsx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _refuse_by_directory(parts, name)
            counted = _Counted(name)
            for part in parts:
                if part.filename.lower().endswith(_XML):
                    counted.look(part.filename, archive.read(part))
            return [part.filename for part in parts]
    except BROKEN_ARCHIVE as error:
        raise BadInputError(f"{name}: no workbook that can be opened; save it as .xlsx again") from error


def _refuse_by_directory(parts: list[zipfile.ZipInfo], name: str) -> None:
    names = [part.filename for part in parts]
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise BadInputError(
            f"{name}: unpacks to more than {MAX_UNPACKED_BYTES // 2**20} MiB or {MAX_PARTS:,} parts; split the workbook"
        )
    if len(set(names)) != len(names):
        raise BadInputError(f"{name}: a part stands in it twice; save it as .xlsx again")
    if any(part.flag_bits & 1 for part in parts):
        raise BadInputError(f"{name}: parts of it are encrypted; save it without a password")
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise BadInputError(f"{name}: no workbook; save it as .xlsx")
    for pattern, what in _ACTING:
        found = next((one for one in names if pattern.search(one)), None)
        if found:
            raise BadInputError(f"{name}: holds {what} ({shown(found)}); remove them, or save a copy with values only")


class _Counted:
    """What is counted over all parts."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._elements = 0
        self._merged = 0
        self._depth = 0
        self._part = ""

    def look(self, part: str, content: bytes) -> None:
        """Read one part; BadInputError."""
        self._part, self._depth = part, 0
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, LookupError, ValueError) as error:  # of an encoding that there is not, too
            raise BadInputError(f"{self._name}, {shown(part)}: not well-formed XML; save the workbook again") from error

    def _document_type(self, *_: object) -> None:
        raise BadInputError(f"{self._name}, {shown(self._part)}: holds a document type (DTD), which no workbook needs")

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS or self._depth > MAX_DEPTH:
            raise BadInputError(f"{self._name}: more than {MAX_ELEMENTS:,} elements, or too deep; split the workbook")
        kind = element.rpartition(":")[2]
        if kind == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif kind == "Relationship" and attributes.get("TargetMode") == "External":
            if not attributes.get("Type", "").endswith("/hyperlink"):  # a link to click is text here, and not followed
                raise BadInputError(f"{self._name}, {shown(self._part)}: refers to something outside; remove the link")
        elif kind == "Override" and "macroEnabled" in attributes.get("ContentType", ""):
            raise BadInputError(f"{self._name}: a workbook with macros; save it as .xlsx")

    def _end(self, _: str) -> None:
        self._depth -= 1

    def _merge(self, written: str) -> None:
        self._merged += sum(_sizes(written))
        if self._merged > MAX_MERGED_CELLS:
            raise BadInputError(f"{self._name}: more than {MAX_MERGED_CELLS:,} merged cells; unmerge whole columns")


def _sizes(written: str) -> Iterator[int]:
    found = _AREA.fullmatch(written)
    if not found:
        yield MAX_MERGED_CELLS + 1
        return
    left, top, right, bottom = found[1], int(found[2]), found[3] or found[1], int(found[4] or found[2])
    yield max(0, bottom - top + 1) * max(0, _column(right) - _column(left) + 1)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
