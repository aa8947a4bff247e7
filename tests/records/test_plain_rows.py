"""Rows handed to the driver itself: they are what SQLAlchemy would have written, on both engines."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from leerp.grades import UNGRADED
from leerp.journal import JournalKind
from leerp.marking import Level, Marking
from leerp.notices import Mode
from leerp.observables import Observable, ObservableKind
from leerp.protocol import Signal
from leerp.reports import Report
from records import plain_rows, reports, search_filling
from records.schema import contact_pins, documents, journal, metadata, postings
from records.schema import reports as reports_table
from records.schema import sightings as sightings_table
from records.schema_searching import search_parts, search_terms
from records.store import Store
from tests.records.cast import NOON

ODD = 'ł "quoted"\\ \x1f \N{GRINNING FACE} %s ? :name'
ENTRY = {"incident": "I", "at": "2026", "actor": ODD, "prev": "p", "hash": "h"}
PIN = {"stakeholder": "s", "channel": "mail", "personal": True, "approved_at": NOON, "proposed_by": None}
ROWS: dict[Table, list[dict[str, Any]]] = {
    documents: [{"sha256": str(n), "media_type": ODD, "marking": "", "content": bytes(range(n))} for n in (0, 5, 256)],
    journal: [
        {**ENTRY, "seq": n, "key": str(n), "kind": JournalKind.DETECTION_REPORT_RECEIVED, "data": {ODD: [n, None, 0.1]}}
        for n in range(1, 600)
    ],
    postings: [
        {"incident": "I", "signal": Signal.REPORT, "subject": f"{ODD}{done}", "done": done} for done in (False, True)
    ],
    contact_pins: [{**PIN, "address": ODD + end, "key": None, "approved_by": ODD} for end in "ab"],
}


class GivenUp(Exception):  # noqa: N818 - nothing is wrong
    """Ends a transaction whose rows have been read."""


async def left_by(store: Store, insert: Any, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """What stands in a table, as the driver has it, when rows have been put in; it is rolled back."""
    left: list[tuple[Any, ...]] = []
    columns = [column.name for column in table.c if column.name != "id"]
    text = f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY {', '.join(columns)}"  # noqa: S608 - of the schema

    def work(connection: Connection) -> None:
        insert(connection, table.insert(), [dict(row) for row in rows])
        left.extend(tuple(row) for row in connection.exec_driver_sql(text))
        raise GivenUp

    with suppress(GivenUp):
        async with store.writing() as tx:
            await tx.run_sync(work)
    return left


@pytest.mark.parametrize("table", ROWS, ids=lambda table: table.name)
async def test_rows_are_what_sqlalchemy_writes(store: Store, table: Table) -> None:
    """Bytes, times, words, models, nothing at all and texts full of signs; many rows and few; written before or not."""
    rows = ROWS[table]
    expected = await left_by(store, Connection.execute, table, rows)
    assert len(expected) == len(rows)
    assert await left_by(store, plain_rows.execute_each, table, rows) == expected
    written = [plain_rows.written(table, row) for row in rows]
    before = partial(plain_rows.execute_each, is_written=True)
    assert await left_by(store, before, table, written) == expected
    names = tuple(reversed(written[0]))
    tuples = [tuple(row[name] for name in names) for row in written]
    assert await left_by(store, lambda c, i, _: plain_rows.execute_tuples(c, i, names, tuples), table, rows) == expected


def test_a_report_is_written_as_its_tables_say() -> None:
    """Of every row that is made before the transaction, each value is what either engine would have been given."""
    kinds = {ObservableKind.FILENAME: "a\0b", ObservableKind.DOMAIN: "e.eu"}
    seen = tuple(Observable(kind=kind, value=value) for kind, value in kinds.items())
    marking = Marking(level=Level.RESTREINT)
    report = Report(source="csirt-fr", id="1", reported_at=NOON, title=ODD[:9], marking=marking, observables=seen)
    hashed = reports.Hashes("c", "r")
    made = reports.ready(report, b"raw", identifier="R-1", received_at=NOON, hashed=hashed, mode=Mode.EXERCISE)
    row = {"id": "R-1", "mode": Mode.EXERCISE, "report": report, "received_at": NOON, "grade": UNGRADED}
    row |= {"content_sha256": "c", "raw_sha256": "r"}
    assert made.row == bound(reports_table, row)
    assert all(one == bound(sightings_table, one | {"mode": Mode.EXERCISE}) for one in made.sightings)
    assert {one["observable"] for one in made.sightings} == {"filename:a\N{SYMBOL FOR NULL}b", "domain:e.eu"}
    found = made.words.of("EXERCISE-2026-0001")
    said = {"level": marking.level, "kind": made.part.kind, "mode": Mode.EXERCISE, "at": NOON, "marking": marking}
    assert found.row == bound(search_parts, found.row | said)
    assert found.row["incident"] == "EXERCISE-2026-0001"
    assert set(search_filling.TERM_COLUMNS) == {column.name for column in search_terms.c}


def bound(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """What SQLAlchemy hands to a driver; it is the same for both."""
    dialects: list[Any] = [sqlite.dialect, postgresql.dialect]
    values: list[dict[str, Any]] = []
    for dialect in (one() for one in dialects):
        kinds: dict[str, Any] = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in row}
        values.append({name: kinds[name](value) if kinds[name] else value for name, value in row.items()})
    assert values[0] == values[1]
    return values[0]


def test_every_column_is_known_to_some_engine() -> None:
    """Whatever stands in a table can be asked for as text that both engines are given."""
    for table in metadata.sorted_tables:
        assert str(select(table))
        assert plain_rows.written(table, dict.fromkeys(table.c.keys())) == dict.fromkeys(table.c.keys())
