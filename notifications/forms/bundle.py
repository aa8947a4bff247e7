"""A package as one file to keep and pass on: a zip with the PDF, STIX, a CSV of the observables, and a manifest.

It is a pure function of what a reader may see, like every form: the same view gives the same bytes. The files stand in
one order and with one time, and their names say nothing of what is in them. (Only another version of the compressing
library may write other bytes; what was planned is kept, and never made again.) Only a package has it, and one that is
taken back has none.

The signature is not made here: `sealed` puts it in, when the variant is planned and kept (`notifications.sealing`).
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence

from pydantic import JsonValue

from leerp import canonical
from leerp.model import iso
from leerp.notices import EXERCISE_MARK, Form, NoticeKind, Relation, VariantFile
from notifications.forms import machine
from notifications.templating import environment
from notifications.view import View, fold

FILE = "package.zip"
MEDIA_TYPE = "application/zip"
FORMAT = "leerp-bundle-1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.asc"
README = "README.txt"
OBSERVABLES = "observables.csv"
COLUMNS = ("kind", "value", "first_seen", "source_grade", "marking", "handling")

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in it: the earliest that a zip can say. When it was issued stands in the manifest."""

_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula or of another cell (OWASP, CSV injection), full-width too."""


def parts(view: View) -> tuple[Form, ...]:
    """The forms that are packed into it; none for every other kind of notice, which has no bundle."""
    return () if view.kind is not NoticeKind.PACKAGE or view.relation is Relation.RECALLS else (Form.PDF, Form.STIX)


def packed(view: View, forms: Sequence[VariantFile | None]) -> VariantFile | None:
    """`package.zip`, unsigned; None for every other kind of notice. `forms`: the files of its `parts`."""
    if not forms:
        return None
    table = VariantFile(name=OBSERVABLES, media_type="text/csv; charset=utf-8", content=_table(view))
    made = [one for one in (*forms, table) if one is not None]
    files = [VariantFile(name=README, media_type="text/plain; charset=utf-8", content=_readme(view, made)), *made]
    manifest = canonical.dumps(_manifest(view, files))
    content = _packed([*((one.name, one.content) for one in files), (MANIFEST, manifest)])
    return VariantFile(name=FILE, media_type=MEDIA_TYPE, content=content)


def sealed(bundle: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """The same bundle with the signature of its manifest as its last file."""
    files = unpacked(bundle)
    return _packed([*files.items(), (SIGNATURE, sign(files[MANIFEST]))])


def unpacked(bundle: bytes) -> dict[str, bytes]:
    """The files of a bundle in their order, by name."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, date_time=_EARLIEST)
            entry.create_system = 3  # as on every machine; readable by whoever unpacks it, and no program
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED, compresslevel=6)
    return target.getvalue()


def _manifest(view: View, files: Iterable[VariantFile]) -> dict[str, JsonValue]:
    return {
        "format": FORMAT,
        "notice": view.notice,
        "incident": view.incident,
        "kind": view.kind.value,
        "mode": view.mode.value,
        "issued_at": iso(view.issued_at),
        "issuer": view.issuer,
        "subject": view.subject,
        "marking": view.marking.banner,
        "files": [
            {
                "name": one.name,
                "media_type": one.media_type,
                "size_bytes": len(one.content),
                "sha256": hashlib.sha256(one.content).hexdigest(),
            }
            for one in files
        ],
    }


def _readme(view: View, files: Iterable[VariantFile]) -> bytes:
    template = environment().get_template("package/readme.txt")
    return template.render(view.values() | {"files": [one.name for one in files]}).encode()


def _table(view: View) -> bytes:
    """The visible observables as CSV (RFC 4180), each once for what is said of it; in an exercise, each row says so.

    The table may be taken out of the bundle and passed on alone.
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    more, mark = (("exercise",), (EXERCISE_MARK,)) if view.exercise else ((), ())
    writer.writerow((*COLUMNS, *more))
    for row in dict.fromkeys(_rows(view)):
        writer.writerow([*(_harmless(cell) for cell in row), *mark])
    return target.getvalue().encode()


def _rows(view: View) -> Iterator[tuple[str, ...]]:
    for portion in view.portions:
        said = portion.said
        if said is None:
            continue
        grade, banner = str(portion.grade or ""), fold(portion.marking.banner)
        handling = "; ".join(machine.limits(portion.marking))
        times = said.first_seen or (None,) * len(said.observables)
        for one, seen in zip(said.observables, times, strict=True):
            yield one.kind.value, one.value, iso(seen) if seen else "", grade, banner, handling


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in _FORMULA else cell
