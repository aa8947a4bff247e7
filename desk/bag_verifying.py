"""Verifying a bag of evidence on any machine: no database, no network, no configuration.

From the outside inwards: names, tag manifests, manifests, the journal's chain, originals and records against the
journal, everything else made again and compared, the timestamps. The first fault ends it, named with its file.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography.x509 import Certificate

from leerp.custody import Happening, happening, stamps
from leerp.errors import BadInputError
from leerp.evidence import EvidenceItem, Stamp
from leerp.journal import JournalEntry, lines_of, verify
from leerp.timestamps import Stamped, authorities, verify_token
from notifications.evidence.bag import (
    ENTRIES,
    JOURNAL,
    LAYOUT,
    ORIGINALS,
    RECORDS,
    TABLE,
    Contents,
    Export,
    authority_path,
    chosen_items,
    files_of,
    info_of,
    last_export,
    read_extract_line,
    token_path,
    wanted_records,
)
from notifications.evidence.bagit import (
    DECLARATION,
    MANIFESTS,
    MAX_MANIFEST_BYTES,
    TAG_MANIFESTS,
    TAGGED,
    BagFaultError,
    Sums,
    plain_path,
    read_manifest,
    sums_of,
    sums_of_file,
    tag_files,
)

MAX_FILES = 100_000
MAX_METADATA_BYTES = 2 * 1024**3
"""The longest file beside the originals that is read; `leerp journal verify` has the same limit."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What a whole bag holds. `stamps`: each with what its token says. `after`: entries that no timestamp covers."""

    incident: str
    export: Export
    items: tuple[EvidenceItem, ...]
    entries: int
    stamps: tuple[tuple[Stamp, Stamped], ...]
    after: int


def verify_bag(folder: Path, *, ca: bytes | None = None) -> Verified:
    """What a bag holds, if all of it is as it was written; raises BagFaultError for the first fault.

    `ca`: certificates (PEM) to believe instead of those in the bag; BadInputError if they are none.
    """
    trusted = authorities(ca) if ca is not None else None
    sums = _sums(folder)
    _check_tags(folder, sums)
    _check_payload(folder, sums)
    contents = _contents(folder, sums)
    export = last_export(contents.happenings)
    items = chosen_items(contents, export)
    _check_originals(items, sums)
    _check_rest(folder, contents, sums)
    stamped = () if export.extract else stamps(contents.happenings)
    read = [(one, _check_token(one, contents, trusted)) for one in stamped]
    covered = max((one.seq for one in stamped), default=0)
    return Verified(
        incident=contents.incident,
        export=export,
        items=tuple(items),
        entries=len(contents.lines),
        stamps=tuple(read),
        after=0 if export.extract else len(contents.lines) - covered,
    )


def _sums(folder: Path) -> dict[str, Sums]:
    """Every file of a bag with its sums; nothing but plain files under plain names may be there."""
    found: dict[str, Sums] = {}
    for path in _paths(folder):
        if len(found) == MAX_FILES:
            raise BagFaultError(path, f"there are more than {MAX_FILES:,} files")
        descriptor = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - what was judged is what is read
            found[path] = sums_of_file(file)
    for path in (*TAGGED, *TAG_MANIFESTS):
        if path not in found:
            raise BagFaultError(path, "is missing; this is no bag of evidence, or not a whole one")
    return found


def _paths(folder: Path) -> Iterator[str]:
    """The files below a folder, sorted; a link, a special file or an odd name is a fault."""
    pending = [""]
    while pending:
        place = pending.pop()
        with os.scandir(folder / place) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                path = f"{place}{entry.name}"
                mode = entry.stat(follow_symlinks=False).st_mode
                if not plain_path(path):
                    raise BagFaultError(ascii(path), "no file of a bag has such a name")
                if stat.S_ISDIR(mode):
                    pending.append(f"{path}/")
                elif stat.S_ISREG(mode):
                    yield path
                else:
                    raise BagFaultError(path, "is no plain file")


def _check_tags(folder: Path, sums: Mapping[str, Sums]) -> None:
    """The files beside the payload. Two manifests by two algorithms tell which of them, or of the files, is wrong."""
    first, second = (read_manifest(_bytes(folder, name, MAX_MANIFEST_BYTES), name=name) for name in TAG_MANIFESTS)
    for name, listed in zip(TAG_MANIFESTS, (first, second), strict=True):
        if sorted(listed) != sorted(TAGGED):
            raise BagFaultError(name, f"must name {', '.join(TAGGED)}, and nothing else")
    for path in TAGGED:
        _compare(path, sums[path], (first[path], second[path]), TAG_MANIFESTS)
    if _bytes(folder, "bagit.txt", len(DECLARATION)) != DECLARATION:
        raise BagFaultError("bagit.txt", "is not the declaration of BagIt 1.0 in UTF-8")


def _check_payload(folder: Path, sums: Mapping[str, Sums]) -> None:
    """The payload is exactly what both manifests name."""
    payload = {path for path in sums if path.startswith("data/")}
    stray = next((path for path in sorted(set(sums) - payload) if path not in (*TAGGED, *TAG_MANIFESTS)), None)
    if stray:
        raise BagFaultError(stray, "does not belong to the bag")
    first, second = (read_manifest(_bytes(folder, name, MAX_MANIFEST_BYTES), name=name) for name in MANIFESTS)
    for name, listed in zip(MANIFESTS, (first, second), strict=True):
        for path in sorted(payload.symmetric_difference(listed)):
            what = "is missing" if path in listed else f"is not in {name}; it was added, or its entry was taken out"
            raise BagFaultError(path, what)
    for path in sorted(payload):
        _compare(path, sums[path], (first[path], second[path]), MANIFESTS)


def _compare(path: str, sums: Sums, listed: tuple[str, str], manifests: tuple[str, ...]) -> None:
    right = (listed[0] == sums.sha256, listed[1] == sums.sha512)
    if not any(right):
        raise BagFaultError(path, "was changed: its bytes are not those that were put into the bag")
    if not all(right):
        raise BagFaultError(manifests[right.index(False)], f"was changed: its digest of {path} is not the other one's")


def _contents(folder: Path, sums: Mapping[str, Sums]) -> Contents:
    """What the bag was made from, read out of it, with the chain of its journal verified."""
    name = JOURNAL if JOURNAL in sums else ENTRIES
    incident, happenings, lines = _told(folder, name, sums)
    export = _in(name, lambda: last_export(happenings))
    if export.extract == (name == JOURNAL):
        raise BagFaultError(JOURNAL, "is there, though the bag is an extract" if export.extract else "is missing")
    items = _in(name, lambda: chosen_items(Contents(incident, happenings, lines, b"", {}), export))
    stamped = () if export.extract else _in(name, lambda: stamps(happenings))
    return Contents(
        incident=incident,
        happenings=happenings,
        lines=lines,
        table=_document(folder, TABLE, export.table_sha256, sums),
        records={sha: _document(folder, f"{RECORDS}{sha}.json", sha, sums) for sha in wanted_records(items)},
        tokens={one.token: _document(folder, token_path(one), one.token, sums) for one in stamped},
        authorities={one.authority: _document(folder, authority_path(one), one.authority, sums) for one in stamped},
        sizes={path.removeprefix(ORIGINALS): one.size for path, one in sums.items() if path.startswith(ORIGINALS)},
    )


def _told(folder: Path, name: str, sums: Mapping[str, Sums]) -> tuple[str, tuple[Happening, ...], tuple[str, ...]]:
    """The incident, what happened, and the lines it stands in."""
    if name not in sums:
        raise BagFaultError(name, "is missing, and so is the journal")
    text = _bytes(folder, name, MAX_METADATA_BYTES).decode("utf-8", "replace")
    lines = tuple(lines_of(text))
    if name == JOURNAL:
        _in(name, lambda: verify(lines, name=name))
        entries = _in(name, lambda: [JournalEntry.model_validate_json(line) for line in lines])
        return entries[0].incident, tuple(happening(one) for one in entries), lines
    read = _in(name, lambda: [read_extract_line(line, name=f"line {at}") for at, line in enumerate(lines, start=1)])
    incidents = {incident for incident, _ in read}
    if len(incidents) != 1:
        raise BagFaultError(name, "does not speak of one incident")
    return incidents.pop(), tuple(one for _, one in read), lines


def _check_originals(items: list[EvidenceItem], sums: Mapping[str, Sums]) -> None:
    """Each original is what the journal says came in, and there is one for each item."""
    wanted = {f"{ORIGINALS}{one.id}": one for one in items}
    for path in sorted({path for path in sums if path.startswith(ORIGINALS)}.symmetric_difference(wanted)):
        raise BagFaultError(path, "is missing" if path in wanted else "is no item of this export")
    for path, item in wanted.items():
        if sums[path].sha256 != item.sha256:
            raise BagFaultError(path, "is not what came in: the journal has another SHA-256 of it")


def _check_rest(folder: Path, contents: Contents, sums: Mapping[str, Sums]) -> None:
    """Every other file, made again from the journal and the records: custody, checklist, CASE, what is to be read."""
    info = _bytes(folder, "bag-info.txt", MAX_METADATA_BYTES)
    if f"Leerp-Bag-Layout: {LAYOUT}\n".encode() not in info:
        raise BagFaultError("bag-info.txt", f"is not of layout {LAYOUT}; verify it with the leerp that wrote it")
    made = _in(JOURNAL if JOURNAL in sums else ENTRIES, lambda: files_of(contents))
    payload = {path: one for path, one in sums.items() if path.startswith("data/")}
    for path in sorted(set(payload).difference(made)):
        if not path.startswith(ORIGINALS):
            raise BagFaultError(path, "does not follow from the journal")
    for path, content in sorted({**made, **tag_files(payload, info_of(contents))}.items()):
        if path not in sums:
            raise BagFaultError(path, "is missing")
        if sums_of(content) != sums[path]:
            raise BagFaultError(path, "does not say what the journal and the records say")


def _check_token(stamp: Stamp, contents: Contents, trusted: list[Certificate] | None) -> Stamped:
    """A timestamp is for the entry it names, and signed under a certificate that is believed."""
    path = token_path(stamp)
    if not 0 < stamp.seq <= len(contents.lines):
        raise BagFaultError(path, "is for an entry that the journal has not")
    entry = JournalEntry.model_validate_json(contents.lines[stamp.seq - 1])
    believed = trusted or _in(authority_path(stamp), lambda: authorities(contents.authorities[stamp.authority]))
    return _in(path, lambda: verify_token(contents.tokens[stamp.token], digest=entry.hash, trusted=believed))


def _document(folder: Path, path: str, sha256: str, sums: Mapping[str, Sums]) -> bytes:
    """A file that the journal names by its SHA-256."""
    if path not in sums:
        raise BagFaultError(path, "is missing")
    if sums[path].sha256 != sha256:
        raise BagFaultError(path, "is not what the journal says: it has another SHA-256 of it")
    return _bytes(folder, path, MAX_METADATA_BYTES)


def _bytes(folder: Path, path: str, limit: int) -> bytes:
    descriptor = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a link that came in between is not followed
        content = file.read(limit + 1)
    if len(content) > limit:
        raise BagFaultError(path, f"is larger than {limit:,} bytes, which no such file is")
    return content


Given = TypeVar("Given")


def _in(file: str, work: Callable[[], Given]) -> Given:
    """What some work on a file gives; whatever it cannot make sense of is a fault of that file.

    Whoever forged a bag may have forged a chain that is whole and says what no leerp has ever written.
    """
    try:
        return work()
    except BagFaultError:
        raise
    except BadInputError as error:
        raise BagFaultError(file, error.sentence.removeprefix(f"{file}, ").removeprefix(f"{file}: ")) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BagFaultError(file, "says what no leerp writes") from error
