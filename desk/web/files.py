"""Files out of the records, on their way to a browser that must not act on what is in them."""

from urllib.parse import quote

from fastapi import Response

from leerp.errors import BadInputError
from leerp.notices import VariantFile

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""A page of a notice brings its own style; it runs nothing, reaches nothing, and no frame but the desk's holds it."""

_SHOWN = {"text/plain", "text/html", "image/png"}
"""What a browser may show, walled off; everything else it keeps as a file."""


def is_of(file: VariantFile, media_type: str) -> bool:
    """Whether a file is of this type, whatever its parameters."""
    return _bare(file) == media_type


def attachment(file: VariantFile) -> Response:
    """A file to be kept and never to be run here."""
    headers = {
        "content-disposition": _named(file, "attachment"),
        "content-security-policy": "sandbox; default-src 'none'",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


def sandboxed(file: VariantFile) -> Response:
    """A page of a reader to be looked at inside one of ours. Anything that is no page is not shown."""
    if not is_of(file, "text/html"):
        raise BadInputError("this file is no page; take it out instead")
    headers = {"content-security-policy": SANDBOX}
    return Response(file.content, media_type="text/html; charset=utf-8", headers=headers)


def file_answer(file: VariantFile) -> Response:
    """A file byte for byte, shown in a sandbox where a browser may show it, or kept under its name."""
    disposition = "inline" if _bare(file).lower() in _SHOWN else "attachment"
    headers = {
        "content-disposition": _named(file, disposition),
        "content-security-policy": SANDBOX,
        "x-frame-options": "SAMEORIGIN",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


def _bare(file: VariantFile) -> str:
    return file.media_type.partition(";")[0].strip()


def _named(file: VariantFile, disposition: str) -> str:
    """What becomes of a file, and its name as RFC 6266 and RFC 8187 have it."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in file.name)
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
