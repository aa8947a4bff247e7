"""A master scenario events list: a draft out of the cells of sheets, and the rows that a scenario has."""

from collections.abc import Sequence
from typing import Any

from openpyxl.utils import column_index_from_string

from exercises.exchange.carried import cleaned, columns_of, compact, plain
from exercises.exchange.drafts import Draft
from exercises.exchange.grids import Sheet, Traces, Value
from exercises.exchange.msel_about import read_about
from exercises.exchange.msel_columns import BY_HEADING, COLUMNS, LISTS, TEXTS, TOLD, WRITTEN, folded
from exercises.exchange.msel_list import InjectList, Known
from exercises.exchange.remarks import Remarks
from exercises.scenario import Scenario
from leerp.errors import BadInputError
from leerp.formats.texts import shown

_HEADINGS_WITHIN = 200
_NO_LIST = 10**9


def draft_of(sheets: Sequence[Sheet], draft: Draft, *, reporter: Known) -> Draft:
    """Fill a draft from the sheets; every cell that holds something is carried, or remarked on.

    `reporter`: whether a name is that of somebody who may report. BadInputError where no sheet has a list.
    """
    traces = Traces(draft.remarks)
    named = [sheet for sheet in sheets if draft.mapping.sheet in (None, sheet.name)]
    if not named:
        missing = f"no sheet {draft.mapping.sheet}" if draft.mapping.sheet else "no sheet of cells"
        raise BadInputError(f"{draft.file}: has {missing}; there are {_names(sheets)}")
    lists = [(sheet, found) for sheet in named if (found := _headings(sheet, draft)) is not None]
    if not lists:
        raise BadInputError(
            f"{draft.file}: no row of headings such as Time and Description in {_names(named)}; say which column is"
            " what in a map (--cast MAP.yaml), as in `columns: {at: C, description: B, to: D}`"
        )
    tops = {id(sheet): top for sheet, (top, _) in lists}
    for sheet in named:
        read_about(sheet, tops.get(id(sheet), _NO_LIST), draft, traces)
    for sheet, (top, keys) in lists:
        InjectList(sheet, top, keys, draft, traces, reporter).read()
    for sheet in sheets:
        why = "beside the list of injects" if sheet in named else "in a sheet that is not read"
        for cell in sheet.cells():
            traces.leave(cell, cell.fault or why)
    return draft


def _names(sheets: Sequence[Sheet]) -> str:
    return ", ".join(shown(sheet.name, limit=40) for sheet in sheets[:10]) or "none"


def _headings(sheet: Sheet, draft: Draft) -> tuple[int, dict[int, str]] | None:
    """The row of headings (0 where a map stands for it), and the key of each column."""
    if draft.mapping.columns:
        keys = {column.key for column in COLUMNS}
        for named in draft.mapping.columns:
            if named not in keys:
                raise BadInputError(f"the map: there is no column {shown(named)}; there are {', '.join(sorted(keys))}")
        return 0, {column_index_from_string(letters): key for key, letters in draft.mapping.columns.items()}
    for row in [one for one in sorted(sheet.rows) if one <= _HEADINGS_WITHIN]:
        found: dict[int, str] = {}
        for column, cell in sheet.rows[row].items():
            key = BY_HEADING.get(folded(cell.text)) if isinstance(cell.value, str) and not cell.fault else None
            if key is not None and key not in found.values():
                found[column] = key
        here = set(found.values())
        if here & {"at", "date"} and here & {*TOLD, "expected"}:
            return row, found
    return None


def rows_of(scenario: Scenario, remarks: Remarks) -> tuple[list[list[Value | None]], list[list[Value | None]]]:
    """The rows about the whole exercise, and the rows of the list with its headings first."""
    document = plain(scenario)
    about: list[list[Value | None]] = [
        [word, cleaned(str(document[key]), place=key, remarks=remarks)] for key, word in TEXTS.items()
    ]
    about += [["Start", scenario.start.isoformat()], ["Length", f"T{document['length']}"]]
    for key, word in LISTS.items():
        about += [[word, *_entry_cells(one, f"{key}.{at}", remarks)] for at, one in enumerate(document.get(key, []))]
    listed: list[list[Value | None]] = [[column.heading for column in WRITTEN]]
    for inject in document["injects"]:
        columns, rest = columns_of(inject)
        columns |= {"at": f"T{columns['at']}", "details": compact(rest) if rest else None}
        listed.append([_cell_of(columns.get(column.key), column.key, inject["number"], remarks) for column in WRITTEN])
    return about, listed


def _entry_cells(entry: dict[str, Any], place: str, remarks: Remarks) -> list[Value | None]:
    identifier, text = str(entry.get("id", entry.get("who"))), str(entry.get("text", ""))
    rest = {key: value for key, value in entry.items() if key not in ("id", "text")}
    return [identifier, cleaned(text, place=f"{place}.text", remarks=remarks) or "-", compact(rest) if rest else None]


def _cell_of(value: Any, key: str, number: int, remarks: Remarks) -> Value | None:  # noqa: ANN401 - any JSON value
    if value is None or isinstance(value, int):
        return value
    return cleaned(str(value), place=f"inject {number}, {key}", remarks=remarks)
