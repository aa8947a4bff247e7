"""Reading past cases for a backtest: casebooks, and CSV files with a row for each moment of a case."""

import csv
import difflib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from pydantic import ValidationError

from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.formats.texts import shown
from leerp.incidents import Choice
from matrices.backtesting import PastFacts
from matrices.casebook import Casebook, load_casebook
from matrices.readers import AMOUNTS, LISTS

_OWN = ("case", "label", "at")
_LISTS = (*LISTS, "types")
_COLUMNS = (*_OWN, *Facts.model_fields)
_BOUNDS = ("_at_least", "_at_most")


def of_casebook(content: bytes, *, name: str) -> Iterator[PastFacts]:
    """The moments in a casebook; raises BadInputError."""
    return of_book(load_casebook(content, name=name))


def of_book(book: Casebook) -> Iterator[PastFacts]:
    """The moments in a casebook that has been read."""
    for case in book.cases:
        for moment in case.moments:
            yield PastFacts(case.id, moment.facts, case.label, _year_of(case.id))


def _year_of(case: str) -> int | None:
    """Cases are named for what happened and the year: `wannacry-2017`."""
    year = case.rpartition("-")[2]
    return int(year) if len(year) == len("2017") and year.isdecimal() else None


def of_csv(lines: Iterable[str], *, name: str) -> Iterator[PastFacts]:
    """The moments in the lines of a CSV file, read one after the other; BadInputError names line and column.

    A header with `case` and names of facts; empty cells are unknown; several values of a list stand apart by spaces.
    An amount stands in a column of its name, or in two with `_at_least` and `_at_most` after it.
    """
    rows = csv.reader(lines, strict=True)
    try:
        columns = _columns(_header(next(rows, []), name))
        for cells in rows:
            if any(cells):
                yield _moment(columns, cells, f"{name}, line {rows.line_num}")
    except csv.Error as error:
        raise BadInputError(f"{name}, line {rows.line_num}: not valid CSV ({error}); correct the row") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{name}, after line {rows.line_num}: not UTF-8 text; save it as UTF-8") from error


def _header(cells: Sequence[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    if "case" not in header:
        raise BadInputError(f"{name}, line 1: no column `case`; each row needs the name of its case")
    for column in header:
        if header.count(column) > 1:
            raise BadInputError(f"{name}, line 1: the column {shown(column)!r} stands twice; leave one out")
        if (
            column not in _COLUMNS
            and column.removesuffix(_BOUNDS[0]).removesuffix(_BOUNDS[1]) not in Facts.model_fields
        ):
            near = difflib.get_close_matches(column, _COLUMNS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "matrices/README.md names the columns there may be"
            raise BadInputError(f"{name}, line 1: no fact is called {shown(column)!r}; {hint}")
    return header


class _Columns(NamedTuple):
    """Where what stands in a row: values as they are, lists, and one or both bounds of an amount."""

    width: int
    own: tuple[tuple[int, str], ...]
    plain: tuple[tuple[int, str], ...]
    lists: tuple[tuple[int, str], ...]
    amounts: tuple[tuple[int, str, tuple[str, ...]], ...]


def _columns(header: Sequence[str]) -> _Columns:
    own: list[tuple[int, str]] = []
    plain: list[tuple[int, str]] = []
    lists: list[tuple[int, str]] = []
    amounts: list[tuple[int, str, tuple[str, ...]]] = []
    for at, column in enumerate(header):
        fact = column.removesuffix(_BOUNDS[0]).removesuffix(_BOUNDS[1])
        if fact in AMOUNTS:
            bounds = ("at_least", "at_most") if column == fact else (column.removeprefix(f"{fact}_"),)
            amounts.append((at, fact, bounds))
        else:
            (own if column in _OWN else lists if column in _LISTS else plain).append((at, column))
    return _Columns(len(header), tuple(own), tuple(plain), tuple(lists), tuple(amounts))


def _moment(columns: _Columns, cells: Sequence[str], where: str) -> PastFacts:
    if len(cells) != columns.width:
        raise BadInputError(f"{where}: {len(cells)} cells under {columns.width} columns; correct the row")
    own = {column: value for at, column in columns.own if (value := cells[at].strip())}
    facts: dict[str, Any] = {column: value for at, column in columns.plain if (value := cells[at].strip())}
    facts |= {column: several for at, column in columns.lists if (several := cells[at].split())}
    for at, fact, bounds in columns.amounts:
        if value := cells[at].strip():
            facts[fact] = {**facts.get(fact, {}), **dict.fromkeys(bounds, value)}
    if "case" not in own:
        raise BadInputError(f"{where}: the cell of `case` is empty; name the case")
    try:
        known = Facts.model_validate(facts)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        column = ".".join(str(part) for part in fault["loc"]) or "facts"
        raise BadInputError(f"{where}, column {column}: {shown(fault['msg'], limit=200)}") from error
    try:
        label = Choice(own["label"]) if "label" in own else None
        year = date.fromisoformat(own["at"][:10]).year if "at" in own else None
    except ValueError as error:
        raise BadInputError(f"{where}: label is launch, watch or normal, and at a date such as 2017-05-12") from error
    return PastFacts(own["case"], known, label, year)
