"""Reports as CSV: the table of observables that is contributed, taken as the report of a source."""

from collections.abc import Iterator
from datetime import datetime

from leerp.contributions import Detail, RowAnswer
from leerp.formats.csv_contributions import CsvContribution, read_csv
from leerp.formats.drafts import Draft
from leerp.model import iso

MAX_ROWS_NAMED = 100
"""So many rows that were not read are named one by one; the rest are counted."""


def read_csv_report(content: bytes, *, name: str, received_at: datetime) -> Draft:
    """The draft of a table of observables (the columns are those of `csv_contributions`).

    What cannot be read is said row by row in the notes. Nobody says who made it. Raises BadInputError as `read_csv`.
    """
    read = read_csv(content, name=name, contributor="draft", received_at=received_at, columns={})
    table = read.contribution
    return Draft(
        id=table.id,
        reported_at=received_at,
        title=table.title,
        narrative="\n".join(map(_said, table.details)),
        marking=table.marking,
        observables=table.observables,
        notes=tuple(_notes(read)),
    )


def _said(detail: Detail) -> str:
    seen = f"first seen {iso(detail.first_seen)}" if detail.first_seen else None
    more = "; ".join(part for part in (seen, detail.comment) if part)
    return f"{detail.observable.kind} {detail.observable.value}: {more}"


def _notes(read: CsvContribution) -> Iterator[str]:
    yield from read.notes
    for row in read.refused[:MAX_ROWS_NAMED]:
        yield _unread(row)
    if len(read.refused) > MAX_ROWS_NAMED:
        yield f"{len(read.refused) - MAX_ROWS_NAMED:,} more rows were not read"


def _unread(row: RowAnswer) -> str:
    return f"row {row.row} was not read: {row.field or 'the row'}: {row.why}"[:256]
