"""The rows of a CSV file, one after another, however it is written: bounded in memory, and a fault is of one row.

A file is not decoded as a whole: exports pasted together from several tools hold several encodings, and one bad row
must not cost the others. A row is a line; only a quoted field goes over several.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from leerp.contributions import Encoding
from leerp.errors import BadInputError

MAX_CSV_BYTES = 64 * 1024 * 1024
"""The largest CSV file that is read."""

MAX_ROWS = 1_000_000
"""The most rows of a CSV file, without its header."""

MAX_ROW_BYTES = 64 * 1024
"""The longest row."""

MAX_LINES_OF_A_ROW = 50
"""Over how many lines a quoted field may go; one that is never closed must not swallow the file."""

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Line(NamedTuple):
    """One line as text, or why it is none. `guessed`: read as Latin-1 because it is not UTF-8."""

    number: int
    text: str
    fault: str | None = None
    guessed: bool = False


class Row(NamedTuple):
    """The fields of a row, or why it has none. `number`: of its first line, as an editor counts."""

    number: int
    fields: list[str]
    fault: str | None = None
    guessed: bool = False


def lines_of(content: bytes, *, name: str, encoding: Encoding) -> Iterator[Line]:
    """The lines of a file, decoded one by one.

    BadInputError for what is no text in the encoding that was named, or holds more lines than MAX_ROWS and a header.
    """
    if encoding is Encoding.UTF_16 or (encoding is Encoding.AUTO and content.startswith(_UTF16_MARKS)):
        lines = _utf16(content, name)
    else:
        lines = (_decoded(number, raw, encoding) for number, raw in enumerate(_raw_lines(content), start=1))
    for line in lines:
        if line.number > MAX_ROWS + 1:
            raise BadInputError(
                f"{name}: more than {MAX_ROWS:,} rows; split the file into parts of at most {MAX_ROWS:,} rows"
            )
        yield line


def _raw_lines(content: bytes) -> Iterator[bytes]:
    """The lines without their ends; what is too long is cut to one byte more than may be."""
    stream = io.BytesIO(content.removeprefix(b"\xef\xbb\xbf"))
    while raw := stream.readline(MAX_ROW_BYTES + 1):
        rest = raw
        while len(rest) > MAX_ROW_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_ROW_BYTES + 1)
        yield raw


def _decoded(number: int, raw: bytes, encoding: Encoding) -> Line:
    if len(raw) > MAX_ROW_BYTES:
        return Line(number, "", f"longer than {MAX_ROW_BYTES // 1024} KiB")
    if b"\x00" in raw:
        return Line(number, "", "holds NUL characters, as UTF-16 does; write the whole file in one encoding")
    if encoding is Encoding.LATIN_1:
        return Line(number, raw.decode("latin-1"))
    try:
        return Line(number, raw.decode())
    except UnicodeDecodeError:
        if encoding is Encoding.UTF_8:
            return Line(number, "", "not UTF-8")
        return Line(number, raw.decode("latin-1"), guessed=True)


def _utf16(content: bytes, name: str) -> Iterator[Line]:
    stream = io.TextIOWrapper(io.BytesIO(content), encoding="utf-16", newline="\n")
    number = 0
    try:
        while text := stream.readline(MAX_ROW_BYTES):
            number += 1
            fault = None if text.endswith("\n") or len(text) < MAX_ROW_BYTES else "longer than 64 Ki characters"
            while fault and text and not text.endswith("\n"):
                text = stream.readline(MAX_ROW_BYTES)
            yield Line(number, "" if fault else text.removeprefix("\ufeff"), fault)
    except UnicodeError as error:
        raise BadInputError(
            f"{name}: not UTF-16 text (after row {number}); save the whole file in one encoding, best UTF-8"
        ) from error


def rows_of(lines: Iterable[Line], *, delimiter: str) -> Iterator[Row]:
    """The rows of these lines. A quote that is never closed costs the line it stands in and no other."""
    waiting = _Waiting(iter(lines))
    while line := waiting.next():
        if line.fault:
            yield Row(line.number, [], line.fault)
            continue
        if '"' not in line.text:  # most rows by far
            yield Row(line.number, line.text.rstrip("\r\n").split(delimiter), None, line.guessed)
            continue
        read, more = _parse(line.text, delimiter), list[Line]()
        while read is None and (further := waiting.up_to_a_quote(len(more))):
            more += further
            read = _parse("".join(one.text for one in (line, *more)), delimiter)
        if isinstance(read, list):
            waiting.drop(len(more))
            yield Row(line.number, read, guessed=any(one.guessed for one in (line, *more)))
        else:
            yield Row(line.number, [], read or "a quote in it is never closed")


class _Waiting:
    """Lines that can be looked at before they are taken."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._seen: deque[Line] = deque()

    def next(self) -> Line | None:
        return self._seen.popleft() if self._seen else next(self._lines, None)

    def drop(self, count: int) -> None:
        for _ in range(count):
            self._seen.popleft()

    def up_to_a_quote(self, after: int = 0) -> list[Line]:
        """The lines ahead, past the first `after`, up to the next that holds a quote; empty when there is none near."""
        for index in range(after, MAX_LINES_OF_A_ROW):
            if index == len(self._seen):
                line = next(self._lines, None)
                if line is None:
                    return []
                self._seen.append(line)
            ahead = self._seen[index]
            if ahead.fault:
                return []
            if '"' in ahead.text:
                return [self._seen[place] for place in range(after, index + 1)]
        return []


def _parse(text: str, delimiter: str) -> list[str] | str | None:
    """The fields of one row; a text where it cannot be read; None where a quote is still open at its end."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return None if "unexpected end of data" in str(error) else "a quote stands where none belongs"
