"""The key of the desk: under which it seals the few secrets that it must be able to read again.

Secrets that others prove to the desk are kept as digests. What both sides compute with, such as the secret of an HMAC,
cannot be; it is kept sealed (AES-256-GCM), and the key stands in a file beside the records and not in them. Whoever has
the records alone, as in a backup of the database, opens nothing.
"""

import base64
import os
import secrets
from binascii import Error as Base64Error
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from leerp.errors import BadInputError, ServiceMissingError
from leerp.settings import Settings
from notifications.channels.secrets import secret_bytes

_BITS = 256
_NONCE = 12


class DeskKey:
    """Seals and opens. The file is read each time, so that it can be changed; these calls block for that moment."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def of(cls, settings: Settings) -> "DeskKey":
        """The key that the settings name; else the one in the state folder."""
        return cls(settings.desk_key_file or settings.home / "desk.key")

    def seal(self, secret: bytes, *, about: str) -> str:
        """Seal a secret so that it opens only as the one `about` the same; a key that is not there yet is made."""
        if not self._file.exists():
            self._make()
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._cipher().encrypt(nonce, secret, about.encode())).decode()

    def open(self, sealed: str, *, about: str) -> bytes:
        """Open what was sealed. ServiceMissingError when the key is not there, is another one, or is open to others."""
        content = base64.b64decode(sealed)
        try:
            return self._cipher().decrypt(content[:_NONCE], content[_NONCE:], about.encode())
        except InvalidTag as error:
            raise ServiceMissingError(
                f"what is kept of {about} was sealed with another key than {self._file} holds; put that key back"
            ) from error

    def _cipher(self) -> AESGCM:
        try:
            return AESGCM(base64.b64decode(secret_bytes(self._file), validate=False))
        except (OSError, ValueError, Base64Error, BadInputError) as error:
            raise ServiceMissingError(
                f"the key of the desk cannot be read from {self._file}; put it back, closed to others (chmod 600)"
            ) from error

    def _make(self) -> None:
        """Make the file whole under its name, for its owner alone; of two that make it at once, the first stands."""
        draft = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64encode(AESGCM.generate_key(_BITS)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                self._file.hardlink_to(draft)
        finally:
            draft.unlink()
