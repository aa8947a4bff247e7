"""A table with a head: `name` and `email`, and whatever else of the columns below there is."""

import csv
import io

from leerp.errors import BadInputError
from leerp.formats.strict import text_of
from leerp.formats.texts import shown
from leerp.stakeholders import Group
from notifications.importing.drafts import MAX_ENTRIES, Drafting, Imported, Raw, words

NEEDED = ("name", "email")
COLUMNS = ("id", "name", "email", "group", "country", "aliases", "languages", "fingerprint")
"""The columns that are taken over; `aliases` are separated by semicolons. Any other is said in a note."""

MAX_COLUMNS = 64


def read_csv(content: bytes, *, name: str, channel: str, group: Group | None) -> Imported:
    """The entries of a table separated by commas, semicolons or tabs (RFC 4180 quoting).

    BadInputError with the line where it is no such table.
    """
    text = text_of(content, name=name)
    head, _, _ = text.partition("\n")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    drafting = Drafting(channel=channel, group=group)
    columns: list[str] = []
    try:
        for cells in rows:
            if not columns:
                columns = _columns(cells, name, drafting)
            elif any(cell.strip() for cell in cells):
                drafting.add(_raw(_row(columns, cells, f"{name}, line {rows.line_num}"), f"line {rows.line_num}"))
            if rows.line_num > 2 * MAX_ENTRIES:
                raise BadInputError(f"{name}: more than {2 * MAX_ENTRIES:,} lines; split the file")
    except csv.Error as error:
        raise BadInputError(
            f"{name}, line {rows.line_num}: no table ({error}); is a quotation mark missing?"
        ) from error
    if not columns:
        raise BadInputError(f"{name}: is empty; a first line with the names of the columns is needed")
    return drafting.done()


def _columns(cells: list[str], name: str, drafting: Drafting) -> list[str]:
    columns = [cell.strip().casefold() for cell in cells]
    missing = [one for one in NEEDED if one not in columns]
    if missing:
        raise BadInputError(f"{name}, line 1: there is no column {missing[0]!r}; name the columns in the first line")
    if len(set(columns)) < len(columns) or len(columns) > MAX_COLUMNS:
        raise BadInputError(f"{name}, line 1: a column stands twice, or there are more than {MAX_COLUMNS}; correct it")
    unknown = [shown(one) for one in columns if one not in COLUMNS]
    if unknown:
        drafting.note(f"columns that are not taken over: {', '.join(unknown)}")
    return columns


def _row(columns: list[str], cells: list[str], where: str) -> dict[str, str]:
    if len(cells) != len(columns):
        raise BadInputError(f"{where}: {len(cells)} cells where the first line has {len(columns)} columns; correct it")
    return {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}


def _raw(row: dict[str, str], where: str) -> Raw:
    said = row.get("group", "")
    known = next((one for one in Group if one.value == said.casefold()), None)
    aliases = tuple(alias.strip() for alias in row.get("aliases", "").split(";") if alias.strip())
    return Raw(
        where=where,
        short_name=row.get("id", ""),
        name=row["name"],
        aliases=aliases,
        country=row.get("country", ""),
        emails=words(row["email"]),
        fingerprint=row.get("fingerprint", ""),
        languages=words(row.get("languages", "")),
        group=known,
        others={"group": said} if said and known is None else {},
    )
