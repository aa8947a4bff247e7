"""What stands about the whole exercise beside its list: title, start, length, objectives, and the like."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from exercises.exchange.drafts import Draft
from exercises.exchange.grids import Cell, Sheet, Traces
from exercises.exchange.moments import moment_of
from exercises.exchange.msel_cells import moment_in, object_in
from exercises.exchange.msel_columns import ABOUT, LISTS, TEXTS, folded
from exercises.offsets import parse_offset


def read_about(sheet: Sheet, top: int, draft: Draft, traces: Traces) -> None:
    """What stands about the whole exercise above a list, or in a sheet without one."""
    for row in [one for one in sorted(sheet.rows) if one < top]:
        cells = [sheet.rows[row][column] for column in sorted(sheet.rows[row])]
        key = ABOUT.get(folded(cells[0].text)) if len(cells) > 1 and not cells[0].fault else None
        if key is None or cells[1].fault:
            continue
        traces.take(cells[0])
        if key in LISTS:
            _entry(key, cells, draft, traces)
        elif key in TEXTS:
            value = traces.take(cells[1])
            draft.say(key, value.text, place=value.place, one_line=key != "summary")
        elif key == "start":
            _start(cells[1], draft, traces)
        else:
            _length(cells[1], draft, traces)


def _entry(key: str, cells: Sequence[Cell], draft: Draft, traces: Traces) -> None:
    """One objective, source, branch, member of the cast or expectation: its id, its text, the whole of it as JSON."""
    identifier, *others = cells[1:]
    entry: dict[str, Any] | None = None
    if others and others[-1].text.startswith("{"):
        entry = object_in(others[-1], traces)
        others = others[:-1]
    if entry is None and key != "objectives":
        traces.refuse(identifier, "needs its last cell as it was written; export the scenario again, or add it by hand")
        return
    traces.take(identifier)
    entry = dict(entry or {})
    if key != "cast":
        entry["id"] = draft.line(identifier.text, place=identifier.place)
        if others:
            entry["text"] = draft.line(traces.take(others[0]).text, place=others[0].place)
        entry.setdefault("text", entry["id"])
    elif others:
        traces.take(others[0])
    draft.lists.setdefault(key, []).append(entry)


def _start(cell: Cell, draft: Draft, traces: Traces) -> None:
    try:
        moment = moment_in(cell, draft, heading="")
    except ValueError as error:
        traces.refuse(cell, str(error))
        return
    if moment.on is None or (moment.clock is None and draft.start is not None):
        traces.refuse(cell, "no date; write when the exercise starts, as 2026-03-01 08:00 +00:00, or say --start")
        return
    traces.take(cell)
    if draft.start is not None:
        if draft.start.date() != moment.on:
            draft.remarks.not_carried(cell.place, cell.value, "another start was said with --start or in the map")
        return
    zone = moment.zone or (moment_of(f"00:00 {draft.mapping.utc_offset}").zone if draft.mapping.utc_offset else None)
    if zone is None:
        draft.remarks.assumed(cell.place, cell.value, "names no offset from UTC; taken as +00:00")
    if moment.clock is None:
        draft.remarks.assumed(cell.place, cell.value, "names no time of day; taken as 00:00")
    draft.start = datetime.combine(moment.on, moment.clock or time(), tzinfo=zone or UTC)


def _length(cell: Cell, draft: Draft, traces: Traces) -> None:
    value = cell.value
    if isinstance(value, timedelta):
        traces.take(cell)
        draft.length = value
        return
    found = re.fullmatch(r"(\d{1,4})\s?(h|hours?|min|minutes?|d|days?)", cell.text)
    try:
        if found:
            unit = {"h": 60, "m": 1, "d": 24 * 60}[found[2][0]]
            draft.length = timedelta(minutes=int(found[1]) * unit)
        else:
            draft.length = parse_offset(cell.text.removeprefix("T"))
    except ValueError:
        traces.refuse(cell, "no length that is known here; write T+72:00 or 72 h")
        return
    traces.take(cell)
