"""What is sent: read up to a limit in size and time, in the forms that are taken, and never packed."""

import asyncio

from fastapi import Request

from desk.api.answering import RefusalError
from leerp.reports import MAX_REPORT_BYTES, ReportFormat

READ_SECONDS = 60
"""How long a body may take; over a slow line 20 MB need a third of a megabyte a second."""

NDJSON = "application/x-ndjson"
_ALL = tuple(ReportFormat)
_FORMS = {
    "application/json": (ReportFormat.JSON, ReportFormat.MISP, ReportFormat.STIX),
    "application/misp+json": (ReportFormat.MISP,),
    "application/stix+json": (ReportFormat.STIX,),
    "text/csv": (ReportFormat.CSV,),
    "message/rfc822": (ReportFormat.EML,),
    "text/plain": (ReportFormat.TEXT,),
    "application/octet-stream": _ALL,
    "": _ALL,
}
MEDIA_TYPES = tuple(name for name in _FORMS if name)
"""The media types of reports and contributions. What may be of several forms is found out."""


def media_type(request: Request) -> str:
    """The media type that a request names, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def check_unpacked(request: Request) -> None:
    """Refuse a packed body before it is read: what it unpacks to is not known."""
    packed = request.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        raise RefusalError(
            415, "Packed bodies are not taken; send it without Content-Encoding.", {"Accept-Encoding": "identity"}
        )


def format_of(request: Request) -> ReportFormat | None:
    """The form a request says its body is in, by `?format=` and by its media type; None to find out."""
    named, wanted = media_type(request), _wanted(request)
    if named not in _FORMS:
        raise RefusalError(415, f"Send one of {', '.join(MEDIA_TYPES)}.", {"Accept": ", ".join(MEDIA_TYPES)})
    possible = _FORMS[named]
    if wanted is None:
        return possible[0] if len(possible) == 1 else None
    if wanted not in possible:
        raise RefusalError(422, f"format says {wanted.value}, and the media type {named}; correct one of the two.")
    return wanted


def _wanted(request: Request) -> ReportFormat | None:
    wanted = request.query_params.get("format", "auto")
    if wanted == "auto":
        return None
    try:
        return ReportFormat(wanted)
    except ValueError as error:
        raise RefusalError(400, f"format is auto or one of {', '.join(ReportFormat)}.") from error


def name_of(request: Request, body: bytes) -> str:
    """What a body is called in a message. What is said to be JSON is read as nothing else, and refused if it is not."""
    if not media_type(request).endswith("json"):
        return "the body"
    if not body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        raise RefusalError(
            422, "The body is not JSON with an object in it, as its media type says; correct one of them."
        )
    return "body.json"


async def read(request: Request) -> bytes:
    """The body; refused where it is too long or takes too long, without reading on."""
    check_unpacked(request)
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_REPORT_BYTES:
        raise _too_long()
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > MAX_REPORT_BYTES:
                    raise _too_long()
                parts.append(part)
    except TimeoutError as error:
        raise RefusalError(408, f"The body took more than {READ_SECONDS} seconds; nothing was stored.") from error
    return b"".join(parts)


def _too_long() -> RefusalError:
    return RefusalError(413, f"At most {MAX_REPORT_BYTES // 2**20} MiB are taken in one request; send less.")
