"""Which observables are whose, as an officer writes it: a CSV file with the columns `observable` and `country`.

    observable,country
    192.0.2.7,DE
    domain:mail.hospital.example,FR

An observable stands alone or after its kind; a country as everywhere. One row that cannot be read refuses the file:
what an officer assigns decides who gets it, and half a file is not what was meant.
"""

from collections.abc import Iterator, Sequence

from leerp.contributions import Encoding
from leerp.countries import normalise as country_of
from leerp.errors import BadInputError
from leerp.formats.csv_lines import Row, lines_of, rows_of
from leerp.observables import ObservableKind, normalise
from leerp.packages import MAX_ASSIGNMENTS, Assignment, Assignments

COLUMNS = ("observable", "country")
MAX_BYTES = 8 * 1024 * 1024
"""The largest file."""


def read_assignments(content: bytes, *, name: str) -> Assignments:
    """The assignments of a file, each once; BadInputError with the row of the first fault, which it does not quote."""
    if len(content) > MAX_BYTES:
        raise BadInputError(f"{name}: larger than {MAX_BYTES // 2**20} MiB; split the file")
    rows = rows_of(lines_of(content, name=name, encoding=Encoding.UTF_8), delimiter=",")
    header = next(rows, None)
    places = _places(header, name)
    found = dict.fromkeys(_assignments(rows, places, name))
    if not found:
        raise BadInputError(f"{name}: assigns nothing; put a row under the header")
    if len(found) > MAX_ASSIGNMENTS:
        raise BadInputError(f"{name}: assigns {len(found)} observables, and at most {MAX_ASSIGNMENTS} fit; split it")
    return Assignments(assignments=tuple(found))


def _places(header: Row | None, name: str) -> tuple[int, int]:
    names = [field.strip().lower() for field in header.fields] if header else []
    if any(names.count(column) != 1 for column in COLUMNS):
        raise BadInputError(f"{name}, row 1: the header must be `{','.join(COLUMNS)}`")
    return names.index(COLUMNS[0]), names.index(COLUMNS[1])


def _assignments(rows: Iterator[Row], places: tuple[int, int], name: str) -> Iterator[Assignment]:
    for row in rows:
        if row.fault:
            raise BadInputError(f"{name}, row {row.number}: {row.fault}")
        if any(field.strip() for field in row.fields):
            yield _assignment(row, places, name)


def _assignment(row: Row, places: Sequence[int], name: str) -> Assignment:
    where = f"{name}, row {row.number}"
    if len(row.fields) <= max(places):
        raise BadInputError(f"{where}: has {len(row.fields)} fields and needs {max(places) + 1}")
    observable, country = (row.fields[place].strip() for place in places)
    try:
        return _of(observable, country_of(country))
    except ValueError as error:
        # What pydantic says of a value would quote it; ours does not.
        fault = str(error) if "\n" not in str(error) else "not an observable"
        raise BadInputError(f"{where}: {fault}") from None


def _of(observable: str, country: str) -> Assignment:
    head, colon, value = observable.partition(":")
    kind = ObservableKind(head.lower()) if colon and head.lower() in set(ObservableKind) else None
    if kind is not None:
        return Assignment(kind=kind, value=normalise(kind, value), country=country)
    if not observable:
        raise ValueError("an empty observable")
    return Assignment(value=observable, country=country)
