"""The list itself: rows of cells, each of which becomes an inject or is refused cell by cell."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from exercises.exchange.carried import body_of
from exercises.exchange.drafts import CONTROL, Draft, Row
from exercises.exchange.grids import Cell, Sheet, Traces
from exercises.exchange.moments import Moment, order_in
from exercises.exchange.msel_cells import moment_in, object_in
from exercises.exchange.msel_columns import NOTED_ONLY, TOLD, folded
from exercises.injects import Body

_KINDS = "report contribution acknowledge act decision fact message fault contingency".split()
_BODY: TypeAdapter[Any] = TypeAdapter(Body)

Known = Callable[[str], bool]


class InjectList:
    """One list of injects, read row by row."""

    def __init__(
        self, sheet: Sheet, top: int, keys: dict[int, str], draft: Draft, traces: Traces, reporter: Known
    ) -> None:
        self._sheet, self._top, self._keys = sheet, top, keys
        self._columns = {key: column for column, key in keys.items()}
        self._draft, self._traces, self._reporter = draft, traces, reporter
        self._heads = {column: folded(cell.text) for column, cell in sheet.rows.get(top, {}).items()}

    def read(self) -> None:
        """Add the injects to the draft."""
        for column in self._keys:
            if self._top and column in self._sheet.rows[self._top]:
                self._traces.take(self._sheet.rows[self._top][column])
        self._settle_dates()
        for row in [one for one in sorted(self._sheet.rows) if one > self._top]:
            self._row(row)

    def _settle_dates(self) -> None:
        """Where one date of the list shows which of its two numbers is the month, it shows it for all."""
        if self._draft.mapping.dates is not None:
            return
        columns = [self._columns[key] for key in ("at", "date") if key in self._columns]
        cells = [cell for row in self._sheet.rows.values() for column in columns if (cell := row.get(column))]
        shown_by = {order for cell in cells if isinstance(cell.value, str) and (order := order_in(cell.text))}
        if len(shown_by) == 1:
            self._draft.mapping = self._draft.mapping.model_copy(update={"dates": shown_by.pop()})

    def _cell(self, row: int, key: str) -> Cell | None:
        column = self._columns.get(key)
        return self._sheet.down(row, column) if column else None

    def _row(self, row: int) -> None:
        here = self._sheet.rows[row]
        if self._sheet.is_banner(row):
            self._leave(row, "a heading across the list, and no inject")
            return
        if not any(key in TOLD and column in here for column, key in self._keys.items()):
            self._leave(row, "a row without a description, so no inject")
            return
        moment = self._when(row)
        columns = self._texts(row) if moment else None
        if moment is None or columns is None:
            self._traces.give_back(here.values())
            self._leave(row, "of a row that was refused for its time or its description")
            return
        number = columns.pop("number", None)
        place = f"{self._sheet.name}!{row}:{row}"
        body = self._body(row, columns)
        self._leave(row, "in a column that a scenario has no place for")
        self._draft.add(Row(place, moment, body, number=number))

    def _leave(self, row: int, why: str) -> None:
        for column, cell in sorted(self._sheet.rows[row].items()):
            self._traces.leave(cell, cell.fault or NOTED_ONLY.get(self._heads.get(column, ""), why))

    def _when(self, row: int) -> Moment | None:
        cells = [cell for key in ("date", "at") if (cell := self._cell(row, key)) is not None]
        if not cells:
            first = min(self._sheet.rows[row].values(), key=lambda cell: cell.column)
            self._traces.refuse(first, "an inject without a time; write one, such as T+02:30, or take the row out")
            return None
        moments: list[Moment] = []
        for cell in cells:
            if cell.fault:
                self._traces.refuse(cell, cell.fault)
                return None
            try:
                moments.append(moment_in(cell, self._draft, heading=self._heads.get(cell.column, "")))
            except ValueError as error:
                self._traces.refuse(cell, str(error))
                return None
            self._traces.take(cell)
        earlier, *later = moments
        if not later:
            return earlier
        if earlier.offset is None and later[0].clock is not None and later[0].on is None and later[0].day is None:
            return earlier.joined(later[0])  # a workbook holds a date as midnight of it
        self._draft.remarks.not_carried(cells[0].place, cells[0].value, "the time of the row says when by itself")
        return later[0]

    def _texts(self, row: int) -> dict[str, Any] | None:
        """The columns of a row as a scenario has them."""
        found: dict[str, Any] = {}
        for key in self._columns:
            cell = self._cell(row, key)
            if cell is None or key in ("at", "date", "details"):
                continue
            if cell.fault:
                self._traces.refuse(cell, cell.fault)
                if key == "description":
                    return None
                continue
            value = self._value(key, cell)
            if value not in (None, ""):
                self._traces.take(cell)
                found[key] = value
        return found

    def _value(self, key: str, cell: Cell) -> str | int | None:
        if key == "number":
            return self._whole(cell, r"0*(\d{1,5})(?:\.0)?")
        if key == "max_minutes":
            number = self._whole(cell, r"(\d{1,6})(?:\.0)?\s?(?:m|min|mins|minutes|')?")
            if number is None:
                self._traces.refuse(cell, "no number of minutes; write 30")
            return number or None
        if key in ("description", "text", "expected", "learning_point", "evaluator_note"):
            return self._draft.prose(cell.text, place=cell.place)
        if key in ("from", "sources"):
            return " ".join(cell.text.split())
        return self._draft.line(cell.text, place=cell.place)

    def _whole(self, cell: Cell, pattern: str) -> int | None:
        found = re.fullmatch(pattern, cell.text)
        if found is None and pattern.startswith("0"):
            self._traces.leave(cell, "no whole number; the inject was numbered anew")
        return int(found[1]) if found else None

    # The body of an inject

    def _body(self, row: int, columns: dict[str, Any]) -> dict[str, Any]:
        written = columns.pop("kind", "message")
        kind = written.casefold() if written.casefold() in _KINDS else "message"
        told = next(columns[key] for key in ("description", "text", "subject") if key in columns)
        columns.setdefault("description", told)
        if "from" in columns and kind not in ("acknowledge", "decision"):
            columns["from"] = self._draft.line(self._draft.mapping.who(columns["from"]), place=self._place(row, "from"))
        if "to" in columns:
            columns["to"] = self._draft.mapping.who(columns["to"])
        body = self._detailed(row, kind, columns)
        if body is not None:
            return body
        if kind == "report" and self._reporter(columns.get("from", "")):
            return self._report(row, columns)
        if kind != "message":
            why = "what such an inject needs stands in no column; it was taken in as a message"
            self._draft.remarks.assumed(self._place(row, "kind"), written, why)
        elif written.casefold() != "message":
            why = "no kind of inject here; it was taken in as a message"
            self._draft.remarks.not_carried(self._place(row, "kind"), written, why)
        return self._message(row, columns)

    def _place(self, row: int, key: str) -> str:
        cell = self._cell(row, key)
        return cell.place if cell else f"{self._sheet.name}!{row}:{row}"

    def _detailed(self, row: int, kind: str, columns: dict[str, Any]) -> dict[str, Any] | None:
        """The inject with what its own column says beyond the others; None without one that fits."""
        cell = self._cell(row, "details")
        if cell is None:
            return None
        if cell.fault:
            self._traces.refuse(cell, cell.fault)
            return None
        rest = object_in(cell, self._traces)
        if rest is None:
            return None
        if kind == "message" and "subject" not in columns:
            columns = columns | {"subject": self._first_line(columns["description"])}
        body = body_of({**columns, "kind": kind}, rest)
        only = {key: value for key, value in body.items() if key not in ("branch", "when", "unless")}
        try:
            if kind != "contingency":
                _BODY.validate_python(only)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            self._traces.refuse(cell, f"does not fit the row ({where}: {first['msg']}); export the scenario again")
            return None
        return body

    def _first_line(self, text: str) -> str:
        return self._draft.line(text.split("\n", 1)[0][:256], place=self._sheet.name, otherwise="(no subject)")

    def _report(self, row: int, columns: dict[str, Any]) -> dict[str, Any]:
        title = columns.pop("subject", None) or self._first_line(columns["description"])
        narrative = columns.pop("text", "")
        del row
        says = {"title": title, **({"narrative": narrative} if narrative else {})}
        return body_of({**columns, "kind": "report"}, {"says": says})

    def _message(self, row: int, columns: dict[str, Any]) -> dict[str, Any]:
        if "from" not in columns:
            columns["from"] = CONTROL
            place = f"{self._sheet.name}!{row}:{row}"
            self._draft.remarks.assumed(place, CONTROL, "the row does not say who it is from")
        columns.setdefault("subject", self._first_line(columns["description"]))
        return body_of({**columns, "kind": "message"}, {})
