"""Reading what is contributed: every form a report may come in, and CSV and plain files besides.

What was read from prose, or with rows left out, waits for a person; everything else is pooled as it is.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

from leerp.contributions import Contribution, ContributionFormat, KeptFile, RowAnswer, Told
from leerp.errors import BadInputError
from leerp.formats.csv_contributions import looks_like_csv, read_csv
from leerp.formats.drafts import content_id
from leerp.formats.findings import in_order
from leerp.formats.reading import is_binary, named, read_contribution
from leerp.formats.texts import line
from leerp.observables import Observable, ObservableKind
from leerp.reports import ReportFormat

MAX_FILE_BYTES = 64 * 1024 * 1024
"""The largest file that is contributed for its own sake."""

_FROM_PROSE = (ContributionFormat.TEXT, ContributionFormat.EML)
_CSV_ENDINGS = (".csv", ".tsv")
_SPREADSHEET = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_ENDINGS_OF_SPREADSHEETS = (".xlsx", ".xls", ".ods")


class Contributed(NamedTuple):
    """What was read. `confirm`: a person must look at it before anything of it is pooled."""

    contribution: Contribution
    format: ContributionFormat
    confirm: bool
    refused: tuple[RowAnswer, ...] = ()
    notes: tuple[str, ...] = ()


def read_contributed(content: bytes, *, name: str, contributor: str, received_at: datetime, told: Told) -> Contributed:
    """The contribution in a file, with what is said of it besides.

    Raises BadInputError, in one sentence with the place, for what cannot be read or contradicts what is told.
    """
    name = named(name)
    form = told.format or _format_of(content, name, told)
    match form:
        case ContributionFormat.CSV:
            read = read_csv(
                content,
                name=name,
                contributor=contributor,
                received_at=received_at,
                columns=told.columns,
                encoding=told.encoding,
            )
            found = Contributed(read.contribution, form, bool(read.refused), read.refused, read.notes)
        case ContributionFormat.FILE:
            found = Contributed(_file(content, name, contributor, received_at), form, confirm=False)
        case _:
            wanted = ReportFormat(told.format) if told.format else None
            contribution, known, notes = read_contribution(
                content, name=name, format=wanted, contributor=contributor, received_at=received_at
            )
            form = ContributionFormat(known)
            found = Contributed(contribution, form, form in _FROM_PROSE, notes=notes)
    if told.columns and form is not ContributionFormat.CSV:
        raise BadInputError(f"{name}: read as {form}, which has no columns; leave --columns out or say --format csv")
    return found._replace(contribution=_as_told(found.contribution, told, name))


def _format_of(content: bytes, name: str, told: Told) -> ContributionFormat | None:
    """CSV or a plain file, where it is one of them; None where it is one of the forms of a report."""
    lowered = name.lower()
    if lowered.endswith(_ENDINGS_OF_SPREADSHEETS) and content.startswith(_SPREADSHEET):
        raise BadInputError(
            f"{name}: a spreadsheet, which is not read; save it as CSV, or keep it as a file with --format file"
        )
    if lowered.endswith(_CSV_ENDINGS) or told.columns:
        return ContributionFormat.CSV
    if is_binary(content):
        return ContributionFormat.FILE
    if not lowered.endswith((".json", ".stix", ".eml")) and looks_like_csv(content):
        return ContributionFormat.CSV
    return None


def _file(content: bytes, name: str, contributor: str, received_at: datetime) -> Contribution:
    """A file for its own sake: its hashes are the observables, and its name, which proves nothing, is one as well."""
    if len(content) > MAX_FILE_BYTES:
        raise BadInputError(
            f"{name}: {len(content) / 2**20:,.0f} MiB, more than {MAX_FILE_BYTES // 2**20} MiB; hand in its hashes, and"
            " the file itself as evidence by another way"
        )
    if not content:
        raise BadInputError(f"{name}: empty; was the file saved completely?")
    base = line(name.replace("\\", "/").rpartition("/")[2], otherwise="file")
    sha256 = hashlib.sha256(content).hexdigest()
    # MD5 and SHA-1 name files in the lists that others have; nothing here relies on them.
    hashes = {
        ObservableKind.SHA256: sha256,
        ObservableKind.SHA1: hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        ObservableKind.MD5: hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }
    observables = [Observable(kind=kind, value=value) for kind, value in hashes.items()]
    observables.append(Observable(kind=ObservableKind.FILENAME, value=base))
    return Contribution(
        contributor=contributor,
        id=content_id("file", content),
        contributed_at=received_at,
        title="A file",
        observables=in_order(observables),
        file=KeptFile(name=base, size_bytes=len(content), sha256=sha256),
    )


def _as_told(contribution: Contribution, told: Told, name: str) -> Contribution:
    """The contribution with what is said of it besides the file; the two may not contradict each other."""
    changes: dict[str, object] = {}
    for field in ("title", "grade", "legal_basis", "provenance"):
        said, there = getattr(told, field), getattr(contribution, field)
        if said is None:
            continue
        if field != "title" and there not in (None, said):
            raise BadInputError(
                f"{name}, key {field}: the file says otherwise than the command; correct one of the two"
            )
        changes[field] = said
    if told.marking is not None:
        changes["marking"] = contribution.marking.join(told.marking)
    return contribution.model_copy(update=changes)
