"""The centre's own secret keys, in files that only leerp can read."""

import os
import stat
from pathlib import Path

from leerp.errors import BadInputError

_TOO_OPEN = stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP
"""Readable by everybody, or writable by more than its owner. A group may read: that is how secrets are mounted."""


def read_secret(file: Path) -> bytes:
    """What the file holds; BadInputError if it cannot be read, or if others could read or change it."""
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read()
    except OSError as error:
        raise BadInputError(f"{file}: cannot be read ({error.strerror}); put the key there") from error
    if mode & _TOO_OPEN:
        raise BadInputError(
            f"{file}: holds a secret and is open to others (mode {stat.S_IMODE(mode):o}); "
            "set it with chmod 600, or 640 for a group of leerp's own, and consider whether the key is still secret"
        )
    return content


def read_public(file: Path) -> bytes:
    """What the file holds; BadInputError if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInputError(f"{file}: cannot be read ({error.strerror}); put the certificate there") from error
