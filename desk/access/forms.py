"""What a browser has filled in, and where it may be sent afterwards."""

import re
from collections.abc import Mapping

from fastapi import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

_OWN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,2000}")
_OPENS_NOTHING = ("/sign-in", "/sign-out")


async def fields(request: Request) -> Mapping[str, str]:
    """The fields of a form that are text; a field that stands twice has its last value."""
    try:
        form = await request.form(max_files=20, max_fields=500)
    except (MultiPartException, ClientDisconnect) as error:
        raise HTTPException(400, "The form cannot be read; load the page again.") from error
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def small_body(request: Request, *, limit: int) -> bytes:
    """What was sent, when it is not longer than it can be; HTTPException 413 otherwise."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(413, f"At most {limit} bytes are taken here.")
    return body


def own_path(path: str) -> str:
    """The path, if it is one of this desk; empty for any other address, so that nobody is sent elsewhere."""
    return path if _OWN.fullmatch(path) and not path.startswith(_OPENS_NOTHING) else ""
