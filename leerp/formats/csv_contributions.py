"""Contributions as CSV: one observable a row, under a header that says which column is which.

    type,value,first_seen,comment,tlp
    ipv4,192.0.2.7,2026-11-22T10:00:00+01:00,beacon,amber

`type` and `value` are needed, the others may be there. What cannot be read is answered row by row, never quoted, and
then a person decides whether the rest is pooled without it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from leerp.contributions import MAX_OBSERVABLES, Contribution, Detail, Encoding, RowAnswer
from leerp.errors import BadInputError
from leerp.formats.csv_lines import MAX_CSV_BYTES, Line, Row, lines_of, rows_of
from leerp.formats.drafts import content_id
from leerp.formats.findings import in_order, observable
from leerp.formats.misp import kind_of_type
from leerp.formats.taxonomies import tlp_of
from leerp.formats.texts import line as one_line
from leerp.formats.texts import shown
from leerp.marking import Marking, Tlp
from leerp.observables import Observable, ObservableKind

COLUMNS = ("type", "value", "first_seen", "comment", "tlp")
"""The columns that are read."""

NEEDED = ("type", "value")
DELIMITERS = (",", ";", "\t", "|")

MAX_REFUSED = 1_000
"""After so many rows that cannot be read the file is refused: it is not what it is taken for."""


class CsvContribution(NamedTuple):
    """What a CSV file comes to, and every row of it that was not read."""

    contribution: Contribution
    refused: tuple[RowAnswer, ...]
    notes: tuple[str, ...]


class _Header(NamedTuple):
    delimiter: str
    places: Mapping[str, int]  # which field each of COLUMNS is
    width: int
    ignored: int


def looks_like_csv(content: bytes, *, columns: Mapping[str, str] | None = None) -> bool:
    """Whether the first line names the columns that are needed."""
    try:
        return (
            _header(lines_of(content[:65_536], name="", encoding=Encoding.AUTO), name="", columns=columns or {})[0]
            is not None
        )
    except BadInputError:
        return False


def read_csv(
    content: bytes,
    *,
    name: str,
    contributor: str,
    received_at: datetime,
    columns: Mapping[str, str],
    encoding: Encoding = Encoding.AUTO,
) -> CsvContribution:
    """The contribution in a CSV file.

    `columns`: how the file names ours, where it does so otherwise; other columns are then passed over.
    BadInputError, with the limit and the row, for a file that is too large, holds too many different observables, has
    no usable header, or whose rows mostly cannot be read.
    """
    if len(content) > MAX_CSV_BYTES:
        raise BadInputError(
            f"{name}: {len(content) // 2**20} MiB, more than {MAX_CSV_BYTES // 2**20} MiB; split the file"
        )
    lines = lines_of(content, name=name, encoding=encoding)
    header, number = _header(lines, name=name, columns=columns)
    if header is None:
        raise BadInputError(
            f"{name}: its first row does not name the columns; begin with type,value or say --columns type=…,value=…"
        )
    rows = _Rows(name, header, received_at)
    for row in rows_of(lines, delimiter=header.delimiter):
        rows.take(row)
    if not rows.observables:
        first = f"; row {rows.refused[0].row}: {rows.refused[0].why}" if rows.refused else ""
        raise BadInputError(f"{name}: no observable in it below the header in row {number}{first}")
    return CsvContribution(rows.contribution(content, contributor), tuple(rows.refused), tuple(rows.notes()))


def _header(lines: Iterator[Line], *, name: str, columns: Mapping[str, str]) -> tuple[_Header | None, int]:
    """The header, in the first line that is neither empty nor a comment, and its number; it uses up these lines."""
    _check_columns(columns, name)
    for line in lines:
        text = line.text.strip()
        if line.fault or not text or text.startswith("#"):
            continue
        if text.lower().startswith("sep=") and len(text) == len("sep=,"):  # as Excel writes it
            continue
        for delimiter in DELIMITERS:
            row = next(iter(rows_of([line], delimiter=delimiter)))
            found = _places(row.fields, columns, name=name, delimiter=delimiter)
            if found:
                return found, line.number
        return None, line.number
    return None, 0


def _check_columns(columns: Mapping[str, str], name: str) -> None:
    unknown = [one for one in columns if one not in COLUMNS]
    if unknown:
        raise BadInputError(f"{name}, --columns: {shown(unknown[0])} is none of {', '.join(COLUMNS)}")


def _places(fields: Sequence[str], columns: Mapping[str, str], *, name: str, delimiter: str) -> _Header | None:
    written = [field.strip().strip("\ufeff").casefold() for field in fields]
    wanted = {ours: columns.get(ours, ours).strip().casefold() for ours in COLUMNS}
    if not all(wanted[ours] in written for ours in NEEDED):
        return None
    twice = next((one for one in wanted.values() if written.count(one) > 1), None)
    if twice:
        raise BadInputError(f"{name}: the column {shown(twice)} stands twice; remove one")
    places = {ours: written.index(theirs) for ours, theirs in wanted.items() if theirs in written}
    others = [field for index, field in enumerate(written) if index not in places.values()]
    if others and not columns:
        raise BadInputError(
            f"{name}: the column {shown(others[0])} is none of {', '.join(COLUMNS)}; remove it, or say which are meant"
            " with --columns type=…,value=…"
        )
    return _Header(delimiter, places, len(written), len(others))


class _Rows:
    """Takes row after row: what it keeps grows with what is different in them, and is bounded."""

    def __init__(self, name: str, header: _Header, received_at: datetime) -> None:
        self.observables: dict[Observable, None] = {}
        self.refused: list[RowAnswer] = []
        self._name, self._header, self._received_at = name, header, received_at
        self._details: dict[Observable, Detail] = {}
        self._tlps: set[Tlp] = set()
        self._known: dict[tuple[str, str], Observable] = {}
        self._rows = self._guessed = 0

    def take(self, row: Row) -> None:
        """Read a row, or answer it."""
        fields = row.fields
        if not row.fault and (fields[0].startswith("#") or not any(map(str.strip, fields))):
            return
        self._rows += 1
        try:
            self._read(row, fields)
        except _RefusedRowError as refused:
            self.refused.append(RowAnswer(row=row.number, field=refused.field, why=refused.why))
            if len(self.refused) > MAX_REFUSED:
                first = self.refused[0]
                raise BadInputError(
                    f"{self._name}: more than {MAX_REFUSED:,} rows cannot be read, the first is row {first.row}"
                    f" ({first.field or 'the row'}: {first.why}); are these the right columns?"
                ) from None

    def _read(self, row: Row, fields: Sequence[str]) -> None:
        if row.fault:
            raise _RefusedRowError(None, row.fault)
        if len(fields) != self._header.width:
            raise _RefusedRowError(None, f"{len(fields)} fields where the header has {self._header.width}")
        kind, value = self._field(fields, "type"), self._field(fields, "value")
        if row.guessed and not (kind.isascii() and value.isascii()):
            raise _RefusedRowError("value", "not UTF-8, and it could be read in more than one way; write it in UTF-8")
        tlp, first_seen = self._tlp(fields), self._first_seen(fields)
        found = self._observable(kind, value, row.number)
        self._guessed += row.guessed
        self._tlps |= {tlp} if tlp else set()
        self._say(found, first_seen, self._field(fields, "comment"))

    def _field(self, fields: Sequence[str], column: str) -> str:
        place = self._header.places.get(column)
        return "" if place is None else fields[place].strip()

    def _observable(self, kind: str, value: str, row: int) -> Observable:
        known = self._known.get((kind, value))
        if known is not None:
            return known
        found = _observable(kind, value)
        if found in self.observables:
            return found
        if len(self.observables) == MAX_OBSERVABLES:
            raise BadInputError(
                f"{self._name}, row {row}: more than {MAX_OBSERVABLES:,} different observables, which is the"
                f" most of one contribution; split the file into parts of at most {MAX_OBSERVABLES:,}"
            )
        self.observables[found] = None
        self._known[(kind, value)] = found
        return found

    def _tlp(self, fields: Sequence[str]) -> Tlp | None:
        written = self._field(fields, "tlp")
        tlp = tlp_of(written) if written else None
        if written and tlp is None:
            raise _RefusedRowError("tlp", "none of clear, green, amber, amber+strict, red")
        return tlp

    def _first_seen(self, fields: Sequence[str]) -> datetime | None:
        written = self._field(fields, "first_seen")
        if not written:
            return None
        try:
            seen = datetime.fromisoformat(written)
        except ValueError:
            raise _RefusedRowError("first_seen", "no time as in 2026-11-22T10:00:00+01:00") from None
        if seen.tzinfo is None:
            raise _RefusedRowError("first_seen", "without its offset from UTC, as in 2026-11-22T10:00:00+01:00")
        if seen > self._received_at:
            raise _RefusedRowError("first_seen", "lies in the future")
        return seen

    def _say(self, found: Observable, first_seen: datetime | None, comment: str) -> None:
        """Keep what is first said of an observable; of several times the earliest."""
        if not (comment or first_seen):
            return
        before = self._details.get(found)
        if before and before.comment and (not first_seen or (before.first_seen and before.first_seen <= first_seen)):
            return
        said = one_line(comment, otherwise="") or None
        times = [one for one in (first_seen, before.first_seen if before else None) if one]
        self._details[found] = Detail(
            observable=found,
            first_seen=min(times, default=None),
            comment=(before.comment if before else None) or said,
        )

    def contribution(self, content: bytes, contributor: str) -> Contribution:
        """What all rows come to. It is at least as tight as the tightest of them."""
        tlp = max(self._tlps, key=lambda one: one.rank, default=Tlp.CLEAR)
        return Contribution(
            contributor=contributor,
            id=content_id("csv", content),
            contributed_at=self._received_at,
            title="Observables in a CSV file",
            marking=Marking(tlp=tlp),
            observables=in_order(self.observables),
            details=tuple(self._details[one] for one in in_order(self._details)),
        )

    def notes(self) -> Iterator[str]:
        """What a person should know of the file, without any of its content."""
        yield f"{self._rows:,} rows, {len(self.observables):,} different observables"
        if self._guessed:
            yield f"{self._guessed:,} rows are not UTF-8 and were read as Latin-1; only their comments can differ"
        if len(self._tlps) > 1:
            yield "rows have different TLP labels: the tightest stands for all of them"
        if self._header.ignored:
            yield f"{self._header.ignored} columns were not read"


class _RefusedRowError(Exception):
    """Why a row is not read, and in which column."""

    def __init__(self, field: str | None, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


def _observable(kind: str, value: str) -> Observable:
    """The observable of a row: its type in our words or in MISP's."""
    word = kind.lower()
    known = next((one for one in ObservableKind if one == word), None) or kind_of_type(kind) or kind_of_type(word)
    if known is None:
        raise _RefusedRowError("type", "no kind of observable that is known here")
    if not value:
        raise _RefusedRowError("value", "empty")
    try:
        return observable(known, value)
    except ValueError as error:
        faults = getattr(error, "errors", None)
        why = faults(include_input=False, include_url=False)[0]["msg"] if faults else str(error)
        raise _RefusedRowError("value", why.removeprefix("Value error, ")) from None
