"""Reading: a file of any form that is taken in, made a report or a contribution, or refused in one sentence."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from leerp.contributions import Contribution
from leerp.errors import BadInputError, OtherSourceError
from leerp.formats.csv_contributions import looks_like_csv
from leerp.formats.csv_reports import read_csv_report
from leerp.formats.drafts import Draft
from leerp.formats.mail import read_mail
from leerp.formats.misp import is_misp, read_misp
from leerp.formats.own import claimed_source, is_own, read_own_contribution, read_own_report
from leerp.formats.stix import read_stix
from leerp.formats.stix_bundles import is_stix
from leerp.formats.strict import json_of
from leerp.formats.text import read_text
from leerp.formats.texts import MAX_LINE, shown
from leerp.model import iso
from leerp.reports import MAX_REPORT_BYTES, Report, ReportFormat

SourceOf = Callable[[str | None], str]
"""Gives the id of the registered source that a name means: an id, a name or an alias, or None when the file names
nobody. Raises BadInputError for an unknown one."""

FUTURE_TOLERANCE = timedelta(minutes=5)
"""How far a source's clock may be ahead."""

_BINARIES = (
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"PK\x07\x08", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old office document or an Outlook message"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"\xd4\xc3\xb2\xa1", "a network capture"),
    (b"\xa1\xb2\xc3\xd4", "a network capture"),
    (b"\x0a\x0d\x0d\x0a", "a network capture"),
    (b"ElfFile\x00", "a Windows event log"),
)
_MAGICS = tuple(magic for magic, _ in _BINARIES)

_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}")
_MAIL_HEADER = re.compile(rb"^(?:from|subject|message-id|received|mime-version):", re.IGNORECASE | re.MULTILINE)
_TEXT_ENDINGS = (".txt", ".md", ".log", ".text")
_CSV_ENDINGS = (".csv", ".tsv")
_READ_AS_THEY_ARE = (ReportFormat.TEXT, ReportFormat.EML, ReportFormat.CSV)


class _Recognised(NamedTuple):
    format: ReportFormat
    value: Any = None  # the JSON value where it is one


def detect(content: bytes, name: str) -> ReportFormat:
    """The form a file is in, by its content first and by its name where that leaves a choice.

    BadInputError for what is empty, too large, an archive or another binary, or JSON of no known form.
    """
    name = named(name)
    _check_raw(content, name)
    return _recognise(content, name, wanted=None).format


def read_report(
    content: bytes,
    *,
    name: str,
    format: ReportFormat | None,  # noqa: A002 - the field's word
    source: str | None,
    source_of: SourceOf,
    received_at: datetime,
) -> Report:
    """The report in a file.

    `name`: what the file is called, for messages. `format`: None to find out. `source`: who hands it in; None when the
    file says who. `received_at`: aware; no report may be dated more than 5 minutes later.
    Raises BadInputError, in one sentence with the place, for everything that cannot be read.
    """
    name = named(name)
    _check_raw(content, name)
    recognised = _recognise(content, name, wanted=format)
    if recognised.format is ReportFormat.JSON:
        report = _own_report(recognised.value, name=name, source=source, source_of=source_of)
    else:
        draft = _draft(content, recognised, name=name, received_at=received_at)
        report = draft.report(source=_source(draft.organisation, source, source_of))
    _check_times(name, received_at, reported_at=report.reported_at, observed_at=report.observed_at)
    return report


def read_contribution(
    content: bytes,
    *,
    name: str,
    format: ReportFormat | None,  # noqa: A002 - the field's word
    contributor: str,
    received_at: datetime,
) -> tuple[Contribution, ReportFormat, tuple[str, ...]]:
    """The contribution in a file of `contributor`, the form it was in, and what its reader could not map.

    It may be leerp's own JSON or any form that a report may come in; `format`: None to find out. What the file says of
    its own maker is not used: a contribution is of who hands it in. Raises BadInputError as `read_report` does.
    """
    name = named(name)
    _check_raw(content, name)
    recognised = _recognise(content, name, wanted=format)
    notes: tuple[str, ...] = ()
    if recognised.format is ReportFormat.JSON:
        contribution = read_own_contribution(recognised.value, name=name, contributor=contributor)
    else:
        draft = _draft(content, recognised, name=name, received_at=received_at)
        contribution, notes = draft.contribution(contributor=contributor), draft.notes
    _check_times(name, received_at, contributed_at=contribution.contributed_at)
    return contribution, recognised.format, notes


def is_binary(content: bytes) -> bool:
    """Whether a file is none that a person wrote: an archive, a program, a picture, a capture, a document."""
    start = content[:65_536]
    return content.startswith(_MAGICS) or (b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")))


def named(name: str) -> str:
    """What a file is called in a message."""
    return shown(name or "the file", limit=120)


def _check_raw(content: bytes, name: str) -> None:
    if len(content) > MAX_REPORT_BYTES:
        size, limit = len(content) / 1024 / 1024, MAX_REPORT_BYTES // 1024 // 1024
        raise BadInputError(
            f"{name}: {size:,.1f} MiB, more than {limit} MiB; hand in the report without its attachments"
        )
    if not content.strip():
        raise BadInputError(f"{name}: empty; was the file saved completely?")
    if content.startswith(_MAGICS):
        what = next(what for magic, what in _BINARIES if content.startswith(magic))
        raise BadInputError(f"{name}: {what}; hand in the report itself as JSON, mail or plain text")


def _recognise(content: bytes, name: str, *, wanted: ReportFormat | None) -> _Recognised:
    if wanted in _READ_AS_THEY_ARE:
        return _Recognised(wanted)
    if wanted is not None:
        return _Recognised(wanted, _wanted_json(content, name, wanted))
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    if start.startswith((b"<?xml", b"<stix:", b"<alert")):
        raise BadInputError(f"{name}: XML, which is not read; export it as STIX 2.1 or MISP JSON")
    if name.lower().endswith(".eml") or _looks_like_mail(content):
        return _Recognised(ReportFormat.EML)
    if _is_csv(content, name):
        return _Recognised(ReportFormat.CSV)
    if name.lower().endswith(_TEXT_ENDINGS) or not _looks_like_json(start, name):
        return _Recognised(ReportFormat.TEXT)
    value = json_of(content, name=name)
    return _Recognised(_json_format(value, name), value)


def _wanted_json(content: bytes, name: str, wanted: ReportFormat) -> object:
    value = json_of(content, name=name)
    if wanted is ReportFormat.MISP and not is_misp(value):
        raise BadInputError(f"{name}: no MISP event in it; leave the format out to have it found out")
    if wanted is ReportFormat.STIX and not is_stix(value):
        raise BadInputError(f"{name}: no STIX 2.1 bundle in it; leave the format out to have it found out")
    return value


def _looks_like_mail(content: bytes) -> bool:
    header = _HEADER.match(content[:8192])
    return header is not None and len(_MAIL_HEADER.findall(header[0])) > 1


def _is_csv(content: bytes, name: str) -> bool:
    """By its name, or by a first row that names the columns where the name says nothing else."""
    lowered = name.lower()
    said = lowered.endswith((*_TEXT_ENDINGS, ".json", ".stix"))
    return lowered.endswith(_CSV_ENDINGS) or (not said and looks_like_csv(content))


def _looks_like_json(start: bytes, name: str) -> bool:
    """A brace or a bracket, and after it what JSON may have there: `[ALERT] …` is a text."""
    return (
        name.lower().endswith((".json", ".stix"))
        or re.match(rb'\{\s*(?:["}]|$)|\[\s*(?:[\[\]{"]|$)', start) is not None
    )


def _json_format(value: object, name: str) -> ReportFormat:
    if is_misp(value):
        return ReportFormat.MISP
    if is_stix(value):
        return ReportFormat.STIX
    if is_own(value):
        return ReportFormat.JSON
    raise BadInputError(
        f"{name}: JSON, but neither a MISP event nor a STIX 2.1 bundle nor a report in leerp's own form"
    )


def _draft(content: bytes, recognised: _Recognised, *, name: str, received_at: datetime) -> Draft:
    match recognised.format:
        case ReportFormat.MISP:
            return read_misp(recognised.value, name=name, received_at=received_at)
        case ReportFormat.STIX:
            return read_stix(recognised.value, name=name, received_at=received_at)
        case ReportFormat.CSV:
            return read_csv_report(content, name=name, received_at=received_at)
        case ReportFormat.EML:
            return read_mail(content, name=name, received_at=received_at)
        case _:
            return read_text(content, name=name, received_at=received_at)


def _own_report(value: object, *, name: str, source: str | None, source_of: SourceOf) -> Report:
    """An own report is of the source it names; who hands it in may not say otherwise."""
    claimed = claimed_source(value)
    known = _source(claimed, source, source_of)
    if source is not None and claimed is not None and not _means(claimed, known, source_of):
        raise OtherSourceError(
            f"{name}, key source: the file names another source than {known}; correct one of the two"
        )
    return read_own_report(value, name=name, source=known)


def _means(claimed: str, known: str, source_of: SourceOf) -> bool:
    """Whether a name is that of a source. One that is not registered is of nobody; no answer tells who is."""
    try:
        return _source(claimed, None, source_of) == known
    except BadInputError:
        return False


def _source(organisation: str | None, source: str | None, source_of: SourceOf) -> str:
    """Who hands it in, else whom the file names as its maker."""
    if source is not None:
        return source_of(source)
    return source_of(shown(organisation, limit=MAX_LINE) if organisation else None)


def _check_times(name: str, received_at: datetime, **times: datetime | None) -> None:
    for key, at in times.items():
        if at is not None and at > received_at + FUTURE_TOLERANCE:
            raise BadInputError(
                f"{name}: {key} {iso(at)} lies in the future (received {iso(received_at)}); correct the date or clock"
            )
