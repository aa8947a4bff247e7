"""Secrets that stand in a file or in the environment, read anew each time so that they can be changed."""

import os
from pathlib import Path

from leerp.errors import BadInputError


def secret_from(file: Path | None, variable: str | None, *, what: str, trimmed: bool = False) -> str | None:
    """The value of the environment variable, or the first line of the file; None where neither is named.

    `what` it is, for the BadInputError when it is not there. `trimmed`: without spaces around it.
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


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        return ""
