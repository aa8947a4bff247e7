"""Files out of the records, on their way to a browser that must not act on what is in them."""

from urllib.parse import quote

from fastapi import Response

from leerp.notices import VariantFile

_SHOWN = {"text/plain", "text/html", "image/png"}
"""What a browser may show, walled off; everything else it keeps as a file."""

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""A page of a notice brings its own style; it runs nothing, reaches nothing, and no frame but the desk's holds it."""


def file_answer(file: VariantFile) -> Response:
    """A file byte for byte, shown in a sandbox or kept under its name (RFC 6266, RFC 8187)."""
    bare = file.media_type.partition(";")[0].strip().lower()
    disposition = "inline" if bare in _SHOWN else "attachment"
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in file.name)
    headers = {
        "Content-Disposition": f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": SANDBOX,
        "X-Frame-Options": "SAMEORIGIN",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)
