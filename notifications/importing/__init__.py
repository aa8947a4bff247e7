"""Other people's directories, read into drafts of stakeholders: CSV, the FIRST teams API, Cerebrate.

Nothing is guessed: no clearance is ever taken from a file, and a group only where the file or an officer says it. What
cannot be taken over is said in a note, and so is every entry that is left out.
"""

from enum import StrEnum

from leerp.stakeholders import Group
from notifications.importing.cerebrate import read_cerebrate
from notifications.importing.csv_table import read_csv
from notifications.importing.drafts import Imported
from notifications.importing.first import read_first

MAX_BYTES = 8 * 1024 * 1024
"""The largest file that is taken in: the whole FIRST directory has less than one MiB."""


class ImportFormat(StrEnum):
    """The forms of directories that can be read."""

    CSV = "csv"
    FIRST = "first"
    CEREBRATE = "cerebrate"


_READERS = {
    ImportFormat.CSV: read_csv,
    ImportFormat.FIRST: read_first,
    ImportFormat.CEREBRATE: read_cerebrate,
}


def read_entries(content: bytes, form: ImportFormat, *, name: str, channel: str, group: Group | None) -> Imported:
    """The entries of a file as drafts, reached by mail over `channel`; `group` where the file does not say one.

    BadInputError where the file as a whole cannot be read.
    """
    return _READERS[form](content, name=name, channel=channel, group=group)
