"""Sheets of cells, whatever file they come from, and what reading them keeps track of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from exercises.exchange.remarks import Remarks

Value = str | int | float | bool | datetime | date | time | timedelta


class Area(NamedTuple):
    """Cells that are merged into one, by their first and last row and column, which count from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Cell:
    """One cell that holds something. `fault`: why what it holds cannot be read, and what to do."""

    sheet: str
    row: int
    column: int
    value: Value
    fault: str | None = None

    @property
    def place(self) -> str:
        """Sheet and cell, as a spreadsheet names them."""
        return place_of(self.sheet, self.row, self.column)

    @property
    def text(self) -> str:
        """What it holds as text, without space around it."""
        return str(self.value).strip()


@dataclass(frozen=True)
class Sheet:
    """The cells of a sheet by row and column, both counted from 1; empty ones are left out."""

    name: str
    rows: dict[int, dict[int, Cell]]
    merged: tuple[Area, ...] = ()

    def cells(self) -> Iterator[Cell]:
        """Every cell that holds something, row by row."""
        for row in sorted(self.rows):
            for column in sorted(self.rows[row]):
                yield self.rows[row][column]

    def down(self, row: int, column: int) -> Cell | None:
        """What stands in a cell, or in the cells merged from above over it."""
        found = self.rows.get(row, {}).get(column)
        if found:
            return found
        area = next((one for one in self.merged if one.top < row <= one.bottom and one.left == column), None)
        return self.rows.get(area.top, {}).get(column) if area else None

    def is_banner(self, row: int) -> bool:
        """Whether a row is one text across several columns: a heading between the others."""
        cells = self.rows.get(row, {})
        if len(cells) != 1:
            return False
        column = next(iter(cells))
        return any(one.top <= row <= one.bottom and one.left <= column < one.right for one in self.merged)


def place_of(sheet: str, row: int, column: int) -> str:
    """`MSEL!C7`."""
    return f"{sheet}!{get_column_letter(column)}{row}"


@dataclass
class Traces:
    """Which cells were carried or remarked on, so that no other is lost in silence."""

    remarks: Remarks
    taken: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def take(self, cell: Cell) -> Cell:
        """A cell is carried."""
        self.taken.add(cell.place)
        return cell

    def give_back(self, cells: Iterable[Cell]) -> None:
        """What was taken of a row that is not carried after all."""
        self.taken -= {cell.place for cell in cells}

    def refuse(self, cell: Cell, why: str) -> None:
        """A cell cannot be read."""
        self.told.add(cell.place)
        self.remarks.refused(cell.place, cell.value, why)

    def leave(self, cell: Cell, why: str) -> None:
        """A cell has no place in a scenario."""
        if cell.place not in self.taken and cell.place not in self.told:
            self.told.add(cell.place)
            self.remarks.not_carried(cell.place, cell.value, why)
