"""Secrets that stand in a file or in the environment, read anew each time so that they can be changed.

A file of a secret is read only if it is closed to others: not readable by everybody, and writable by its owner alone. A
group may read it (0640, 0440): that is how secrets are handed to a service. What others can read may have been read,
and what others can change may have been changed, so such a file is refused, and the message or the check that needed it
says so; nothing is sent with it.

The one exception is `/run/secrets`, where container engines mount secrets: there a file may be readable by all (0444,
0644), because that is how they hand it to whatever user the container runs as. Only root can put a file there, nobody
but leerp runs in its container, and outside the folder it comes from is to be closed (docker/README.md, Secrets).
Writable by others it is refused there too.
"""

import os
import stat
from pathlib import Path

from leerp.errors import BadInputError

MOUNTED = Path("/run/secrets")
"""Where container engines mount secrets."""

_CHANGED_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_READ_BY_ALL = stat.S_IROTH


def secret_from(file: Path | None, variable: str | None, *, what: str, trimmed: bool = False) -> str | None:
    """The value of the environment variable, or the first line of the file; None where neither is named.

    `what` it is, for the BadInputError when it is not there, or when its file is open to others. `trimmed`: without
    spaces around it.
    """
    if variable is not None:
        secret, place = os.environ.get(variable, ""), f"the environment variable {variable}"
    elif file is not None:
        secret, place = _first_line(file), f"the file {file}"
    else:
        return None
    secret = secret.strip() if trimmed else secret
    if not secret:
        raise BadInputError(f"{place} holds no {what}; put it there")
    return secret


def read_secret(file: Path) -> bytes:
    """What the file of a secret holds; BadInputError if it cannot be read, or is open to others."""
    try:
        return secret_bytes(file)
    except OSError as error:
        raise BadInputError(f"{file}: cannot be read ({error.strerror}); put the key there") from error


def secret_bytes(file: Path) -> bytes:
    """The same, for who says better what is missing: OSError if it cannot be read; BadInputError if it is open."""
    with file.open("rb") as opened:
        mode = os.fstat(opened.fileno()).st_mode
        content = opened.read()
    mounted = file.resolve().is_relative_to(MOUNTED)
    if mode & (_CHANGED_BY_OTHERS if mounted else _CHANGED_BY_OTHERS | _READ_BY_ALL):
        raise BadInputError(
            f"{file}: holds a secret and is open to others (mode {stat.S_IMODE(mode):o}); "
            "set it with chmod 600, or 640 for a group of leerp's own, and consider whether it is still secret"
        )
    return content


def _first_line(file: Path) -> str:
    try:
        return secret_bytes(file).decode().split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        return ""
