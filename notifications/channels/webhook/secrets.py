"""Shared secrets, in files: one for the whole channel, or one for each reader."""

import base64
import binascii
from pathlib import Path

from pydantic import model_validator

from leerp.errors import BadInputError
from leerp.model import Model
from notifications.channels.secrets import secret_bytes

PREFIX = "whsec_"
SHORTEST_BYTES = 24
LONGEST_BYTES = 64
"""Standard Webhooks 1.0.0, signature scheme: at least 192 and at most 512 bits."""


class Secrets(Model):
    """Where the secrets are: in one `file` for all readers, or in a `folder` with a file named after each reader's id.

    A file holds one secret on a line, as `whsec_` and base64. The first is in use; those after it are accepted too,
    and signed with where a signature can be given more than once, so that a secret can be changed without a gap.
    """

    file: Path | None = None
    folder: Path | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "Secrets":
        if (self.file is None) == (self.folder is None):
            raise ValueError("secrets need exactly one of file and folder")
        return self

    def below(self, folder: Path) -> "Secrets":
        """The same places, relative ones taken from that folder."""
        places = {"file": self.file, "folder": self.folder}
        return self.model_copy(update={key: folder / place for key, place in places.items() if place is not None})

    def of(self, reader: str) -> tuple[bytes, ...]:
        """The reader's secrets, read anew each time so that they can be changed; BadInputError if there are none.

        One that is open to others is refused in the same way.
        """
        place = self.file or (self.folder or Path()) / reader
        try:
            lines = secret_bytes(place).decode("ascii").split()
        except (OSError, UnicodeDecodeError):
            lines = []
        if not lines:
            raise BadInputError(f"the file {place} holds no secret; put one there (whsec_ and base64)")
        return tuple(_secret(line, place) for line in lines)


def _secret(line: str, place: Path) -> bytes:
    try:
        secret = base64.b64decode(line.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        secret = b""
    if not line.startswith(PREFIX) or not SHORTEST_BYTES <= len(secret) <= LONGEST_BYTES:
        raise BadInputError(
            f"the file {place} holds a line that is no secret; write {PREFIX} and the base64 of "
            f"{SHORTEST_BYTES} to {LONGEST_BYTES} random bytes"
        )
    return secret
